public import StrictJSON

/// Keeps a value in this service's own small store.
public struct Put: WireRequest {
    public typealias Answer = Stored
    public static let type = "put"
    /// The value's name.
    public var key: Name
    /// The value, at most 65,536 bytes encoded; `null` removes it.
    public var value: JSONValue

    /// A put.
    public init(key: Name, value: JSONValue) {
        self.key = key
        self.value = value
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.key = try fields.name("key")
        self.value = fields.any("value")
        guard JSONWriter.encode(self.value).count <= Limits.storedValueBytes else {
            throw fields.wrong("value", "at most \(Limits.storedValueBytes) bytes")
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("key", self.key.text)
        writer.member("value", value: self.value)
    }
}

/// The value stands in the database.
public struct Stored: EmptyMessage {
    public static let type = "stored"
    /// An answer.
    public init() {}
}

/// Asks for a value of this service's own small store.
public struct Get: WireRequest {
    public typealias Answer = Value
    public static let type = "get"
    /// The value's name.
    public var key: Name

    /// A get.
    public init(key: Name) { self.key = key }

    public init(_ fields: Fields) throws(FieldError) {
        self.key = try fields.name("key")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("key", self.key.text)
    }
}

/// A value of the store.
public struct Value: WireMessage {
    public static let type = "value"
    /// The value; `null` if there is none of that name.
    public var value: JSONValue

    /// An answer.
    public init(value: JSONValue) { self.value = value }

    public init(_ fields: Fields) throws(FieldError) {
        self.value = fields.any("value")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("value", value: self.value)
    }
}
