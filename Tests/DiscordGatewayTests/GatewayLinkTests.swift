import StrictJSON
import Synchronization
import Testing
import WebSockets

@testable import DiscordGateway

/// The Gateway link over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct GatewayLinkTests {
    /// What the link tells.
    private enum Heard: Equatable, Sendable {
        case dispatched(String, Int64)
        case ready(resumed: Bool)
        case down
    }

    /// What a test sees of a link.
    private struct View: Sendable {
        let link: GatewayLink
        let told: AsyncStream<Heard>
        let log: LogLines
        let budget: Allowing

        /// The next thing told.
        func next() async throws -> Heard {
            for await heard in self.told { return heard }
            throw ScriptedGateway.Ended()
        }
    }

    private static let token = "MTIz.secret.t0ken"
    private static let lost = WebSocketEvent.closed(code: nil, reason: "")

    /// A budget that is never used up, and counts.
    private final class Allowing: IdentifyCounting {
        private let sessions = Mutex(0)
        var count: Int { self.sessions.withLock { $0 } }
        func permission() async throws {}
        func began() async throws { self.sessions.withLock { $0 += 1 } }
    }

    /// Runs a test with a link to this gateway, and ends the link afterwards.
    private func withLink(
        to gateway: ScriptedGateway, resumption: GatewayResumption? = nil,
        ready: Duration = .seconds(30), sessionsLeft: Int64 = 1_000,
        _ body: (View) async throws -> Void
    ) async throws {
        let (told, teller) = AsyncStream.makeStream(of: Heard.self)
        let log = LogLines()
        let budget = Allowing()
        let address = GatewayAddress(
            url: gateway.url, sessionsLeft: sessionsLeft, resetAfter: .seconds(600))
        let link = GatewayLink(
            api: FakeDiscord(gateway: address), token: Self.token, resumption: resumption,
            listener: .init(
                dispatched: { teller.yield(.dispatched($0.event, $0.number.sequence)) },
                ready: { teller.yield(.ready(resumed: $0)) }, down: { teller.yield(.down) }),
            budget: budget,
            pace: .init(
                ready: ready, sessions: .milliseconds(5), stop: .milliseconds(5), jitter: { 0 }),
            advice: Advice(logger: log.logger), logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run() }
            try await body(View(link: link, told: told, log: log, budget: budget))
            group.cancelAll()
        }
        #expect(!log.text.contains(Self.token), "the token is logged")
    }

    /// Whether the next connection resumes session `s1` at this number.
    private func expectResume(_ sequence: Int64, at gateway: ScriptedGateway) async throws {
        let (connection, command) = try await gateway.greet()
        #expect(connection.uri == "/resume?v=10&encoding=json")
        #expect(command["op"] == 6)
        #expect(command["d"]?["session_id"] == "s1")
        #expect(command["d"]?["seq"] == .integer(sequence))
        #expect(command["d"]?["token"] == .string(Self.token))
    }

    @Test
    func `HELLO is answered by IDENTIFY, and what follows READY is passed on`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let (connection, command) = try await gateway.greet()
                #expect(view.budget.count == 1)
                #expect(connection.uri == "/?v=10&encoding=json")
                #expect(command["op"] == 2)
                #expect(command["d"]?["token"] == .string(Self.token))
                connection.write(gateway.ready)
                connection.write(["op": 0, "s": 2, "t": "MESSAGE_CREATE", "d": [:]])
                #expect(try await view.next() == .dispatched("READY", 1))
                #expect(try await view.next() == .ready(resumed: false))
                #expect(try await view.next() == .dispatched("MESSAGE_CREATE", 2))
            }
        }
    }

    @Test
    func `a connection that is cut is resumed at the newest number`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                connection.write(["op": 0, "s": 7, "t": "MESSAGE_CREATE", "d": [:]])
                for _ in 1...3 { _ = try await view.next() }
                try await connection.cut()
                #expect(try await view.next() == .down)
                let (resumed, command) = try await gateway.greet()
                #expect(resumed.uri == "/resume?v=10&encoding=json")
                #expect(command["op"] == 6)
                #expect(command["d"]?["seq"] == 7)
                resumed.write(["op": 0, "s": 8, "t": "RESUMED", "d": [:]])
                #expect(try await view.next() == .dispatched("RESUMED", 8))
                #expect(try await view.next() == .ready(resumed: true))
                // Discord counts new sessions only.
                #expect(view.budget.count == 1)
            }
        }
    }

    @Test
    func `a stored session is resumed by the next process`() async throws {
        try await ScriptedGateway.with { gateway in
            let stored = GatewayResumption(
                session: "s1", url: gateway.url + "/resume", sequence: 41)
            try await self.withLink(to: gateway, resumption: stored) { _ in
                try await self.expectResume(41, at: gateway)
            }
        }
    }

    @Test
    func `heartbeats go on as long as they are answered`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { _ in
                // Long enough that an answer on a busy machine never comes after the next beat.
                let connection = try await gateway.start(interval: 5_000)
                for _ in 1...2 {
                    let beat = try await connection.nextOfAny()
                    #expect(beat["op"] == 1)
                    connection.write(["op": 11])
                }
            }
        }
    }

    @Test
    func `an unanswered heartbeat drops the connection without a close frame, to resume`()
        async throws
    {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start(interval: 4_000)
                #expect(try await view.next() == .dispatched("READY", 1))
                #expect(await connection.end() == Self.lost)
                try await self.expectResume(1, at: gateway)
            }
        }
    }

    @Test(
        arguments: [
            (["op": 7, "d": .null], true), (["op": 9, "d": true], true),
            (["op": 9, "d": false], false),
        ] as [(JSONValue, Bool)])
    func `Discord's wish to reconnect is obeyed without a close frame`(
        wish: JSONValue, resumes: Bool
    ) async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                #expect(try await view.next() == .dispatched("READY", 1))
                connection.write(wish)
                #expect(await connection.end() == Self.lost)
                if resumes { return try await self.expectResume(1, at: gateway) }
                #expect(try await gateway.greet().command["op"] == 2)
            }
        }
    }

    @Test(arguments: [
        (UInt16(4_000), true, nil), (4_009, false, nil), (4_004, false, "DISCORD_TOKEN"),
        (4_014, false, "Message Content Intent"),
    ])
    func `a close code resumes, starts anew or says what to mend`(
        code: UInt16, resumes: Bool, advice: String?
    ) async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                #expect(try await view.next() == .dispatched("READY", 1))
                connection.close(code)
                if resumes { return try await self.expectResume(1, at: gateway) }
                #expect(try await gateway.greet().command["op"] == 2)
                if let advice { #expect(view.log.text.contains(advice)) }
            }
        }
    }

    @Test
    func `a READY of 8 MB in one frame is taken whole`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let (connection, _) = try await gateway.greet()
                let filler = String(repeating: "x", count: 8_000_000)
                let address = gateway.url + "/resume"
                connection.write(
                    text: #"{"op":0,"s":1,"t":"READY","d":{"session_id":"s1","#
                        + #""resume_gateway_url":"\#(address)","guilds":["\#(filler)"]}}"#)
                #expect(try await view.next() == .dispatched("READY", 1))
                #expect(try await view.next() == .ready(resumed: false))
            }
        }
    }

    @Test
    func `more than 16 MiB in one frame end the connection, and the session goes on`() async throws
    {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                #expect(try await view.next() == .dispatched("READY", 1))
                let filler = String(repeating: "x", count: 16 * 1_024 * 1_024)
                connection.write(text: #"{"op":0,"s":2,"t":"GUILD_CREATE","d":"\#(filler)"}"#)
                #expect(await connection.end() != nil)
                try await self.expectResume(1, at: gateway)
            }
        }
    }

    @Test
    func `with no session left for today Discord is asked again, and no session is started`()
        async throws
    {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway, sessionsLeft: 20) { view in
                let heard = [try await view.next(), try await view.next()]
                #expect(heard == [.down, .down])
                #expect(view.log.text.components(of: "no more new sessions today") == 1)
            }
        }
    }

    @Test(arguments: [
        "{", "", "[]", "null", #"{"d":{}}"#, #"{"op":"0"}"#, #"{"op":99,"d":{}}"#,
        #"{"op":99999999999999999999}"#, #"{"op":0,"s":null,"t":"MESSAGE_CREATE","d":{}}"#,
        #"{"op":0,"s":"5","t":"MESSAGE_CREATE","d":{}}"#, #"{"op":0,"s":5,"t":null,"d":{}}"#,
        #"{"op":10,"d":{"heartbeat_interval":0}}"#, #"{"op":10,"d":{"heartbeat_interval":1}}"#,
    ])
    func `what can't be read is passed over, and the session goes on`(text: String) async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                connection.write(text: text)
                connection.write(["op": 0, "s": 6, "t": "MESSAGE_CREATE", "d": [:]])
                #expect(try await view.next() == .dispatched("READY", 1))
                #expect(try await view.next() == .ready(resumed: false))
                #expect(try await view.next() == .dispatched("MESSAGE_CREATE", 6))
            }
        }
    }

    @Test
    func `a number that goes back doesn't take the session back`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway) { view in
                let connection = try await gateway.start()
                for number in [9, 3] as [Int64] {
                    connection.write(
                        ["op": 0, "s": .integer(number), "t": "MESSAGE_CREATE", "d": [:]])
                }
                for _ in 1...4 { _ = try await view.next() }
                try await connection.cut()
                try await self.expectResume(9, at: gateway)
            }
        }
    }

    @Test
    func `a gateway that says nothing is left, and tried again`() async throws {
        try await ScriptedGateway.with { gateway in
            try await self.withLink(to: gateway, ready: .milliseconds(100)) { _ in
                let connection = try await gateway.accept()
                #expect(await connection.end() == Self.lost)
                _ = try await gateway.accept()
            }
        }
    }

    @Test
    func `a resumption that nobody answers gives way to a new session`() async throws {
        try await ScriptedGateway.with { gateway in
            let stored = GatewayResumption(
                session: "s1", url: gateway.url + "/resume", sequence: 41)
            try await self.withLink(
                to: gateway, resumption: stored, ready: .milliseconds(500)
            ) { _ in
                let (connection, command) = try await gateway.greet()
                #expect(command["op"] == 6)
                #expect(await connection.end() == Self.lost)
                #expect(try await gateway.greet().command["op"] == 2)
            }
        }
    }

    @Test
    func `a process that ends drops the connection without a close frame`() async throws {
        try await ScriptedGateway.with { gateway in
            var connection: ScriptedGateway.Connection?
            try await self.withLink(to: gateway) { view in
                connection = try await gateway.start()
                #expect(try await view.next() == .dispatched("READY", 1))
            }
            #expect(await connection?.end() == Self.lost)
        }
    }
}
