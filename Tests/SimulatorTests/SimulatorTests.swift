#if os(Linux)
    import Foundation
    import Glibc
    import Synchronization
    import Testing

    /// The whole of ChatBox on one thread, in a world whose time, network, disk and crashes follow
    /// from a seed.
    @Suite(.enabled(if: Order.given == nil)) struct SimulatorTests {
        /// Each process's share: a run takes a tenth of a second unoptimised. `make quick` tries fewer,
        /// `make simulate RUNS=10000` more.
        private static let share =
            ProcessInfo.processInfo.environment["CHATBOX_SIMULATION_SHARE"].flatMap { Int($0) }
            ?? 1_000

        @Test(arguments: [1, Self.share + 1])
        func `every seed keeps every promise`(first: Int) async throws {
            let ended = try await Simulator.run(Order(seed: UInt64(first), runs: Self.share))
            let result = try #require(ended.result, "\(ended.output.suffix(4_000))")
            #expect(result.broken.isEmpty, "\(ended.output.suffix(8_000))")
            #expect(result.runs == Self.share)
            #expect(result.events > 0 && result.deaths > 0)
        }

        @Test func `the same seed is the same run`() async throws {
            let one = try await Simulator.run(Order(seed: 7, runs: 6))
            let other = try await Simulator.run(Order(seed: 7, runs: 6))
            #expect(one.result != nil)
            #expect(one.result == other.result)
        }

        @Test(arguments: Canary.allCases)
        func `the checker sees what is broken on purpose`(canary: Canary) async throws {
            let ended = try await Simulator.run(
                Order(seed: 1, runs: 300, canary: canary, stopsAtFirst: true))
            let result = try #require(ended.result, "\(ended.output.suffix(4_000))")
            #expect(!result.broken.isEmpty, "\(canary) was never seen")
            print("canary \(canary): \(result.first.prefix(160))")
        }

        @Test func `a failing seed is made small`() async throws {
            var order = Order(seed: 1, runs: 300, canary: .cursorBeforeEffect, stopsAtFirst: true)
            order.shrinks = true
            let output = try await Simulator.run(order).output
            let counts = output.split(separator: "\n").compactMap { line in
                line.hasPrefix("shrinking: ")
                    ? line.split(separator: " ").lazy.compactMap { Int($0) }.first : nil
            }
            let (whole, left) = (try #require(counts.first), try #require(counts.last))
            #expect(left < whole, "\(output.suffix(2_000))")
            #expect(output.contains("OMIT="))
        }
    }

    /// What a simulating process does.
    @Suite(.enabled(if: Order.given != nil)) struct Simulating {
        @Test func simulate() throws {
            let order = try #require(Order.given)
            let broken = Mutex(0)
            SimulatedThread.run {
                // Others' tests and the machine's people come first.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
                let result = Series(order: order).run { print($0) }
                print(result.line)
                fflush(nil)
                broken.withLock { $0 = result.broken.count }
            }
            if order.canary == nil { #expect(broken.withLock { $0 } == 0) }
        }
    }
#endif
