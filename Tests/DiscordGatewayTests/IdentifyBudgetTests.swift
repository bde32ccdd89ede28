import Protocol
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
    func `the count outlives the process`() async throws {
        let box = FakeBox()
        for time in [1_000, 7_000] as [Int64] {
            let keeper = IdentifyBudgetKeeper(
                box: box, now: { time }, sleep: { _ in Issue.record("it waits") })
            try await keeper.permission()
        }
        #expect(try await BoxState.identifications(box) == [1_000, 7_000])
    }
}
