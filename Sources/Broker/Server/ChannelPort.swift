import NIOCore
import Protocol
import Synchronization

/// How many bytes of frames wait to be written to a connection, and who waits for room; from any
/// thread.
final class WriteBacklog: Sendable {
    private struct State {
        var bytes = 0
        var waiters: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    /// Whoever waits for room goes on when so many bytes are left: half of what may wait, so that
    /// the connection has something to write meanwhile, and isn't asked after each frame.
    private static let enough = Limits.laggingBytes / 2

    /// Bytes that wait.
    var bytes: Int { self.state.withLock { $0.bytes } }

    /// So many more wait.
    func came(_ bytes: Int) { self.state.withLock { $0.bytes += bytes } }

    /// So many were written, or given up.
    func left(_ bytes: Int) {
        let waiters = self.state.withLock { state in
            state.bytes -= bytes
            guard state.bytes <= Self.enough else { return [@Sendable () -> Void]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter() }
    }

    /// Calls a body once there is room, at once if there is. A connection that is over has written
    /// or given up everything. Bounded by what asks: a consumer once, a request each once.
    func whenRoom(_ body: @escaping @Sendable () -> Void) {
        let isNow = self.state.withLock { state in
            guard state.bytes > Self.enough else { return true }
            state.waiters.append(body)
            return false
        }
        if isNow { body() }
    }
}

/// Carries what the core says to the channel's event loop, in order.
struct ChannelPort: ConnectionPort {
    let channel: any Channel
    let handler: NIOLoopBound<GatewayConnectionHandler>
    let backlog: WriteBacklog

    func welcome(_ session: Session, _ frame: [UInt8]) {
        self.channel.eventLoop.execute { self.handler.value.welcome(session, frame) }
    }

    func write(_ frames: [[UInt8]], answers: Int) {
        let bytes = frames.reduce(0) { $0 + $1.count }
        self.backlog.came(bytes)
        self.channel.eventLoop.execute {
            self.handler.value.write(frames, answers: answers, counted: bytes)
        }
    }

    var waitingBytes: Int { self.backlog.bytes }

    func whenRoom(_ body: @escaping @Sendable () -> Void) { self.backlog.whenRoom(body) }

    func end(_ goodbye: Goodbye) {
        self.channel.eventLoop.execute { self.handler.value.end(goodbye) }
    }
}
