import NIOCore
import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The broker's end of the socket: who connects, what came, what has to be written.
///
/// One thread; ``wait(milliseconds:)`` sleeps until something happens.
final class BrokerSocket {
    /// What happened.
    enum Happening {
        case arrived(Int)
        case received(Int, Envelope)
        /// What came can't be read; the sentence says why.
        case unreadable(Int, String)
        case ended(Int)
    }

    private struct Peer {
        let descriptor: Int32
        var decoder = FrameDecoder(limit: Limits.handshakeFrameBytes)
        var outgoing: ArraySlice<UInt8> = []
        var closesAfterwards = false
        var isBroken = false
    }

    /// Bytes of a socket's path, wherever it runs: `sun_path` holds 104 on Darwin, 108 on Linux.
    static let pathBytes = 103

    /// The socket's path.
    let path: String
    /// Writes one byte at a time, a millisecond apart.
    var isSlow = false
    /// Whether anything is read.
    var reads = true
    /// Closes whoever connects, at once.
    var turnsAway = false
    private var listener: Int32 = -1
    private var peers: [Int: Peer] = [:]
    private var count = 0

    /// A socket at that path; nobody listens there before ``listen()``.
    init(path: String) { self.path = path }

    deinit {
        self.stopListening()
        for peer in self.peers.values { close(peer.descriptor) }
    }

    /// Makes the socket.
    func listen() throws(ProcessFailure) {
        guard self.listener < 0 else { return }
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Self.failure("There is no socket") }
        Self.prepare(descriptor)
        unlink(self.path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: self.path.utf8.prefix(Self.pathBytes))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size)
            }
        }
        guard result == 0, systemListen(descriptor) == 0 else {
            close(descriptor)
            throw Self.failure("The socket \(self.path) can't be made")
        }
        self.listener = descriptor
    }

    /// Takes the socket away; connections stay.
    func stopListening() {
        guard self.listener >= 0 else { return }
        close(self.listener)
        unlink(self.path)
        self.listener = -1
    }

    /// The connections that stand.
    var connections: [Int] { self.peers.keys.sorted() }

    /// Lets longer frames through, after a welcome.
    func welcomed(_ connection: Int) {
        self.peers[connection]?.decoder.limit = Limits.frameBytes
    }

    /// Has frames of these bodies written, all at once.
    func write(frames bodies: [[UInt8]], to connection: Int, thenClose: Bool = false) {
        let bytes = bodies.flatMap { Array(FrameEncoder.frame($0).readableBytesView) }
        self.write(bytes, to: connection, thenClose: thenClose)
    }

    /// Has bytes written.
    func write(_ bytes: [UInt8], to connection: Int, thenClose: Bool = false) {
        self.peers[connection]?.outgoing += bytes
        if thenClose { self.peers[connection]?.closesAfterwards = true }
        if !self.isSlow { _ = self.flush(connection) }
    }

    /// Cuts a connection.
    func cut(_ connection: Int) {
        guard let peer = self.peers.removeValue(forKey: connection) else { return }
        close(peer.descriptor)
    }

    /// Waits until something happens, or for so long.
    func wait(milliseconds: Int32) -> [Happening] {
        let numbers = self.peers.keys.sorted()
        var polled: [pollfd] = []
        if self.listener >= 0 {
            polled.append(pollfd(fd: self.listener, events: Int16(POLLIN), revents: 0))
        }
        for number in numbers {
            guard let peer = self.peers[number] else { continue }
            var events = self.reads ? Int16(POLLIN) : 0
            if !peer.outgoing.isEmpty, !self.isSlow { events |= Int16(POLLOUT) }
            polled.append(pollfd(fd: peer.descriptor, events: events, revents: 0))
        }
        let pace: Int32 = self.isSlow ? 1 : milliseconds
        guard poll(&polled, nfds_t(polled.count), pace) >= 0 else { return [] }
        var happenings: [Happening] = []
        for number in numbers { happenings += self.flush(number) }
        if self.reads { for number in numbers { happenings += self.read(number) } }
        if self.listener >= 0, polled.first.map({ $0.revents != 0 }) ?? false {
            happenings += self.accept()
        }
        return happenings
    }

    private func accept() -> [Happening] {
        #if canImport(Glibc)
            let descriptor = Glibc.accept(self.listener, nil, nil)
        #elseif canImport(Musl)
            let descriptor = Musl.accept(self.listener, nil, nil)
        #else
            let descriptor = Darwin.accept(self.listener, nil, nil)
        #endif
        guard descriptor >= 0 else { return [] }
        Self.prepare(descriptor)
        self.count += 1
        if self.turnsAway {
            close(descriptor)
            return [.arrived(self.count), .ended(self.count)]
        }
        self.peers[self.count] = Peer(descriptor: descriptor)
        return [.arrived(self.count)]
    }

    private func read(_ number: Int) -> [Happening] {
        guard var peer = self.peers[number] else { return [] }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes {
            recv(peer.descriptor, $0.baseAddress, $0.count, 0)
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        guard count > 0 else {
            let isInside = peer.decoder.isInsideFrame
            self.cut(number)
            let sentence = "The connection ended in the middle of a frame."
            return (isInside ? [.unreadable(number, sentence)] : []) + [.ended(number)]
        }
        var happenings: [Happening] = []
        peer.decoder.received(ByteBuffer(bytes: bytes[..<count]))
        do {
            while !peer.isBroken, let body = try peer.decoder.next() {
                happenings.append(.received(number, try Envelope(body)))
            }
        } catch {
            peer.isBroken = true
            happenings.append(.unreadable(number, "\(error)"))
        }
        self.peers[number] = peer
        return happenings
    }

    /// Writes what can be written.
    private func flush(_ number: Int) -> [Happening] {
        guard var peer = self.peers[number] else { return [] }
        let piece = self.isSlow ? peer.outgoing.prefix(1) : peer.outgoing
        if !piece.isEmpty {
            let count = piece.withUnsafeBytes { send(peer.descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { peer.outgoing = peer.outgoing.dropFirst(count) }
            if count < 0, errno != EAGAIN, errno != EINTR { peer.outgoing = [] }
            self.peers[number] = peer
        }
        guard peer.outgoing.isEmpty, peer.closesAfterwards else { return [] }
        self.cut(number)
        return [.ended(number)]
    }

    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    private static func failure(_ what: String) -> ProcessFailure {
        ProcessFailure(.cannotCreate, "\(what): \(String(cString: strerror(errno))).")
    }
}

// Named apart: the type has a `listen` of its own.
private func systemListen(_ descriptor: Int32) -> Int32 { listen(descriptor, 16) }
