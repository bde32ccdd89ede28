import StrictJSON
import Testing

@testable import DiscordSandbox

/// A gateway with one world, driven by hand.
private struct Hall {
    var core: SandboxCore
    private var sessions = 0

    init(_ rules: GatewayHall.Rules = .init()) {
        var all = SandboxCore.Rules()
        all.gateway = rules
        self.core = SandboxCore(rules: all, world: SandboxWorld())
    }

    /// Sends a frame; answers what is told to anybody.
    mutating func say(
        _ frame: JSONValue, _ connection: UInt64 = 1, at now: Int64 = noon
    ) -> [AddressedCommand] {
        self.sessions += 1
        let commands = self.core.received(
            JSONWriter.encode(frame), from: ConnectionID(rawValue: connection),
            freshID: "session\(self.sessions)", now: now)
        return commands + self.core.takeEffects(now: now).sends
    }

    mutating func open(_ connection: UInt64 = 1) -> [AddressedCommand] {
        self.core.opened(ConnectionID(rawValue: connection), host: "h:1", version: "10")
    }

    mutating func close(_ connection: UInt64 = 1, code: UInt16? = nil, at now: Int64 = noon) {
        self.core.closed(ConnectionID(rawValue: connection), code: code, now: now)
    }

    /// Connects and identifies; answers the READY's data.
    mutating func identify(intents: Int64 = 36353) throws -> JSONValue {
        _ = self.open()
        let frames = try self.say(identification(intents: intents)).map { try $0.json }
        return try #require(frames.first?["d"])
    }

    /// A person writes; answers what the gateway tells.
    mutating func write(_ text: String, by caller: Caller = .human(name: "Bob")) throws
        -> [AddressedCommand]
    {
        if self.core.world.threads.isEmpty {
            var call = RESTCall(route: .createThread, caller: .bot)
            call.parameters = ["channel": Fixture.forum.description]
            call.body = ["name": "Ann", "message": ["content": "first"]]
            _ = self.core.handle(call, now: noon)
            _ = self.core.takeEffects(now: noon)
        }
        let thread = try #require(self.core.world.threads.keys.first)
        var call = RESTCall(route: .createMessage, caller: caller)
        call.parameters = ["channel": thread.description]
        call.body = ["content": .string(text)]
        _ = self.core.handle(call, now: noon)
        return self.core.takeEffects(now: noon).sends
    }
}

private func identification(token: String = "t", intents: Int64 = 36353) -> JSONValue {
    ["op": 2, "d": ["token": .string(token), "intents": .integer(intents), "properties": [:]]]
}

private func resumption(_ session: JSONValue?, _ sequence: Int64) -> JSONValue {
    ["op": 6, "d": ["token": "t", "session_id": session ?? nil, "seq": .integer(sequence)]]
}

extension AddressedCommand {
    /// The frame that is sent.
    fileprivate var json: JSONValue {
        get throws {
            guard case .send(let text) = self.command else { return nil }
            return try JSONParser.parse(text, limits: .service)
        }
    }

    fileprivate var closeCode: UInt16? {
        if case .close(let code) = self.command { code.rawValue } else { nil }
    }
}

extension [AddressedCommand] {
    /// Names and sequence numbers of the events.
    fileprivate var events: [String] {
        get throws {
            try self.map { command in
                let frame = try command.json
                return "\(frame["t"]?.string ?? "-") \(frame["s"]?.integer ?? 0)"
            }
        }
    }
}

@Suite struct GatewayHallTests {
    @Test func `a client is greeted, identified and told its guild`() throws {
        var hall = Hall()
        #expect(try hall.open().first?.json["d"]?["heartbeat_interval"] == 41_250)
        #expect(try hall.say(["op": 1, "d": nil]).first?.json["op"] == 11)
        let frames = hall.say(identification())
        #expect(try frames.events == ["READY 1", "GUILD_CREATE 2"])
        let ready = try frames[0].json["d"]
        #expect(ready?["resume_gateway_url"] == "ws://h:1/gateway")
        #expect(ready?["session_id"]?.string?.isEmpty == false)
        #expect(try frames[1].json["d"]?["channels"]?.array?.first?["id"] == Fixture.forum.json)
        #expect(hall.core.world.identifies.count == 1)
    }

    @Test(
        arguments: [
            (["op": 9], 4003), (["op": 3], 4003), ([:], 4002), (identification(token: ""), 4004),
            (identification(token: "x"), 4004), (identification(intents: 1 << 40), 4013),
            (["op": 6, "d": ["token": "x"]], 4004),
            (["op": 1, "d": .string(String(repeating: "a", count: 4100))], 4002),
        ] as [(JSONValue, UInt16)])
    func `a wrong frame closes with Discord's code`(frame: JSONValue, code: UInt16) {
        var rules = GatewayHall.Rules()
        rules.token = "t"
        var hall = Hall(rules)
        _ = hall.open()
        #expect(hall.say(frame).map(\.closeCode) == [code])
    }

