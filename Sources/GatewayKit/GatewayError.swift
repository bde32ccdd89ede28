public import Protocol

/// Why a request, or the whole client, didn't succeed.
public enum GatewayError: Error, Equatable, Sendable {
    /// The broker refused the request; `retry` says whether the same one may succeed later.
    case refused(Refused)
    /// The connection was lost, or there was none, and the request was one that doesn't wait. It
    /// may have taken effect.
    case disconnected
    /// The broker refuses this process for good: the same process would be refused again.
    case goodbye(Goodbye)
    /// The task that waited was cancelled. A request that was on its way may still take effect.
    case cancelled
    /// More requests wait than ``PendingRequests/waitingMax``.
    case overloaded
    /// The client has ended, or ended before the answer came.
    case stopped
    /// The broker's answer isn't what the protocol says; names the member.
    case answerInvalid(String)
    /// The socket's path can't be one: it is empty or longer than a Unix socket's may be.
    case socketPathInvalid(String)
    /// A box or a service can't be called so: a name has 1–64 bytes of `A-Z a-z 0-9 . _ : -`.
    case nameInvalid(String)
    /// A client can't be called so: an id has 1–128 bytes of UTF-8 without NUL, and the form of its
    /// service's kind.
    case peerInvalid(String)
    /// The database was changed for another one, in which the request would mean something else.
    case epochChanged
}

extension GatewayError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let refused): "The broker refused it (\(refused.code)): \(refused.message)"
        case .disconnected: "There is no connection to the broker."
        case .goodbye(let goodbye):
            "The broker doesn't take this process (\(goodbye.code)): \(goodbye.message)"
        case .cancelled: "The waiting was cancelled."
        case .overloaded: "Too many requests wait for the broker."
        case .stopped: "The client of the broker has ended."
        case .answerInvalid(let sentence): "The broker's answer can't be read: \(sentence)"
        case .socketPathInvalid(let path):
            "\"\(path.prefix(200))\" can't be the path of a Unix socket: it must be 1–"
                + "\(BrokerClientConfiguration.socketPathBytes) bytes."
        case .nameInvalid(let name):
            "\"\(name.prefix(64))\" can't be the name of a box or a service: it must be 1–"
                + "\(Limits.keyBytes) bytes of A-Z a-z 0-9 . _ : -"
        case .peerInvalid(let id):
            "\"\(id.prefix(128))\" can't be the id of a client: it must be 1–"
                + "\(Limits.peerBytes) bytes without NUL, in the form of its service's kind."
        case .epochChanged: "The broker's database is another one now."
        }
    }
}
