import StrictJSON
import Testing

@testable import DiscordSandbox

@Suite struct RateLimitTests {
    @Test func `a window begins with its first request and ends whole`() {
        var limiter = RateLimiter()
        let limit = RateLimit(2, per: 5)
        let states = [0, 1000, 2000, 4999, 5000].map { limiter.take("a", limit, now: noon + $0) }
        #expect(states.map(\.isAllowed) == [true, true, false, false, true])
        #expect(states.map(\.remaining) == [1, 0, 0, 0, 1])
        #expect(states.map(\.resetAfter) == [5000, 4000, 3000, 1, 5000])
        #expect(limiter.take("b", limit, now: noon).remaining == 1)
    }

    @Test(arguments: ["", "5", "5/", "/5", "0/5", "5/0", "-1/5", "5/5/5", "x/y"])
    func `a limit of another form is refused`(text: String) {
        #expect(RateLimit.parse(text) == .none)
    }

    @Test func `zero switches a limit off`() {
        #expect(RateLimit.parse("0") == .some(nil))
        #expect(RateLimit.parse("5/2") == RateLimit(5, per: 2))
    }

    @Test func `a bot that sends too fast is told when to go on, a person is not`() throws {
        let (world, thread) = try SandboxWorld.withPost()
        var core = SandboxCore(rules: .init(), world: world)
        var call = RESTCall(route: .createMessage, caller: .bot)
        call.parameters = ["channel": thread.id.description]
        call.body = ["content": "a"]
        let answers = (0..<6).map { _ in core.handle(call, now: noon).answer }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 429])
        #expect(answers[4].headers.contains(["X-RateLimit-Remaining", "0"]))
        #expect(answers[5].headers.contains(["Retry-After", "5"]))
        #expect(answers[5].body?["retry_after"]?.number == 5)
        #expect(answers[5].body?["global"] == false)
        call.caller = .human(name: "Bob")
        #expect(core.handle(call, now: noon).answer.status == 200)
        call.caller = .bot
        #expect(core.handle(call, now: noon + 5000).answer.status == 200)
    }

    @Test func `all requests of a bot together have a limit`() {
        var rules = SandboxCore.Rules()
        rules.globalLimit = RateLimit(2, per: 1)
        var core = SandboxCore(rules: rules, world: SandboxWorld())
        let answers = (0..<3).map { _ in
            core.handle(RESTCall(route: .me, caller: .bot), now: noon).answer
        }
        #expect(answers.map(\.status) == [200, 200, 429])
        #expect(answers[2].body?["global"] == true)
        #expect(answers[2].headers.contains(["X-RateLimit-Global", "true"]))
    }
}
