import NIOCore
import Protocol
import Synchronization

/// How many bytes of frames wait to be written to a connection; read from any thread.
final class WriteBacklog: Sendable {
    private let waiting = Atomic(0)

    /// Bytes that wait.
    var bytes: Int { self.waiting.load(ordering: .relaxed) }

    /// So many more wait.
    func came(_ bytes: Int) { self.waiting.add(bytes, ordering: .relaxed) }

    /// So many were written, or given up.
    func left(_ bytes: Int) { self.waiting.subtract(bytes, ordering: .relaxed) }
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

    func end(_ goodbye: Goodbye) {
        self.channel.eventLoop.execute { self.handler.value.end(goodbye) }
    }
}
