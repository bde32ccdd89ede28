#if os(Linux)
    /// Makes a failing seed small: leaves out of its plan what the failure doesn't need.
    ///
    /// What is left out changes how everything after it falls, so that a failure may hide; hence each
    /// plan is tried in several courses.
    struct Shrinking {
        let seed: UInt64
        let canary: Canary?
        /// An empty database.
        let template: String

        /// How many courses of a smaller plan are tried before it counts as whole.
        private static let courses: UInt64 = 6

        /// Looks for the smallest plan that still breaks one of the same promises, and tells it step
        /// by step.
        func shrink(
            _ outcome: Simulation.Outcome, from start: Selection, say: (String) -> Void
        ) {
            let broken = Set(outcome.violations.map(\.invariant))
            var best = start
            var kept = outcome.planned.indices.filter { !start.omitted.contains($0) }
            say("shrinking: \(kept.count) happenings are planned")
            var size = max(1, kept.count / 2)
            while size >= 1, !kept.isEmpty {
                var isSmaller = false
                var first = 0
                while first < kept.count {
                    let part = kept[first..<min(first + size, kept.count)]
                    let omitted = best.omitted.union(part)
                    if let lot = self.lot(breaking: broken, omitted, first: best.lot) {
                        best = Selection(omitted: omitted, lot: lot)
                        kept.removeAll(where: omitted.contains)
                        isSmaller = true
                        say("shrinking: \(kept.count) left")
                    } else {
                        first += size
                    }
                }
                if size == 1, !isSmaller { break }
                size = size > 1 ? size / 2 : 1
            }
            self.tell(best, kept, outcome.planned, say)
        }

        private func run(_ selection: Selection, isTraced: Bool = false) -> Simulation.Outcome {
            Simulation.run(
                seed: self.seed, selection: selection, canary: self.canary,
                template: self.template, isTraced: isTraced)
        }

        /// A course of a plan that breaks one of these promises.
        private func lot(
            breaking broken: Set<String>, _ omitted: Set<Int>, first: UInt64
        ) -> UInt64? {
            let lots = [first] + (0..<Self.courses).filter { $0 != first }
            return lots.first { lot in
                self.run(Selection(omitted: omitted, lot: lot)).violations.contains {
                    broken.contains($0.invariant)
                }
            }
        }

        private func tell(
            _ best: Selection, _ kept: [Int], _ planned: [String], _ say: (String) -> Void
        ) {
            let outcome = self.run(best, isTraced: true)
            outcome.trace.forEach(say)
            say("what is left of seed \(self.seed)'s plan (milliseconds, what):")
            for number in kept { say("  \(planned[number])") }
            for violation in outcome.violations.prefix(20) { say("  \(violation)") }
            say(
                "Replay it: make simulate SEED=\(self.seed) OMIT=\(best.omittedText) "
                    + "LOT=\(best.lot)")
        }
    }
#endif
