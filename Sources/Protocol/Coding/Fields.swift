public import StrictJSON

/// Reads the members of one message, and says which one is wrong and what it must be.
public struct Fields: Sendable {
    private let object: JSONObject
    private let path: String

    /// The members of an object; `path` stands before their names in errors.
    public init(_ object: JSONObject, path: String = "") {
        self.object = object
        self.path = path
    }

    /// Whether the member is there and not `null`.
    public func has(_ name: String) -> Bool {
        switch self.object[name] {
        case nil, .null?: false
        default: true
        }
    }

    /// A string of so many bytes of UTF-8, without NUL.
    public func text(
        _ name: String, bytes: ClosedRange<Int> = 1...Limits.sentenceBytes
    ) throws(FieldError) -> String {
        guard let text = self.object[name]?.string, bytes.contains(text.utf8.count),
            !text.utf8.contains(0)
        else {
            throw self.wrong(name, "a string of \(bytes.lowerBound)–\(bytes.upperBound) bytes")
        }
        return text
    }

    /// The same, or `nil` if the member is absent.
    public func optionalText(
        _ name: String, bytes: ClosedRange<Int> = 1...Limits.sentenceBytes
    ) throws(FieldError) -> String? {
        self.has(name) ? try self.text(name, bytes: bytes) : nil
    }

    /// An integer in a range.
    public func integer(
        _ name: String, in range: ClosedRange<Int64> = 0...Limits.integer
    ) throws(FieldError) -> Int64 {
        guard let value = self.object[name]?.integer, range.contains(value) else {
            throw self.wrong(name, "an integer of \(range.lowerBound)–\(range.upperBound)")
        }
        return value
    }

    /// An integer in a range, or `nil` if the member is absent.
    public func optionalInteger(
        _ name: String, in range: ClosedRange<Int64> = 0...Limits.integer
    ) throws(FieldError) -> Int64? {
        self.has(name) ? try self.integer(name, in: range) : nil
    }

    /// A truth value; `otherwise` if the member is absent.
    public func bool(_ name: String, otherwise: Bool? = nil) throws(FieldError) -> Bool {
        if !self.has(name), let otherwise { return otherwise }
        guard let value = self.object[name]?.bool else {
            throw self.wrong(name, "true or false")
        }
        return value
    }

    /// A value that a text spells, by a reader that answers `nil` for a text of another form.
    public func value<Value>(
        _ name: String, _ expectation: String, _ read: (String) -> Value?
    ) throws(FieldError) -> Value {
        guard let text = self.object[name]?.string, let value = read(text) else {
            throw self.wrong(name, expectation)
        }
        return value
    }

    /// The same, or `nil` if the member is absent.
    public func optionalValue<Value>(
        _ name: String, _ expectation: String, _ read: (String) -> Value?
    ) throws(FieldError) -> Value? {
        self.has(name) ? try self.value(name, expectation, read) : nil
    }

    /// The members of a member that is an object.
    public func fields(_ name: String) throws(FieldError) -> Fields {
        guard let object = self.object[name]?.object else { throw self.wrong(name, "an object") }
        return Fields(object, path: "\(self.path)\(name).")
    }

    /// The members of each element of an array of objects.
    public func list(_ name: String, atMost count: Int) throws(FieldError) -> [Fields] {
        var elements: [Fields] = []
        for (index, value) in try self.array(name, atMost: count).enumerated() {
            guard let object = value.object else {
                throw self.wrong("\(name)[\(index)]", "an object")
            }
            elements.append(Fields(object, path: "\(self.path)\(name)[\(index)]."))
        }
        return elements
    }

    /// The elements of an array; none if the member is absent.
    public func array(_ name: String, atMost count: Int) throws(FieldError) -> [JSONValue] {
        guard self.has(name) else { return [] }
        guard let elements = self.object[name]?.array, elements.count <= count else {
            throw self.wrong(name, "an array of at most \(count) elements")
        }
        return elements
    }

    /// Any JSON value; `null` if the member is absent.
    public func any(_ name: String) -> JSONValue {
        self.object[name] ?? .null
    }

    /// Strings by name; none if the member is absent.
    public func properties(_ name: String) throws(FieldError) -> [String: String] {
        guard self.has(name) else { return [:] }
        guard let object = self.object[name]?.object, object.members.count <= Limits.properties
        else { throw self.wrong(name, "an object of at most \(Limits.properties) strings") }
        var properties: [String: String] = [:]
        for member in object.members {
            guard Name(member.name) != nil, let text = member.value.string,
                text.utf8.count <= Limits.propertyBytes
            else {
                throw self.wrong(
                    "\(name).\(member.name.prefix(64))",
                    "a string of at most \(Limits.propertyBytes) bytes under a name of the key "
                        + "alphabet")
            }
            properties[member.name] = text
        }
        return properties
    }

    /// The error for a member.
    public func wrong(_ name: String, _ expectation: String) -> FieldError {
        FieldError("\(self.path)\(name)", expectation)
    }
}

// The kinds of values of docs/protocol.md, section 1.
extension Fields {
    /// A conversation's uid.
    public func conversation(
        _ name: String = "conversation"
    ) throws(FieldError) -> ConversationID {
        try self.value(name, "a lower-case UUID") { ConversationID($0) }
    }

    /// An event's id.
    public func eventID(_ name: String = "id") throws(FieldError) -> EventID {
        try self.value(name, "32 lower-case hexadecimal digits") { EventID($0) }
    }

    /// A seq, from 1.
    public func seq(_ name: String = "seq") throws(FieldError) -> Int64 {
        try self.integer(name, in: 1...Limits.integer)
    }

    /// A peer id.
    public func peer(_ name: String = "peer") throws(FieldError) -> PeerID {
        try self.value(name, "a string of 1–\(Limits.peerBytes) bytes without NUL") { PeerID($0) }
    }

    /// An idempotency key.
    public func key(_ name: String = "key") throws(FieldError) -> IdempotencyKey {
        try self.value(name, Self.keyExpectation) { IdempotencyKey($0) }
    }

    /// A name of the key alphabet.
    public func name(_ name: String) throws(FieldError) -> Name {
        try self.value(name, Self.keyExpectation) { Name($0) }
    }

    /// A mark, or `nil` if the member is absent.
    public func optionalMark(_ name: String = "mark") throws(FieldError) -> Mark? {
        try self.optionalValue(name, Self.visibleExpectation) { Mark($0) }
    }

    /// An external id.
    public func externalID(_ name: String = "id") throws(FieldError) -> ExternalID {
        try self.value(name, Self.visibleExpectation) { ExternalID($0) }
    }

    /// External ids; none if the member is absent.
    public func externalIDs(
        _ name: String = "external", atMost count: Int = Limits.externalIDs
    ) throws(FieldError) -> [ExternalID] {
        var ids: [ExternalID] = []
        for (index, element) in try self.array(name, atMost: count).enumerated() {
            guard let id = element.string.flatMap({ ExternalID($0) }) else {
                throw self.wrong("\(name)[\(index)]", Self.visibleExpectation)
            }
            ids.append(id)
        }
        return ids
    }

    private static let keyExpectation =
        "1–\(Limits.keyBytes) characters of A-Z a-z 0-9 . _ : -"
    private static let visibleExpectation =
        "1–\(Limits.externalIDBytes) visible ASCII characters"
}
