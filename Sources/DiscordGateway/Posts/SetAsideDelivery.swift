import Protocol

/// Says in an event's place that the broker has set it aside, because processes like this one died of
/// it.
///
/// The event's text isn't there any more. What an earlier try may have made of it is found first, so
/// that another try doesn't make it again.
struct SetAsideDelivery: Sendable {
    /// Makes posts, and writes in them.
    var messages: MessageDelivery
    /// Says what isn't a message.
    var changes: ChangeDelivery

    /// Says it in the post that is known; what would have been shown in a new post is said in one.
    func deliver(
        _ delivery: Delivery, to known: Snowflake?, doubt: Doubt
    ) async throws -> DeliveryVerdict {
        guard let aside = delivery.setAside else { return .handled(delivery.external) }
        if let later = self.changes.settling.putOff(delivery, doubt) { return later }
        var doubt = doubt
        doubt.isOpen = true
        if let known, let verdict = await self.say(aside, delivery, in: known, doubt) {
            return verdict
        }
        let maker = self.messages.maker
        // A post is believed to be deleted only while its forum still answers.
        if known != nil, case (nil, _) = await self.messages.api.channel(maker.forum.id).split() {
            return .later(
                after: .seconds(60), delivery.external, reason: "the channel can't be reached")
        }
        let ending = try await maker.make(
            for: delivery.conversation, properties: delivery.properties, replacing: known,
            isNeeded: aside.isMessage && !delivery.event.isDeleted)
        switch ending {
        case .unneeded: return .handled(delivery.external)
        case .later(let wait, let reason):
            return .later(after: wait, delivery.external, reason: reason)
        case .post(let post, _):
            return await self.say(aside, delivery, in: post, doubt)
                ?? .later(after: .seconds(10), [], reason: "the new post is gone, too")
        }
    }

    /// Says it in a post; `nil` if that is no more.
    private func say(
        _ aside: SetAside, _ delivery: Delivery, in post: Snowflake, _ doubt: Doubt
    ) async -> DeliveryVerdict? {
        var external = delivery.external
        if aside.isMessage || aside.kind == .edit {
            let found = PartDelivery(
                parts: [], post: post, external: external, lastExternal: delivery.lastExternal,
                doubt: doubt, isDeleted: true)
            guard let verdict = await self.messages.writer.write(found, of: delivery, to: post)
            else { return nil }
            guard case .handled(let made) = verdict else { return verdict }
            external = made
        }
        // Whoever took it back needn't be told that it isn't shown.
        guard !delivery.event.isDeleted else { return .handled(external) }
        guard self.changes.box.isFresh else {
            return .later(after: .seconds(1), external, reason: "the broker is silent")
        }
        let notice = Notice.setAside(delivery.event, aside, isPartlyMade: !external.isEmpty)
        var outcome = await self.changes.say(notice, delivery, in: post, doubt)
        if case .rejected(let rejection) = outcome, rejection.isArchived,
            case .ok = await self.messages.api.archive(post, false)
        {
            outcome = await self.changes.say(notice, delivery, in: post, doubt)
        }
        switch outcome.split() {
        case (.some, _): return .handled(external)
        case (nil, .rejected(let rejection)) where rejection.isUnknownChannel: return nil
        // Where not even this can be said, the dead letter is told by everything else.
        case (nil, .rejected(let rejection)) where rejection.blamesMessage:
            return .handled(external)
        case (nil, let failure):
            self.messages.writer.failed(failure, in: post)
            return DeliveryVerdict(failed: failure, external, isAboutMessage: false)
        }
    }
}

extension SetAside {
    /// Whether it would have been shown as a message.
    var isMessage: Bool { self.kind == .message || self.kind == .requeue }
}
