public import StrictJSON

/// Asks for a consistent copy of the database, beside the running traffic.
public struct Backup: WireRequest {
    public typealias Answer = BackedUp
    public static let type = "backup"
    public static let isRead = true
    /// An absolute path that doesn't exist yet, 1–1,024 bytes.
    public var path: String

    /// A backup.
    public init(path: String) { self.path = path }

    public init(_ fields: Fields) throws(FieldError) {
        self.path = try fields.text("path")
        guard self.path.utf8.first == UInt8(ascii: "/") else {
            throw fields.wrong("path", "an absolute path")
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("path", self.path)
    }
}

/// The copy is written, checked, and on disk.
public struct BackedUp: WireMessage {
    public static let type = "backed_up"
    /// Its size.
    public var bytes: Int64

    /// An answer.
    public init(bytes: Int64) { self.bytes = bytes }

    public init(_ fields: Fields) throws(FieldError) {
        self.bytes = try fields.integer("bytes")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("bytes", self.bytes)
    }
}
