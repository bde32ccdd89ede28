import NIOCore
import NIOPosix

/// A client that says bytes as they are, right or wrong.
enum RawClient {
    /// A request with the fields that every correct one has.
    static func get(_ target: String, _ fields: String = "", host: String = "localhost") -> String {
        "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\(fields)\r\n"
    }

    /// The opening of a WebSocket.
    static func opening(
        key: String = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", version: Int = 13,
        fields: String = "", http: String = "1.1"
    ) -> String {
        "GET /ws HTTP/\(http)\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "\(key)Sec-WebSocket-Version: \(version)\r\n\(fields)\r\n"
    }

    /// A frame: its first byte, and its payload masked with zeros, which leaves it as it is.
    static func frame(_ first: UInt8, _ payload: [UInt8] = [], isMasked: Bool = true) -> [UInt8] {
        let mask: UInt8 = isMasked ? 0x80 : 0
        let length: [UInt8] =
            if payload.count < 126 {
                [mask | UInt8(payload.count)]
            } else {
                [mask | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
            }
        return [first] + length + (isMasked ? [0, 0, 0, 0] : []) + payload
    }

    /// A connection that nobody reads from.
    static func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Says bytes, and what is answered until the server closes, or until that is enough.
    static func say(
        _ port: Int, _ bytes: [UInt8], until isEnough: ([UInt8]) -> Bool = { _ in false }
    ) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            // A server that has heard enough may have closed already.
            try? await outbound.write(ByteBuffer(bytes: bytes))
            var answer: [UInt8] = []
            do {
                for try await bytes in inbound {
                    answer += Array(buffer: bytes)
                    if isEnough(answer) { break }
                }
            } catch is IOError {
                // Reset: what came before it counts.
            }
            return answer
        }
    }

    /// The status of the answer to a request; 0 if there is none.
    static func status(_ port: Int, _ request: String) async throws -> Int {
        let text = String(decoding: try await self.say(port, Array(request.utf8)), as: UTF8.self)
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// The close code with which a WebSocket ends that says these frames; 0 if it ends without one.
    static func closeCode(_ port: Int, _ frames: [UInt8]) async throws -> Int {
        let answer = try await self.say(port, Array(self.opening().utf8) + frames) {
            self.closeCode(in: $0) != nil
        }
        return self.closeCode(in: answer) ?? 0
    }

    /// The code of the close frame in an answer, if it has come.
    private static func closeCode(in answer: [UInt8]) -> Int? {
        var rest = answer[...]
        // Behind the answer's head come frames, unmasked and of less than 64 KiB.
        while rest.count >= 4, !rest.starts(with: Array("\r\n\r\n".utf8)) {
            rest = rest.dropFirst()
        }
        rest = rest.dropFirst(4)
        while let first = rest.popFirst(), let count = rest.popFirst() {
            if first == 0x88, rest.count >= 2 {
                return Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            }
            var length = Int(count)
            if count == 126, let high = rest.popFirst(), let low = rest.popFirst() {
                length = Int(high) << 8 | Int(low)
            }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}
