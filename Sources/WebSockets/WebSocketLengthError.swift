/// A frame's length was written as RFC 6455, 5.2 forbids: in more bytes than it needs, or with its
/// top bit set.
package struct WebSocketLengthError: Error {
    /// The error.
    package init() {}
}
