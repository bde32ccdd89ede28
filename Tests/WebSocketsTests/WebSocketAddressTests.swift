import Testing
import WebSockets

@Suite struct WebSocketAddressTests {
    @Test(arguments: [
        ("ws://localhost", false, "localhost", 80, "/", "localhost"),
        ("wss://gateway.discord.gg/?v=10", true, "gateway.discord.gg", 443, "/?v=10", nil),
        ("wss://gateway.discord.gg?v=10", true, "gateway.discord.gg", 443, "/?v=10", nil),
        ("WS://127.0.0.1:8090/gateway", false, "127.0.0.1", 8090, "/gateway", "127.0.0.1:8090"),
        ("ws://[::1]:9/a", false, "::1", 9, "/a", "[::1]:9"),
        ("wss://h:443/", true, "h", 443, "/", "h"),
    ])
    func `an address is taken apart`(
        url: String, isSecure: Bool, host: String, port: Int, target: String, field: String?
    ) throws {
        let address = try WebSocketAddress(url)
        #expect(address.isSecure == isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.target == target)
        #expect(address.hostField == field ?? host)
    }

    @Test(arguments: [
        "", "http://a", "ws:/a", "ws://", "ws://:80", "ws://a:0", "ws://a:65536", "ws://a:x",
        "ws://u@h/", "ws://[::1/", "ws://a/b c", "ws://a/#f", "ws://a/\r\nX: y", "ws://a\u{0}",
    ])
    func `what isn't an address is refused`(url: String) {
        #expect(throws: WebSocketError.invalidAddress) { try WebSocketAddress(url) }
    }
}
