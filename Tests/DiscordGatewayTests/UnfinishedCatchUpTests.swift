import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// A process that dies while it catches up leaves its session, and that it hadn't finished.
@Suite
struct UnfinishedCatchUpTests {
    private static func dispatch(
        _ sequence: Int64, _ message: Snowflake, _ bench: Workbench, generation: Int
    ) throws {
        let post = try bench.post()
        bench.told(
            sequence, "MESSAGE_CREATE",
            [
                "id": .string("\(message)"), "channel_id": .string("\(post)"),
                "content": .string(try #require(bench.discord.message(message)).content),
                "author": ["id": "42", "username": "ana"],
            ], generation: generation)
    }

    private func catchUp(_ bench: Workbench, _ number: DispatchNumber?) async throws {
        try await bench.operation.catchUp.run(for: #require(number))
    }

    /// Does what a process does, one step after the other, and is killed after so many.
    private func live(_ bench: Workbench, _ number: DispatchNumber?, steps: Int) async throws {
        if steps > 0 { try await self.catchUp(bench, number) }
        if steps > 1 { try await bench.readPost() }
        if steps > 2 { try await bench.comparePost() }
    }

    @Test(arguments: 0...3, 0...3)
    func `wherever two processes die, the third has all, in order, and nothing twice`(
        first: Int, second: Int
    ) async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let (changed, withdrawn) = (
            bench.discord.write("changed", in: post), bench.discord.write("withdrawn", in: post)
        )
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        // Nobody listens.
        bench.discord.edit(changed, to: "edited", at: 1_000)
        bench.discord.delete(withdrawn)
        bench.discord.write("missed", in: post)

        let one = try await bench.restarted()
        let began = one.told(1, "READY", [:])
        #expect(one.kept.resumption.sequence == 1 && !one.kept.isCaughtUp)
        let live = bench.discord.write("live", in: post)
        try Self.dispatch(2, live, one, generation: 1)
        try await self.live(one, began, steps: first)

        var kept = one.kept
        #expect(kept.isCaughtUp == (first == 3))
        var last: Workbench?
        var sequence: Int64 = 3
        for steps in [second, 3] {
            let next = try await bench.restarted(session: kept)
            // What isn't known to be durable is told again.
            if kept.resumption.sequence < 2 { try Self.dispatch(2, live, next, generation: 0) }
            let missed = next.told(sequence, "RESUMED", [:], generation: 0)
            #expect((missed == nil) == kept.isCaughtUp)
            sequence += 1
            if missed == nil {
                try await next.readPost()
            } else {
                try await self.live(next, missed, steps: steps)
            }
            kept = next.kept
            last = next
        }
        #expect(kept.isCaughtUp && kept.resumption.sequence == sequence - 1)
        #expect(last?.box.texts == ["edited", "missed", "live"])
    }

    @Test func `what is live waits until the catch-up that was left is done`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.write("missed", in: post)
        let left = KeptSession(
            resumption: GatewayResumption(session: "s", url: "wss://r", sequence: 5),
            isCaughtUp: false)
        let next = try await bench.restarted(session: left)
        try Self.dispatch(6, next.discord.write("live", in: post), next, generation: 0)
        try await next.readPost()
        #expect(next.box.texts.isEmpty, "a live message overtook the catch-up")
        let number = next.told(7, "RESUMED", [:], generation: 0)
        #expect(number == DispatchNumber(generation: 0, sequence: 5))
        #expect(next.kept == left)
        // A connection that breaks meanwhile doesn't begin it again.
        #expect(next.told(8, "RESUMED", [:], generation: 0) == nil)
        try await self.live(next, number, steps: 2)
        #expect(next.box.texts == ["missed", "live"])
        #expect(next.kept.resumption.sequence == 8 && !next.kept.isCaughtUp)
        try await next.comparePost()
        #expect(next.kept.isCaughtUp)
    }

    @Test func `a session that can't be continued gives way to another's catch-up`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.write("missed", in: post)
        let next = try await bench.restarted(
            session: KeptSession(
                resumption: GatewayResumption(session: "s", url: "wss://r", sequence: 5),
                isCaughtUp: false))
        let number = next.told(1, "READY", [:])
        #expect(number == DispatchNumber(generation: 1, sequence: 1))
        #expect(next.told(2, "RESUMED", [:]) == nil)
        try await self.live(next, number, steps: 3)
        #expect(next.box.texts == ["missed"])
        #expect(next.kept.isCaughtUp && next.kept.resumption.sequence == 2)
    }
}
