import Protocol
import Testing

@testable import DiscordGateway

/// Visitors' messages and changes that Discord doesn't take, or not now.
@Suite
struct VisitorRefusalTests {
    @Test(arguments: [
        ("Your message was blocked", Int64(200_000)), ("Invalid Form Body", 50_035),
    ])
    func `what Discord refuses for good is said in the post`(
        sentence: String, code: Int64
    ) async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let post = try bench.post()
        let refusal = DiscordRejection(status: 400, code: code, message: sentence)
        bench.discord.strike(.createMessage, .rejected(refusal))
        try await bench.settle(2, "bad words", last: made.last)
        bench.discord.strike(.editMessage, .rejected(refusal))
        try await bench.settle(3, "worse", .edit, last: made.last, targets: made)
        let said = bench.discord.notices(in: post)
        #expect(said.count == 2)
        #expect(said.allSatisfy { $0.contains(sentence) && !$0.contains("bad words") })
        #expect(said[1].contains("change"))
        #expect(bench.discord.contents(of: post) == ["Hello"])
    }

    @Test
    func `a refusal that can't be said just now waits, and one that can't be said at all doesn't`()
        async throws
    {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let refusal = DiscordRejection(status: 400, code: 50_006, message: "empty")
        bench.discord.strike(.createMessage, .rejected(refusal), .rejected(refusal))
        bench.discord.strike(
            .createNotice, .requestLost,
            .rejected(.init(status: 403, code: 50_013, message: "Missing Permissions")))
        let delivery = try bench.delivery(2, "?", last: made.last)
        guard case .later = await bench.operation.deliverer.deliver(delivery),
            case .deadLetter = await bench.operation.deliverer.deliver(delivery)
        else {
            Issue.record("not later, and then a dead letter")
            return
        }
    }

    @Test
    func `a message to an archived post takes it out of the archive`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        bench.discord.archive(try bench.post())
        bench.discord.strike(.createMessage, .rejected(FakeDiscord.archived))
        try await bench.settle(2, "Again", last: made.last)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello", "Again"])
    }

    @Test
    func `a locked post waits for its administrator, who is told once`() async throws {
        // No earlier process can have tried any of it.
        let bench = try await Workbench(past: EarlierProcesses(noted: -100_000, restoredAt: 0))
        let made = try await bench.settle(1, "Hello")
        let post = try bench.post()
        bench.discord.lock(post)
        for kind in [Event.Kind.message, .edit, .message] {
            let verdict = await bench.operation.deliverer.deliver(
                try bench.delivery(
                    2, "Again", kind, last: made.last, targets: made, at: 1_000))
            guard case .later(let wait, _, _) = verdict else {
                Issue.record("it didn't wait: \(verdict)")
                return
            }
            #expect(wait >= .seconds(60))
        }
        #expect(bench.log.text.components(of: "Unlock this post") == 1)
        bench.discord.lock(post, false)
        try await bench.settle(2, "Again", last: made.last)
        #expect(bench.discord.contents(of: post) == ["Hello", "Again"])
        #expect(bench.log.text.contains("mended"))
    }
}
