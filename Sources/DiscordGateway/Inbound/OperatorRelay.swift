import Logging
import Protocol

/// Tells the broker what operators do: makes of each change in Discord an event, or nothing.
struct OperatorRelay: Sendable {
    /// How the handling of a message ended.
    enum Ending: Equatable, Sendable {
        /// It is stored, or deliberately ignored.
        case done
        /// Its content is withheld from us; it waits, and all behind it.
        case withheld
        /// It can't be told yet what it is.
        case later(after: Duration)
    }

    /// How the handling of an edit ended.
    enum EditEnding: Equatable, Sendable {
        /// It is stored, or deliberately ignored.
        case done
        /// The message itself was never handled: it must be read.
        case unread
        /// Its content is withheld from us.
        case withheld
        /// It can't be told yet what it is.
        case later(after: Duration)
    }

    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours, and how far they were read.
    var book: PostBook
    /// Who writes.
    var people: People
    /// Turns messages into those for visitors.
    var translation: InboundTranslation
    /// Pictures of those who write.
    var avatars: AvatarDesk
    /// What operators have seen.
    var seen: SeenDesk
    /// Shows operators what became of their messages.
    var marks: MarkDesk
    /// Tells what to mend.
    var advice: Advice
    /// For what happened.
    var logger: Logger

    /// How long to wait for what Discord doesn't answer just now.
    private static let wait = Duration.seconds(5)

    /// A message was written. The mark moves to `mark`, if to any, together with it.
    func written(
        _ message: DiscordMessage, in entry: PostBook.Entry, mark: Snowflake?
    ) async throws -> Ending {
        guard let message = await self.people.completed(message) else {
            return .later(after: Self.wait)
        }
        if let author = message.author {
            self.marks.wrote(self.translation.authors.author(of: author).id, message.id)
        }
        switch self.translation.translate(message, in: entry.conversation) {
        case .ignored: return .done
        case .internalNote:
            self.marks.show(.kept, beneath: message.id, in: entry.post)
            return .done
        case .withheld:
            self.adviseContent()
            return .withheld
        case .message(var send):
            self.advice.mended(.content)
            send.mark = mark?.mark
            send.author.avatar = message.author.flatMap { self.avatars.reference(for: $0) }
            send.replyTo = try await self.answered(by: message, in: entry)
            if try await self.send(send, message, in: entry), let mark {
                self.book.moveMark(of: entry.post, to: mark)
            }
            try await self.seen.operatorWrote(message.id, in: entry.conversation)
            return .done
        }
    }

    /// A message was edited, or Discord says so.
    func edited(_ told: DiscordMessage, in entry: PostBook.Entry) async throws -> EditEnding {
        // Previews, pins and the like come as edits, too.
        guard told.editedAt != nil || told.isPartial else { return .done }
        let message: DiscordMessage
        switch await self.whole(told, in: entry.post) {
        case .ok(let found): message = found
        case .rejected: return .done
        case .postponed, .unknown: return .later(after: Self.wait)
        }
        guard message.editedAt != nil else { return .done }
        guard let message = await self.people.completed(message) else {
            return .later(after: Self.wait)
        }
        switch self.translation.translate(message, in: entry.conversation) {
        case .ignored: return .done
        case .internalNote:
            // A prefix that an edit adds takes the message back. Who is no operator any more
            // changes nothing.
            if message.content.hasPrefix(self.translation.notePrefix) {
                try await self.withdraw(message, in: entry)
            }
            return .done
        case .withheld:
            self.adviseContent()
            return .withheld
        case .message(var send):
            send.author.avatar = message.author.flatMap { self.avatars.reference(for: $0) }
            return try await self.edit(as: send, message, in: entry)
        }
    }

    /// Messages were deleted, perhaps ours among them.
    func deleted(_ messages: [Snowflake], in entry: PostBook.Entry) async throws {
        let mark = self.book.entry(of: entry.post)?.mark ?? entry.post
        for page in messages.pages(of: Limits.knownIDs) {
            let known = try await self.known(page, in: entry.conversation)
            // What is neither ours nor about to be handled was never stored: a note, or a card.
            let doomed = page.filter { message in
                guard let found = known[message] else { return message > mark }
                return found.isOwn && !found.isDeleted
            }
            for message in doomed { try await self.delete(message, in: entry) }
        }
    }

    /// The post is gone: the conversation is closed until the visitor writes again.
    func removed(_ entry: PostBook.Entry) async throws {
        // The visitor may have written while we looked; then it goes on in a new post.
        guard self.book.post(of: entry.conversation) == entry.post else { return }
        guard let key = IdempotencyKey("\(entry.post):close") else { return }
        do {
            let answer = try await self.box.close(
                Close(conversation: entry.conversation, key: key, author: AuthorNames.team))
            self.book.lost([entry.post])
            try await BoxState.keep(gonePosts: self.book.gone, self.box)
            guard !answer.duplicate else { return }
            self.logger.notice(
                "post deleted, conversation closed",
                metadata: ["conversation": "\(entry.conversation)", "post": "\(entry.post)"])
        } catch let refused as Refused {
            self.log(refused, "close refused", entry.post, in: entry)
        }
    }

