import Protocol

/// What the core says to one connection. Calls may come from any thread and keep their order.
protocol ConnectionPort: Sendable {
    /// The handshake is done.
    func welcome(_ session: Session, _ frame: [UInt8])
    /// Writes the bodies of frames; so many of them are answers.
    func write(_ frames: [[UInt8]], answers: Int)
    /// Bytes of frames that wait to be written.
    var waitingBytes: Int { get }
    /// Calls a body once there is room for more, at once if there is, and when the connection is
    /// over. On any thread.
    func whenRoom(_ body: @escaping @Sendable () -> Void)
    /// Says why, and closes.
    func end(_ goodbye: Goodbye)
}

extension ConnectionPort {
    /// Whether what is long may be written now: deliveries and pages, of which a gateway may ask for
    /// more at a time than its connection holds.
    var hasRoom: Bool { self.waitingBytes <= Limits.laggingBytes }
}
