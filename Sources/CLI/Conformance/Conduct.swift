import Protocol

/// How the pretend broker behaves: well, except for what a check tries.
struct Conduct: Equatable {
    /// What becomes of a message that the gateway sends.
    enum Sends: Equatable {
        case stored
        /// It is stored, and the answer is lost.
        case storedSilently
        /// Nothing happens until ``PretendBroker/release(at:)``.
        case held
        case refused(ErrorCode, retry: Bool)
    }

    /// Whether hellos are answered.
    var welcomes = true
    /// What is said instead of a welcome.
    var farewell: Goodbye?
    /// Whether it says anything at all.
    var speaks = true
    /// Whether every frame has a member that nobody knows.
    var addsUnknownMembers = false
    /// What becomes of sends.
    var sends = Sends.stored
    /// Whether acknowledges have an effect and an answer.
    var takesAcknowledges = true
}
