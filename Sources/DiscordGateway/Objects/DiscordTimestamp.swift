/// Reads times as Discord writes them: ISO 8601 with a fraction and an offset.
enum DiscordTimestamp {
    /// Milliseconds since 1970, or `nil` if the text is no such time of the years 1970–9999.
    ///
    /// What is finer than a millisecond is cut off: Discord itself tells one edit now with
    /// microseconds and now without.
    static func milliseconds(_ text: String) -> Int64? {
        var bytes = Array(text.utf8)[...]
        guard let year = self.number(&bytes, digits: 4), self.take("-", &bytes),
            let month = self.number(&bytes, digits: 2), (1...12).contains(month),
            self.take("-", &bytes), let day = self.number(&bytes, digits: 2),
            (1...31).contains(day), self.take("T", &bytes),
            let hour = self.number(&bytes, digits: 2), hour < 24, self.take(":", &bytes),
            let minute = self.number(&bytes, digits: 2), minute < 60, self.take(":", &bytes),
            let second = self.number(&bytes, digits: 2), second <= 60, year >= 1970
        else { return nil }
        let fraction = self.fraction(&bytes)
        guard let offset = self.offset(&bytes), bytes.isEmpty else { return nil }
        let days = self.days(year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        return seconds < 0 ? nil : seconds * 1_000 + fraction
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>, digits: Int) -> Int64? {
        let head = bytes.prefix(digits)
        guard head.count == digits, head.allSatisfy(self.isDigit) else { return nil }
        bytes = bytes.dropFirst(digits)
        return head.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func take(_ character: Unicode.Scalar, _ bytes: inout ArraySlice<UInt8>) -> Bool
    {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    /// The milliseconds of a fraction of any length; 0 without one.
    private static func fraction(_ bytes: inout ArraySlice<UInt8>) -> Int64 {
        guard self.take(".", &bytes) else { return 0 }
        let digits = bytes.prefix(while: self.isDigit)
        bytes = bytes.dropFirst(digits.count)
        return (Array(digits) + Array(repeating: UInt8(ascii: "0"), count: 3)).prefix(3)
            .reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// The minutes by which a clock is ahead of UTC.
    private static func offset(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        if self.take("Z", &bytes) { return 0 }
        let isAhead = self.take("+", &bytes)
        guard isAhead || self.take("-", &bytes), let hours = self.number(&bytes, digits: 2) else {
            return nil
        }
        _ = self.take(":", &bytes)
        guard let minutes = self.number(&bytes, digits: 2) else { return nil }
        return (hours * 60 + minutes) * (isAhead ? 1 : -1)
    }

    /// Days since 1970, counted in years that begin in March, so that leap days come last; see
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
