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

/// One connection to the broker as an admin: asks, waits for the answer, and ends.
///
/// Without reconnects and without threads: a tool that can't reach the broker says so.
final class BrokerLink {
    private let path: String
    private let socket: Int32
    private var decoder = FrameDecoder(limit: Limits.frameBytes)
    private var number: Int64 = 0

    /// Seconds in which the broker must answer what takes no time.
    static let patience: Int32 = 10

    /// Connects and says hello.
    ///
    /// - Throws: ``ProcessFailure`` if nobody answers there, or we may not ask.
    init(to path: String) throws {
        self.path = path
        self.socket = try Self.connect(path)
        guard let box = Name("main"), let service = Name("chatbox"),
            let instance = Name("chatbox-\(getpid())")
        else { preconditionFailure("These are names of the key alphabet.") }
        let hello = Hello(
            box: box, service: service, instance: instance, mode: .admin,
            agent: "chatbox/\(ProcessRunner.version)")
        try self.say(hello.encoded())
        let answer = try self.next(within: Self.patience)
        guard answer.type == Welcome.type else { throw self.misunderstood }
    }

    deinit { close(self.socket) }

    /// Asks, and waits for the answer.
    ///
    /// - Parameter seconds: how long; pings keep the connection meanwhile.
    /// - Throws: ``ProcessFailure``; for a refusal with its sentence.
    func ask<Request: WireRequest>(
        _ request: Request, within seconds: Int32 = BrokerLink.patience
    ) throws -> Request.Answer {
        self.number += 1
        try self.say(request.encoded(request: self.number))
        while true {
            let envelope = try self.next(within: seconds)
            guard envelope.request == self.number else { continue }
            do {
                if envelope.type == Refused.type {
                    throw Self.failure(of: try Refused(envelope.fields))
                }
                guard envelope.type == Request.Answer.type else { throw self.misunderstood }
                return try Request.Answer(envelope.fields)
            } catch is FieldError {
                throw self.misunderstood
            }
        }
    }

    private static func failure(of refused: Refused) -> ProcessFailure {
        let code: ExitCode =
            switch refused.code {
            case .notFound, .conversationGone: .missing
            case .backupFailed: .cannotCreate
            case .notAllowed: .notPermitted
            case .storageFailed, .storageFull: .inputOutput
            default: refused.retry ? .temporary : .badData
            }
        return ProcessFailure(code, PlainText.of(refused.message))
    }

    private var misunderstood: ProcessFailure {
        ProcessFailure(
            .unavailable,
            "The broker at \(self.path) answers in a way that this chatbox doesn't understand. "
                + "Use the one of the same version.")
    }
}

// The socket.
extension BrokerLink {
    private static func connect(_ path: String) throws(ProcessFailure) -> Int32 {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = Self.systemSocket(stream)
        guard descriptor >= 0 else {
            throw ProcessFailure(.unavailable, "No socket: \(Self.systemError).")
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Self.systemConnect(descriptor, $0, size)
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Self.unreachable(path, code)
        }
        return descriptor
    }

    private static func unreachable(_ path: String, _ code: Int32) -> ProcessFailure {
        switch code {
        case EACCES, EPERM:
            ProcessFailure(
                .notPermitted,
                "This user may not use the socket \(path). Run as the broker's user, or in its "
                    + "group.")
        case ENOENT:
            ProcessFailure(
                .unavailable,
                "There is no broker's socket at \(path). Start chatbox-broker, or set "
                    + "CHATBOX_SOCKET to the path that it uses.")
        default:
            ProcessFailure(
                .unavailable,
                "No broker answers at \(path): \(String(cString: strerror(code))). Start "
                    + "chatbox-broker, or look into its log.")
        }
    }

    private func say(_ body: [UInt8]) throws(ProcessFailure) {
        var bytes = Array(FrameEncoder.frame(body).readableBytesView)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(self.socket, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE || errno == ECONNRESET {
                return  // It has said why, perhaps: the next read finds that.
            } else if errno != EINTR {
                throw self.lost
            }
        }
    }

    /// The next frame that isn't a pong.
    private func next(within seconds: Int32) throws -> Envelope {
        var left = seconds
        while true {
            do {
                if let body = try self.decoder.next() {
                    let envelope = try Envelope(body)
                    if envelope.type == Goodbye.type { throw Self.failure(of: envelope) }
                    if envelope.type == Pong.type { continue }
                    return envelope
                }
            } catch let failure as ProcessFailure {
                throw failure
            } catch {
                throw self.misunderstood
            }
            let wait = min(left, Int32(Limits.heartbeatSeconds))
            if try self.read(within: wait) { continue }
            left -= wait
            guard left > 0 else {
                throw ProcessFailure(
                    .temporary,
                    "The broker at \(self.path) didn't answer within \(seconds) seconds. Try "
                        + "again, and look into its log.")
            }
            try self.say(Ping().encoded())
        }
    }

    private static func failure(of envelope: Envelope) -> ProcessFailure {
        guard let goodbye = try? Goodbye(envelope.fields) else {
            return ProcessFailure(.unavailable, "The broker ended the connection.")
        }
        let code: ExitCode = goodbye.code == .peerDenied ? .notPermitted : .unavailable
        return ProcessFailure(code, PlainText.of(goodbye.message))
    }

    /// Reads what there is; whether anything came in time.
    private func read(within seconds: Int32) throws(ProcessFailure) -> Bool {
        var waiting = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
        let ready = poll(&waiting, 1, seconds * 1_000)
        if ready == 0 { return false }
        if ready < 0 { return errno == EINTR }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes {
            recv(self.socket, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { throw self.lost }
        self.decoder.received(ByteBuffer(bytes: bytes[..<count]))
        return true
    }

    private var lost: ProcessFailure {
        ProcessFailure(
            .unavailable,
            "The broker at \(self.path) ended the connection. Try again, and look into its log.")
    }

    private static var systemError: String { String(cString: strerror(errno)) }

    // Named apart: this type has a `connect` and a `socket` of its own.
    #if canImport(Glibc)
        private static func systemSocket(_ type: Int32) -> Int32 { Glibc.socket(AF_UNIX, type, 0) }
        private static func systemConnect(
            _ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
        ) -> Int32 { Glibc.connect(socket, address, size) }
    #elseif canImport(Musl)
        private static func systemSocket(_ type: Int32) -> Int32 { Musl.socket(AF_UNIX, type, 0) }
        private static func systemConnect(
            _ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
        ) -> Int32 { Musl.connect(socket, address, size) }
    #else
        private static func systemSocket(_ type: Int32) -> Int32 {
            Darwin.socket(AF_UNIX, type, 0)
        }
        private static func systemConnect(
            _ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
        ) -> Int32 { Darwin.connect(socket, address, size) }
    #endif
}
