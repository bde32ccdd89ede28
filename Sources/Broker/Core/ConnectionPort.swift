import Protocol

/// What the core says to one connection. Calls may come from any thread and keep their order.
protocol ConnectionPort: Sendable {
    /// The handshake is done.
    func welcome(_ session: Session, _ frame: [UInt8])
    /// Writes the bodies of frames; so many of them are answers.
    func write(_ frames: [[UInt8]], answers: Int)
    /// Bytes of frames that wait to be written.
    var waitingBytes: Int { get }
    /// Says why, and closes.
    func end(_ goodbye: Goodbye)
}
