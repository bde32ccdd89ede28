import Protocol
import StrictJSON

@testable import DiscordGateway

/// A post as Discord keeps it, small enough to be tried in every order: messages, nonces, requests
/// that take effect late, and people who write and delete.
struct PostModel {
    /// What becomes of one send.
    enum Fate: CaseIterable {
        /// It is done, and answered.
        case answered
        /// It is done, and the answer is lost.
        case answerLost
        /// It is never done, and nobody knows.
        case requestLost
        /// It is done some time later; nobody hears.
        case late
    }

    struct Message {
        var id: Snowflake
        var text: String
        var author: Snowflake
        var isNotice = false
    }

    static let post = Snowflake(at: 1_790_000_000_000)
    private(set) var messages: [Message] = []
    private(set) var deleted: [String] = []
    private(set) var announcements = 0
    private(set) var lastSent = PostModel.post
    /// The time of day, in milliseconds since 1970.
    private(set) var now = PostModel.post.milliseconds + 1_000
    private var nonces: [String: Snowflake] = [:]
    private var underWay: [MessagePart] = []

    /// The visitors' texts that stand, in order.
    var texts: [String] {
        self.messages.filter { $0.author == FakeDiscord.bot && !$0.isNotice }.map(\.text)
    }

    /// Whether something may still take effect.
    var isUnderWay: Bool { !self.underWay.isEmpty }

    /// A send.
    mutating func send(_ part: MessagePart, _ fate: Fate) -> DiscordOutcome<Snowflake> {
        switch fate {
        case .answered: return self.make(part)
        case .answerLost: _ = self.make(part)
        case .requestLost: break
        case .late: self.underWay.append(part)
        }
        return .unknown(reason: "no answer")
    }

    /// What was under way takes effect.
    mutating func land() {
        let parts = self.underWay
        self.underWay = []
        for part in parts { _ = self.make(part) }
    }

    mutating func announce() {
        self.announcements += 1
        self.add(Notice.doubtText, FakeDiscord.bot, isNotice: true)
    }

    mutating func operatorWrites() { self.add("hm", FakeDiscord.person) }

    /// A moderator deletes the newest of the visitor's messages.
    mutating func deleteNewest() {
        let index = self.messages.lastIndex { $0.author == FakeDiscord.bot && !$0.isNotice }
        if let index { self.deleted.append(self.messages.remove(at: index).text) }
    }

    /// So long that nothing is under way any more, and Discord has forgotten every nonce.
    mutating func wait() {
        self.land()
        self.nonces = [:]
        self.now += 200_000
    }

    /// Everything after a message.
    func reading(after: Snowflake) -> PartDelivery.Reading {
        let messages = self.messages.filter { $0.id > after }.map { message in
            TestMessage.make(
                id: message.id, content: message.isNotice ? "" : message.text,
                author: message.author,
                extra: message.isNotice
                    ? ["embeds": [["description": .string(message.text)]]] : [:])
        }
        return .init(messages: messages, bot: FakeDiscord.bot, lastSent: self.lastSent)
    }

    private mutating func make(_ part: MessagePart) -> DiscordOutcome<Snowflake> {
        if let known = self.nonces[part.nonce] {
            return self.messages.contains { $0.id == known }
                ? .ok(known) : .rejected(FakeDiscord.unknownMessage)
        }
        self.add(part.content, FakeDiscord.bot)
        self.nonces[part.nonce] = self.lastSent
        return .ok(self.lastSent)
    }

    private mutating func add(_ text: String, _ author: Snowflake, isNotice: Bool = false) {
        self.now += 100
        self.lastSent = Snowflake(at: self.now)
        self.messages.append(
            Message(id: self.lastSent, text: text, author: author, isNotice: isNotice))
    }
}
