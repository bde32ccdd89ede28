import Logging
import Protocol
import Synchronization

/// Shows operators what became of their messages: carries out what ``MarkLedger`` says, one request
/// at a time and behind everything that matters more.
final class MarkDesk: Sendable {
    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let book: PostBook
    private let permissions: PermissionWatch
    private let pace: Duration
    private let logger: Logger
    private let ledger = Mutex(MarkLedger(version: 0))
    private let (work, wake) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// A desk that waits `pace` before it acts, so that what is delivered and seen at once costs one
    /// reaction.
    init(
        api: any DiscordAPI, box: any BoxConnection, book: PostBook,
        permissions: PermissionWatch, pace: Duration, logger: Logger
    ) {
        self.api = api
        self.box = box
        self.book = book
        self.permissions = permissions
        self.pace = pace
        self.logger = logger
    }

    /// An operator's message is an event now.
    func stored(_ seq: Int64, as message: Snowflake, in conversation: ConversationID) {
        self.ledger.withLock { $0.stored(seq, as: message, in: conversation) }
    }

    /// Who wrote a message, by the id that visitors see: who has blocked us gets no further marks.
    func wrote(_ author: String, _ message: Snowflake) {
        self.ledger.withLock { $0.wrote(author, message) }
    }

    /// Nothing is kept of a conversation any more.
    func forget(_ conversation: ConversationID) {
        self.ledger.withLock { $0.forget(conversation) }
    }

    /// A message shall show something, whatever its receipts.
    func show(_ reaction: Reaction, beneath message: Snowflake, in post: Snowflake) {
        self.ledger.withLock { $0.show(reaction, beneath: message, in: post) }
        self.wake.yield()
    }

    /// The broker tells how far a visitor has got.
    func received(_ push: ReceiptPush) {
        self.ledger.withLock { $0.received(push) }
        self.wake.yield()
    }

    /// A connection to the broker stands anew: what was missed is asked for.
    func brokerCame() {
        self.ledger.withLock { $0.disconnected() }
        self.wake.yield()
    }

    /// Works until cancelled.
    func run() async throws {
        let stored = try await BoxState.receiptVersion(self.box)
        self.ledger.withLock { $0.begin(at: stored) }
        self.wake.yield()
        var kept = stored
        for await _ in self.work {
            try await ContinuousClock().sleep(for: self.pace)
            try await self.settle()
            let acted = self.ledger.withLock { $0.acted }
            guard acted > kept else { continue }
            try await BoxState.keep(receiptVersion: acted, self.box)
            kept = acted
        }
    }

    /// Does everything that there is to do.
    func settle() async throws {
        repeat {
            while let work = self.ledger.withLock({ $0.next() }) {
                switch work {
                case .show(let reaction, let message, let post):
                    try await self.react(reaction, to: message, in: post, true)
                case .receipt(let push):
                    try await self.act(on: push)
                    self.ledger.withLock { $0.finished(push) }
                }
            }
        } while try await self.list()
    }

    /// Asks for a page of what was missed; answers whether something may be left to do.
    private func list() async throws -> Bool {
        let (hasGap, acted) = self.ledger.withLock { ($0.hasGap, $0.acted) }
        guard hasGap else { return false }
        do {
            let page = try await self.box.receipts(after: acted)
            self.ledger.withLock { $0.listed(page.entries, isLast: !page.more) }
            return true
        } catch let refused as Refused {
            // A broker that doesn't answer this is older than we are.
            self.logger.info("receipts refused", metadata: ["code": "\(refused.code)"])
            self.ledger.withLock { $0.listed([], isLast: true) }
            return false
        }
    }

    private func act(on push: ReceiptPush) async throws {
        guard let post = self.book.post(of: push.conversation) else { return }
        if !self.ledger.withLock({ $0.knows(push.conversation) }) {
            try await self.learn(push.conversation)
        }
        for change in self.ledger.withLock({ $0.changes(for: push) }) where change.message > post {
            try await self.react(change.shows, to: change.message, in: post, true)
            if let hidden = change.hides {
                try await self.react(hidden, to: change.message, in: post, false)
            }
        }
    }

    /// A process that was started anew asks which messages a receipt can be about.
    private func learn(_ conversation: ConversationID) async throws {
        guard let events = try? await self.box.newestEvents(of: conversation) else { return }
        try Task.checkCancellation()
        self.ledger.withLock { ledger in
            for event in events where event.kind == .message && !event.isDeleted {
                guard let message = event.key.flatMap({ Snowflake($0.text) }) else { continue }
                ledger.wrote(event.author.id, message)
                ledger.stored(event.seq, as: message, in: conversation)
            }
        }
    }

    private func react(
        _ reaction: Reaction, to message: Snowflake, in post: Snowflake, _ isThere: Bool
    ) async throws {
        while self.ledger.withLock({ $0.isOpen(message) }) {
            switch await self.permissions.reacting() {
            case .granted: break
            // Without it no mark can be shown, and nothing waits for it; the advice was given.
            case .missing: return
            case .unknown:
                try await self.permissions.wait(atMost: PostReader.mendWait)
                continue
            }
            switch await self.api.react(reaction, to: message, in: post, isThere) {
            case .postponed(let wait, _) where wait <= .seconds(60):
                try await ContinuousClock().sleep(for: max(wait, .milliseconds(100)))
            case .rejected(let rejection) where rejection.isReactionBlocked:
                self.ledger.withLock { $0.refused(message) }
                return
            case .rejected(let rejection) where rejection.isForbidden:
                self.permissions.forget()
                return
            // A mark is a nicety: what became of the message doesn't depend on it.
            case .ok, .rejected, .postponed, .unknown: return
            }
        }
    }
}
