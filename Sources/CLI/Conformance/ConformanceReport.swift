import ProcessShell
import StrictJSON

/// What became of all checks, as text for people or as JSON for programs.
struct ConformanceReport: Sendable {
    /// The checks that were asked for, in order, and their verdicts.
    var verdicts: [(check: Check, verdict: Verdict)] = []

    /// How many checks came out so.
    var counts: (passed: Int, failed: Int, notTried: Int) {
        self.verdicts.reduce(into: (0, 0, 0)) { counts, one in
            switch one.verdict {
            case .passed: counts.0 += 1
            case .failed: counts.1 += 1
            case .notTried: counts.2 += 1
            }
        }
    }

    /// 0 if nothing failed and something was tried.
    var exitCode: ExitCode { self.counts.failed == 0 && self.counts.passed > 0 ? .ok : .no }

    /// One line of the table.
    static func line(_ check: Check, _ verdict: Verdict) -> String {
        func padded(_ text: String, to width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return padded(verdict.word, to: 11) + padded(check.rawValue, to: Check.nameWidth + 2)
            + PlainText.of(verdict.sentence)
    }

    /// The last line.
    var summary: String {
        let counts = self.counts
        return "\(counts.passed) passed, \(counts.failed) failed, \(counts.notTried) not tried"
    }

    /// One JSON object.
    var json: String {
        var writer = JSONWriter()
        let counts = self.counts
        writer.object { writer in
            writer.member("passed", Int64(counts.passed))
            writer.member("failed", Int64(counts.failed))
            writer.member("not_tried", Int64(counts.notTried))
            writer.name("checks")
            writer.array { writer in
                for (check, verdict) in self.verdicts {
                    writer.object { writer in
                        writer.member("check", check.rawValue)
                        writer.member("verdict", verdict.word.lowercased())
                        writer.member("sentence", verdict.sentence)
                    }
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
