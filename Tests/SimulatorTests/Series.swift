#if os(Linux)
    import BrokerStore
    import Glibc

    /// Runs one seed after the other, and says what came of them.
    struct Series {
        /// What came of them, in one line that another process can read.
        struct Result: Equatable {
            var runs = 0
            var steps = 0
            var events = 0
            var deaths = 0
            /// Seeds that broke a promise.
            var broken: [UInt64] = []
            /// What the first of them broke.
            var first = ""
            /// A digest of all runs together.
            var digest: UInt64 = 0

            /// How a line of it begins.
            static let mark = "SIMULATED "

            /// The line.
            var line: String {
                Self.mark
                    + "\(self.runs) \(self.steps) \(self.events) \(self.deaths) \(self.digest) "
                    + "\(self.broken.map(String.init).joined(separator: ","))|\(self.first)"
            }

            /// Reads a line.
            init?(line: Substring) {
                guard line.hasPrefix(Self.mark) else { return nil }
                let parts = line.dropFirst(Self.mark.count).split(
                    separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
                let numbers = parts[0].split(separator: " ", omittingEmptySubsequences: false)
                guard numbers.count == 6, parts.count == 2, let runs = Int(numbers[0]),
                    let steps = Int(numbers[1]), let events = Int(numbers[2]),
                    let deaths = Int(numbers[3]), let digest = UInt64(numbers[4])
                else { return nil }
                self.init(runs: runs, steps: steps, events: events, deaths: deaths)
                self.digest = digest
                self.broken = numbers[5].split(separator: ",").compactMap { UInt64($0) }
                self.first = String(parts[1])
            }

            init(runs: Int = 0, steps: Int = 0, events: Int = 0, deaths: Int = 0) {
                (self.runs, self.steps, self.events, self.deaths) = (runs, steps, events, deaths)
            }
        }

        /// What is asked for.
        let order: Order

        /// Runs it, on the simulation's thread.
        func run(say: (String) -> Void) -> Result {
            Step.catchGlobalOnes()
            let place = Files()
            place.make(0)
            defer { place.removeAll() }
            let template = place.database(0)
            guard (try? DatabaseFile.make(template)) != nil else { fatalError("No database.") }
            var result = Result()
            for index in 0..<self.order.runs {
                let seed = self.order.seed + UInt64(index)
                let outcome = Simulation.run(
                    seed: seed, selection: self.order.selection, canary: self.order.canary,
                    template: template, isTraced: self.order.isTraced)
                result.runs += 1
                result.steps += outcome.steps
                result.events += outcome.events
                result.deaths += outcome.deaths
                result.digest = (result.digest &* 31) ^ outcome.digest
                if self.order.isTraced { outcome.trace.forEach(say) }
                let isBroken = outcome.violations.contains {
                    self.order.canary?.breaks.contains($0.invariant) ?? true
                }
                guard isBroken else { continue }
                result.broken.append(seed)
                let told = outcome.violations.prefix(5).map(\.description).joined(separator: "; ")
                if result.first.isEmpty { result.first = "seed \(seed): \(told)" }
                say("seed \(seed) breaks a promise. Replay it: make simulate SEED=\(seed)")
                for violation in outcome.violations.prefix(20) { say("  \(violation)") }
                if self.order.shrinks {
                    Shrinking(seed: seed, canary: self.order.canary, template: template)
                        .shrink(outcome, from: self.order.selection, say: say)
                    break
                }
                if self.order.stopsAtFirst { break }
            }
            return result
        }
    }
#endif
