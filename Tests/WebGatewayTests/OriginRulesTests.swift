import Testing

@testable import WebGateway

@Suite struct OriginRulesTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", false),
        ("https://chat.example", "chat.example", true),
        ("https://chat.example", "chat.example:443", true),
        ("http://chat.example:80", "chat.example", true),
        ("https://CHAT.example", "chat.EXAMPLE", true),
        ("https://chat.example", "chat.example:80", false),
        ("https://evil.example", "chat.example", false),
        ("https://chat.example.evil.example", "chat.example", false),
        ("https://chat.example@evil.example", "chat.example", false),
        ("http://[::1]:8080", "[::1]:8080", true), ("http://[::1]", "[::1]", true),
        ("null", "chat.example", false), ("file://", "chat.example", false),
        ("https://", "chat.example", false), ("https://a:b", "a:b", false),
    ])
    func `without a list only the host that was asked is let in`(
        origin: String, host: String, allows: Bool
    ) {
        #expect(OriginRules.sameHost.allows(origins: [origin], host: host) == allows)
    }

    @Test func `a program that states no origin is no page`() {
        #expect(OriginRules.sameHost.allows(origins: [], host: "chat.example"))
        #expect(!OriginRules.sameHost.allows(origins: ["http://a"], host: nil))
        #expect(!OriginRules.sameHost.allows(origins: ["http://a", "http://a"], host: "a"))
    }

    @Test func `a list says who is let in and nobody else is`() throws {
        let rules = try #require(
            OriginRules(list: " https://Shop.example, http://localhost:3000 ,"))
        let allowed = { (origin: String) in rules.allows(origins: [origin], host: "chat.example") }
        #expect(allowed("https://shop.example"))
        #expect(allowed("https://shop.example:443"))
        #expect(allowed("http://localhost:3000"))
        #expect(!allowed("http://shop.example"))
        #expect(!allowed("https://chat.example"))
    }

    @Test(arguments: ["shop.example", "https://", "https://a b", "https://a/", "*"])
    func `a list with something else is refused`(list: String) {
        // Spaces inside an entry are dropped with those around it.
        #expect((OriginRules(list: list) == nil) == (list != "https://a b"))
    }
}
