import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why no connection to Discord came to be. Nothing was sent then.
enum ConnectFailure: Equatable, Sendable {
    /// The host's name has no address.
    case name
    /// TLS doesn't come about.
    case security
    /// Nothing answers there.
    case unreachable

    /// The failure that an error tells of; `nil` if it may be of a connection that stood.
    init?(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            // With an address it was tried, and each try has left an error.
            self = error.connectionErrors.isEmpty ? .name : .unreachable
        case is NIOSSLExtraError: self = .security
        case NIOSSLError.handshakeFailed: self = .security
        case let error as HTTPClientError where error == .tlsHandshakeTimeout: self = .security
        // The second is told of a request that waited for a free connection in vain.
        case let error as HTTPClientError
        where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            self = .unreachable
        // These three are never told of a connection that stood.
        case let error as IOError
        where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            self = .unreachable
        default: return nil
        }
    }

    /// What is wrong, and what to do, in a sentence or two.
    func sentence(host: String) -> String {
        switch self {
        case .name:
            "The name \(host) can't be resolved. See to this machine's DNS; ChatBox tries again by "
                + "itself."
        case .security:
            "No safe connection to \(host) comes about: TLS fails, or its certificate isn't "
                + "accepted. See to this machine's clock, its CA certificates and whatever stands "
                + "between; ChatBox tries again by itself."
        case .unreachable:
            "Nothing answers at \(host). See to this machine's network and firewall; ChatBox tries "
                + "again by itself."
        }
    }
}
