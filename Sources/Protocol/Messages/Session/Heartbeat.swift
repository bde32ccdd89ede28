/// A gateway's sign of life, which the broker answers at once.
public struct Ping: EmptyMessage {
    public static let type = "ping"
    /// A ping.
    public init() {}
}

/// The broker's answer to `ping`.
public struct Pong: EmptyMessage {
    public static let type = "pong"
    /// A pong.
    public init() {}
}
