import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Who is at the other end of a Unix socket, as the kernel knows it: `struct ucred` of unix(7),
/// which Swift's Glibc doesn't show.
struct PeerCredentials: Sendable {
    /// The process, 0 if it lives in another namespace: nothing may be decided by it.
    var pid: Int32 = 0
    /// The user who connected.
    var uid: UInt32 = 0
    /// Its group.
    var gid: UInt32 = 0

    /// Asks the kernel; `nil` where it can't be asked. On the channel's event loop the answer is
    /// there at once.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials?> {
        #if os(Linux)
            guard let provider = channel as? any SocketOptionProvider else {
                return channel.eventLoop.makeSucceededFuture(nil)
            }
            let answer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: CInt(SO_PEERCRED)))
            return answer.map { $0 }
        #else
            // Elsewhere the socket's mode and its folder's are what keeps others out.
            return channel.eventLoop.makeSucceededFuture(nil)
        #endif
    }
}
