/// Whom the suite tries, and how it provokes and observes.
struct ConformanceOptions: Sendable {
    /// How the gateway is brought to send a text.
    enum Provocation: Equatable, Sendable {
        case none
        /// A shell command that gets the text in TEXT.
        case command(String)
        /// A line for the gateway's standard input, with {text} in it.
        case input(String)
        /// It answers what it is delivered.
        case delivery
    }

    /// Where the far side's texts are seen.
    enum Observation: Equatable, Sendable {
        case nowhere
        /// A shell command prints them.
        case command(String)
        /// A file holds them.
        case file(String)
        /// The gateway prints them.
        case output
        /// They are what it sends.
        case answers
    }

    /// Whether what is observed can lose what it held. What a process prints, or sends, can't; nor,
    /// as a rule, what is kept in a file that is added to.
    var canForget: Bool {
        if case .command = self.observation { true } else { false }
    }

    /// The gateway's command and its arguments.
    var command: [String]
    /// The box.
    var box = "main"
    var provocation = Provocation.none
    var observation = Observation.nowhere
    /// Whether the far side can't tell a repetition: an effect that stood before a kill may double.
    var mayDouble = false
    /// Milliseconds that anything may take.
    var patience: Int64 = 15_000
    /// Milliseconds for which a fenced gateway is watched.
    var fencedWatch: Int64 = 10_000
    /// Milliseconds between heartbeats.
    var heartbeat: Int64 = 1_000
}
