import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Which of the things that Discord tells are for us.
@Suite
struct DispatchRouterTests {
    private func number(_ sequence: Int64) -> DispatchNumber {
        DispatchNumber(generation: 1, sequence: sequence)
    }

    /// A bench whose conversation has a post, in a session that stands.
    private func ready() async throws -> Workbench {
        let bench = try await Workbench()
        try await bench.settle(1, "Hello")
        try await bench.readPost()
        #expect(self.route(bench, 1, "READY", [:]))
        try await bench.operation.catchUp.run(for: self.number(1))
        try await bench.readPost()
        try await bench.comparePost()
        return bench
    }

    private func route(
        _ bench: Workbench, _ sequence: Int64, _ event: String, _ data: JSONValue
    ) -> Bool {
        bench.operation.router.route(
            GatewayDispatch(number: self.number(sequence), event: event, data: data)) != nil
    }

    @Test func `a new session looks at the permissions anew`() async throws {
        let bench = try await self.ready()
        bench.discord.hideHistory()
        #expect(await bench.operation.permissions.mayRead(), "nobody was told")
        #expect(self.route(bench, 2, "READY", [:]))
        #expect(await !bench.operation.permissions.mayRead())
    }

    @Test func `permissions that change while we look at them are looked at again`() async throws {
        let bench = try await self.ready()
        let permissions = bench.operation.permissions
        bench.discord.hideHistory()
        permissions.forget()
        bench.discord.meanwhile(.member) { state in
            state.bits = .max
            permissions.forget()
        }
        #expect(await permissions.mayRead())
        #expect(!bench.log.text.contains("Give the bot these permissions"))
    }

    private func message(
        in channel: String, id: JSONValue = "1574300000000000001"
    ) -> JSONValue {
        [
            "id": id, "channel_id": .string(channel), "content": "Hi",
            "author": ["id": "42", "username": "ana"],
        ]
    }

    @Test
    func `a message in one of our posts is handed in`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        #expect(!self.route(bench, 2, "MESSAGE_CREATE", self.message(in: "\(post)")))
        #expect(bench.operation.desk.allDurable == self.number(1))
        try await bench.readPost()
        #expect(bench.box.sent.map(\.body) == ["Hi"])
        #expect(bench.operation.desk.allDurable == self.number(2))
    }

    @Test(arguments: ["200", "777", "100", "900"])
    func `a message anywhere else is not ours, and holds nothing up`(channel: String)
        async throws
    {
        let bench = try await self.ready()
        #expect(!self.route(bench, 2, "MESSAGE_CREATE", self.message(in: channel)))
        try await bench.readPost()
        #expect(bench.box.sent.isEmpty)
        #expect(bench.operation.desk.allDurable == self.number(2))
    }

    @Test(
        arguments: [
            1_574_300_000_000_000_001, 9_007_199_254_740_993, .null, "", "-1", "1.5", "x",
            "18446744073709551616", [:],
        ] as [JSONValue])
    func `a message whose id can't be read is passed over`(id: JSONValue) async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        #expect(!self.route(bench, 2, "MESSAGE_CREATE", self.message(in: "\(post)", id: id)))
        try await bench.readPost()
        #expect(bench.box.sent.isEmpty)
        #expect(bench.operation.desk.allDurable == self.number(2))
    }

    @Test(arguments: [
        "THREAD_CREATE", "THREAD_UPDATE", "GUILD_CREATE", "TYPING_START", "RESUMED", "A_NEW_KIND",
        "",
    ])
    func `other events store nothing`(event: String) async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        #expect(!self.route(bench, 2, event, self.message(in: "\(post)")))
        try await bench.readPost()
        #expect(bench.box.sent.isEmpty)
        #expect(bench.operation.desk.allDurable == self.number(2))
    }

    @Test
    func `messages told out of order are all stored, and the mark doesn't go back`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        let ids = ["1574300000000000009", "1574300000000000003", "1574300000000000009"]
        for (index, id) in ids.enumerated() {
            _ = self.route(
                bench, Int64(index + 2), "MESSAGE_CREATE",
                self.message(in: "\(post)", id: .string(id)))
        }
        try await bench.readPost()
        #expect(bench.box.sent.map(\.key.text) == Array(ids.prefix(2)))
        #expect(bench.box.mark(of: Workbench.conversation)?.text == ids[0])
        #expect(bench.operation.desk.allDurable == self.number(4))
    }
}
