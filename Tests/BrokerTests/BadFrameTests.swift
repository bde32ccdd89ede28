import Foundation
import NIOCore
import Protocol
import Testing

@testable import Broker

/// What no gateway should say, over a real socket, beside a gateway that goes on.
@Suite(.timeLimit(.minutes(1))) struct BadFrameTests: WithBroker {
    typealias Ending = (name: String, body: [UInt8], code: String)

    private static func utf16(_ text: String) -> [UInt8] {
        text.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    }

    /// Texts that are no JSON, or more of it than is taken.
    private static let unreadable: [(name: String, body: [UInt8])] = [
        ("a byte order mark", [0xEF, 0xBB, 0xBF, 0x7B, 0x7D]),
        ("UTF-16", utf16(#"{"type":"ping"}"#)),
        ("no UTF-8", [0x22, 0xFF, 0xFE, 0x22]),
        ("overlong UTF-8", [0x22, 0xC0, 0xAF, 0x22]),
        ("half a pair", Array(#"{"type":"\ud800"}"#.utf8)),
        ("a trailing comma", Array(#"{"type":"ping",}"#.utf8)),
        ("a name twice", Array(#"{"type":"ping","type":"ping"}"#.utf8)),
        ("a NUL", Array(#"{"type":"ping","a":"\u0000"}"#.utf8)),
        ("a number beyond all", Array(#"{"type":"ping","seq":1e400}"#.utf8)),
        ("33 levels", Array(repeating: 0x5B, count: 33)),
        ("512 levels", Array(repeating: 0x5B, count: 512)),
        ("100,000 levels", Array(repeating: 0x5B, count: 100_000)),
        ("ten thousand members", Self.members(10_000)),
        ("half a million elements", Array("[0".utf8) + Self.zeros(500_000)),
    ]

    private static func members(_ count: Int) -> [UInt8] {
        let members = (0..<count).map { "\"a\($0)\":0" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    private static func zeros(_ count: Int) -> [UInt8] {
        Array((String(repeating: ",0", count: count) + "]").utf8)
    }

    /// JSON that is no message, or none that may be said so.
    private static let unfit: [(text: String, code: String)] = [
        ("[]", "frame_not_object"), (#""x""#, "frame_not_object"), ("null", "frame_not_object"),
        ("42", "frame_not_object"), ("{}", "type_missing"),
        (#"{"type":"get","request":1.5,"key":"k"}"#, "request_invalid"),
        (#"{"type":"credit","conversations":-1}"#, "field_invalid"),
        (#"{"type":"credit","conversations":1000000000}"#, "field_invalid"),
    ]

    /// Frames that end their connection.
    private static var endings: [Ending] {
        self.unreadable.map { ($0.name, $0.body, "json_invalid") }
            + self.unfit.map { ($0.text, Array($0.text.utf8), $0.code) }
    }

    @Test func `what can't be read ends its connection and hurts nobody else`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { neighbour in
                let uid = try await self.open(neighbour)
                for ending in Self.endings {
                    try await TestGateway.welcomed(to: path, as: "discord", .consumer) { gateway in
                        try await gateway.say(ending.body)
                        let goodbye = try Goodbye(try #require(try await gateway.next()).fields)
                        #expect(goodbye.code.text == ending.code, "\(ending.name)")
                        #expect(goodbye.message.utf8.count > 10, "\(ending.name)")
                        if ending.code == "json_invalid" {
                            #expect(goodbye.message.contains("byte"), "\(ending.name)")
                        }
                        try #expect(await gateway.next() == nil)
                    }
                }
                _ = try await neighbour.ask(try self.message(uid, "k", "still here"))
                let page = try await neighbour.ask(History(conversation: uid, .after(0)))
                #expect(page.events.map(\.body) == ["still here"])
            }
        }
    }

    @Test func `what can't be done is refused, and the connection goes on`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "discord", .consumer) { gateway in
                let uid = try await self.open(gateway)
                let send = #""request":7,"conversation":"\#(uid)","author":{"id":"a","name":"A"}"#
                let history = #"{"type":"history","request":7,"conversation":"\#(uid)","after":"#
                var refusals: [(frame: String, code: String, word: String)] = [
                    (#"{"type":"news","request":7}"#, "unknown_type", "type"),
                    (
                        #"{"type":"acknowledge","request":7,"conversation":"\#(uid)","seq":9}"#,
                        "ack_out_of_range", "0"
                    ),
                    (
                        #"{"type":"subscribe","request":7,"conversation":"\#(uid)"}"#,
                        "not_allowed", "reader"
                    ),
                ]
                for number in ["1.5", "-1", "9223372036854775808", "\"1\"", "null", "[]"] {
                    refusals.append((history + "\(number)}", "field_invalid", "after"))
                }
                for key in ["a b", String(repeating: "k", count: 65), "é", "e\u{301}", ""] {
                    let frame = #"{"type":"send",\#(send),"key":"\#(key)","body":"x"}"#
                    refusals.append((frame, "field_invalid", "key"))
                }
                for refusal in refusals {
                    try await gateway.say(Array(refusal.frame.utf8))
                    let answer = try #require(try await gateway.next())
                    #expect(answer.type == "refused" && answer.request == 7, "\(refusal.frame)")
                    let refused = try Refused(answer.fields)
                    #expect(refused.code.text == refusal.code, "\(refusal.frame)")
                    #expect(refused.message.contains(refusal.word), "\(refused.message)")
                    #expect(!refused.retry)
                }
                // What a later version may add is passed over.
                try await gateway.say(Array(#"{"type":"news","more":[{}]}"#.utf8))
                try await gateway.say(Array(#"{"type":"ping","more":[{}]}"#.utf8))
                #expect(try await gateway.next()?.type == "pong")
                let page = try await gateway.ask(History(conversation: uid, .after(0)))
                #expect(page.events.isEmpty)
            }
        }
    }

    @Test func `a frame that is cut is not looked at, and the log says so`() async throws {
        let folder = try TemporaryFolder()
        let lines = LogLines()
        try await self.withBroker(folder, logger: lines.logger) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { neighbour in
                let uid = try await self.open(neighbour)
                let send = try self.message(uid, "k", "cut").encoded(request: 1)
                let frame = Array(FrameEncoder.frame(send).readableBytesView)
                for count in [3, 4, frame.count - 1] {
                    try await TestGateway.welcomed(to: path, as: "web", .reader) { gateway in
                        try await gateway.write(raw: Array(frame.prefix(count)))
                    }
                }
                // The suite's time limit is the deadline.
                while lines.holding("debug connection ended inside a frame").count < 3 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let page = try await neighbour.ask(History(conversation: uid, .after(0)))
                #expect(page.events.isEmpty)
            }
        }
    }

    @Test func `a conversation of another box is as absent as one that nobody made`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder, boxes: "a=web;b=web") { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader, box: "a") { one in
                let uid = try await self.open(one)
                try await TestGateway.welcomed(to: path, as: "web", .reader, box: "b") { other in
                    let absent = ConversationID(Bits128(high: 1, low: 1))
                    var sentences: Set<String> = []
                    for conversation in [uid, absent] {
                        let refused = await #expect(throws: Refused.self) {
                            _ = try await other.ask(Subscribe(conversation: conversation))
                        }
                        #expect(refused?.code == .notFound)
                        let sentence = try #require(refused?.message)
                        sentences.insert(
                            sentence.replacing(conversation.description, with: "UID"))
                    }
                    #expect(sentences.count == 1)
                }
            }
        }
    }

    @Test func `a text is kept byte for byte, however it looks`() async throws {
        let folder = try TemporaryFolder()
        let body =
            "a" + String(repeating: "\u{301}", count: 3_000)
            + " \u{202E}é e\u{301}\r\n+49 170 1234567, 4111 1111 1111 1111\u{1B}[2J"
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                let uid = try await self.open(web)
                _ = try await web.ask(try self.message(uid, "k", body))
                let page = try await web.ask(History(conversation: uid, .after(0)))
                #expect(page.events.map { Array($0.body.utf8) } == [Array(body.utf8)])
            }
        }
    }

    @Test func `a stranger who tries again and again is logged once`() async throws {
        let folder = try TemporaryFolder()
        let lines = LogLines()
        let others = "\(geteuid() + 1)"
        try await self.withBroker(folder, allowing: others, logger: lines.logger) { path, _ in
            for _ in 1...5 {
                try await TestGateway.connected(to: path) { gateway in
                    let goodbye = try Goodbye(try #require(try await gateway.next()).fields)
                    #expect(goodbye.code == .peerDenied)
                    #expect(goodbye.message.contains("\(geteuid())"))
                    try #expect(await gateway.next() == nil)
                }
            }
        }
        let denials = lines.holding("user not allowed")
        #expect(denials.count == 1 && denials.first?.contains("\(geteuid())") == true)
        #expect(lines.holding("connection ended").allSatisfy { $0.hasPrefix("debug ") })
    }

    @Test func `each stranger is logged once a minute, and not without end`() {
        var log = StrangerLog()
        func hears(_ uid: UInt32, _ second: Int64) -> Bool { log.hears(of: uid, at: second) }
        #expect(hears(7, 100))
        #expect(!hears(7, 159))
        #expect(hears(8, 159))
        #expect(hears(7, 160))
        #expect(!hears(7, 219))
        let heard = (1_000..<2_000).count { hears(UInt32($0), 300) }
        #expect(heard == 64)
        #expect(hears(5, 360))
    }
}
