/// Reads one JSON text strictly by RFC 8259, within limits.
///
/// Foundation's reader takes byte order marks, UTF-16, trailing commas, NUL characters and
/// duplicate names (of which it keeps the first where JavaScript keeps the last). Two processes
/// that read one text differently are a fault waiting to happen, so all of it is refused here.
public struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var offset = 0

    /// The value that a text of UTF-8 bytes holds.
    ///
    /// - Throws: `JSONError` with what is wrong and where; never traps, whatever the bytes are.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .wire
    ) throws(JSONError) -> JSONValue {
        // Typed throws don't pass through `withMemoryRebound`: a result carries them.
        let result: Result<JSONValue, JSONError> = bytes.withMemoryRebound(to: UInt8.self) {
            buffer in
            Result { () throws(JSONError) in
                var parser = JSONParser(bytes: buffer, limits: limits)
                return try parser.text()
            }
        }
        return try result.get()
    }

    /// The value that these bytes hold; see ``parse(_:limits:)-(UnsafeRawBufferPointer,_)``.
    public static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .wire
    ) throws(JSONError) -> JSONValue {
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONError) in try JSONParser.parse(raw, limits: limits) }
        }
        return try result.get()
    }

    /// The value that this text holds; see ``parse(_:limits:)-(UnsafeRawBufferPointer,_)``.
    public static func parse(
        _ text: String, limits: JSONLimits = .wire
    ) throws(JSONError) -> JSONValue {
        try JSONParser.parse(Array(text.utf8), limits: limits)
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    private mutating func text() throws(JSONError) -> JSONValue {
        if self.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            || self.bytes.starts(with: [0xFE, 0xFF]) || self.bytes.starts(with: [0xFF, 0xFE])
        {
            throw JSONError(.byteOrderMark, at: 0)
        }
        let value = try self.value(depth: 0)
        self.skipSpace()
        guard self.offset == self.bytes.count else {
            throw JSONError(.trailingBytes, at: self.offset)
        }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        self.skipSpace()
        switch try self.peek() {
        case UInt8(ascii: "{"): return try self.object(depth: depth + 1)
        case UInt8(ascii: "["): return try self.array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.literal("true", .bool(true))
        case UInt8(ascii: "f"): return try self.literal("false", .bool(false))
        case UInt8(ascii: "n"): return try self.literal("null", .null)
        default: return try self.number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= self.limits.depth else { throw JSONError(.tooDeep, at: self.offset) }
        self.offset += 1
        var object = JSONObject()
        // Up to 16 members a scan finds a double; a set serves the few larger objects.
        var names = Set<String>()
        self.skipSpace()
        if try self.peek() == UInt8(ascii: "}") {
            self.offset += 1
            return .object(object)
        }
        while true {
            self.skipSpace()
            let nameOffset = self.offset
            guard try self.peek() == UInt8(ascii: "\"") else {
                let isComma = self.bytes[self.offset] == UInt8(ascii: "}")
                throw JSONError(isComma ? .trailingComma : .unexpectedByte, at: self.offset)
            }
            let name = try self.string()
            if object.members.count == 16 { names = Set(object.members.map(\.name)) }
            let isNew =
                object.members.count < 16 ? object[name] == nil : names.insert(name).inserted
            guard isNew else { throw JSONError(.duplicateName, at: nameOffset) }
            guard object.members.count < self.limits.members else {
                throw JSONError(.tooManyMembers, at: nameOffset)
            }
            self.skipSpace()
            guard try self.peek() == UInt8(ascii: ":") else {
                throw JSONError(.unexpectedByte, at: self.offset)
            }
            self.offset += 1
            object.append(name, try self.value(depth: depth))
            self.skipSpace()
            switch try self.peek() {
            case UInt8(ascii: ","): self.offset += 1
            case UInt8(ascii: "}"):
                self.offset += 1
                return .object(object)
            default: throw JSONError(.unexpectedByte, at: self.offset)
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= self.limits.depth else { throw JSONError(.tooDeep, at: self.offset) }
        self.offset += 1
        var elements: [JSONValue] = []
        self.skipSpace()
        if try self.peek() == UInt8(ascii: "]") {
            self.offset += 1
            return .array(elements)
        }
        while true {
            self.skipSpace()
            if try self.peek() == UInt8(ascii: "]") {
                throw JSONError(.trailingComma, at: self.offset)
            }
            guard elements.count < self.limits.elements else {
                throw JSONError(.tooManyElements, at: self.offset)
            }
            elements.append(try self.value(depth: depth))
            self.skipSpace()
            switch try self.peek() {
            case UInt8(ascii: ","): self.offset += 1
            case UInt8(ascii: "]"):
                self.offset += 1
                return .array(elements)
            default: throw JSONError(.unexpectedByte, at: self.offset)
            }
        }
    }

    private mutating func literal(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard self.offset + index < self.bytes.count else {
                throw JSONError(.unexpectedEnd, at: self.bytes.count)
            }
            guard self.bytes[self.offset + index] == word.utf8Start[index] else {
                throw JSONError(.unexpectedByte, at: self.offset + index)
            }
        }
        self.offset += word.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = self.offset
        var isInteger = true
        self.skip(UInt8(ascii: "-"))
        // RFC 8259, section 6: no leading zero, at least one digit on each side of the point.
        if self.current == UInt8(ascii: "0") {
            self.offset += 1
        } else {
            try self.digits(from: start)
        }
        if self.skip(UInt8(ascii: ".")) {
            isInteger = false
            try self.digits(from: start)
        }
        if self.skip(UInt8(ascii: "e")) || self.skip(UInt8(ascii: "E")) {
            isInteger = false
            if !self.skip(UInt8(ascii: "+")) { self.skip(UInt8(ascii: "-")) }
            try self.digits(from: start)
        }
        if isInteger, let value = self.integer(from: start) { return .integer(value) }
        let text = String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(.numberOutOfRange, at: start)
        }
        return .number(value)
    }

    /// The integer that the digits up to here spell, or `nil` if it doesn't fit.
    private func integer(from start: Int) -> Int64? {
        let isNegative = self.bytes[start] == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in self.bytes[(isNegative ? start + 1 : start)..<self.offset] {
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            // Downwards, where there is one more.
            let (sum, isBeyond) = tenfold.subtractingReportingOverflow(digit)
            guard !isTooLarge, !isBeyond else { return nil }
            value = sum
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }

    private mutating func digits(from start: Int) throws(JSONError) {
        let first = self.offset
        while let byte = self.current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            self.offset += 1
        }
        guard self.offset > first else {
            if self.offset == self.bytes.count { throw JSONError(.unexpectedEnd, at: self.offset) }
            // Nothing that looks like a number at all: the byte itself is the mistake.
            throw JSONError(start == first ? .unexpectedByte : .invalidNumber, at: self.offset)
        }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        let opening = self.offset
        self.offset += 1
        let start = self.offset
        // The common string holds no escape: find its end and take its bytes at once.
        while let byte = self.current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else {
                throw JSONError(
                    byte == 0 ? .nulCharacter : .controlCharacter, at: self.offset)
            }
            self.offset += 1
        }
        guard let byte = self.current else {
            throw JSONError(.unexpectedEnd, at: self.bytes.count)
        }
        if byte == UInt8(ascii: "\"") {
            let run = self.bytes[start..<self.offset]
            self.offset += 1
            guard run.count <= self.limits.stringBytes else {
                throw JSONError(.stringTooLong, at: opening)
            }
            return try Self.decode(run, at: start)
        }
        return try self.escapedString(opening: opening, start: start)
    }

    private mutating func escapedString(
        opening: Int, start: Int
    ) throws(JSONError) -> String {
        var unescaped = [UInt8](self.bytes[start..<self.offset])
        while true {
            let byte = try self.peek()
            switch byte {
            case UInt8(ascii: "\""):
                self.offset += 1
                return try unescaped.withUnsafeBufferPointer { buffer throws(JSONError) in
                    try Self.decode(Slice(base: buffer, bounds: 0..<buffer.count), at: start)
                }
            case UInt8(ascii: "\\"):
                try self.escape(into: &unescaped)
            case 0..<0x20:
                throw JSONError(
                    byte == 0 ? .nulCharacter : .controlCharacter, at: self.offset)
            default:
                unescaped.append(byte)
                self.offset += 1
            }
            guard unescaped.count <= self.limits.stringBytes else {
                throw JSONError(.stringTooLong, at: opening)
            }
        }
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONError) {
        let start = self.offset
        self.offset += 1
        let byte = try self.peek()
        self.offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try self.unicodeEscape(from: start)
            unescaped.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw JSONError(.invalidEscape, at: start)
        }
    }

    private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try self.fourHexDigits()
        guard first != 0 else { throw JSONError(.nulCharacter, at: start) }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, self.skip(UInt8(ascii: "\\")), self.skip(UInt8(ascii: "u")) else {
            throw JSONError(.loneSurrogate, at: start)
        }
        let second = try self.fourHexDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = try self.peek()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw JSONError(.invalidEscape, at: self.offset)
            }
            value = value << 4 | UInt32(digit)
            self.offset += 1
        }
        return value
    }

    /// Refuses overlong forms, surrogates and everything else that isn't UTF-8 (RFC 3629).
    private static func decode(
        _ bytes: Slice<UnsafeBufferPointer<UInt8>>, at offset: Int
    ) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(.notUTF8, at: offset)
        }
        return text
    }

    // MARK: Bytes

    private var current: UInt8? {
        self.offset < self.bytes.count ? self.bytes[self.offset] : nil
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard let byte = self.current else {
            throw JSONError(.unexpectedEnd, at: self.bytes.count)
        }
        return byte
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard self.current == byte else { return false }
        self.offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.current,
            byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        {
            self.offset += 1
        }
    }
}
