import Logging
import Protocol

/// Hands what operators write in one post to the broker: in order, one message at a time, the
/// missed ones before the live ones.
struct PostReader: Sendable {
    /// How the handling of a message ended.
    private enum Ending {
        /// It is stored, or deliberately ignored.
        case done
        /// Its content is withheld from us; it waits, and all behind it.
        case withheld
    }

    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours, and how far they were read.
    var book: PostBook
    /// Where the work is.
    var desk: InboundDesk
    /// What operators have seen.
    var seen: SeenDesk
    /// Turns messages into those for visitors.
    var translation: InboundTranslation
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// Tells what to mend.
    var advice: Advice
    /// For what happened.
    var logger: Logger

    /// How long to wait for somebody to mend a setting.
    private static let mendWait = Duration.seconds(30)

    /// Works until nothing is left to do in this post.
    func run(_ post: Snowflake) async throws {
        while let work = self.desk.next(for: post) {
            do {
                try await self.perform(work, in: post)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The broker gave an answer that nobody foresaw: nothing counts as done.
                self.logger.error(
                    "reading a post failed", metadata: ["post": "\(post)", "error": "\(error)"])
                self.desk.returned(work.numbers, in: post)
                try await ContinuousClock().sleep(for: Self.mendWait)
            }
        }
    }

    private func perform(_ work: LaneWork, in post: Snowflake) async throws {
        switch work {
        case .live(let live): try await self.handle(live, in: post)
        case .readBack(let numbers):
            var failures = 0
            while let wait = try await self.readBack(post) {
                try await ContinuousClock().sleep(for: wait * (1 << min(failures, 4)))
                failures += 1
            }
            self.desk.finishedReadBack(of: post, covering: numbers)
        }
    }

    private func handle(_ live: LiveMessage, in post: Snowflake) async throws {
        guard let entry = self.book.entry(of: post) else {
            return self.desk.finished([live.number])
        }
        switch try await self.handle(live.message, in: entry) {
        case .done:
            try await self.moveMark(of: entry, to: live.message.id)
            self.desk.finished([live.number])
        case .withheld: self.desk.returned([live.number], in: post)
        }
    }

    /// Reads everything after the mark; `nil` when that is done, else how long to wait.
    private func readBack(_ post: Snowflake) async throws -> Duration? {
        guard let entry = self.book.entry(of: post) else { return nil }
        guard await self.permissions.mayRead() else { return Self.mendWait }
        switch await self.api.allMessages(in: post, after: entry.mark ?? post) {
        case .ok(let messages):
            for message in messages {
                guard case .done = try await self.handle(message, in: entry) else {
                    return Self.mendWait
                }
            }
            if let last = messages.last { try await self.moveMark(of: entry, to: last.id) }
            return nil
        // The visitor's next message will find that out, and make another post.
        case .rejected(let rejection) where rejection.isUnknownChannel: return nil
        case .rejected: return Self.mendWait
        case .postponed(let wait, _): return max(wait, .seconds(1))
        case .unknown: return .seconds(2)
        }
    }

    private func handle(
        _ message: DiscordMessage, in entry: PostBook.Entry
    ) async throws -> Ending {
        switch self.translation.translate(message, in: entry.conversation) {
        case .ignored: return .done
        case .withheld:
            self.advice.give(
                .content,
                "Discord withholds the content of what operators write. Switch on \"Message "
                    + "Content Intent\" for the bot in Discord's developer portal, on the page Bot. "
                    + "Nothing is lost: it is read again until then.")
            return .withheld
        case .message(let send):
            self.advice.mended(.content)
            try await self.send(send, message)
            self.book.moveMark(of: entry.post, to: message.id)
            try await self.seen.operatorWrote(message.id, in: entry.conversation)
            return .done
        }
    }

    private func send(_ send: Send, _ message: DiscordMessage) async throws {
        do {
            try await self.box.send(send)
            self.logger.debug(
                "operator's message stored",
                metadata: ["conversation": "\(send.conversation)", "message": "\(message.id)"])
        } catch let refused as Refused {
            // Refused for good. A message read once before and once after its edit is one of these,
            // and is stored already.
            let isStored = refused.code == .idempotencyConflict
            self.logger.log(
                level: isStored ? .debug : .error, "operator's message refused",
                metadata: [
                    "conversation": "\(send.conversation)", "message": "\(message.id)",
                    "code": "\(refused.code)", "reason": "\(refused.message)",
                ])
        }
    }

    /// Notes that everything up to a message is done, unless a send has noted it already.
    private func moveMark(of entry: PostBook.Entry, to message: Snowflake) async throws {
        guard let known = self.book.entry(of: entry.post), known.mark ?? entry.post < message,
            let mark = message.mark
        else { return }
        do {
            try await self.box.mark(entry.conversation, at: mark)
            self.book.moveMark(of: entry.post, to: message)
        } catch let refused as Refused {
            self.logger.warning(
                "mark refused",
                metadata: ["conversation": "\(entry.conversation)", "code": "\(refused.code)"])
        }
    }
}
