import NIOCore
import Protocol
import StrictJSON

/// What a page is told. docs/protocol.md, section 9.
enum PageMessage: Equatable, Sendable {
    case welcome(PageWelcome)
    case events([Event])
    case history([Event], more: Bool)
    case stored(IdempotencyKey, PageStored)
    case refused(PageRefusal)
    /// The hello, or the page itself, isn't taken; a close follows.
    case turnedAway(PageClose)
    case receipt(TeamReceipt)
    case team(TeamPresence)
    /// Somebody of the team types.
    case typing(name: String?)
    /// The conversation's state changed without an event.
    case state(ConversationState)
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
        case .stored(let key, let stored): stored.write(into: &writer, key)
        case .refused(let refusal): refusal.write(into: &writer)
        case .turnedAway(let close): close.write(into: &writer)
        case .receipt(let receipt):
            writer.member("type", "receipt")
            receipt.write(into: &writer)
        case .team(let team):
            writer.member("type", "team")
            team.write(into: &writer)
        case .typing(let name):
            writer.member("type", "typing")
            writer.member(ifPresent: "name", name)
        case .state(let state):
            writer.member("type", "state")
            writer.member("state", state.rawValue)
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
    /// How far this visitor's pages have.
    var reported: Progress
    /// Whether the team can be reached.
    var team: TeamPresence
    /// Whether the conversation goes on.
    var state: ConversationState
    /// Which version of the page's files is served.
    var page: PageVersion

    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("type", "welcome")
        writer.member("version", PageFrame.version)
        writer.member("epoch", self.epoch.description)
        self.head.write(as: "head", into: &writer)
        writer.member("recovered", self.recovered)
        writer.name("receipt")
        writer.object { self.receipt.write(into: &$0) }
        writer.name("reported")
        writer.object { writer in
            writer.member("delivered_upto", self.reported.deliveredUpTo)
            writer.member("seen_upto", self.reported.seenUpTo)
        }
        writer.name("team")
        writer.object { self.team.write(into: &$0) }
        writer.member("state", self.state.rawValue)
        writer.member("page", self.page.digits)
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

extension TeamPresence {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("up", self.isUp)
        writer.member(ifPresent: "since", self.since)
    }
}

extension PageStored {
    fileprivate func write(into writer: inout JSONWriter, _ key: IdempotencyKey) {
        writer.member("type", "sent")
        writer.member("key", key.text)
        writer.member(ifPresent: "seq", self.seq)
        writer.member(ifPresent: "id", self.id?.description)
        writer.member(ifPresent: "at", self.at)
        writer.member(ifPresent: "revision", self.revision)
        writer.member("duplicate", self.duplicate)
    }
}

extension PageRefusal {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("type", "refused")
        writer.member("key", self.key.text)
        writer.member("code", self.reason.code)
        writer.member("retry", self.reason.retryAfter != nil)
        writer.write(retryAfter: self.reason.retryAfter)
        writer.member("message", self.reason.message)
    }
}

extension PageClose {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.member("type", "refused")
        writer.member(ifPresent: "code", self.word)
        writer.write(retryAfter: self.retryAfter)
        writer.member("message", self.message)
    }
}

extension JSONWriter {
    fileprivate mutating func write(retryAfter: Duration?) {
        self.member(
            ifPresent: "retry_after_ms",
            retryAfter.map { Int64(($0 / .milliseconds(1)).rounded(.up)) })
    }
}
