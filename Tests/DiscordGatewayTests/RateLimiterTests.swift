import NIOHTTP1
import Testing

@testable import DiscordGateway

@Suite
struct RateLimiterTests {
    private let route = DiscordRoute(template: "POST /channels/*/messages", major: "1")
    private let other = DiscordRoute(template: "POST /channels/*/messages", major: "2")

    private func report(
        remaining: Int? = nil, resetAfter: Double? = nil, retryAfter: Double? = nil,
        bucket: String? = "b", isGlobal: Bool = false
    ) -> RateLimitReport {
        var report = RateLimitReport()
        report.bucket = bucket
        report.remaining = remaining
        report.resetAfter = resetAfter.map { .seconds($0) }
        report.retryAfter = retryAfter.map { .seconds($0) }
        report.isGlobal = isGlobal
        return report
    }

    @Test
    func `an exhausted limit waits until its reset, and other conversations don't`() {
        var limiter = RateLimiter()
        #expect(limiter.ask(self.route, at: .zero) == .go)
        limiter.answered(
            self.route, status: 200, self.report(remaining: 0, resetAfter: 2), at: .zero)
        #expect(limiter.ask(self.route, at: .seconds(1)) == .wait(until: .milliseconds(2_050)))
        #expect(limiter.ask(self.other, at: .seconds(1)) == .go)
        #expect(limiter.ask(self.route, at: .milliseconds(2_050)) == .go)
    }

    @Test
    func `two routes that share a limit don't overshoot it together`() {
        var limiter = RateLimiter()
        let patch = DiscordRoute(template: "PATCH /channels/*", major: "1")
        let get = DiscordRoute(template: "GET /channels/*", major: "1")
        for route in [patch, get] {
            limiter.answered(
                route, status: 200, self.report(remaining: 1, resetAfter: 5), at: .zero)
        }
        #expect(limiter.ask(patch, at: .zero) == .go)
        #expect(limiter.ask(get, at: .zero) != .go)
    }

    @Test
    func `a 429 is obeyed although requests seemed to be left`() {
        var limiter = RateLimiter()
        limiter.answered(
            self.route, status: 429,
            self.report(remaining: 4, resetAfter: 1, retryAfter: 580), at: .zero)
        #expect(limiter.ask(self.route, at: .seconds(579)) != .go)
        #expect(limiter.ask(self.other, at: .seconds(1)) == .go)
    }

    @Test
    func `a global 429 holds everything`() {
        var limiter = RateLimiter()
        limiter.answered(
            self.route, status: 429, self.report(retryAfter: 3, isGlobal: true), at: .zero)
        #expect(limiter.ask(self.other, at: .seconds(1)) == .wait(until: .milliseconds(3_050)))
        #expect(limiter.ask(self.other, at: .seconds(4)) == .go)
    }

    @Test
    func `no more than 40 requests leave in a second`() {
        var limiter = RateLimiter()
        #expect(self.departures(from: &limiter, at: .seconds(5)) == 40)
        #expect(limiter.ask(self.route, at: .milliseconds(5_500)) == .wait(until: .seconds(6)))
        #expect(limiter.ask(self.route, at: .seconds(6)) == .go)
    }

    @Test
    func `two seconds' requests don't leave side by side`() {
        var limiter = RateLimiter()
        #expect(limiter.ask(self.route, at: .seconds(5)) == .go)
        #expect(self.departures(from: &limiter, at: .milliseconds(5_990)) == 39)
        #expect(self.departures(from: &limiter, at: .seconds(6)) == 1)
        #expect(limiter.ask(self.route, at: .seconds(6)) == .wait(until: .milliseconds(6_990)))
    }

