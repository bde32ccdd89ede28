/// Which pages may open a WebSocket here, judged by the Origin that a browser states.
///
/// It protects a visitor from other sites' pages; a program that is no browser may say what it
/// likes, so one that says nothing is let in.
struct OriginRules: Equatable, Sendable {
    /// Origins in canonical form; empty means: the host that was asked.
    private let allowed: Set<String>
    /// Their hosts.
    let hosts: Set<String>

    /// Only pages of the host that was asked.
    static let sameHost = OriginRules(allowed: [])

    private init(allowed: [Origin]) {
        self.allowed = Set(allowed.map(\.description))
        self.hosts = Set(allowed.map(\.host))
    }

    /// The rules that a list says: origins like `https://shop.example`, separated by commas; `nil`
    /// if one of them is none.
    init?(list: String) {
        var allowed: [Origin] = []
        for entry in list.split(separator: ",") {
            let text = entry.filter { !$0.isWhitespace }
            guard !text.isEmpty else { continue }
            guard let origin = Origin(text) else { return nil }
            allowed.append(origin)
        }
        self.init(allowed: allowed)
    }

    /// Whether a request may become a WebSocket.
    ///
    /// - Parameters:
    ///   - origins: the values of its Origin fields.
    ///   - host: the value of its Host field.
    func allows(origins: [String], host: String?) -> Bool {
        guard let text = origins.first else { return true }
        guard origins.count == 1, let origin = Origin(text) else { return false }
        if !self.allowed.isEmpty { return self.allowed.contains(origin.description) }
        guard let host, let asked = Origin("\(origin.scheme)://\(host)") else { return false }
        return asked == origin
    }
}

/// A page's origin: scheme, host and port, with the scheme's own port left out.
struct Origin: Equatable, CustomStringConvertible {
    let scheme: String
    let host: String
    let port: Int

    /// The origin that `http://host` or `https://host:port` spells.
    init?(_ text: String) {
        let text = text.lowercased()
        guard let scheme = ["http", "https"].first(where: { text.hasPrefix("\($0)://") }) else {
            return nil
        }
        var rest = text.dropFirst(scheme.count + 3)
        var port = Self.port(of: scheme)
        // The last colon parts a port, unless it stands inside an IPv6 address.
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else { return nil }
            port = Int(number)
            rest = rest[..<colon]
        }
        guard !rest.isEmpty, rest.utf8.allSatisfy(Self.isHostByte) else { return nil }
        self.scheme = scheme
        self.host = String(rest)
        self.port = port
    }

    var description: String {
        let suffix = self.port == Self.port(of: self.scheme) ? "" : ":\(self.port)"
        return "\(self.scheme)://\(self.host)\(suffix)"
    }

    private static func port(of scheme: String) -> Int { scheme == "https" ? 443 : 80 }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
