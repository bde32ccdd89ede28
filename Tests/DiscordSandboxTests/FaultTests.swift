import HTTPTypes
import Hummingbird
import StrictJSON
import Testing

@testable import DiscordSandbox

@Suite struct FaultTests {
    private func send(
        _ fault: JSONValue
    ) throws -> (replies: [SandboxCore.Reply], messages: Int) {
        let (world, thread) = try SandboxWorld.withPost()
        var core = SandboxCore(rules: .init(), world: world)
        core.add(try #require(Fault(fault)))
        var call = RESTCall(route: .createMessage, caller: .bot)
        call.parameters = ["channel": thread.id.description]
        call.body = ["content": "a"]
        let replies = (0..<2).map { _ in core.handle(call, now: noon) }
        return (replies, (core.world.threads[thread.id]?.messages.count ?? 0) - 1)
    }

    @Test(
        arguments: [
            (["route": "*", "status": 503], [503, 200], 1),
            (
                [
                    "route": "POST /channels/{channel}/messages", "status": 500,
                    "after_effect": true,
                ],
                [500, 200], 2
            ),
            (["route": "*", "status": 502, "count": 2], [502, 502], 0),
            (["route": "GET /gateway", "status": 503], [200, 200], 2),
            (["route": "*", "status": 429], [429, 200], 1),
            (["route": "*", "status": 200, "delay_ms": 5], [200, 200], 2),
        ] as [(JSONValue, [Int], Int)])
    func `a fault meets its route before or after the effect`(
        fault: JSONValue, statuses: [Int], messages: Int
    ) throws {
        let outcome = try self.send(fault)
        #expect(outcome.replies.map(\.answer.status) == statuses)
        #expect(outcome.messages == messages)
    }

    @Test func `an answer can be lost after its effect`() throws {
        let outcome = try self.send(["route": "*", "status": 0, "after_effect": true])
        #expect(outcome.replies.map(\.isAnswered) == [false, true])
        #expect(outcome.messages == 2)
    }

    @Test(
        arguments: [[:], ["route": "*", "status": 5], ["route": "*", "count": 0]] as [JSONValue])
    func `what is no fault is refused`(body: JSONValue) {
        #expect(Fault(body) == nil)
    }

    @Test func `a fault meets only what it names`() {
        var bench = Bench()
        let post = bench.post()
        let other = bench.post()
        bench.control(
            .addFault,
            [
                "route": "* /channels/{channel}/messages*", "channel": .string(post),
                "caller": "bot", "skip": 1,
            ])
        let body: JSONValue = ["content": "a"]
        #expect(bench.ask(.createMessage, [other], body).status == 200)
        #expect(bench.ask(.createMessage, [post], body, as: Bench.anna).status == 200)
        #expect(bench.ask(.createMessage, [post], body).status == 200)
        #expect(bench.ask(.channel, [post]).status == 200)
        #expect(bench.ask(.editMessage, [post, post], body).status == 500)
        #expect(bench.ask(.editMessage, [post, post], body).status == 200)
    }

    @Test(arguments: ["user", "shared", "global"])
    func `a refusal says whom it is for`(scope: String) {
        var bench = Bench()
        bench.control(
            .addFault,
            ["route": "GET *", "status": 429, "scope": .string(scope), "retry_after": .number(1.5)])
        let answer = bench.ask(.me, [])
        #expect(answer.headers.contains(["X-RateLimit-Scope", scope]))
        #expect(answer.headers.contains(["Retry-After", "2"]))
        #expect(answer.body?["retry_after"]?.number == 1.5)
        #expect(answer.body?["global"] == .bool(scope == "global"))
    }

    @Test func `no wait is too long to be told`() {
        var bench = Bench()
        bench.control(
            .addFault, ["route": "*", "status": 429, "retry_after": .number(1e300)])
        #expect(bench.ask(.me, []).headers.contains(["Retry-After", "86400"]))
    }

    @Test func `an answer can be cut, foreign, or carry more`() throws {
        var bench = Bench()
        bench.control(.addFault, ["route": "*", "status": 200, "cut": 5])
        let cut = bench.ask(.me, [])
        #expect(cut.status == 200 && cut.cut == 5)
        bench.control(
            .addFault,
            [
                "route": "*", "status": 429, "body": "<h1>error code: 1015</h1>",
                "headers": ["X-A": "b"],
            ])
        let foreign = bench.ask(.me, [])
        #expect(foreign.status == 429 && foreign.body?.string?.hasPrefix("<h1>") == true)
        #expect(foreign.headers.contains(["X-A", "b"]))
        #expect(foreign.headers.map { $0[0] } == ["X-A"])
        #expect(foreign.response.headers[.contentType] == "text/html")
    }
}
