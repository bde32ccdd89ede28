/// What became of one check.
enum Verdict: Equatable, Sendable {
    /// It holds, and what was seen.
    case passed(String)
    /// It doesn't, and what was seen instead.
    case failed(String)
    /// It wasn't tried, and what that would take.
    case notTried(String)

    /// The word in the table.
    var word: String {
        switch self {
        case .passed: "passed"
        case .failed: "FAILED"
        case .notTried: "not tried"
        }
    }

    /// The sentence.
    var sentence: String {
        switch self {
        case .passed(let sentence), .failed(let sentence), .notTried(let sentence): sentence
        }
    }
}

/// What a check found wrong, as one sentence for whoever writes the gateway.
struct Finding: Error, Equatable, Sendable {
    var sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

/// What a check can't try, and why.
struct Untried: Error, Equatable, Sendable {
    var sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
