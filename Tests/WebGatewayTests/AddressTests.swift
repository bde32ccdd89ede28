import NIOHTTP1
import Testing
import WebSocketServer

@testable import WebGateway

@Suite struct AddressTests {
    static let memberships: [(String, String, Bool)] = [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.2", "10.0.0.2", true), ("10.0.0.2", "10.0.0.3", false),
        ("10.0.0.128/25", "10.0.0.127", false), ("10.0.0.128/25", "10.0.0.200", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("0.0.0.0/0", "192.0.2.1", true), ("0.0.0.0/0", "::1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::1", "::1", true),
    ]

    @Test(arguments: memberships)
    func `a range holds the addresses that begin alike`(
        range: String, address: String, holds: Bool
    ) throws {
        let address = try #require(IPAddress(address))
        #expect(try #require(IPAddressRange(range)).contains(address) == holds)
    }

    @Test(arguments: [
        "", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0", "::/129",
        "10.0.0.0/+8", "localhost",
    ])
    func `what is no range is refused`(text: String) {
        #expect(IPAddressRange(text) == nil)
        if !text.isEmpty { #expect(TrustedProxies(list: "10.0.0.1, \(text)") == nil) }
    }

    /// Who asked, with 10.0.0.0/8 and this machine trusted.
    func client(_ peer: String?, _ forwarded: [String]) throws -> Client {
        let proxies = try #require(TrustedProxies(list: "10.0.0.0/8, 127.0.0.1"))
        return proxies.client(
            peer: peer.flatMap { IPAddress($0) }, forwarded: forwarded,
            isForwarded: !forwarded.isEmpty)
    }

    static let chains: [(String, [String], String)] = [
        ("192.0.2.9", ["198.51.100.1"], "192.0.2.9"),
        ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1 , 10.0.0.7"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.9, <script>, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["[2001:db8::1]:5"], "2001:db8::1"),
        ("10.0.0.1", ["198.51.100.1:443"], "198.51.100.1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"), ("10.0.0.1", [",, ,"], "10.0.0.1"),
        (
            "10.0.0.1", [Array(repeating: "10.0.0.3", count: 100).joined(separator: ",")],
            "10.0.0.3"
        ),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
    ]

    @Test(arguments: chains)
    func `the client is the first from the right that is no proxy of ours`(
        peer: String, forwarded: [String], expected: String
    ) throws {
        let client = try self.client(peer, forwarded)
        #expect(client.address == IPAddress(expected))
        #expect(!client.isLocal)
    }

    @Test func `only who asks from here and through nobody is the operator`() throws {
        #expect(try self.client("127.0.0.1", []).isLocal)
        #expect(try self.client(nil, []).isLocal)
        let none = TrustedProxies.none
        #expect(none.client(peer: IPAddress("::1"), forwarded: [], isForwarded: false).isLocal)
        let stranger = none.client(
            peer: IPAddress("192.0.2.1"), forwarded: ["127.0.0.1"], isForwarded: true)
        #expect(!stranger.isLocal)
        #expect(try !self.client("10.0.0.1", ["127.0.0.2"]).isLocal)
        // The operator's own browser, through the operator's proxy.
        #expect(try self.client("127.0.0.1", ["127.0.0.1"]).isLocal)
    }

    @Test
    func `behind a proxy of this machine that nobody named all are one, and not the operator`()
        throws
    {
        for forwarded in [["198.51.100.1"], []] {
            let client = TrustedProxies.none.client(
                peer: IPAddress("127.0.0.1"), forwarded: forwarded, isForwarded: true)
            #expect(client == Client(address: IPAddress("127.0.0.1"), isLocal: false))
        }
        // One that was named, and doesn't say who asked.
        let proxies = try #require(TrustedProxies(list: "127.0.0.1"))
        let unnamed = proxies.client(
            peer: IPAddress("127.0.0.1"), forwarded: [], isForwarded: true)
        #expect(!unnamed.isLocal)
    }

    static let passages: [([String], String?, Bool)] = [
        ([], nil, false), (["Accept"], "127.0.0.1:8080", false), ([], "LOCALHOST", false),
        ([], "[::1]:8080", false), ([], "127.1.2.3", false),
        (["Accept", "X-Forwarded-For"], "localhost", true),
        (["x-forwarded-proto"], "localhost", true), (["Forwarded"], "localhost", true),
        (["via"], "localhost", true), (["X-Real-IP"], "localhost", true),
        ([], "chat.example", true), ([], "203.0.113.5", true), ([], "localhost.", true),
        ([], "a b", true),
    ]

    @Test(arguments: passages)
    func `a proxy is known by what it adds, or by the name that was asked for`(
        fields: [String], host: String?, isTold: Bool
    ) {
        #expect(Forwarding.isTold(by: fields, host: host) == isTold)
    }

    static let hosts: [(String, String, String, HostRules.Judgement)] = [
        ("127.0.0.1", "", "127.0.0.1:8080", .taken),
        ("127.0.0.1", "", "localhost:8080", .taken), ("127.0.0.1", "", "[::1]:8080", .taken),
        ("127.0.0.1", "", "LOCALHOST", .taken), ("127.0.0.1", "", "evil.example", .foreign),
        ("127.0.0.1", "", "localhost.evil.example", .foreign),
        ("127.0.0.1", "", "localhost.", .foreign), ("127.0.0.1", "", "a b", .malformed),
        ("127.0.0.1", "", "", .malformed), ("127.0.0.1", "", "a:99999", .malformed),
        ("127.0.0.1", "", "a@localhost", .malformed), ("0.0.0.0", "", "any.example", .taken),
        ("0.0.0.0", "https://chat.example", "chat.example", .taken),
        ("0.0.0.0", "https://chat.example", "other.example", .foreign),
        ("0.0.0.0", "https://chat.example", "10.0.0.4:8080", .taken),
        ("127.0.0.1", "https://chat.example", "chat.example", .taken),
    ]

    @Test(arguments: hosts)
    func `a request names a host that is served here`(
        listening: String, origins: String, host: String, expected: HostRules.Judgement
    ) throws {
        let rules = HostRules(
            listening: listening, origins: try #require(OriginRules(list: origins)))
        #expect(rules.judge([host], mayBeAbsent: false) == expected)
    }

    @Test func `a request names one host`() {
        let rules = HostRules(listening: "0.0.0.0", origins: .sameHost)
        #expect(rules.judge([], mayBeAbsent: false) == .malformed)
        #expect(rules.judge([], mayBeAbsent: true) == .taken)
        #expect(rules.judge(["a", "a"], mayBeAbsent: true) == .malformed)
    }
}

@Suite struct RequestRulesTests {
    func status(
        _ method: HTTPMethod = .GET, _ target: String = "/", _ headers: HTTPHeaders = [:]
    ) -> UInt? {
        let rules = RequestRules(hosts: HostRules(listening: "127.0.0.1", origins: .sameHost))
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target)
        head.headers = ["Host": "localhost"]
        head.headers.add(contentsOf: headers)
        return rules.refusal(of: head)?.status.code
    }

    @Test(arguments: [
        "/", "/index.html", "/js/a%20b.js?x=%zz", "/.well-known/x", "/a..b", "//host/x",
        "/avatar/ab:c", "/%C3%A9",
    ])
    func `a path of a file is taken`(target: String) {
        #expect(self.status(.GET, target) == nil)
    }

    @Test(arguments: [
        "/../etc/passwd", "/%2e%2e/etc/passwd", "/a/..%2F..%2Fb", "/%00", "/a%0Ab", "/%zz", "/%",
        "/%4", "/..\\windows", "/a%5C..%5Cb", "http://localhost/", "*", "",
    ])
    func `what is none is refused`(target: String) {
        #expect(self.status(.GET, target) == 400)
    }

    @Test func `only files are given, to who asks in few words`() {
        for method in [
            HTTPMethod.POST, .PUT, .DELETE, .TRACE, .CONNECT, .OPTIONS, .RAW(value: "X"),
        ] {
            #expect(self.status(method) == 405)
        }
        #expect(self.status(.HEAD) == nil)
        #expect(self.status(.GET, "/" + String(repeating: "a", count: 5_000)) == 414)
        #expect(self.status(.GET, "/?" + String(repeating: "a", count: 8_000)) == 414)
        #expect(self.status(.GET, "/", ["Content-Length": "7"]) == 413)
        #expect(self.status(.GET, "/", ["Content-Length": "0"]) == nil)
        #expect(self.status(.GET, "/", ["Transfer-Encoding": "chunked"]) == 413)
        #expect(self.status(.GET, "/", ["Expect": "200-maybe"]) == 417)
        #expect(self.status(.GET, "/", ["Expect": "100-continue"]) == nil)
        #expect(
            self.status(.GET, "/", ["Expect": "100-continue", "Content-Length": "9"]) == 413)
        #expect(self.status(.GET, "/", ["Host": "localhost"]) == 400)
    }
}
