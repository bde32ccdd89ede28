import Protocol
import Synchronization
import Testing

@testable import DiscordGateway

/// Sessions aren't used up, whatever dies.
@Suite
struct IdentifyBudgetTests {
    @Test
    func `two sessions are five seconds apart`() {
        var budget = IdentifyBudget(times: [])
        #expect(budget.wait(at: 1_000) == 0)
        budget.began(at: 1_000)
        #expect(budget.wait(at: 2_000) == 4_000)
        #expect(budget.wait(at: 6_000) == 0)
    }

    @Test
    func `a crash loop starts fewer than 400 sessions a day, for days`() {
        var budget = IdentifyBudget(times: [])
        var now: Int64 = 0
        var all: [Int64] = []
        while now < 3 * 86_400_000 {
            now += max(1, budget.wait(at: now))
            budget.began(at: now)
            all.append(now)
        }
        for day in 0..<3 as Range<Int64> {
            let count = all.count { $0 / 86_400_000 == day }
            #expect(count < 400, "day \(day)")
        }
        #expect(budget.times.count < 400)
    }

    @Test
    func `a clock that was set back stops nobody for long`() {
        let budget = IdentifyBudget(times: [90_000_000])
        #expect(budget.wait(at: 1_000) == 5_000)
    }

    @Test
    func `a clock that was set back is waited for once, not until it has caught up`() async throws {
        let box = FakeBox()
        try await BoxState.keep(identifications: [90_000_000], box)
        let clock = Mutex(1_000 as Int64)
        let keeper = IdentifyBudgetKeeper(
            box: box, logger: LogLines().logger, now: { clock.withLock { $0 } },
            sleep: { wait in
                let isLate = clock.withLock { now in
                    now += wait
                    return now > 60_000
                }
                if isLate { throw CancellationError() }
            })
        try await keeper.permission()
        #expect(clock.withLock { $0 } == 6_000)
    }

    @Test
    func `somebody who restarts all the time by hand waits for nothing`() {
        var budget = IdentifyBudget(times: [])
        for restart in 0..<40 as Range<Int64> {
            #expect(budget.wait(at: restart * 60_000) == 0)
            budget.began(at: restart * 60_000)
        }
    }

    @Test
    func `the count outlives the process`() async throws {
        let box = FakeBox()
        for time in [1_000, 7_000] as [Int64] {
            let keeper = IdentifyBudgetKeeper(
                box: box, logger: LogLines().logger, now: { time },
                sleep: { _ in Issue.record("it waits") })
            try await keeper.permission()
            try await keeper.began()
        }
        #expect(try await BoxState.identifications(box) == [1_000, 7_000])
    }

    @Test func `a session counts from when it starts, though its time was long in storing`()
        async throws
    {
        let box = FakeBox()
        // What the clock shows at each look: the first storing takes ten seconds, the second none.
        let looks = Mutex<[Int64]>([1_000, 11_000, 11_010, 11_020])
        let keeper = IdentifyBudgetKeeper(
            box: box, logger: LogLines().logger,
            now: { looks.withLock { $0.isEmpty ? 0 : $0.removeFirst() } },
            sleep: { _ in Issue.record("it waits") })
        try await keeper.began()
        #expect(try await BoxState.identifications(box) == [11_010])
        #expect(looks.withLock { $0 }.isEmpty)
    }

    @Test func `a broker that is slow for good doesn't keep a session from its start`() async throws
    {
        let box = FakeBox()
        let clock = Mutex<Int64>(0)
        let keeper = IdentifyBudgetKeeper(
            box: box, logger: LogLines().logger,
            now: {
                clock.withLock { now in
                    now += 1_000
                    return now
                }
            },
            sleep: { _ in Issue.record("it waits") })
        try await keeper.began()
        #expect(try await BoxState.identifications(box) == [5_000])
    }

    @Test
    func `who waits for long is told why, and asking alone counts nothing`() async throws {
        let box = FakeBox()
        let times = Array(repeating: 3_000_000 as Int64, count: 60)
        try await BoxState.keep(identifications: times, box)
        let log = LogLines()
        let clock = Mutex(3_010_000 as Int64)
        let keeper = IdentifyBudgetKeeper(
            box: box, logger: log.logger, now: { clock.withLock { $0 } },
            sleep: { wait in clock.withLock { $0 += wait } })
        try await keeper.permission()
        #expect(clock.withLock { $0 } == 3_060_000)
        #expect(log.text.contains("waiting before a new session"))
        #expect(log.text.contains("50"))
        #expect(try await BoxState.identifications(box) == times)
    }
}
