import StrictJSON

/// Who wrote an event, as the other services may know it.
public struct Author: Equatable, Sendable {
    /// An opaque id, 1–64 bytes; never the far side's own.
    public var id: String
    /// The name to show, 1–128 bytes.
    public var name: String
    /// An opaque reference to a picture, 1–256 bytes.
    public var avatar: String?

    /// An author; the lengths are checked where it is read from the wire.
    public init(id: String, name: String, avatar: String? = nil) {
        self.id = id
        self.name = name
        self.avatar = avatar
    }

    init(_ fields: Fields) throws(FieldError) {
        self.id = try fields.text("id", bytes: 1...Limits.authorIDBytes)
        self.name = try fields.text("name", bytes: 1...Limits.authorNameBytes)
        self.avatar =
            fields.has("avatar") ? try fields.text("avatar", bytes: 1...Limits.avatarBytes) : nil
    }

    func write(as name: String, into writer: inout JSONWriter) {
        writer.name(name)
        writer.object { writer in
            writer.member("id", self.id)
            writer.member("name", self.name)
            writer.member(ifPresent: "avatar", self.avatar)
        }
    }
}
