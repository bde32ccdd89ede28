import NIOCore

/// An IPv4 or IPv6 address; one of IPv4 written as IPv6 (`::ffff:1.2.3.4`) is the IPv4 one.
struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes.
    private let bytes: [UInt8]

    private init(_ bytes: [UInt8]) {
        let isMapped =
            bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 }
            && bytes[10] == 0xFF && bytes[11] == 0xFF
        self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// The address that a text spells; `nil` if it is anything else.
    init?(_ text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    /// The address of a connection's end; `nil` for a Unix socket.
    init?(_ address: SocketAddress) {
        // Where a sockaddr_in and a sockaddr_in6 hold their address (ip(7), ipv6(7)).
        let place: Range<Int>
        switch address {
        case .v4: place = 4..<8
        case .v6: place = 8..<24
        case .unixDomainSocket: return nil
        }
        let bytes = address.withSockAddr { socket, count in
            Array(UnsafeRawBufferPointer(start: socket, count: count))
        }
        guard bytes.count >= place.upperBound else { return nil }
        self.init(Array(bytes[place]))
    }

    /// Whether it is this machine's own: 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        self.bytes.count == 4
            ? self.bytes.first == 127
            : self.bytes.dropLast().allSatisfy { $0 == 0 } && self.bytes.last == 1
    }

    /// The line that it stands for: an IPv4 address, or an IPv6 /64.
    var line: IPAddressRange {
        IPAddressRange(self, bits: self.bytes.count == 4 ? 32 : 64)
    }

    /// The network that it stands for: an IPv4 /24, or an IPv6 /48.
    var network: IPAddressRange {
        IPAddressRange(self, bits: self.bytes.count == 4 ? 24 : 48)
    }

    /// Bits of such an address.
    var width: Int { self.bytes.count * 8 }

    /// The address with all but its first bits taken away.
    fileprivate func masked(_ bits: Int) -> IPAddress {
        IPAddress(
            self.bytes.enumerated().map { index, byte in
                let kept = min(max(bits - index * 8, 0), 8)
                return byte & ~UInt8(truncatingIfNeeded: 0xFF >> kept)
            })
    }
}

/// Addresses that begin alike, as `10.0.0.0/8` says it.
struct IPAddressRange: Hashable, Sendable {
    private let first: IPAddress
    private let bits: Int

    /// The range of so many first bits of an address.
    init(_ address: IPAddress, bits: Int) {
        self.first = address.masked(bits)
        self.bits = bits
    }

    /// The range that a text spells, or that one address; `nil` if it is anything else.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
        switch parts.count {
        case 1: self.init(address, bits: address.width)
        case 2:
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let bits = Int(parts[1]), bits <= address.width
            else { return nil }
            self.init(address, bits: bits)
        default: return nil
        }
    }

    /// Whether an address is among them.
    func contains(_ address: IPAddress) -> Bool {
        address.width == self.first.width && address.masked(self.bits) == self.first
    }
}
