import StrictJSON

@testable import DiscordSandbox

/// A time of the tests' own: 2026-11-23T00:00:00Z in milliseconds since 1970.
let noon: Int64 = 1_795_392_000_000

/// A message as a client would send it.
func draft(_ text: String, nonce: JSONValue? = nil) throws -> MessageDraft {
    var body: JSONObject = ["content": .string(text)]
    body["nonce"] = nonce
    if nonce != nil { body["enforce_nonce"] = true }
    return try MessageDraft(.object(body))
}

/// A post as a client would make it.
func postDraft(_ name: String = "Ann") throws -> ThreadDraft {
    try ThreadDraft(["name": .string(name), "message": ["content": "first"]])
}

extension SandboxWorld {
    /// A world with one post of the bot's, and that post.
    static func withPost() throws -> (SandboxWorld, ChannelThread) {
        var world = SandboxWorld()
        let thread = world.openThread(try postDraft(), by: Fixture.bot, now: noon)
        return (world, thread)
    }
}

/// A sandbox driven by hand: REST calls in, answers and gateway events out.
struct Bench {
    /// Who acts where a test doesn't say.
    static let anna = Caller.human(name: "Anna")

    var core: SandboxCore
    var now = noon
    private(set) var sessions = 0

    init(_ gateway: GatewayHall.Rules = .init()) {
        var rules = SandboxCore.Rules()
        rules.gateway = gateway
        rules.messageLimit = nil
        rules.globalLimit = nil
        self.core = SandboxCore(rules: rules, world: SandboxWorld())
    }

    /// One call; `path` is like `channels/5/messages/7` with the route's parameters in order.
    @discardableResult
    mutating func ask(
        _ route: RESTRoute, _ ids: [String], _ body: JSONValue? = nil, as caller: Caller = .bot,
        query: [String: String] = [:]
    ) -> RESTAnswer {
        self.now += 1
        var call = RESTCall(route: route, caller: caller)
        let names = route.path.matches(of: #/\{(\w+)\}/#).map { String($0.1) }
        for (name, id) in zip(names, ids) { call.parameters[name] = id }
        call.body = body
        call.query = query
        return self.core.handle(call, now: self.now).answer
    }

    /// A forum's post of the bot's; its id.
    mutating func post() -> String {
        self.ask(
            .createThread, [Fixture.forum.description],
            ["name": "Ann", "message": ["content": "first"]]
        ).body?["id"]?.string ?? ""
    }

    /// Writes a message; its id.
    mutating func write(
        _ text: String, in channel: String, as caller: Caller = .bot
    ) -> String {
        self.ask(.createMessage, [channel], ["content": .string(text)], as: caller)
            .body?["id"]?.string ?? ""
    }

    /// Sends a frame; answers what is told to anybody.
    mutating func say(_ frame: JSONValue, _ connection: UInt64 = 1) -> [AddressedCommand] {
        self.sessions += 1
        let commands = self.core.received(
            JSONWriter.encode(frame), from: ConnectionID(rawValue: connection),
            freshID: "session\(self.sessions)", now: self.now)
        return commands + self.core.takeEffects(now: self.now).sends
    }

    /// Connects and identifies; answers all frames.
    mutating func identify(
        intents: Int64 = 36353, connection: UInt64 = 1
    ) -> [AddressedCommand] {
        let id = ConnectionID(rawValue: connection)
        // What happened before is nothing that a new session hears of.
        _ = self.core.takeEffects(now: self.now)
        return self.core.opened(id, host: "h:1", version: "10")
            + self.say(
                [
                    "op": 2,
                    "d": ["token": "t", "intents": .integer(intents), "properties": [:]],
                ], connection)
    }

    /// The events told since the last look: name and data.
    mutating func events() throws -> [(name: String, data: JSONValue)] {
        try self.core.takeEffects(now: self.now).sends.compactMap { command in
            guard case .send(let text) = command.command else { return nil }
            let frame = try JSONParser.parse(text, limits: .service)
            return frame["t"]?.string.map { ($0, frame["d"] ?? nil) }
        }
    }

    /// Only the names.
    mutating func eventNames() throws -> [String] {
        try self.events().map(\.name)
    }
}

extension Bench {
    /// A control; answers status and body, and what the gateway sends at once.
    @discardableResult
    mutating func control(
        _ route: ControlRoute, _ body: JSONValue = nil, name: String = ""
    ) -> (answer: RESTAnswer, sends: [AddressedCommand]) {
        self.core.control(route, name: name, body, now: self.now)
    }
}

extension AddressedCommand {
    /// The frame that is sent.
    var frame: JSONValue {
        get throws {
            guard case .send(let text) = self.command else { return nil }
            return try JSONParser.parse(text, limits: .service)
        }
    }

    /// The code with which it closes.
    var closing: UInt16? {
        if case .close(let code) = self.command { code.rawValue } else { nil }
    }
}
