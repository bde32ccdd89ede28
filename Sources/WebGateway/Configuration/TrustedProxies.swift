/// Whose word about who asked counts: the proxies that this process stands behind.
///
/// Each proxy adds the address that it was asked by to the end of `X-Forwarded-For`. So the list is
/// walked from its end, and the first address that is no trusted proxy is the client; whatever
/// stands before it anybody could have written.
struct TrustedProxies: Equatable, Sendable {
    private let ranges: [IPAddressRange]

    /// Nobody's word counts.
    static let none = TrustedProxies(ranges: [])

    /// Entries that are looked at: chains of proxies are short.
    private static let hopsMax = 32

    private init(ranges: [IPAddressRange]) { self.ranges = ranges }

    /// The proxies that a list says: addresses and ranges like `10.0.0.0/8`, separated by commas;
    /// `nil` if one of them is none.
    init?(list: String) {
        var ranges: [IPAddressRange] = []
        for entry in list.split(separator: ",") {
            let text = entry.filter { !$0.isWhitespace }
            guard !text.isEmpty else { continue }
            guard let range = IPAddressRange(text) else { return nil }
            ranges.append(range)
        }
        self.ranges = ranges
    }

    /// Whether an address is a trusted proxy's.
    func contains(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return self.ranges.contains { $0.contains(address) }
    }

    /// Who asked.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection; `nil` if it has no address.
    ///   - forwarded: the values of the fields `X-Forwarded-For`, in their order.
    ///   - isForwarded: whether anything says that a proxy passed it on.
    func client(peer: IPAddress?, forwarded: [String], isForwarded: Bool) -> Client {
        guard let peer, self.contains(peer) else {
            // Behind a proxy that nobody named all are one, wherever the proxy is.
            return Client(address: peer, isLocal: (peer?.isLoopback ?? true) && !isForwarded)
        }
        var client = peer
        let hops = forwarded.joined(separator: ",").split(separator: ",").suffix(Self.hopsMax)
        for hop in hops.reversed() {
            // What a trusted proxy couldn't name ends the walk at the last one that could.
            guard let address = Self.address(hop) else { break }
            client = address
            guard self.contains(address) else { break }
        }
        // A trusted proxy that names this machine itself was asked by the operator.
        let isOperator = !isForwarded || !forwarded.isEmpty
        return Client(address: client, isLocal: client == peer && peer.isLoopback && isOperator)
    }

    /// An entry's address: some proxies write a port behind it.
    private static func address(_ entry: Substring) -> IPAddress? {
        let text = entry.filter { $0 != " " && $0 != "\t" }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        if let colon = text.firstIndex(of: ":"), !text[text.index(after: colon)...].contains(":") {
            return IPAddress(String(text[..<colon]))
        }
        return IPAddress(text)
    }
}

/// Who asked, as far as limits go. It is kept in memory only, and never logged.
struct Client: Equatable, Sendable {
    /// The address; `nil` if there is none.
    var address: IPAddress?
    /// Whether it is on this machine and came without a proxy: the operator, a test, a health
    /// check. The limits of addresses don't hold for it.
    var isLocal: Bool
}
