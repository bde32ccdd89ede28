/// Writes JSON as UTF-8 bytes, member by member, without building a tree first.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer.
    public init() {
        self.bytes.reserveCapacity(256)
    }

    /// The bytes of one value.
    public static func encode(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value: value)
        return writer.bytes
    }

    /// One value as text.
    public static func text(_ value: JSONValue) -> String {
        String(decoding: JSONWriter.encode(value), as: UTF8.self)
    }

    /// Writes an object whose members the body writes.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.bytes.append(UInt8(ascii: "{"))
        self.needsComma = false
        body(&self)
        self.bytes.append(UInt8(ascii: "}"))
        self.needsComma = true
    }

    /// Writes an array whose elements the body writes.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.bytes.append(UInt8(ascii: "["))
        self.needsComma = false
        body(&self)
        self.bytes.append(UInt8(ascii: "]"))
        self.needsComma = true
    }

    /// Writes a member's name; its value must follow.
    public mutating func name(_ name: String) {
        self.separate()
        self.quote(name)
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    /// Writes a string.
    public mutating func write(_ text: String) {
        self.separate()
        self.quote(text)
        self.needsComma = true
    }

    /// Writes an integer.
    public mutating func write(_ value: Int64) {
        self.raw(String(value).utf8)
    }

    /// Writes a truth value.
    public mutating func write(_ value: Bool) {
        self.raw((value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    public mutating func writeNull() {
        self.raw("null".utf8)
    }

    /// Writes a whole value.
    public mutating func write(value: JSONValue) {
        switch value {
        case .null: self.writeNull()
        case .bool(let value): self.write(value)
        case .integer(let value): self.write(value)
        case .number(let value): self.raw(value.isFinite ? "\(value)".utf8 : "null".utf8)
        case .string(let text): self.write(text)
        case .array(let elements):
            self.array { writer in
                for element in elements { writer.write(value: element) }
            }
        case .object(let object):
            self.object { writer in
                for member in object.members { writer.member(member.name, value: member.value) }
            }
        }
    }

    /// Writes bytes that are one JSON value already.
    public mutating func raw(_ value: some Collection<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: value)
        self.needsComma = true
    }

    /// Writes a member.
    public mutating func member(_ name: String, _ text: String) {
        self.name(name)
        self.write(text)
    }

    /// Writes a member.
    public mutating func member(_ name: String, _ value: Int64) {
        self.name(name)
        self.write(value)
    }

    /// Writes a member.
    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        self.write(value)
    }

    /// Writes a member.
    public mutating func member(_ name: String, value: JSONValue) {
        self.name(name)
        self.write(value: value)
    }

    /// Writes a member unless there is no value.
    public mutating func member(ifPresent name: String, _ text: String?) {
        if let text { self.member(name, text) }
    }

    /// Writes a member unless there is no value.
    public mutating func member(ifPresent name: String, _ value: Int64?) {
        if let value { self.member(name, value) }
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // The common text needs no escape: its bytes are taken run by run.
            var start = 0
            for index in utf8.indices where Self.needsEscape(utf8[index]) {
                self.bytes.append(contentsOf: utf8[start..<index])
                self.escape(utf8[index])
                start = index + 1
            }
            self.bytes.append(contentsOf: utf8[start...])
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        self.bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: self.bytes.append(UInt8(ascii: "n"))
        case 0x0D: self.bytes.append(UInt8(ascii: "r"))
        case 0x09: self.bytes.append(UInt8(ascii: "t"))
        case 0..<0x20, 0x7F:
            for digit in "u00".utf8 { self.bytes.append(digit) }
            self.bytes.append(Self.hexDigits[Int(byte >> 4)])
            self.bytes.append(Self.hexDigits[Int(byte & 0x0F)])
        default: self.bytes.append(byte)
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
