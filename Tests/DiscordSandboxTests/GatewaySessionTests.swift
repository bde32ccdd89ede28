import Hummingbird
import HummingbirdTesting
import StrictJSON
import Testing
import WebSockets

@testable import DiscordSandbox

private typealias Events = WebSocketInbound.Iterator

/// The next frame.
private func next(_ events: inout Events) async throws -> JSONValue {
    guard case .text(let bytes) = try await events.next() else { return nil }
    return try JSONParser.parse(Array(bytes.readableBytesView), limits: .service)
}

private func say(_ frame: JSONValue, _ writer: WebSocketWriter) async throws {
    try await writer.send(text: JSONWriter.text(frame))
}

private func write(_ text: String, _ thread: String, _ client: any TestClientProtocol) async throws
{
    _ = try await client.rest(
        .post, "/channels/\(thread)/messages", ["content": .string(text)], as: "Operator Bob")
}

@Suite(.timeLimit(.minutes(1))) struct GatewaySessionTests {
    @Test func `a bot identifies, hears, is cut off, and resumes with what it missed`() async throws
    {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.live) { client in
                let url = "ws://127.0.0.1:\(client.port ?? 0)/gateway?v=10&encoding=json"
                let gateway = WebSocketClient(limits: WebSocketLimits(messageBytesMax: 1 << 20))
                let made = try await client.rest(
                    .post, "/channels/\(Fixture.forum)/threads",
                    ["name": "Ann", "message": ["content": "first"]])
                let thread = try #require(made.body?["id"]?.string)
                let session = try await gateway.withWebSocket(url: url) { inbound, writer in
                    var events = inbound.makeAsyncIterator()
                    #expect(try await next(&events)["op"] == 10)
                    try await say(
                        ["op": 2, "d": ["token": "t", "intents": 36353, "properties": [:]]],
                        writer)
                    let ready = try await next(&events)
                    #expect(ready["t"] == "READY")
                    let guild = try await next(&events)
                    #expect(guild["d"]?["threads"]?.array?.first?["id"]?.string == thread)
                    try await write("one", thread, client)
                    let message = try await next(&events)
                    #expect(message["d"]?["content"] == "one" && message["s"] == 3)
                    writer.drop()
                    return ready["d"]?["session_id"]
                }
                try await write("two", thread, client)
                try await gateway.withWebSocket(url: url) { inbound, writer in
                    var events = inbound.makeAsyncIterator()
                    #expect(try await next(&events)["op"] == 10)
                    try await say(
                        [
                            "op": 6,
                            "d": ["token": "t", "session_id": session ?? nil, "seq": 3],
                        ], writer)
                    #expect(try await next(&events)["d"]?["content"] == "two")
                    #expect(try await next(&events)["t"] == "RESUMED")
                    try await write("three", thread, client)
                    #expect(try await next(&events)["d"]?["content"] == "three")
                    try await writer.close(code: 1000)
                    #expect(try await events.next() == .closed(code: 1000, reason: ""))
                }
                try await gateway.withWebSocket(url: url) { inbound, writer in
                    var events = inbound.makeAsyncIterator()
                    _ = try await next(&events)
                    try await say(
                        [
                            "op": 6,
                            "d": ["token": "t", "session_id": session ?? nil, "seq": 3],
                        ], writer)
                    let refused = try await next(&events)
                    #expect(refused["op"] == 9 && refused["d"] == false)
                    try await say(["op": 3], writer)
                    #expect(
                        try await events.next()
                            == .closed(code: 4003, reason: "Not authenticated."))
                }
            }
        }
    }

    @Test(arguments: [1000, 3000, 4000, 4014] as [UInt16])
    func `a connection is closed with the code that a test wants`(code: UInt16) async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.live) { client in
                let url = "ws://127.0.0.1:\(client.port ?? 0)/gateway?v=10&encoding=json"
                let gateway = WebSocketClient(limits: WebSocketLimits(messageBytesMax: 1 << 20))
                try await gateway.withWebSocket(url: url) { inbound, _ in
                    var events = inbound.makeAsyncIterator()
                    #expect(try await next(&events)["op"] == 10)
                    let body: JSONValue = ["action": "close", "code": .integer(Int64(code))]
                    #expect(try await client.control(.post, "/gateway", body).status == 204)
                    guard case .closed(let heard, _) = try await events.next() else {
                        Issue.record("not closed")
                        return
                    }
                    #expect(heard == code)
                }
            }
        }
    }
}
