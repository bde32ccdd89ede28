/// Times as Discord writes them: `2026-11-23T00:10:00.123000+00:00`.
enum Timestamp {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// The text of a time in milliseconds since 1970, always in UTC.
    static func text(_ milliseconds: Int64) -> String {
        var days = milliseconds / self.dayMilliseconds
        var rest = milliseconds % self.dayMilliseconds
        if rest < 0 {
            rest += self.dayMilliseconds
            days -= 1
        }
        let (year, month, day) = self.civil(daysSince1970: days)
        let date = "\(self.pad(year, 4))-\(self.pad(month, 2))-\(self.pad(day, 2))"
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60)
        let (second, fraction) = (rest / 1000 % 60, rest % 1000)
        let time = "\(self.pad(hour, 2)):\(self.pad(minute, 2)):\(self.pad(second, 2))"
        return "\(date)T\(time).\(self.pad(fraction, 3))000+00:00"
    }

    /// Milliseconds since 1970 of an ISO 8601 time with an offset or `Z`; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let pattern =
            #/(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+ -]\d\d:\d\d)?/#
        guard let match = text.wholeMatch(of: pattern)?.output else { return nil }
        guard let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3),
            let hour = Int64(match.4), let minute = Int64(match.5), let second = Int64(match.6),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        let fraction = Int64((match.7 ?? "").prefix(3).padded(to: 3)) ?? 0
        let days = self.days(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        return (seconds - self.offsetSeconds(match.8)) * 1000 + fraction
    }

    private static func offsetSeconds(_ text: Substring?) -> Int64 {
        guard let text, text != "Z", let hours = Int64(text.dropFirst().prefix(2)),
            let minutes = Int64(text.suffix(2))
        else { return 0 }
        // A "+" that wasn't escaped in a query arrives as a space.
        return (hours * 60 + minutes) * 60 * (text.hasPrefix("-") ? -1 : 1)
    }

    private static func pad(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Days since 1970 of a date in the Gregorian calendar, by eras of 400 years from March on.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSince1970 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension StringProtocol {
    /// The text with zeros appended up to so many characters.
    fileprivate func padded(to length: Int) -> String {
        self + String(repeating: "0", count: Swift.max(0, length - self.count))
    }
}