    /// Which of some messages the broker has.
    func known(
        _ messages: [Snowflake], in conversation: ConversationID
    ) async throws -> [Snowflake: KnownIDs.Entry] {
        do {
            let entries = try await self.box.known(messages, in: conversation)
            return Dictionary(
                entries.compactMap { entry in Snowflake(entry.id).map { ($0, entry) } },
                uniquingKeysWith: { one, _ in one })
        } catch is Refused {
            return [:]
        }
    }

    // MARK: Inside

    private func send(
        _ send: Send, _ message: DiscordMessage, in entry: PostBook.Entry
    ) async throws -> Bool {
        do {
            let sent = try await self.box.send(send)
            self.marks.stored(sent.seq, as: message.id, in: entry.conversation)
            self.logger.debug(
                "operator's message stored",
                metadata: ["conversation": "\(send.conversation)", "message": "\(message.id)"])
            if sent.revision < send.revision {
                _ = try await self.edit(as: send, message, in: entry)
            }
            return true
        } catch let refused as Refused {
            // A message read once before and once after its edit, or deleted since, is no failure.
            let isSettled = refused.code == .idempotencyConflict || refused.code == .deleted
            if !isSettled { self.marks.show(.failed, beneath: message.id, in: entry.post) }
            self.log(refused, "operator's message refused", message.id, in: entry, isSettled)
            return false
        }
    }

    private func edit(
        as send: Send, _ message: DiscordMessage, in entry: PostBook.Entry
    ) async throws -> EditEnding {
        guard send.revision > 0, let key = IdempotencyKey("\(message.id):e:\(send.revision)") else {
            return .done
        }
        do {
            _ = try await self.box.edit(
                Edit(
                    conversation: entry.conversation, key: key, target: send.key,
                    revision: send.revision, author: send.author, body: send.body,
                    format: send.format, sentAt: send.revision))
            return .done
        } catch let refused as Refused where refused.code == .targetNotFound {
            // A note whose prefix was taken away stays a note; a message that nobody has handled
            // yet is read.
            let mark = self.book.entry(of: entry.post)?.mark ?? entry.post
            return message.id > mark ? .unread : .done
        } catch let refused as Refused {
            let isSettled = refused.code == .idempotencyConflict || refused.code == .deleted
            self.log(refused, "operator's edit refused", message.id, in: entry, isSettled)
            return .done
        }
    }

    private func withdraw(_ message: DiscordMessage, in entry: PostBook.Entry) async throws {
        let known = try await self.known([message.id], in: entry.conversation)
        if let found = known[message.id] {
            guard found.isOwn, !found.isDeleted else { return }
        } else {
            // Told before the message itself, whose first text may still come: it is no longer meant.
            let mark = self.book.entry(of: entry.post)?.mark ?? entry.post
            guard message.id > mark else { return }
        }
        try await self.delete(message.id, in: entry)
        self.marks.show(.kept, beneath: message.id, in: entry.post)
    }

    private func delete(_ message: Snowflake, in entry: PostBook.Entry) async throws {
        guard let key = IdempotencyKey("\(message):d"), let target = message.key else { return }
        do {
            try await self.box.delete(
                Delete(
                    conversation: entry.conversation, key: key, target: target,
                    author: AuthorNames.team))
        } catch let refused as Refused {
            self.log(refused, "deletion refused", message, in: entry)
        }
    }

    /// The event that a message answers, if it stands in the same conversation.
    private func answered(
        by message: DiscordMessage, in entry: PostBook.Entry
    ) async throws -> EventID? {
        guard let answered = message.answers, answered > entry.post,
            let seq = try await self.known([answered], in: entry.conversation)[answered]?.seq
        else { return nil }
        do {
            return try await self.box.event(seq, in: entry.conversation)?.id
        } catch is Refused {
            return nil
        }
    }

    /// The message as it is, where the Gateway told only a part of it.
    private func whole(
        _ message: DiscordMessage, in post: Snowflake
    ) async -> DiscordOutcome<DiscordMessage> {
        message.isPartial ? await self.api.message(message.id, in: post) : .ok(message)
    }

    private func adviseContent() {
        self.advice.give(
            .content,
            "Discord withholds the content of what operators write. Switch on \"Message "
                + "Content Intent\" for the bot in Discord's developer portal, on the page Bot. "
                + "Nothing is lost: it is read again until then.")
    }

    private func log(
        _ refused: Refused, _ what: Logger.Message, _ id: Snowflake, in entry: PostBook.Entry,
        _ isSettled: Bool = false
    ) {
        self.logger.log(
            level: isSettled || refused.code == .conversationGone ? .debug : .error, what,
            metadata: [
                "conversation": "\(entry.conversation)", "message": "\(id)",
                "code": "\(refused.code)", "reason": "\(refused.message)",
            ])
    }
}

extension Array {
    /// The elements in pieces of at most so many.
    func pages(of size: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: size).map {
            Array(self[$0..<Swift.min($0 + size, self.count)])
        }
    }
}
