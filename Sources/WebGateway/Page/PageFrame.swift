import NIOCore
import Protocol
import StrictJSON

/// What a page says. docs/protocol.md, section 9.
enum PageFrame: Equatable, Sendable {
    /// Who it is.
    case hello(PageHello)
    /// It speaks another version of the protocol.
    case otherVersion
    /// Something to store; it is answered.
    case request(PageRequest)
    /// Something to store that can't be; its key is known.
    case badRequest(key: IdempotencyKey, String)
    /// Asks for a page of events.
    case history(History.Range)
    /// How far it has got.
    case report(PageReport)
    /// The visitor types.
    case typing
    /// The page came into sight, or went out of it.
    case visible(Bool)
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
        case "send", "edit", "delete", "requeue":
            self = try Self.request(envelope.type, fields)
        case "history": self = .history(try Self.range(fields))
        case "report": self = .report(try PageReport(fields))
        case "typing": self = .typing
        case "visible": self = .visible(try fields.bool("visible"))
        case "ping": self = .ping
        default: self = .unknown
        }
    }

    private static func request(
        _ type: String, _ fields: Fields
    ) throws(FieldError) -> PageFrame {
        let key = try fields.key()
        do {
            return .request(PageRequest(key: key, try PageRequest.Content(type, fields)))
        } catch {
            return .badRequest(key: key, error.description)
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
