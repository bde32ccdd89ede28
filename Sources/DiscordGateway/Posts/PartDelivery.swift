import Protocol

/// Brings the parts of one event into a post, each once: says what to do next, and does nothing
/// itself.
struct PartDelivery: Sendable {
    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Read all messages after this one, to see which parts are there already.
        case readBack(after: Snowflake)
        /// Send this part.
        case send(MessagePart)
        /// Take the post out of the archive.
        case unarchive
        /// The post is no more.
        case postIsGone
        /// The end.
        case end(DeliveryVerdict)
    }

    private let parts: [MessagePart]
    private let isDeleted: Bool
    private var lastKnown: Snowflake
    private var made: [Snowflake]
    private var isInDoubt: Bool
    private var failure: DeliveryVerdict?
    private var postIsGone = false
    private var isArchived = false
    private var wasUnarchived = false
    /// Whether somebody locked the post, so that only who manages posts may write there.
    private(set) var isLocked = false

    /// A delivery of these parts to a post.
    ///
    /// `external` are the parts that were made, `lastExternal` is the newest message of an earlier
    /// event. Ids older than the post belong to one that was lost, and say nothing here. `isInDoubt`:
    /// a send of these parts may have happened without our knowing. `isDeleted`: the event was
    /// deleted since, so nothing is sent, and what an earlier try may have made is only found.
    init(
        parts: [MessagePart], post: Snowflake, external: [ExternalID], lastExternal: ExternalID?,
        isInDoubt: Bool, isDeleted: Bool = false
    ) {
        self.parts = isDeleted ? [] : parts
        self.isDeleted = isDeleted
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
        if self.isArchived { return .unarchive }
        let wantsMore = self.isDeleted ? self.isInDoubt : self.made.count < self.parts.count
        guard wantsMore else { return .end(.handled(self.external)) }
        return self.isInDoubt
            ? .readBack(after: self.lastKnown) : .send(self.parts[self.made.count])
    }

    /// Everything after the last known message was read, while we may read it all: parts that are
    /// there are ours, for no earlier event's messages come after it.
    mutating func readBack(_ messages: [DiscordMessage], bot: Snowflake) {
        self.isInDoubt = false
        for message in messages {
            // What we say on our own account is an embed; what visitors say never is.
            let isOurs =
                message.author?.id == bot && !message.content.isEmpty
                && message.extras.embeds.isEmpty
            guard isOurs, self.isPart(message) else { continue }
            self.note(message.id)
        }
    }

    /// A read failed, so nothing is known.
    mutating func readBackFailed(_ outcome: DiscordOutcome<Never>) {
        self.fail(outcome, isAboutMessage: false)
    }

    /// Discord answered a send, or didn't.
    mutating func sent(_ outcome: DiscordOutcome<Snowflake>) {
        switch outcome.split() {
        case (let message?, _): self.note(message)
        case (nil, .rejected(let rejection)) where rejection.isUnknownMessage:
            // The nonce found it: it was made, and then somebody deleted it. What stands in its
            // place keeps the count of parts, and names nothing older.
            self.note(self.lastKnown)
        case (nil, .rejected(let rejection)) where rejection.isArchived && !self.wasUnarchived:
            self.isArchived = true
        case (nil, let failure): self.fail(failure, isAboutMessage: true)
        }
    }

    /// Discord answered whether the post is out of the archive.
    mutating func unarchived(_ outcome: DiscordOutcome<Done>) {
        self.isArchived = false
        self.wasUnarchived = true
        guard case (nil, let failure) = outcome.split() else { return }
        // Its maker may unarchive a post, unless somebody locked it.
        if case .rejected(let rejection) = failure, !rejection.isUnknownChannel {
            self.isLocked = true
        }
        self.fail(failure, isAboutMessage: false)
    }

    /// Reading isn't permitted just now, so nothing that is read would prove anything.
    mutating func readingForbidden() {
        self.failure = .later(
            after: DeliveryVerdict.mendWait, self.external,
            reason: "a permission to read is missing")
    }

    /// Nothing may be sent just now.
    mutating func paused(reason: String) {
        self.failure = .later(after: .seconds(1), self.external, reason: reason)
    }

    private func isPart(_ message: DiscordMessage) -> Bool {
        if self.isDeleted { return self.made.count < Limits.externalIDs }
        guard self.made.count < self.parts.count else { return false }
        // Code unit by code unit: Swift's `==` would hold different spellings for equal.
        return message.content.utf8.elementsEqual(self.parts[self.made.count].content.utf8)
    }

    private mutating func note(_ message: Snowflake) {
        self.made.append(message)
        self.lastKnown = max(self.lastKnown, message)
    }

    private mutating func fail(_ outcome: DiscordOutcome<Never>, isAboutMessage: Bool) {
        if case .rejected(let rejection) = outcome {
            if rejection.isUnknownChannel { return self.postIsGone = true }
            if rejection.isLocked || rejection.isArchived { self.isLocked = true }
        }
        self.failure = DeliveryVerdict(
            failed: outcome, self.external, isAboutMessage: isAboutMessage)
    }
}
