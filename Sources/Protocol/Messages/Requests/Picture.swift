public import StrictJSON

/// Keeps a picture for everybody in the box: an avatar.
public struct PutPicture: WireRequest {
    public typealias Answer = Stored
    public static let type = "put_picture"
    /// Its reference, which says nothing about the far side. A picture never changes.
    public var picture: Name
    /// The picture.
    public var content: Picture

    /// A picture to keep.
    public init(picture: Name, content: Picture) {
        self.picture = picture
        self.content = content
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.picture = try fields.name("picture")
        self.content = try Picture(fields)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("picture", self.picture.text)
        self.content.write(into: &writer)
    }
}

/// Asks for a picture.
public struct GetPicture: WireRequest {
    public typealias Answer = Picture
    public static let type = "get_picture"
    public static let isRead = true
    /// Its reference.
    public var picture: Name

    /// A question.
    public init(picture: Name) { self.picture = picture }

    public init(_ fields: Fields) throws(FieldError) {
        self.picture = try fields.name("picture")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("picture", self.picture.text)
    }
}

/// A picture's bytes and what they are.
public struct Picture: WireMessage {
    public static let type = "picture"
    /// What the bytes are.
    public var mediaType: MediaType
    /// The picture, 1–49,152 bytes.
    public var bytes: [UInt8]

    /// The kinds of pictures that every browser shows and that can't hold a script.
    public enum MediaType: String, Sendable {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case gif = "image/gif"
        case webp = "image/webp"
    }

    /// A picture.
    public init(mediaType: MediaType, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.mediaType = try fields.value(
            "media_type", "image/png, image/jpeg, image/gif or image/webp"
        ) { MediaType(rawValue: $0) }
        self.bytes = try fields.value(
            "bytes", "1–\(Limits.pictureBytes) bytes as base64url without padding"
        ) { text in
            guard let bytes = Base64URL.decode(text),
                (1...Limits.pictureBytes).contains(bytes.count)
            else { return nil }
            return bytes
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("media_type", self.mediaType.rawValue)
        writer.member("bytes", Base64URL.encode(self.bytes))
    }
}
