import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Who types, and what that says about seeing.
@Suite
struct TypingTests {
    @Test
    func `an operator who types is shown to the visitor, and has seen what stands there`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let typing: JSONValue = [
            "channel_id": .string("\(post)"), "user_id": "42",
            "member": ["nick": "Ana K.", "user": ["id": "42", "username": "ana"], "roles": []],
        ]
        for number in 2...9 as ClosedRange<Int64> { bench.told(number, "TYPING_START", typing) }
        #expect(bench.box.signals.map(\.name) == ["Ana K."])
        #expect(bench.box.signals.map(\.kind) == [.typing])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await bench.operation.seen.run() }
            while bench.box.seen(of: Workbench.conversation) == nil { await Task.yield() }
            group.cancelAll()
        }
        #expect(bench.box.seen(of: Workbench.conversation) == 1)
    }

    @Test
    func `programs, strangers and other channels type unseen`() async throws {
        let bench = try await Workbench.ready { $0.operatorRoles = [Snowflake(5)] }
        let post = try bench.post()
        for (channel, user) in [
            ("\(post)", ["id": "900", "bot": true] as JSONValue), ("\(post)", ["id": "43"]),
            ("777", ["id": "42"]),
        ] {
            bench.told(
                2, "TYPING_START",
                [
                    "channel_id": .string(channel),
                    "member": ["user": user, "roles": user["id"] == "42" ? ["5"] : []],
                ])
        }
        #expect(bench.box.signals.isEmpty)
    }

    @Test
    func `a reaction by an operator means that the message was seen`() async throws {
        let bench = try await Workbench.ready()
        let visitors = try #require(bench.box.visitorsMessage)
        bench.told(
            2, "MESSAGE_REACTION_ADD",
            [
                "channel_id": .string("\(try bench.post())"), "message_id": .string("\(visitors)"),
                "member": ["user": ["id": "42"], "roles": []],
            ])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await bench.operation.seen.run() }
            while bench.box.seen(of: Workbench.conversation) == nil { await Task.yield() }
            group.cancelAll()
        }
        #expect(bench.box.seen(of: Workbench.conversation) == 1)
    }

    @Test
    func `a visitor who types is shown in the post, not at every key`() async throws {
        let bench = try await Workbench.ready()
        for _ in 0..<5 { bench.operation.typing.visitorTypes(in: Workbench.conversation) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bench.operation.typing.run() }
            while !bench.discord.calls.contains(.type) { await Task.yield() }
            group.cancelAll()
        }
        #expect(bench.discord.calls.count { $0 == .type } == 1)
    }

    @Test
    func `a throttle lets each through at its own pace, and forgets`() {
        var throttle = Throttle<Int>(distance: .seconds(8))
        #expect(throttle.admits(1, at: .zero) == true)
        #expect(throttle.admits(1, at: .seconds(7)) == false)
        #expect(throttle.admits(2, at: .seconds(7)) == true)
        #expect(throttle.admits(1, at: .seconds(8)) == true)
        for key in 0..<5_000 { _ = throttle.admits(key, at: .seconds(9)) }
        #expect(throttle.admits(5_001, at: .seconds(20)) == true)
    }
}
