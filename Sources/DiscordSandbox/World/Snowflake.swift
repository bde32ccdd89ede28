import StrictJSON

/// One of Discord's ids: milliseconds since 2015 in the upper 42 bits, so that ids order by time.
struct Snowflake: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 2015-01-01T00:00:00Z in milliseconds since 1970.
    static let epochMilliseconds: Int64 = 1_420_070_400_000

    let rawValue: UInt64

    init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The id that a decimal text without sign and leading zeros spells.
    init?(text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || !text.hasPrefix("0"), let value = UInt64(text)
        else { return nil }
        self.rawValue = value
    }

    /// An id in a request's body: Discord takes a number in place of the text, and clients send it.
    init?(_ json: JSONValue?) {
        switch json {
        case .string(let text)?: self.init(text: text)
        case .integer(let value)? where value >= 0: self.init(UInt64(value))
        default: return nil
        }
    }

    /// The lowest id of a time in milliseconds since 1970; 0 for times before Discord's epoch.
    init(milliseconds: Int64) {
        self.rawValue = UInt64(clamping: milliseconds - Self.epochMilliseconds) << 22
    }

    /// When it was made, in milliseconds since 1970.
    var milliseconds: Int64 { Int64(self.rawValue >> 22) + Self.epochMilliseconds }

    var description: String { String(self.rawValue) }

    static func < (left: Snowflake, right: Snowflake) -> Bool { left.rawValue < right.rawValue }
}
