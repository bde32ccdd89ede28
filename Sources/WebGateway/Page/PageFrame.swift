import NIOCore
import Protocol
import StrictJSON

/// What a page says. docs/protocol.md, section 9.
enum PageFrame: Equatable, Sendable {
    /// Who it is.
    case hello(PageHello)
    /// It speaks another version of the protocol.
    case otherVersion
    /// A message.
    case send(PageSend)
    /// A message that can't be one.
    case badSend(key: IdempotencyKey, String)
    /// Asks for a page of events.
    case history(History.Range)
    case ping
    /// A kind that this version doesn't know.
    case unknown

    /// The version that we speak.
    static let version: Int64 = 1

    /// Reads a text message.
    ///
    /// - Throws: `PageFrameError`; the page is at fault and can't be talked with.
    init(_ text: ByteBuffer) throws(PageFrameError) {
        let envelope: Envelope
        do {
            envelope = try Envelope(text)
        } catch {
            throw PageFrameError(error.description)
        }
        do {
            try self.init(envelope)
        } catch {
            throw PageFrameError(error.description)
        }
    }

    private init(_ envelope: Envelope) throws(FieldError) {
        let fields = envelope.fields
        switch envelope.type {
        case "hello":
            // Another version's hello may look different in everything else.
            let version = try fields.integer("version")
            self = version == Self.version ? .hello(try PageHello(fields)) : .otherVersion
        case "send": self = try Self.send(fields)
        case "history": self = .history(try Self.range(fields))
        case "ping": self = .ping
        default: self = .unknown
        }
    }

    private static func send(_ fields: Fields) throws(FieldError) -> PageFrame {
        let key = try fields.key()
        do {
            return .send(try PageSend(fields))
        } catch {
            return .badSend(key: key, error.description)
        }
    }

    private static func range(_ fields: Fields) throws(FieldError) -> History.Range {
        switch (try fields.optionalInteger("after"), try fields.optionalInteger("before")) {
        case (let after?, nil): return .after(after)
        case (nil, let before?): return .before(before)
        default: throw fields.wrong("after", "there, or \"before\", and not both")
        }
    }
}

/// A page's mistake.
struct PageFrameError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, for whoever wrote the page; it holds nothing that the visitor wrote.
    let description: String

    init(_ description: String) { self.description = description }
}

/// A page introduces its visitor.
struct PageHello: Equatable, Sendable {
    /// The visitor's public id.
    var visitor: PeerID
    /// What proves it.
    var credential: Credential
    /// Whether an unknown visitor is a new one.
    var create: Bool
    /// The visitor's name, if there is one.
    var name: String?
    /// The newest event that the page has.
    var from: Position?

    /// A hello.
    init(
        visitor: PeerID, credential: Credential, create: Bool, name: String? = nil,
        from: Position? = nil
    ) {
        self.visitor = visitor
        self.credential = credential
        self.create = create
        self.name = name
        self.from = from
    }

    init(_ fields: Fields) throws(FieldError) {
        self.visitor = try fields.value("visitor", "a lower-case UUID") { text in
            // The same grammar as a conversation's uid; another spelling would be another peer.
            ConversationID(text).flatMap { _ in PeerID(text) }
        }
        self.credential = try fields.value("secret", "43 digits of base64url") {
            Credential(secret: $0)
        }
        self.create = try fields.bool("create", otherwise: false)
        self.name = try fields.optionalValue("name", "a string") { $0 }.flatMap(VisitorName.clean)
        self.from = fields.has("from") ? try Position(fields.fields("from")) : nil
    }
}

/// A page hands in a message; its text isn't judged yet.
struct PageSend: Equatable, Sendable {
    /// The page's own id of the message.
    var key: IdempotencyKey
    /// The text.
    var body: String
    /// The event that it answers.
    var replyTo: EventID?

    /// A send.
    init(key: IdempotencyKey, body: String, replyTo: EventID? = nil) {
        self.key = key
        self.body = body
        self.replyTo = replyTo
    }

    init(_ fields: Fields) throws(FieldError) {
        self.key = try fields.key()
        self.body = try fields.value("body", "a string") { $0 }
        self.replyTo = fields.has("reply_to") ? try fields.eventID("reply_to") : nil
    }
}