    @Test
    func `in its first second a process leaves room for what a killed one sent before it`() {
        var limiter = RateLimiter()
        let first = self.departures(from: &limiter, at: .milliseconds(500))
        // Discord's limit is 50 for both together.
        #expect(first == 50 - RateLimiter.perSecond)
        #expect(limiter.ask(self.route, at: .milliseconds(999)) == .wait(until: .seconds(1)))
        #expect(self.departures(from: &limiter, at: .seconds(1)) == 30)
        #expect(limiter.ask(self.route, at: .seconds(1)) == .wait(until: .milliseconds(1_500)))
    }

    /// How many of 100 requests may leave at a moment.
    private func departures(from limiter: inout RateLimiter, at now: Duration) -> Int {
        (0..<100).count { index in
            limiter.ask(DiscordRoute(template: "GET /x", major: "\(index)"), at: now) == .go
        }
    }

    @Test
    func `a dead token silences everything for ten minutes`() {
        var limiter = RateLimiter()
        limiter.answered(self.route, status: 401, RateLimitReport(), at: .zero)
        #expect(limiter.ask(self.other, at: .seconds(599)) == .refused(until: .seconds(600)))
        #expect(limiter.ask(self.other, at: .seconds(600)) == .go)
    }

    @Test
    func `many refusals in ten minutes make us keep still`() {
        var limiter = RateLimiter()
        for _ in 0..<RateLimiter.refusalsMax {
            limiter.answered(self.route, status: 403, RateLimitReport(), at: .seconds(1))
        }
        #expect(limiter.ask(self.route, at: .seconds(2)) == .refused(until: .seconds(601)))
        #expect(limiter.ask(self.route, at: .seconds(601)) == .go)
    }

    @Test(arguments: [
        ("nan", nil), ("-1", nil), ("inf", nil), ("0.75", Duration.seconds(0.75)),
        ("99999999", .seconds(86_400)),
    ])
    func `a header that is no sensible time stops nothing`(text: String, time: Duration?) {
        let report = RateLimitReport { $0 == "x-ratelimit-reset-after" ? text : nil }
        #expect(report.resetAfter == time)
    }

    @Test
    func `an HTML 429 from in front of Discord holds everything`() {
        let answer = HTTPAnswer(
            status: 429, headers: ["Retry-After": "30"], body: Array("<html>1015</html>".utf8))
        #expect(answer.rateLimit.isGlobal)
        #expect(answer.rateLimit.retryAfter == .seconds(30))
    }

    @Test
    func `of header and body the longer wait counts`() {
        let answer = HTTPAnswer(
            status: 429, headers: ["Retry-After": "2"],
            body: Array(#"{"message":"x","retry_after":1.337,"global":false}"#.utf8))
        #expect(answer.rateLimit.retryAfter == .seconds(2))
        #expect(!answer.rateLimit.isGlobal)
    }

    @Test
    func `requests of one route leave one at a time and in order, others beside them`() async throws
    {
        let gate = RequestGate()
        #expect(try await gate.enter(self.route, patience: .zero) == .admitted)
        #expect(try await gate.enter(self.other, patience: .zero) == .admitted)
        let order = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 1...3 {
                group.addTask {
                    _ = try await gate.enter(self.route, patience: .zero)
                    order.continuation.yield(index)
                    gate.leave(self.route)
                }
                while gate.waiting(for: self.route) < index { await Task.yield() }
            }
            gate.leave(self.route)
            try await group.waitForAll()
        }
        order.continuation.finish()
        var seen: [Int] = []
        for await index in order.stream { seen.append(index) }
        #expect(seen == [1, 2, 3])
    }

    @Test
    func `a request that is cancelled in the queue lets the next one through`() async throws {
        let gate = RequestGate()
        _ = try await gate.enter(self.route, patience: .zero)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await gate.enter(self.route, patience: .zero)) == nil }
            while gate.waiting(for: self.route) < 1 { await Task.yield() }
            group.cancelAll()
            #expect(await group.next() == true)
        }
        gate.leave(self.route)
        #expect(try await gate.enter(self.route, patience: .zero) == .admitted)
    }
}
