/// Where a WebSocket server is: a `ws` or `wss` URL, taken apart.
package struct WebSocketAddress: Equatable, Sendable {
    /// Whether TLS is used.
    package let isSecure: Bool
    /// Name or IP address, without brackets.
    package let host: String
    /// 1…65,535; 80 and 443 by default.
    package let port: Int
    /// Path and query, at least "/".
    package let target: String

    /// Takes a URL apart; user names and fragments aren't taken.
    package init(_ url: String) throws(WebSocketError) {
        guard let (scheme, rest) = Self.split(url, at: "://") else { throw .invalidAddress }
        switch scheme.lowercased() {
        case "ws": self.isSecure = false
        case "wss": self.isSecure = true
        default: throw .invalidAddress
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let target = rest[end...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        let standard = self.isSecure ? 443 : 80
        (self.host, self.port) = try Self.authority(rest[..<end], standardPort: standard)
        let isPrintable = self.target.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPrintable, !self.target.contains("#") else { throw .invalidAddress }
    }

    /// What goes into the `Host` field.
    package var hostField: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? name : "\(name):\(self.port)"
    }

    private static func authority(
        _ text: Substring, standardPort: Int
    ) throws(WebSocketError) -> (String, Int) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let (name, rest) = Self.split(text.dropFirst(), at: "]") else {
                throw .invalidAddress
            }
            host = name
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .invalidAddress }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let (name, rest) = Self.split(text, at: ":") {
            host = name
            port = rest
        }
        let isName = host.utf8.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "@")
        }
        guard !host.isEmpty, isName else { throw .invalidAddress }
        guard let port else { return (String(host), standardPort) }
        guard let number = Int(port), (1...65_535).contains(number) else { throw .invalidAddress }
        return (String(host), number)
    }

    private static func split(
        _ text: some StringProtocol, at separator: String
    ) -> (Substring, Substring)? {
        guard let range = Substring(text).firstRange(of: separator) else { return nil }
        let text = Substring(text)
        return (text[..<range.lowerBound], text[range.upperBound...])
    }
}
