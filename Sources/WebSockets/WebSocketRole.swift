/// Which side of the connection this process is.
package enum WebSocketRole: Sendable, Equatable {
    /// We connected: what we send is masked, what we receive must not be (RFC 6455, 5.1).
    case client
    /// We were connected to: what we receive must be masked.
    case server
}
