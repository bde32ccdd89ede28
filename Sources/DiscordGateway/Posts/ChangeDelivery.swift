import Protocol

/// Brings into a post what happens to a conversation beside messages: edits, deletions, its end and
/// its going on. Each can be repeated without changing anything more.
struct ChangeDelivery: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Writes what an edit adds.
    var writer: PostWriter
    /// Until when an edit of unknown outcome may still take effect, also after a newer one.
    var settling: SettleTimes

    /// Gives a message another text: its parts go one by one into those of its messages that are
    /// there, further ones follow as answers to the last of them, and what is too much goes.
    func revise(
        _ delivery: Delivery, in post: Snowflake?, doubt: Doubt
    ) async -> DeliveryVerdict {
        guard let post else { return .handled(delivery.external) }
        if let later = self.settling.putOff(delivery, doubt) { return later }
        guard !delivery.event.isDeleted else {
            // What an earlier try may have added is found, so that the deletion takes it away.
            let found = PartDelivery(
                parts: [], post: post, external: delivery.external,
                lastExternal: delivery.lastExternal, doubt: doubt, isDeleted: true)
            let verdict =
                await self.writer.write(found, of: delivery, to: post)
                ?? .handled(delivery.external)
            // Where the deletion itself is tried again, nothing else takes the message away.
            guard delivery.event.kind == .requeue, case .handled(let made) = verdict else {
                return verdict
            }
            let doomed = delivery.targets(in: post) + made.compactMap { Snowflake($0) }
            return await self.delete(doomed, in: post, made) ?? verdict
        }
        var targets = delivery.targets(in: post)[...]
        // It went with an earlier post, or never came to be: there is nothing to edit.
        guard !targets.isEmpty else { return .handled(delivery.external) }
        var parts = MessageParts.of(delivery.event)[...]
        guard !parts.isEmpty else {
            return .deadLetter(
                code: "empty", reason: "The message holds nothing that can be seen.",
                delivery.external)
        }
        var last: Snowflake?
        while let part = parts.first, let target = targets.popFirst() {
            switch await self.edit(target, part, delivery, in: post) {
            case .done:
                last = target
                parts.removeFirst()
            // An operator deleted it, or an earlier edit that needed less room did.
            case .gone: continue
            case .ended(let verdict): return verdict
            }
        }
        // An operator took the whole message away.
        guard let last else { return .handled(delivery.external) }
        var added = Array(parts)
        for index in added.indices { added[index].answers = last }
        let writing = PartDelivery(
            parts: added, post: post, external: delivery.external,
            lastExternal: delivery.lastExternal, doubt: doubt)
        guard let verdict = await self.writer.write(writing, of: delivery, to: post) else {
            return .handled(delivery.external)
        }
        guard case .handled(let external) = verdict else { return verdict }
        return await self.delete(Array(targets), in: post, external) ?? verdict
    }

    /// Takes a message's parts away.
    func withdraw(_ delivery: Delivery, in post: Snowflake?) async -> DeliveryVerdict {
        guard let post else { return .handled(delivery.external) }
        return await self.delete(delivery.targets(in: post), in: post, delivery.external)
            ?? .handled(delivery.external)
    }

    /// Says that the conversation was closed, and archives the post.
    func close(_ delivery: Delivery, in post: Snowflake?, doubt: Doubt) async -> DeliveryVerdict {
        await self.change(delivery, in: post, isArchived: true) { post in
            await self.say(.closed(by: delivery.event), delivery, in: post, doubt)
        }
    }

    /// Takes the post out of the archive, and says that the conversation goes on.
    func reopen(_ delivery: Delivery, in post: Snowflake?, doubt: Doubt) async -> DeliveryVerdict {
        await self.change(delivery, in: post, isArchived: false) { post in
            await self.say(.reopened(by: delivery.event), delivery, in: post, doubt)
        }
    }

    /// Says in the post that an event was refused for good; answers how the delivery is put off if
    /// that can't be said just now.
    func sayRefused(
        _ delivery: Delivery, in post: Snowflake?, reason: String, _ external: [ExternalID]
    ) async -> DeliveryVerdict? {
        guard let post else { return nil }
        guard self.box.isFresh else { return self.silent(delivery) }
        let notice = Notice.refused(delivery.event, reason: reason)
        switch await self.api.createNotice(in: post, notice) {
        // Where not even this can be said, the dead letter is told by everything else.
        case .ok, .rejected: return nil
        case .postponed(let wait, let reason):
            return .later(after: wait, external, reason: reason)
        case .unknown(let reason):
            return .later(after: DeliveryVerdict.lossWait, external, reason: reason)
        }
    }

    // MARK: Inside

    /// Says something in a post and archives it, or the other way round; nothing, if the post is so
    /// already, or gone.
    private func change(
        _ delivery: Delivery, in post: Snowflake?, isArchived: Bool,
        saying say: (Snowflake) async -> DiscordOutcome<ExternalID?>
    ) async -> DeliveryVerdict {
        var external = delivery.external
        guard let post else { return .handled(external) }
        guard self.box.isFresh else { return self.silent(delivery) }
        switch await self.api.channel(post).split() {
        case (let channel?, _):
            guard channel.isArchived != isArchived else { return .handled(external) }
        case (nil, let failure): return self.verdict(on: failure, external) ?? .handled(external)
        }
        // To write in an archived post takes it out of the archive.
        for isSaying in isArchived ? [true, false] : [false, true] {
            // What an earlier try said has its id here.
            if isSaying, !external.isEmpty { continue }
            let outcome: DiscordOutcome<ExternalID?> =
                isSaying
                ? await say(post) : await self.api.archive(post, isArchived).map { _ in .some(nil) }
            switch outcome.split() {
            case (let made?, _): external += [made].compactMap { $0 }
            case (nil, let failure):
                self.writer.failed(failure, in: post)
                return self.verdict(on: failure, external) ?? .handled(external)
            }
        }
        return .handled(external)
    }

    /// Says something, unless an earlier try said it; answers its id.
    func say(
        _ notice: Notice, _ delivery: Delivery, in post: Snowflake, _ doubt: Doubt
    ) async -> DiscordOutcome<ExternalID?> {
        if doubt.isOpen {
            let last = max(post, delivery.lastExternal.flatMap { Snowflake($0) } ?? post)
            let found = await self.writer.find(notice, in: post, after: max(last, doubt.notBefore))
            switch found {
            case .ok(let id?): return .ok(id.external)
            case .ok(nil): break
            case .rejected, .postponed, .unknown: return found.map { .some($0?.external) }
            }
        }
        return await self.api.createNotice(in: post, notice).map { .some($0.id.external) }
    }

    /// What became of one part's edit.
    private enum Editing {
        case done
        /// The message is no more.
        case gone
        /// The delivery must end with it.
        case ended(DeliveryVerdict)
    }

    /// Edits one part.
    private func edit(
        _ target: Snowflake, _ part: MessagePart, _ delivery: Delivery, in post: Snowflake
    ) async -> Editing {
        guard self.box.isFresh else { return .ended(self.silent(delivery)) }
        var outcome = await self.api.editMessage(target, in: post, content: part.content)
        if case .rejected(let rejection) = outcome, rejection.isArchived,
            case .ok = await self.api.archive(post, false)
        {
            outcome = await self.api.editMessage(target, in: post, content: part.content)
        }
        guard case (nil, let failure) = outcome.split() else { return .done }
        switch failure {
        case .rejected(let rejection) where rejection.isUnknownMessage: return .gone
        case .rejected(let rejection) where rejection.isUnknownChannel:
            return .ended(.handled(delivery.external))
        case .unknown: self.writer.note(unanswered: delivery)
        case .ok, .rejected, .postponed: break
        }
        self.writer.failed(failure, in: post)
        return .ended(DeliveryVerdict(failed: failure, delivery.external, isAboutMessage: true))
    }

    /// Deletes messages; answers how the delivery ends if one of them can't be deleted.
    private func delete(
        _ messages: [Snowflake], in post: Snowflake, _ external: [ExternalID]
    ) async -> DeliveryVerdict? {
        for message in messages {
            guard self.box.isFresh else {
                return .later(after: .seconds(1), external, reason: "the broker is silent")
            }
            let outcome = await self.api.deleteMessage(message, in: post)
            guard case (nil, let failure) = outcome.split() else { continue }
            if let ending = self.verdict(on: failure, external) { return ending }
        }
        return nil
    }

    /// How a delivery ends with a failure; `nil` if what failed is done, because what it was about
    /// is gone.
    private func verdict(
        on failure: DiscordOutcome<Never>, _ external: [ExternalID]
    ) -> DeliveryVerdict? {
        if case .rejected(let rejection) = failure,
            rejection.isUnknownMessage || rejection.isUnknownChannel
        {
            return nil
        }
        return DeliveryVerdict(failed: failure, external, isAboutMessage: false)
    }

    private func silent(_ delivery: Delivery) -> DeliveryVerdict {
        .later(after: .seconds(1), delivery.external, reason: "the broker is silent")
    }
}
