/// A moment as people write it, in UTC and in the calendar that ISO 8601 uses.
struct CalendarTime: Equatable, Sendable, CustomStringConvertible {
    private let days: Int64
    private let minutes: Int64

    /// The moment so many seconds after 1970 began, or `nil` outside the years 1–9999.
    init?(seconds: Int64) {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        self.days = Self.floorDivide(seconds, by: 86_400)
        self.minutes = (seconds - self.days * 86_400) / 60
    }

    /// Such as `2026-11-23 00:10 UTC`.
    var description: String {
        let (year, month, day) = self.date
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
        return "\(date) \(Self.pad(self.minutes / 60, 2)):\(Self.pad(self.minutes % 60, 2)) UTC"
    }

    /// The date by days counted from 1 March of a year 0, so that leap days come last; see
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private var date: (Int64, Int64, Int64) {
        let shifted = self.days + 719_468
        let era = Self.floorDivide(shifted, by: 146_097)
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
