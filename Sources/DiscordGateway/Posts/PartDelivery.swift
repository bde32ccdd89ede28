import Protocol

/// How a delivery ended.
enum DeliveryVerdict: Equatable, Sendable {
    /// Every part is a message in Discord.
    case handled([ExternalID])
    /// Not now; these parts are made.
    case later(after: Duration, [ExternalID], reason: String)
    /// Never, because of the message itself.
    case deadLetter(code: String, reason: String, [ExternalID])
}

/// Brings the parts of one event into a post, each once: says what to do next, and does nothing
/// itself.
struct PartDelivery: Sendable {
    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Read all messages after this one, to see which parts are there already.
        case readBack(after: Snowflake)
        /// Send this part.
        case send(MessagePart)
        /// The post is no more.
        case postIsGone
        /// The end.
        case end(DeliveryVerdict)
    }

    private let parts: [MessagePart]
    private var lastKnown: Snowflake
    private var made: [Snowflake]
    private var isInDoubt: Bool
    private var failure: DeliveryVerdict?
    private var postIsGone = false

    /// How long to wait after an answer was lost.
    private static let lossWait = Duration.seconds(2)
    /// How long to wait for somebody to mend a permission or a token.
    private static let mendWait = Duration.seconds(60)

    /// A delivery of these parts to a post.
    ///
    /// `external` are the parts that were made, `lastExternal` is the newest message of an earlier
    /// event. Ids older than the post belong to one that was lost, and say nothing here. `isInDoubt`:
    /// a send of these parts may have happened without our knowing.
    init(
        parts: [MessagePart], post: Snowflake, external: [ExternalID], lastExternal: ExternalID?,
        isInDoubt: Bool
    ) {
        self.parts = parts
        self.made = external.compactMap { Snowflake($0) }.filter { $0 >= post }
        self.lastKnown = max(
            post, self.made.max() ?? post, lastExternal.flatMap { Snowflake($0) } ?? post)
        self.isInDoubt = isInDoubt
    }

    /// The parts that are made, as the broker names them.
    private var external: [ExternalID] { self.made.compactMap(\.external) }

    /// The next step.
    func next() -> Step {
        if self.postIsGone { return .postIsGone }
        if let failure = self.failure { return .end(failure) }
        guard self.made.count < self.parts.count else { return .end(.handled(self.external)) }
        return self.isInDoubt
            ? .readBack(after: self.lastKnown) : .send(self.parts[self.made.count])
    }

    /// Everything after the last known message was read, while we may read it all: parts that are
    /// there are ours, for no earlier event's messages come after it.
    mutating func readBack(_ messages: [DiscordMessage], bot: Snowflake) {
        self.isInDoubt = false
        for message in messages where self.made.count < self.parts.count {
            let isOurs = message.author?.id == bot && !message.content.isEmpty
            guard isOurs, self.equals(message.content, self.parts[self.made.count].content) else {
                continue
            }
            self.note(message.id)
        }
    }

    /// A read failed, so nothing is known.
    mutating func readBackFailed(_ outcome: DiscordOutcome<Never>) {
        self.fail(outcome, isAboutMessage: false)
    }

    /// Discord answered a send, or didn't.
    mutating func sent(_ outcome: DiscordOutcome<Snowflake>) {
        switch outcome {
        case .ok(let message): self.note(message)
        case .rejected(let rejection) where rejection.isUnknownMessage:
            // The nonce found it: it was made, and then somebody deleted it. What stands in its
            // place keeps the count of parts, and names nothing older.
            self.note(self.lastKnown)
        case .rejected(let rejection):
            self.fail(.rejected(rejection), isAboutMessage: rejection.blamesMessage)
        case .postponed(let wait, let reason):
            self.fail(.postponed(after: wait, reason: reason), isAboutMessage: false)
        case .unknown(let reason): self.fail(.unknown(reason: reason), isAboutMessage: false)
        }
    }

    /// Reading isn't permitted just now, so nothing that is read would prove anything.
    mutating func readingForbidden() {
        self.failure = .later(
            after: Self.mendWait, self.external, reason: "a permission to read is missing")
    }

    /// Nothing may be sent just now.
    mutating func paused(reason: String) {
        self.failure = .later(after: .seconds(1), self.external, reason: reason)
    }

    private mutating func note(_ message: Snowflake) {
        self.made.append(message)
        self.lastKnown = max(self.lastKnown, message)
    }

    private mutating func fail(_ outcome: DiscordOutcome<Never>, isAboutMessage: Bool) {
        switch outcome {
        case .rejected(let rejection) where rejection.isUnknownChannel: self.postIsGone = true
        case .rejected(let rejection) where isAboutMessage:
            self.failure = .deadLetter(
                code: String(rejection.code), reason: "Discord refuses it: \(rejection.message)",
                self.external)
        case .rejected(let rejection):
            self.failure = .later(
                after: Self.mendWait, self.external, reason: rejection.description)
        case .postponed(let wait, let reason):
            self.failure = .later(after: wait, self.external, reason: reason)
        case .unknown(let reason):
            self.failure = .later(after: Self.lossWait, self.external, reason: reason)
        }
    }

    /// Compares code unit by code unit: Swift's `==` would hold different spellings for equal.
    private func equals(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}
