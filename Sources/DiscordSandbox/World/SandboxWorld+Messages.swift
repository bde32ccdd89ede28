import StrictJSON

/// Messages: sent, edited, deleted, reacted to.
extension SandboxWorld {
    /// Different emojis under one message.
    private static let reactionsMax = 20
    /// Messages older than so many milliseconds can't be deleted in bulk: two weeks.
    private static let bulkAgeMilliseconds: Int64 = 14 * 86_400_000

    /// Sends a message; with an enforced nonce that was used, answers the message it made.
    mutating func post(
        _ draft: MessageDraft, in channel: Snowflake, by author: Snowflake, now: Int64
    ) throws(DiscordError) -> Message {
        let log = try self.log(of: channel)
        let thread = self.threads[channel]
        if let thread, thread.isLocked, !self.manages(author, channel) { throw .threadLocked }
        if draft.enforcesNonce,
            let id = self.idOfMessage(by: author, nonce: draft.nonce, in: channel, now: now)
        {
            // A message that was deleted meanwhile isn't sent again: staff say that is intended.
            guard let earlier = log.message(id) else { throw .unknownMessage }
            return earlier
        }
        var draft = draft
        if let target = draft.replyTo, log.message(target) == nil {
            var errors = FormErrors()
            errors.add(
                ["message_reference"], code: "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            if draft.failsIfReplyIsMissing { try errors.check() }
            draft.replyTo = nil
        }
        if let thread, thread.isArchived {
            guard !thread.isLocked else { throw .threadArchived }
            try self.checkRoomForThread()
            self.change(thread, now: now) { $0.isArchived = false }
        }
        let message = self.message(
            draft, id: self.nextID(now), channel: channel, author: author)
        self.commit(.messagePosted(message), telling: .messageCreated(message))
        return message
    }

    /// The message that a draft makes.
    func message(
        _ draft: MessageDraft, id: Snowflake, channel: Snowflake, author: Snowflake
    ) -> Message {
        let mentions = Mentions(draft.content, draft.allowedMentions, world: self)
        return Message(
            id: id, channel: channel, author: author,
            kind: draft.kind ?? (draft.replyTo == nil ? Message.Kind.plain : Message.Kind.reply),
            content: draft.content, embeds: draft.embeds,
            attachments: draft.attachments(channel: channel, message: id), extras: draft.extras,
            flags: draft.flags, nonce: draft.nonce, replyTo: draft.replyTo,
            reference: draft.reference, mentions: mentions.users, mentionRoles: mentions.roles)
    }

    /// Edits a message: its author everything, whoever manages messages its flags.
    mutating func edit(
        _ id: Snowflake, in channel: Snowflake, _ edit: MessageEdit, by author: Snowflake,
        now: Int64
    ) throws(DiscordError) -> Message {
        var message = try self.message(id, in: channel)
        try self.checkOpen(channel)
        guard message.isEditable else { throw .systemMessage }
        if message.author != author {
            let isAllowed = edit.isOfFlagsOnly && self.managesMessages(author, channel)
            guard isAllowed else { throw edit.isOfFlagsOnly ? .missingPermissions : .othersMessage }
        }
        edit.apply(to: &message, world: self, now: now)
        guard !message.isEmpty else { throw .emptyMessage }
        self.commit(.messageChanged(message), telling: .messageUpdated(message))
        return message
    }

    /// Deletes a message: its author, or whoever manages messages; also in an archived thread.
    mutating func delete(
        _ id: Snowflake, in channel: Snowflake, by author: Snowflake
    ) throws(DiscordError) {
        let message = try self.message(id, in: channel)
        guard message.isDeletable else { throw .systemMessage }
        guard message.author == author || self.managesMessages(author, channel) else {
            throw .missingPermissions
        }
        self.commit(
            .messageDeleted(id, channel: channel), telling: .messagesDeleted([id], channel: channel)
        )
    }

    /// Deletes 2–100 messages at once, telling it in one event; those that aren't there don't count.
    mutating func delete(
        _ ids: [Snowflake], in channel: Snowflake, now: Int64
    ) throws(DiscordError) {
        let log = try self.log(of: channel)
        var errors = FormErrors()
        if !(2...100).contains(ids.count) {
            errors.add(
                ["messages"], code: "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
        }
        try errors.check()
        guard ids.allSatisfy({ now - $0.milliseconds < Self.bulkAgeMilliseconds }) else {
            throw .tooOldToDelete
        }
        let found = Set(ids).filter { log.message($0) != nil }.sorted()
        guard !found.isEmpty else { return }
        for id in found { self.commit(.messageDeleted(id, channel: channel)) }
        self.tell(.messagesDeleted(found, channel: channel))
    }

    /// Puts somebody's emoji under a message; a second time changes nothing.
    mutating func react(
        _ emoji: Emoji, to id: Snowflake, in channel: Snowflake, by user: User
    ) throws(DiscordError) {
        var message = try self.message(id, in: channel)
        try self.checkOpen(channel)
        if let place = message.reactions.firstIndex(where: { $0.emoji == emoji }) {
            guard !message.reactions[place].users.contains(user.id) else { return }
            message.reactions[place].users.append(user.id)
        } else {
            // Joining an emoji that stands there is free; a new one isn't.
            try self.require(.addReactions, of: user, in: channel)
            guard message.reactions.count < Self.reactionsMax else { throw .tooManyReactions }
            message.reactions.append(Reaction(emoji: emoji, users: [user.id]))
        }
        self.commit(
            .messageChanged(message),
            telling: .reactionAdded(emoji, message: message, user: user.id))
    }

    /// Takes somebody's emoji away; where it isn't, nothing happens.
    mutating func unreact(
        _ emoji: Emoji, to id: Snowflake, in channel: Snowflake, of user: Snowflake
    ) throws(DiscordError) {
        var message = try self.message(id, in: channel)
        try self.checkOpen(channel)
        guard let place = message.reactions.firstIndex(where: { $0.emoji == emoji }),
            message.reactions[place].users.contains(user)
        else { return }
        message.reactions[place].users.removeAll { $0 == user }
        if message.reactions[place].users.isEmpty { message.reactions.remove(at: place) }
        self.commit(
            .messageChanged(message),
            telling: .reactionRemoved(emoji, message: message, user: user))
    }

    /// Takes all reactions away, or all of one emoji.
    mutating func clearReactions(
        _ emoji: Emoji?, of id: Snowflake, in channel: Snowflake
    ) throws(DiscordError) {
        var message = try self.message(id, in: channel)
        try self.checkOpen(channel)
        let former = message.reactions
        message.reactions.removeAll { emoji == nil || $0.emoji == emoji }
        guard message.reactions != former else { return }
        self.commit(
            .messageChanged(message), telling: .reactionsCleared(emoji, message: message))
    }

    /// Somebody types.
    mutating func type(
        in channel: Snowflake, by user: Snowflake, now: Int64
    ) throws(DiscordError) {
        _ = try self.log(of: channel)
        try self.checkOpen(channel)
        self.tell(.typingStarted(user: user, channel: channel, milliseconds: now))
    }

    /// An archived thread takes neither edits nor reactions nor typing.
    private func checkOpen(_ channel: Snowflake) throws(DiscordError) {
        if self.threads[channel]?.isArchived == true { throw .threadArchived }
    }

    private func managesMessages(_ author: Snowflake, _ channel: Snowflake) -> Bool {
        self.users[author].map {
            self.permissions(of: $0, in: channel).contains(.manageMessages)
        } ?? false
    }
}
