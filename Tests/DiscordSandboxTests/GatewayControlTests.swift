import StrictJSON
import Testing

@testable import DiscordSandbox

private func resumption(_ sequence: Int64) -> JSONValue {
    [
        "op": 6,
        "d": ["token": "t", "session_id": "session1", "seq": .integer(sequence)],
    ]
}

extension Bench {
    /// The op of the first frame, or the close code, of a RESUME on a fresh connection.
    fileprivate mutating func resume(_ sequence: Int64 = 2) throws -> [JSONValue?] {
        _ = self.core.opened(ConnectionID(rawValue: 9), host: "h:1", version: "10")
        let sends = self.say(resumption(sequence), 9)
        self.core.closed(ConnectionID(rawValue: 9), code: 4000, now: self.now)
        return try sends.filter { $0.connection.rawValue == 9 }.map { send in
            if let code = send.closing { return .integer(Int64(code)) }
            let frame = try send.frame
            return frame["op"] == 0 ? frame["t"] : frame["op"]
        }
    }
}

@Suite struct GatewayControlTests {
    @Test(
        arguments: [
            (["action": "reconnect"], 7, true), (["action": "heartbeat"], 1, true),
            (["action": "invalidate", "resumable": true], 9, true),
            (["action": "invalidate"], 9, false),
            (["action": "close", "code": 4000], 4000, true),
            (["action": "close", "code": 4009], 4009, false),
            (["action": "close", "code": 1000], 1000, false),
            (["action": "close", "code": 4014], 4014, false),
            (["action": "drop"], nil, true), (["action": "forget"], nil, false),
        ] as [(JSONValue, Int64?, Bool)])
    func `each action reaches every connection, and some end the session`(
        action: JSONValue, expected: Int64?, isResumable: Bool
    ) throws {
        var bench = Bench()
        _ = bench.identify()
        let sends = bench.control(.gatewayAction, action).sends
        #expect(sends.map(\.connection) == [ConnectionID(rawValue: 1)])
        let heard = try sends.first?.frame["op"]?.integer
        #expect((heard ?? sends.first?.closing.map { Int64($0) }) == expected)
        #expect(try bench.resume() == [isResumable ? "RESUMED" : 9])
    }

    @Test func `any event can be told, and is kept for a RESUME`() throws {
        var bench = Bench()
        _ = bench.identify()
        let sends = bench.control(
            .gatewayAction, ["action": "dispatch", "t": "NEWS", "d": ["a": 1]]
        ).sends
        #expect(try sends.first?.frame["t"] == "NEWS" && sends.first?.frame["s"] == 3)
        #expect(try bench.resume() == ["NEWS", "RESUMED"])
    }

