/// The close codes of RFC 6455, 7.4, and of the registry that continues it.
package enum WebSocketCloseCode {
    /// The purpose is fulfilled.
    package static let normal: UInt16 = 1000
    /// The endpoint goes away: a server shuts down, a page is left.
    package static let goingAway: UInt16 = 1001
    /// The peer broke the protocol.
    package static let protocolError: UInt16 = 1002
    /// What the API reports for a close frame without a code; never on the wire.
    package static let absent: UInt16 = 1005
    /// Text that isn't UTF-8.
    package static let invalidData: UInt16 = 1007
    /// A rule of ours was broken.
    package static let policyViolation: UInt16 = 1008
    /// The message is larger than we take.
    package static let messageTooBig: UInt16 = 1009
    /// The server restarts: come back after a moment.
    package static let serviceRestart: UInt16 = 1012
    /// The server can't serve just now: come back later.
    package static let tryAgainLater: UInt16 = 1013

    /// Whether a code may stand in a close frame.
    package static func isValidOnWire(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
