import Protocol

/// Brings a visitor's message into its conversation's post, which is made if there is none.
struct MessageDelivery: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// Makes posts.
    var maker: PostMaker
    /// Writes in them.
    var writer: PostWriter

    /// Delivers a message to the post that is known, or to a new one.
    func deliver(
        _ delivery: Delivery, to known: Snowflake?, doubt: Doubt
    ) async throws -> DeliveryVerdict {
        // A message that was deleted meanwhile needs no post; in the one that there is, what an
        // earlier try may have made is found, so that the deletion takes it away.
        if delivery.event.isDeleted, known != nil {
            if let later = self.maker.settling.putOff(delivery, doubt) { return later }
        }
        guard delivery.event.isDeleted || !MessageParts.of(delivery.event).isEmpty else {
            return .deadLetter(
                code: "empty", reason: "The message holds nothing that can be seen.",
                delivery.external)
        }
        guard let known else {
            return try await self.deliver(delivery, toNewPostInsteadOf: nil, doubt)
        }
        if let verdict = await self.write(delivery, to: known, doubt) {
            return verdict
        }
        // A post is believed to be deleted only while its forum still answers.
        guard case .ok = await self.api.channel(self.maker.forum.id) else {
            return .later(
                after: .seconds(60), delivery.external, reason: "the channel can't be reached")
        }
        // Where none is needed any more, one whose making was begun is looked for all the same.
        return try await self.deliver(delivery, toNewPostInsteadOf: known, doubt)
    }

    private func deliver(
        _ delivery: Delivery, toNewPostInsteadOf lost: Snowflake?, _ doubt: Doubt
    ) async throws -> DeliveryVerdict {
        let ending = try await self.maker.make(
            for: delivery.conversation, properties: delivery.properties, replacing: lost,
            isNeeded: !delivery.event.isDeleted)
        switch ending {
        case .unneeded: return .handled(delivery.external)
        case .later(let wait, let reason):
            return .later(after: wait, delivery.external, reason: reason)
        case .post(let post, let adopted):
            var doubt = doubt
            doubt.isOpen = true
            return await self.write(delivery, to: post, adopted ? doubt : .none)
                ?? .later(after: .seconds(10), [], reason: "the new post is gone, too")
        }
    }

    /// Sends the parts; `nil` if the post is no more.
    private func write(
        _ delivery: Delivery, to post: Snowflake, _ doubt: Doubt
    ) async -> DeliveryVerdict? {
        var parts = MessageParts.of(delivery.event)
        // What is answered stands in this post, or went with an earlier one.
        if let answered = delivery.answered, answered > post, !parts.isEmpty {
            parts[0].answers = answered
        }
        var doubt = doubt
        var lastExternal = delivery.lastExternal
        if delivery.event.kind == .requeue, !delivery.event.isDeleted, doubt.isOpen {
            // What it repeats may have been made long ago, before what others say since.
            doubt.notBefore = post
            lastExternal = nil
        }
        return await self.writer.write(
            PartDelivery(
                parts: parts, post: post, external: delivery.external, lastExternal: lastExternal,
                doubt: doubt, isDeleted: delivery.event.isDeleted),
            of: delivery, to: post)
    }
}

extension Delivery {
    /// The message that this one answers: the first part of a visitor's, or an operator's, whose
    /// key begins with its id.
    var answered: Snowflake? {
        self.replyExternal.first.flatMap { external in
            Snowflake(String(external.text.prefix { $0 != ":" }))
        }
    }

    /// The messages of a post that an edit, a deletion or a requeue means. Those that went with an
    /// earlier post are left out, and those that an earlier try of the same event made.
    func targets(in post: Snowflake) -> [Snowflake] {
        var targets: [Snowflake] = []
        for target in self.targetExternal.compactMap({ Snowflake($0) }) {
            guard target > post, !targets.contains(target) else { continue }
            guard !self.external.contains(where: { Snowflake($0) == target }) else { continue }
            targets.append(target)
        }
        return targets
    }
}