    @Test func `heartbeats stay unanswered and events unsent while a test wants it`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        bench.control(.changeGateway, ["acknowledges": false, "delivers": false])
        #expect(bench.say(["op": 1, "d": nil]).isEmpty)
        _ = bench.write("a", in: post)
        #expect(try bench.events().isEmpty)
        bench.control(.resetGateway)
        #expect(try bench.say(["op": 1, "d": nil]).first?.frame["op"] == 11)
        #expect(try bench.resume() == ["MESSAGE_CREATE", "RESUMED"])
    }

    @Test func `a smaller buffer forgets at once`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        for text in ["a", "b", "c"] { _ = bench.write(text, in: post) }
        _ = try bench.events()
        #expect(bench.control(.changeGateway, ["resume_events": 1]).answer.status == 200)
        #expect(try bench.resume(3) == [9])
        #expect(try bench.resume(4) == ["MESSAGE_CREATE", "RESUMED"])
        bench.control(.changeGateway, ["resume_events": 0])
        #expect(try bench.resume(5) == [9])
    }

    @Test(
        arguments: [("hello", 10), ("reconnect", 7), ("none", nil)] as [(JSONValue, JSONValue?)])
    func `a new connection is greeted as a test wants`(greeting: JSONValue, op: JSONValue?) throws {
        var bench = Bench()
        bench.control(.changeGateway, ["greeting": greeting])
        let sends = bench.core.opened(ConnectionID(rawValue: 1), host: "h", version: "10")
        #expect(try sends.first?.frame["op"] == op)
    }

    @Test func `sessions are counted, and one too many costs the token`() throws {
        var bench = Bench()
        _ = bench.identify()
        let limit = { (bench: inout Bench) in
            bench.ask(.gatewayBot, []).body?["session_start_limit"]
        }
        #expect(limit(&bench)?["remaining"] == 999)
        bench.control(
            .changeGateway, ["session_starts": ["remaining": 1, "reset_after_ms": 60_000]])
        #expect(limit(&bench)?["remaining"] == 1)
        #expect(limit(&bench)?["reset_after"]?.integer ?? 0 > 59_000)
        #expect(bench.identify(connection: 2).count == 3)
        #expect(limit(&bench)?["remaining"] == 0)
        let sends = bench.identify(connection: 3).filter { $0.closing != nil }
        #expect(Set(sends.map(\.connection.rawValue)) == [1, 2, 3])
        #expect(sends.allSatisfy { $0.closing == 4004 })
        #expect(bench.ask(.me, []).status == 401)
        bench.control(.application, ["token": "valid"])
        bench.now += 60_001
        #expect(limit(&bench)?["remaining"] == 998)
        #expect(bench.core.state(now: bench.now)["token_resets"] == 1)
    }

    @Test func `a second session too soon is refused while a test wants it`() throws {
        var bench = Bench()
        bench.control(.changeGateway, ["identify_seconds": 5])
        _ = bench.identify()
        #expect(try bench.identify(connection: 2).last?.frame["op"] == 9)
        bench.now += 5000
        #expect(bench.identify(connection: 3).count == 3)
    }

    @Test func `without the intent others' messages are empty, everywhere`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        _ = bench.identify(intents: 513, connection: 2)
        let off = bench.control(.application, ["message_content": false])
        #expect(off.sends.map(\.closing) == [4014])
        #expect(off.sends.map(\.connection.rawValue) == [1])
        #expect(bench.ask(.application, []).body?["flags"] == 0)
        let id = bench.write("secret", in: post, as: Bench.anna)
        let own = bench.write("own", in: post)
        #expect(bench.ask(.message, [post, id]).body?["content"] == "")
        #expect(bench.ask(.message, [post, own]).body?["content"] == "own")
        #expect(bench.ask(.message, [post, id], as: Bench.anna).body?["content"] == "secret")
        #expect(bench.identify(connection: 3).last?.closing == 4014)
        #expect(try bench.resume() == [4014])
        bench.control(.application, ["message_content": true])
        #expect(bench.ask(.message, [post, id]).body?["content"] == "secret")
        // A live session may also go on, and then hears no more than others' mentions of it.
        _ = bench.identify(connection: 4)
        let quiet = bench.control(.application, ["message_content": false, "closes": false])
        #expect(quiet.sends.isEmpty)
        _ = try bench.events()
        _ = bench.write("hidden", in: post, as: Bench.anna)
        _ = bench.write("<@\(Fixture.bot)> you", in: post, as: Bench.anna)
        let contents = try bench.events().map { $0.data["content"]?.string ?? "" }
        #expect(Set(contents) == ["", "<@\(Fixture.bot)> you"])
    }

    @Test func `a revoked token is refused by REST and gateway`() throws {
        var bench = Bench()
        _ = bench.identify()
        #expect(
            bench.control(.application, ["token": "revoked"]).sends.map(\.closing) == [4004])
        #expect(bench.ask(.me, []).status == 401)
        #expect(bench.ask(.me, [], as: Bench.anna).status == 200)
        #expect(bench.identify(connection: 2).last?.closing == 4004)
        bench.control(.application, ["token": "valid"])
        #expect(bench.ask(.me, []).status == 200)
        #expect(bench.identify(connection: 3).count == 3)
    }

    @Test func `other limits are obeyed at once, and names have a hidden one`() {
        var bench = Bench()
        let post = bench.post()
        for name in ["a", "b"] {
            #expect(bench.ask(.updateChannel, [post], ["name": .string(name)]).status == 200)
        }
        let third = bench.ask(.updateChannel, [post], ["name": "c"])
        #expect(third.status == 429 && third.headers.contains(["X-RateLimit-Remaining", "2"]))
        #expect(third.body?["retry_after"]?.number ?? 0 > 500)
        #expect(bench.ask(.updateChannel, [post], ["archived": true]).status == 200)
        let limits: JSONValue = [
            "active_threads": 0, "messages": "1/60", "renames": "0", "global": "0",
        ]
        #expect(bench.control(.limits, limits).answer.body == limits)
        #expect(bench.ask(.updateChannel, [post], ["archived": false]).body?["code"] == 160006)
        bench.control(.limits, ["active_threads": 9])
        _ = bench.write("a", in: post)
        #expect(bench.ask(.createMessage, [post], ["content": "b"]).status == 429)
    }
}
