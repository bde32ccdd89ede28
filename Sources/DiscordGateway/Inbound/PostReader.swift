import Logging
import Protocol

/// Hands what operators do in one post to the broker: in order, one change at a time, the missed
/// messages before the live ones.
struct PostReader: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours, and how far they were read.
    var book: PostBook
    /// Where the work is.
    var desk: InboundDesk
    /// Makes of each change what the broker is told.
    var relay: OperatorRelay
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// Our forum, or text channel.
    var forum: Snowflake
    /// For what happened.
    var logger: Logger

    /// How long to wait for somebody to mend a setting.
    static let mendWait = Duration.seconds(30)

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
                self.giveBack(work, in: post)
                try await self.permissions.wait(atMost: Self.mendWait)
            }
        }
    }

    private func perform(_ work: LaneWork, in post: Snowflake) async throws {
        switch work {
        case .live(let live): try await self.handle(live, in: post)
        case .compare: self.desk.startComparison(of: post)
        case .readBack(let numbers, let oldest):
            try await self.repeatUntilDone { try await self.readBack(post, including: oldest) }
            self.desk.finishedReadBack(of: post, covering: numbers)
        }
    }

    /// Tries until there is nothing to wait for any more, after longer and longer waits.
    private func repeatUntilDone(_ attempt: () async throws -> Duration?) async throws {
        var failures = 0
        while let wait = try await attempt() {
            try await self.permissions.wait(
                atMost: min(wait * (1 << min(failures, 4)), max(wait, .seconds(60))))
            failures += 1
        }
    }

    // MARK: Live changes

    private func handle(_ live: LiveChange, in post: Snowflake) async throws {
        guard let entry = self.book.entry(of: post) else {
            return self.desk.finished([live.number])
        }
        switch live.change {
        case .written(let message):
            let mark = self.desk.mark(handling: message.id, in: post)
            switch try await self.relay.written(message, in: entry, mark: mark) {
            case .done:
                if let mark { try await self.moveMark(of: entry, to: mark) }
            case .withheld, .later: return self.desk.returned(.live(live), in: post)
            }
        case .edited(let message):
            switch try await self.relay.edited(message, in: entry) {
            case .done: break
            case .unread: return self.desk.returned(.live(live), in: post)
            // A comparison finds the edit again, and waits where this can't.
            case .withheld, .later: return self.desk.compare(post, ComparisonOrder([live]))
            }
        case .deleted(let messages): try await self.relay.deleted(messages, in: entry)
        case .removed: try await self.repeatUntilDone { try await self.checkRemoval(of: entry) }
        }
        self.desk.finished([live.number])
    }

    /// Work that failed: messages are read again, the rest is found by a comparison.
    private func giveBack(_ work: LaneWork, in post: Snowflake) {
        if case .live(let live) = work, live.change.written == nil {
            self.desk.compare(post, ComparisonOrder([live]))
        } else {
            self.desk.returned(work, in: post)
        }
    }

    // MARK: Reading back

    /// Reads everything after the mark, and after what is just older than `oldest`; `nil` when that is
    /// done, else how long to wait.
    private func readBack(
        _ post: Snowflake, including oldest: Snowflake?
    ) async throws -> Duration? {
        guard let entry = self.book.entry(of: post) else { return nil }
        guard await self.permissions.mayRead() else { return Self.mendWait }
        var start = entry.mark ?? post
        if let oldest, oldest > post, oldest <= start { start = Snowflake(oldest.value - 1) }
        switch await self.api.allMessages(in: post, after: start) {
        case .ok(let messages):
            for message in messages {
                // Until a post was read once to its end it has no mark: whoever goes on after a kill
                // begins anew.
                let mark = entry.mark.flatMap { $0 < message.id ? message.id : nil }
                switch try await self.relay.written(message, in: entry, mark: mark) {
                case .done: continue
                case .withheld: return Self.mendWait
                case .later(let wait): return wait
                }
            }
            // A mark says also that the post was read since it was bound.
            try await self.moveMark(of: entry, to: messages.last?.id ?? entry.mark ?? post)
            return nil
        case .rejected(let rejection) where rejection.isUnknownChannel:
            return try await self.checkRemoval(of: entry)
        case .rejected: return Self.mendWait
        case .postponed(let wait, _): return max(wait, .seconds(1))
        case .unknown: return .seconds(2)
        }
    }

    /// A post is believed to be deleted only if Discord says so while its forum answers; then the
    /// conversation is closed until the visitor writes again. Answers how long to wait, if it can't
    /// be found out.
    private func checkRemoval(of entry: PostBook.Entry) async throws -> Duration? {
        switch await self.api.channel(entry.post) {
        case .ok: return nil
        case .rejected(let rejection) where rejection.isUnknownChannel: break
        case .rejected: return Self.mendWait
        case .postponed(let wait, _): return max(wait, .seconds(1))
        case .unknown: return .seconds(2)
        }
        guard case .ok = await self.api.channel(self.forum) else { return Self.mendWait }
        try await self.relay.removed(entry)
        return nil
    }

    /// Notes that everything up to a message is done, unless a send has noted it already.
    private func moveMark(of entry: PostBook.Entry, to message: Snowflake) async throws {
        guard let known = self.book.entry(of: entry.post),
            known.mark.map({ $0 < message }) ?? true, let mark = message.mark
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
