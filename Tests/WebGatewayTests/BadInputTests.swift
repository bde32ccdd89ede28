import NIOCore
import NIOHTTP1
import StrictJSON
import Testing

@testable import WebGateway

/// What strangers say that nobody should, to the whole server beside a conversation that goes on.
@Suite(.timeLimit(.minutes(2))) struct BadInputTests {
    typealias Bad = (name: String, bytes: String, statuses: Set<Int>)

    private static let long = String(repeating: "a", count: 5_000)

    /// Requests, and the statuses that may answer them; 0 is a close without an answer.
    private static let requests: [Bad] = [
        ("no host", "GET / HTTP/1.1\r\n\r\n", [400]),
        ("two hosts", RawClient.get("/", "Host: localhost\r\n"), [400]),
        ("a foreign host", RawClient.get("/", host: "evil.example"), [421]),
        ("a long target", RawClient.get("/\(long)"), [414]),
        ("a space in a name", RawClient.get("/", "Bad Name: x\r\n"), [400]),
        ("a folded field", RawClient.get("/", "A: b\r\n c\r\n"), [400]),
        ("a NUL in a value", RawClient.get("/", "A: b\u{0}c\r\n"), [400]),
        ("two lengths", RawClient.get("/", "Content-Length: 1\r\nContent-Length: 2\r\n"), [400]),
        (
            "a length and chunks",
            RawClient.get("/", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), [400, 413]
        ),
        (
            "chunks that are none", RawClient.get("/", "Transfer-Encoding: chunked, identity\r\n"),
            [400, 413]
        ),
        (
            "an endless chunk",
            RawClient.get("/", "Transfer-Encoding: chunked\r\n") + "FFFFFFFFFFFFFFFF\r\n",
            [400, 413]
        ),
        ("a negative length", RawClient.get("/", "Content-Length: -1\r\n"), [400]),
        ("many fields", RawClient.get("/", String(repeating: "A: b\r\n", count: 101)), [431]),
        (
            "large fields", RawClient.get("/", "A: \(String(repeating: "b", count: 20_000))\r\n"),
            [431]
        ),
        ("HTTP/0.9", "GET /\r\n\r\n", [400]),
        ("HTTP/1.0 to a WebSocket", RawClient.opening(http: "1.0"), [400, 426]),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 405, 505]),
        ("CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", [405]),
        ("TRACE", "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", [405]),
        ("an unknown method", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", [400, 405]),
        (
            "a form from elsewhere",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 2\r\n\r\n{}", [405]
        ),
        ("a way up", RawClient.get("/../etc/passwd"), [400]),
        ("a hidden way up", RawClient.get("/%2e%2e/%2e%2e/etc/passwd"), [400]),
        ("a NUL in a path", RawClient.get("/%00"), [400]),
        ("a wrong escape", RawClient.get("/%zz"), [400]),
        ("another machine", RawClient.get("http://evil.example/"), [400]),
        ("a long query", RawClient.get("/?\(long)"), [414]),
        ("PROXY", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + RawClient.get("/"), [400]),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", [400]),
        ("a WebSocket without a key", RawClient.opening(key: ""), [400]),
        ("a short key", RawClient.opening(key: "Sec-WebSocket-Key: dGhl\r\n"), [400]),
        ("an old version", RawClient.opening(version: 8), [426]),
        ("a foreign origin", RawClient.opening(fields: "Origin: https://evil.example\r\n"), [403]),
        ("no origin at all", RawClient.opening(fields: "Origin: null\r\n"), [403]),
        (
            "a subprotocol", RawClient.opening(fields: "Sec-WebSocket-Protocol: x\r\n"), [400]
        ),
    ]

    private static let ping = RawClient.frame(0x89)
    private static func text(_ text: String) -> [UInt8] {
        RawClient.frame(0x81, Array(text.utf8))
    }
    private static func repeated(_ frame: [UInt8], _ count: Int) -> [UInt8] {
        Array(repeatElement(frame, count: count).joined())
    }
    private static func close(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        RawClient.frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// Frames, and the close codes that may answer them.
    private static let frames: [(name: String, bytes: [UInt8], codes: Set<Int>)] =
        [
            ("unmasked", RawClient.frame(0x81, [0x7B], isMasked: false), [1002]),
            ("RSV1", RawClient.frame(0xC1), [1002]),
            ("a large ping", RawClient.frame(0x89, Array(repeating: 0, count: 126)), [1002]),
            ("half a ping", RawClient.frame(0x09), [1002]),
            ("a continuation of nothing", RawClient.frame(0x80), [1002]),
            ("a beginning in the midst", RawClient.frame(0x01) + RawClient.frame(0x81), [1002]),
            (
                "a length beyond all",
                [0x81, 0xFF, 0x80] + Array(repeating: 0, count: 7) + [0, 0, 0, 0], [1002]
            ),
            ("a length longer than it must be", [0x81, 0xFE, 0, 125, 0, 0, 0, 0], [1002]),
            (
                "a much longer length",
                [0x89, 0xFF] + Array(repeating: 0, count: 7) + [1, 0, 0, 0, 0, 0], [1002]
            ),
            (
                "32 KiB and one",
                RawClient.frame(0x81, Array(repeating: 0x61, count: 32_769)), [1009]
            ),
            (
                "ten thousand fragments",
                RawClient.frame(0x01) + repeated(RawClient.frame(0x00), 10_000), [1009]
            ),
            ("bad UTF-8", RawClient.frame(0x81, [0xC0, 0xAF]), [1007]),
            ("close 999", close(999), [1002]), ("close 1005", close(1005), [1002]),
            ("close 1006", close(1006), [1002]), ("close 1015", close(1015), [1002]),
            ("close 5000", close(5000), [1002]),
            ("close with one byte", RawClient.frame(0x88, [3]), [1002]),
            ("close with a bad reason", close(1000, [0xFF]), [1007]),
            ("binary", RawClient.frame(0x82, [1]), [1003]),
            ("a ping flood", repeated(ping, 300), [1008]),
            ("a flood of frames", repeated(text(#"{"type":"ping"}"#), 300), [1008]),
            ("no JSON", text("hello"), [4400]), ("two values", text("{}{}"), [4400]),
            ("a name twice", text(#"{"type":"ping","type":"ping"}"#), [4400]),
            ("a NUL", text(#"{"type":"ping","a":"\u0000"}"#), [4400]),
            ("depth", text(String(repeating: "[", count: 10_000)), [4400]),
            (
                "members",
                text("{" + (0..<1_000).map { "\"a\($0)\":0" }.joined(separator: ",") + "}"),
                [4400]
            ),
            ("something before hello", text(#"{"type":"typing"}"#), [4400]),
            (
                "a message before hello", text(#"{"type":"send","key":"k","body":"x"}"#),
                [4400]
            ),
            ("another version", text(#"{"type":"hello","version":2}"#), [4426]),
        ]
        + (Array(3...7) + Array(11...15)).map { opcode in
            ("opcode \(opcode)", RawClient.frame(0x80 | UInt8(opcode)), [1002])
        }

    @Test func `nothing that a stranger says harms a conversation beside it`() async throws {
        try await TestServer.withServer { port, _, _ in
            try await TestServer.withWelcome(port) { page, _ in
                for bad in Self.requests {
                    let status = try await RawClient.status(port, bad.bytes)
                    #expect(bad.statuses.contains(status), "\(bad.name): \(status)")
                }
                for bad in Self.frames {
                    let code = try await RawClient.closeCode(port, bad.bytes)
                    #expect(bad.codes.contains(code), "\(bad.name): \(code)")
                }
                // Gone in the midst of everything, without a word.
                for bytes in [
                    "", "GET", RawClient.opening(), RawClient.opening() + "\u{1}",
                ] {
                    try await Self.leave(port, bytes)
                }
                try await page.say(["type": "send", "key": "k", "body": "still here"])
                var heard = [try await page.hear(), try await page.hear()]
                heard.sort { ($0["type"]?.string ?? "") < ($1["type"]?.string ?? "") }
                #expect(heard[0]["events"]?.array?.first?["body"] == "still here")
                #expect(heard[1]["type"] == "sent")
            }
        }
    }

    private static func leave(_ port: Int, _ text: String) async throws {
        let channel = try await RawClient.connect(port)
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
        try await channel.close().get()
    }

    @Test func `a hundred requests may wait for their answers, in order`() async throws {
        try await TestServer.withServer { port, _, _ in
            func request(_ target: String) -> String {
                "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            }
            let ten = (0..<9).map { $0 % 2 == 0 ? request("/livez") : request("/none") }.joined()
            let answers = String(
                decoding: try await RawClient.say(
                    port, Array((ten + RawClient.get("/livez")).utf8)),
                as: UTF8.self)
            let statuses = answers.components(of: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(
                statuses == (0..<10).map { $0 % 2 == 0 || $0 == 9 ? "200" : "404" },
                "the last asks for a close")
            let flood = String(repeating: request("/livez"), count: 300)
            let last = String(
                decoding: try await RawClient.say(port, Array(flood.utf8)), as: UTF8.self)
            #expect(last.components(of: "HTTP/1.1 ").last?.hasPrefix("429") == true)
        }
    }

    @Test func `what is answered before a router sees it keeps a page safe too`() async throws {
        try await TestServer.withServer { port, _, _ in
            for request in ["POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "nonsense\r\n\r\n"] {
                let answer = String(
                    decoding: try await RawClient.say(port, Array(request.utf8)), as: UTF8.self)
                #expect(answer.contains("Content-Security-Policy: default-src 'none'"))
                #expect(answer.contains("X-Content-Type-Options: nosniff"))
                #expect(answer.contains("Connection: close"))
                #expect(!answer.lowercased().contains("\r\nserver:"))
            }
        }
    }
}

extension String {
    /// What stands behind each of the separators.
    fileprivate func components(of separator: String) -> [String] {
        self.split(separator: separator, omittingEmptySubsequences: false).dropFirst()
            .map(String.init)
    }
}
