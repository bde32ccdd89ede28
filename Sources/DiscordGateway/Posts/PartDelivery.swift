import Protocol

/// Brings the parts of one event into a post, each once: says what to do next, and does nothing
/// itself.
struct PartDelivery: Sendable {
    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Read all messages after this one, to see which parts are there already.
        case readBack(after: Snowflake)
        /// Say that what follows may have stood there before: nobody can find out any more.
        case announce(Notice)
        /// Send this part.
        case send(MessagePart)
        /// Take the post out of the archive.
        case unarchive
        /// The post is no more.
        case postIsGone
        /// The end.
        case end(DeliveryVerdict)
    }

    /// Everything in a post after the last known message, read while we may read it all.
    struct Reading: Sendable {
        /// The messages, oldest first.
        var messages: [DiscordMessage]
        /// Our own bot.
        var bot: Snowflake
        /// Those of our own messages that belong to other events.
        var claimed: Set<Snowflake> = []
        /// The message that was sent last in the post, also if it was deleted since; `nil` if nobody
        /// asked.
        var lastSent: Snowflake?
        /// The parts of later events that may stand in the post already.
        var later: Set<String> = []

        /// Our own messages that hold a visitor's text. What we say on our own account is an embed;
        /// what visitors say never is.
        var visitors: [DiscordMessage] {
            self.messages.filter { message in
                message.author?.id == self.bot && !message.content.isEmpty
                    && message.extras.embeds.isEmpty
            }
        }

        /// What we said on our own account.
        func isNotice(_ message: DiscordMessage) -> Bool {
            message.author?.id == self.bot && !message.extras.embeds.isEmpty
        }

        /// Whether we have said that what follows may stand there twice, where what follows is one of
        /// these messages of ours, or isn't there yet.
        func holdsDoubt(of made: [Snowflake]) -> Bool {
            let visitors = self.visitors.map(\.id)
            return self.messages.contains { notice in
                guard self.isNotice(notice), notice.extras.embedTexts.contains(Notice.doubtText)
                else { return false }
                let next = visitors.filter { $0 > notice.id }.min()
                return next.map { made.contains($0) } ?? true
            }
        }
    }

    private var parts: [MessagePart]
    private let isDeleted: Bool
    private let doubt: Doubt
    private var lastKnown: Snowflake
    private var made: [Snowflake]
    private var isInDoubt: Bool
    private var isUndecided = false
    private var failure: DeliveryVerdict?
    private var postIsGone = false
    private var isArchived = false
    private var wasUnarchived = false
    /// Whether somebody locked the post, so that only who manages posts may write there.
    private(set) var isLocked = false
    /// Whether the post says of a part that it may stand there twice: this try said so, or an earlier
    /// one that couldn't tell.
    private(set) var isMarked = false

    /// A delivery of these parts to a post.
    ///
    /// `external` are the parts that were made, `lastExternal` is the newest message of an earlier
    /// event. Ids older than the post belong to one that was lost, and say nothing here. `doubt` says
    /// what an earlier try may have done. `isDeleted`: the event was deleted since, so nothing is
    /// sent, and what an earlier try may have made is only found.
    init(
        parts: [MessagePart], post: Snowflake, external: [ExternalID], lastExternal: ExternalID?,
        doubt: Doubt, isDeleted: Bool = false
    ) {
        self.parts = isDeleted ? [] : parts
        self.isDeleted = isDeleted
        self.doubt = doubt
        self.made = external.compactMap { Snowflake($0) }.filter { $0 >= post }
        self.lastKnown = max(
            post, self.made.max() ?? post, lastExternal.flatMap { Snowflake($0) } ?? post)
        self.isInDoubt = doubt.isOpen
    }

    /// The parts that are made, as the broker names them.
    private var external: [ExternalID] { self.made.compactMap(\.external) }

    /// Whether the reading must name the parts of later events.
    var wantsLater: Bool { self.isDeleted && self.doubt.mayHoldLater }

    /// Whether the reading must say which message was sent last.
    var wantsLastSent: Bool { self.doubt.mayHideAfter != nil }

    /// The next step.
    func next() -> Step {
        if self.postIsGone { return .postIsGone }
        if let failure = self.failure { return .end(failure) }
        if self.isArchived { return .unarchive }
        let wantsMore = self.isDeleted ? self.isInDoubt : self.made.count < self.parts.count
        guard wantsMore else { return .end(.handled(self.external)) }
        if self.isInDoubt { return .readBack(after: self.lastKnown) }
        let part = self.parts[self.made.count]
        return self.isUndecided ? .announce(.possibleDuplicate(of: part)) : .send(part)
    }

    /// Everything after the last known message was read: parts that no other event has claimed, and
    /// that aren't older than this one, are ours.
    mutating func readBack(_ reading: Reading) {
        self.isInDoubt = false
        let known = self.lastKnown
        var left: [DiscordMessage] = []
        let unclaimed = reading.visitors.filter { !reading.claimed.contains($0.id) }
        let others = self.wantsLater ? self.others(among: unclaimed, reading.later) : []
        for message in unclaimed {
            if message.id >= self.doubt.notBefore, !others.contains(message.id),
                let index = self.part(in: message)
            {
                // Parts are made one after the other: those before it were, and are deleted.
                while self.made.count < index { self.noteDeleted() }
                self.note(message.id)
            } else {
                left.append(message)
            }
        }
        if reading.holdsDoubt(of: self.made) { self.isMarked = true }
        self.isUndecided =
            !self.isDeleted && self.made.count < self.parts.count
            && self.mayHide(reading, after: known, unclaimed: left)
    }

    /// Of messages of ours that nobody has claimed, those that aren't the deleted event's: the event's
    /// text isn't known any more, but later ones' are, and no part but the last is short.
    private func others(
        among messages: [DiscordMessage], _ later: Set<String>
    ) -> Set<Snowflake> {
        let candidates = messages.filter { $0.id >= self.doubt.notBefore }
        var end = 0
        while end < candidates.count {
            if later.contains(candidates[end].content) { break }
            end += 1
            if candidates[end - 1].content.utf16.count < MessageParts.unitsMax / 2 { break }
        }
        return Set(candidates[end...].map(\.id))
    }

    /// Whether a part that wasn't found may have been made all the same: nobody knows which text of
    /// ours that is, or something was said after it, so that its deletion leaves no trace.
    private func mayHide(
        _ reading: Reading, after known: Snowflake, unclaimed: [DiscordMessage]
    ) -> Bool {
        guard let since = self.doubt.mayHideAfter else { return false }
        guard !reading.holdsDoubt(of: self.made) else { return false }
        if unclaimed.contains(where: { $0.id >= self.doubt.notBefore }) { return true }
        // Of two parts alike nobody knows which one is there.
        if let last = self.made.indices.last, last < self.parts.count - 1,
            Self.isSame(self.parts[last].content, self.parts[last + 1].content)
        {
            return true
        }
        let isFollowed = reading.messages.contains { message in
            message.id >= since && !reading.isNotice(message) && !self.made.contains(message.id)
                && !reading.claimed.contains(message.id)
        }
        let newest = reading.messages.map(\.id).max() ?? known
        let isGone = reading.lastSent.map { $0 > newest && $0 >= since } ?? false
        return isFollowed || isGone
    }

    /// A read failed, so nothing is known.
    mutating func readBackFailed(_ outcome: DiscordOutcome<Never>) {
        self.fail(outcome, isAboutMessage: false)
    }

    /// Discord answered whether the post says that what follows may stand there twice. Nothing is
    /// repeated without that.
    mutating func announced(_ outcome: DiscordOutcome<Done>) {
        switch outcome.split() {
        case (.some, _):
            self.isUndecided = false
            self.isMarked = true
        case (nil, .rejected(let rejection)) where rejection.isArchived && !self.wasUnarchived:
            self.isArchived = true
        case (nil, let failure): self.fail(failure, isAboutMessage: false)
        }
    }

    /// Discord answered a send, or didn't.
    mutating func sent(_ outcome: DiscordOutcome<Snowflake>) {
        switch outcome.split() {
        case (let message?, _): self.note(message)
        case (nil, .rejected(let rejection)) where rejection.isUnknownMessage:
            // The nonce found it: it was made, and then somebody deleted it.
            self.noteDeleted()
        case (nil, .rejected(let rejection)) where rejection.isArchived && !self.wasUnarchived:
            self.isArchived = true
        case (nil, .rejected(let rejection)) where self.mayBlameAnswer(rejection):
            self.parts[self.made.count].answers = nil
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

    /// Something isn't permitted just now: what is read would prove nothing, and what is sent would be
    /// refused.
    mutating func forbidden(reason: String) {
        self.failure = .later(after: DeliveryVerdict.knownWait, self.external, reason: reason)
    }

    /// Nothing may be sent just now.
    mutating func paused(reason: String) {
        self.failure = .later(after: .seconds(1), self.external, reason: reason)
    }

    /// Which part a message of ours is, if it is one of those that aren't known to be made.
    private func part(in message: DiscordMessage) -> Int? {
        let next = self.made.count
        if self.isDeleted { return next < Limits.externalIDs ? next : nil }
        return self.parts.indices.dropFirst(next).first {
            Self.isSame(self.parts[$0].content, message.content)
        }
    }

    /// Code unit by code unit: Swift's `==` would hold different spellings for equal.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }

    /// Whether a refusal may mean only what the part answers: without that it is tried once more.
    private func mayBlameAnswer(_ rejection: DiscordRejection) -> Bool {
        rejection.blamesForm && self.parts.indices.contains(self.made.count)
            && self.parts[self.made.count].answers != nil
    }

    private mutating func note(_ message: Snowflake) {
        self.made.append(message)
        self.lastKnown = max(self.lastKnown, message)
    }

    /// A part was made, and somebody deleted it. An id that no message has keeps the count; an edit
    /// or a deletion finds nothing there.
    private mutating func noteDeleted() { self.note(Snowflake(self.lastKnown.value &+ 1)) }

    private mutating func fail(_ outcome: DiscordOutcome<Never>, isAboutMessage: Bool) {
        if case .rejected(let rejection) = outcome {
            if rejection.isUnknownChannel { return self.postIsGone = true }
            if rejection.isLocked || rejection.isArchived { self.isLocked = true }
        }
        self.failure = DeliveryVerdict(
            failed: outcome, self.external, isAboutMessage: isAboutMessage)
    }
}
