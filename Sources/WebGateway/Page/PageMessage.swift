import NIOCore
import Protocol
import StrictJSON

/// What a page is told. docs/protocol.md, section 9.
enum PageMessage: Equatable, Sendable {
    case welcome(PageWelcome)
    case events([Event])
    case history([Event], more: Bool)
    case sent(IdempotencyKey, Sent)
    case refused(PageRefusal)
    /// The hello, or the page itself, isn't taken; a close follows.
    case turnedAway(code: String, message: String)
    case receipt(TeamReceipt)
    case team(isUp: Bool)
    case pong

    /// The text message, for a page of that service.
    func encoded(for service: Name) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object { self.write(into: &$0, service) }
        return ByteBuffer(bytes: writer.bytes)
    }

    private func write(into writer: inout JSONWriter, _ service: Name) {
        switch self {
        case .welcome(let welcome): welcome.write(into: &writer)
        case .events(let events):
            writer.member("type", "events")
            writer.write(events, for: service)
        case .history(let events, let more):
            writer.member("type", "history")
            writer.write(events, for: service)
            writer.member("more", more)
        case .sent(let key, let sent):
            writer.member("type", "sent")
            writer.member("key", key.text)
            sent.write(into: &writer)
        case .refused(let refusal): refusal.write(into: &writer)
        case .turnedAway(let code, let message):
            writer.member("type", "refused")
            writer.member("code", code)
            writer.member("message", message)
        case .receipt(let receipt):
            writer.member("type", "receipt")
            receipt.write(into: &writer)
        case .team(let isUp):
            writer.member("type", "team")
            writer.member("up", isUp)
        case .pong: writer.member("type", "pong")
        }
    }
}

/// The page's connection stands.
struct PageWelcome: Equatable, Sendable {
    /// The database's life.
    var epoch: Epoch
    /// The newest event.
    var head: Head
    /// Whether everything that the page missed follows.
    var recovered: Bool
    /// How far the team's side has got.
    var receipt: TeamReceipt
    /// Whether the team can be reached.
    var isTeamUp: Bool

    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("type", "welcome")
        writer.member("version", PageFrame.version)
        writer.member("epoch", self.epoch.description)
        self.head.write(as: "head", into: &writer)
        writer.member("recovered", self.recovered)
        writer.name("receipt")
        writer.object { self.receipt.write(into: &$0) }
        writer.name("team")
        writer.object { $0.member("up", self.isTeamUp) }
        writer.name("limits")
        writer.object { writer in
            writer.member("scalars", Int64(MessageRules.scalarsMax))
            writer.member("bytes", Int64(MessageRules.bytesMax))
        }
    }
}

extension TeamReceipt {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("delivered_upto", self.deliveredUpTo)
        writer.member("seen_upto", self.seenUpTo)
        writer.name("failed")
        writer.array { writer in
            for failure in self.failed {
                writer.object { writer in
                    writer.member("seq", failure.seq)
                    writer.member("reason", failure.reason)
                }
            }
        }
    }
}

extension PageRefusal {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("type", "refused")
        writer.member("key", self.key.text)
        writer.member("code", self.reason.code)
        writer.member("retry", self.reason.retryAfter != nil)
        writer.member(
            ifPresent: "retry_after_ms",
            self.reason.retryAfter.map { Int64(($0 / .milliseconds(1)).rounded(.up)) })
        writer.member("message", self.reason.message)
    }
}

extension JSONWriter {
    /// Writes `events` as a page may see them: no service's name, and the key only of the
    /// visitor's own.
    fileprivate mutating func write(_ events: [Event], for service: Name) {
        self.name("events")
        self.array { writer in
            for event in events { writer.object { $0.write(event, for: service) } }
        }
    }

    private mutating func write(_ event: Event, for service: Name) {
        let isOwn = event.service == service
        self.member("seq", event.seq)
        self.member("id", event.id.description)
        self.member("at", event.at)
        self.member("kind", event.kind)
        self.member("from", isOwn ? "visitor" : "team")
        self.name("author")
        self.object { writer in
            writer.member("id", event.author.id)
            writer.member("name", event.author.name)
            writer.member(ifPresent: "avatar", event.author.avatar)
        }
        self.member("body", event.body)
        self.member("format", event.format.rawValue)
        self.member(ifPresent: "reply_to", event.replyTo?.description)
        if isOwn { self.member(ifPresent: "key", event.key?.text) }
    }
}