    @Test func `a second identification and an unknown opcode close`() throws {
        var hall = Hall()
        _ = try hall.identify()
        #expect(hall.say(identification()).map(\.closeCode) == [4005])
        #expect(hall.say(["op": 99]).map(\.closeCode) == [4001])
    }

    @Test func `more than 120 frames in a minute close`() {
        var hall = Hall()
        _ = hall.open()
        for _ in 0..<120 { _ = hall.say(["op": 1, "d": nil]) }
        #expect(hall.say(["op": 1, "d": nil], at: noon + 59_999).map(\.closeCode) == [4008])
        #expect(hall.say(["op": 1, "d": nil], at: noon + 120_000).first?.closeCode == nil)
    }

    @Test func `a lost connection goes on where it stopped, with what was missed`() throws {
        var hall = Hall()
        let session = try hall.identify()["session_id"]
        let heard = try hall.write("one")
        #expect(try heard.events == ["MESSAGE_CREATE 5"])
        hall.close()
        #expect(try hall.write("two").isEmpty)
        _ = hall.open(2)
        let frames = hall.say(resumption(session, 5), 2)
        #expect(try frames.events == ["MESSAGE_CREATE 6", "RESUMED 7"])
        #expect(try frames[0].json["d"]?["content"] == "two")
        #expect(try hall.write("three").map(\.connection) == [ConnectionID(rawValue: 2)])
        #expect(hall.core.hall.resumes.accepted == 1)
        #expect(hall.core.world.identifies.count == 1)
    }

    @Test func `a client that comes back early takes its session from its old connection`() throws {
        var hall = Hall()
        let session = try hall.identify()["session_id"]
        _ = hall.open(2)
        let commands = hall.say(resumption(session, 2), 2)
        #expect(
            commands.first
                == AddressedCommand(
                    connection: ConnectionID(rawValue: 1), command: .drop))
        hall.close(1, code: 1000)
        #expect(try hall.write("a").map(\.connection) == [ConnectionID(rawValue: 2)])
    }

    @Test(arguments: [1000, 1001] as [UInt16])
    func `closing with 1000 or 1001 ends the session`(code: UInt16) throws {
        var hall = Hall()
        let session = try hall.identify()["session_id"]
        hall.close(code: code)
        _ = hall.open(2)
        let answer = try #require(try hall.say(resumption(session, 2), 2).first?.json)
        #expect(answer["op"] == 9 && answer["d"] == false)
        // The same connection may then identify itself anew.
        #expect(try hall.say(identification(), 2).events == ["READY 1", "GUILD_CREATE 2"])
    }

    @Test func `a session is lost when it is away too long or misses too much`() throws {
        var rules = GatewayHall.Rules()
        rules.bufferMax = 3
        var hall = Hall(rules)
        let session = try hall.identify()["session_id"]
        hall.close(code: 4000)
        for number in 0..<3 { _ = try hall.write("\(number)") }
        _ = hall.open(2)
        #expect(try hall.say(resumption(session, 3), 2).first?.json["op"] == 9)
        #expect(try hall.say(resumption(session, 4), 2).events.last == "RESUMED 8")
        hall.close(2, code: 4000)
        _ = hall.open(3)
        #expect(try hall.say(resumption(session, 8), 3, at: noon + 300_001).first?.json["op"] == 9)
    }

    @Test func `a sequence that was never given closes with 4007`() throws {
        var hall = Hall()
        let session = try hall.identify()["session_id"]
        hall.close()
        _ = hall.open(2)
        #expect(hall.say(resumption(session, 3), 2).map(\.closeCode) == [4007])
    }

    @Test(arguments: [(33281, "secret"), (513, ""), (1, nil), (0, nil)] as [(Int64, JSONValue?)])
    func `intents decide what is told`(intents: Int64, content: JSONValue?) throws {
        var hall = Hall()
        _ = try hall.identify(intents: intents)
        #expect(try hall.write("secret").first?.json["d"]?["content"] == content)
        // One's own messages are shown whole with any intents.
        let own = try hall.write("own", by: .bot).first?.json["d"]
        #expect(own?["content"] == (content == nil ? nil : "own"))
    }

    @Test func `a bot's message comes back to it with its nonce`() throws {
        var hall = Hall()
        _ = try hall.identify()
        _ = try hall.write("a")
        let thread = try #require(hall.core.world.threads.keys.first)
        var call = RESTCall(route: .createMessage, caller: .bot)
        call.parameters = ["channel": thread.description]
        call.body = ["content": "b", "nonce": "n1", "enforce_nonce": true]
        let answer = hall.core.handle(call, now: noon).answer
        #expect(answer.body?["nonce"] == "n1")
        let sends = hall.core.takeEffects(now: noon).sends
        #expect(try sends.first?.json["d"]?["nonce"] == "n1")
        // The repeated send tells nobody anything.
        #expect(hall.core.handle(call, now: noon).answer.body?["id"] == answer.body?["id"])
        #expect(hall.core.takeEffects(now: noon).sends.isEmpty)
    }
}
