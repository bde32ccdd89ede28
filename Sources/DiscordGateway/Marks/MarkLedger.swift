import Protocol

/// Decides what is shown beneath operators' messages of what became of them, and when.
///
/// A receipt says up to which event a visitor's browser has something; the newest of the messages
/// that it covers get a reaction, the older ones of a long gap don't: that they arrived is plain
/// from those below them.
struct MarkLedger: Sendable {
    /// One reaction to put beneath a message, and another to take away then.
    struct Change: Equatable, Sendable {
        /// The message.
        var message: Snowflake
        /// What it shows then.
        var shows: Reaction
        /// What it showed before.
        var hides: Reaction?
    }

    /// What to do next.
    enum Work: Equatable, Sendable {
        /// Show this beneath a message of that post.
        case show(Reaction, message: Snowflake, post: Snowflake)
        /// Act on a receipt.
        case receipt(ReceiptPush)
    }

    private struct Own {
        var seq: Int64
        var message: Snowflake
        var shown: Reaction?
    }

    /// Messages of one conversation that are remembered; receipts are of the newest ones.
    static let ownMax = 50
    /// Conversations whose messages are remembered before all are forgotten: then their newest
    /// messages are looked up again.
    private static let conversationsMax = 2_000
    /// Messages that one receipt marks.
    static let changesMax = 5
    /// Receipts and single marks that wait; further ones are asked for later, or left out.
    static let waitingMax = 500
    /// Messages whose authors are remembered before all are forgotten.
    private static let authorsMax = 5_000

    private var own: [ConversationID: [Own]] = [:]
    private var receipts: [ConversationID: ReceiptPush] = [:]
    private var order: [ConversationID] = []
    private var single: [Work] = []
    private var authors: [Snowflake: String] = [:]
    private var closedTo: Set<String> = []
    private var newestVersion: Int64
    /// Whether receipts were left out, so that the broker must be asked for them.
    private(set) var hasGap = true

    /// A ledger of a process that has acted on everything up to a version.
    init(version: Int64) { self.newestVersion = version }

    /// It is known up to where an earlier process acted; what came meanwhile is kept.
    mutating func begin(at version: Int64) { self.newestVersion = max(self.newestVersion, version) }

    /// Up to which version every receipt was acted on.
    var acted: Int64 {
        let waiting = self.receipts.values.compactMap(\.version).min().map { $0 - 1 }
        return min(waiting ?? self.newestVersion, self.newestVersion)
    }

    /// Who wrote a message, by the id that visitors see.
    mutating func wrote(_ author: String, _ message: Snowflake) {
        if self.authors.count >= Self.authorsMax { self.authors = [:] }
        self.authors[message] = author
    }

    /// Nothing is kept of a conversation any more; nor of its messages' authors.
    mutating func forget(_ conversation: ConversationID) {
        for message in self.own.removeValue(forKey: conversation) ?? [] {
            self.authors[message.message] = nil
        }
    }

    /// Whoever wrote this message has blocked us: each further try would be refused, and refusals
    /// are counted.
    mutating func refused(_ message: Snowflake) {
        if let author = self.authors[message] { self.closedTo.insert(author) }
    }

    /// Whether its author lets a message be marked.
    func isOpen(_ message: Snowflake) -> Bool {
        self.authors[message].map { !self.closedTo.contains($0) } ?? true
    }

    /// An operator's message is an event now.
    mutating func stored(_ seq: Int64, as message: Snowflake, in conversation: ConversationID) {
        if self.own[conversation] == nil, self.own.count >= Self.conversationsMax { self.own = [:] }
        var list = self.own[conversation] ?? []
        guard !list.contains(where: { $0.message == message }) else { return }
        list.append(Own(seq: seq, message: message))
        self.own[conversation] = list.sorted { $0.seq < $1.seq }.suffix(Self.ownMax)
    }

    /// A message shall show something, whatever its receipts.
    mutating func show(_ reaction: Reaction, beneath message: Snowflake, in post: Snowflake) {
        guard self.single.count < Self.waitingMax else { return }
        self.single.append(.show(reaction, message: message, post: post))
    }

    /// A receipt came. An older one of the same conversation needs no more acting on.
    mutating func received(_ push: ReceiptPush) {
        if self.receipts[push.conversation] == nil {
            guard self.receipts.count < Self.waitingMax else {
                self.hasGap = true
                return
            }
            self.order.append(push.conversation)
        }
        self.receipts[push.conversation] = push
        if !self.hasGap { self.newestVersion = max(self.newestVersion, push.version ?? 0) }
    }

    /// The broker was lost: receipts may be missed.
    mutating func disconnected() { self.hasGap = true }

    /// A page of receipts after ``acted`` came; `isLast` if no further ones follow.
    mutating func listed(_ entries: [ReceiptPush], isLast: Bool) {
        if isLast { self.hasGap = false }
        for entry in entries {
            self.received(entry)
            self.newestVersion = max(self.newestVersion, entry.version ?? 0)
        }
    }

    /// What to do next, single marks first.
    mutating func next() -> Work? {
        if !self.single.isEmpty { return self.single.removeFirst() }
        guard let conversation = self.order.first else { return nil }
        return self.receipts[conversation].map { .receipt($0) }
    }

    /// A receipt was acted on. If a newer one came meanwhile, that one waits its turn.
    mutating func finished(_ push: ReceiptPush) {
        self.order.removeAll { $0 == push.conversation }
        if self.receipts[push.conversation] == push {
            self.receipts[push.conversation] = nil
        } else {
            self.order.append(push.conversation)
        }
    }

    /// Whether a conversation's messages are known; if not, its newest events must be told by
    /// ``stored(_:as:in:)`` first.
    func knows(_ conversation: ConversationID) -> Bool { self.own[conversation] != nil }

    /// The changes that a receipt asks for, oldest first; they count as done.
    mutating func changes(for push: ReceiptPush) -> [Change] {
        guard var list = self.own[push.conversation] else { return [] }
        var changes: [Change] = []
        for index in list.indices.reversed() {
            guard let target = Self.target(of: list[index].seq, push.receipt),
                Self.rank(target) > Self.rank(list[index].shown)
            else { continue }
            if changes.count < Self.changesMax {
                changes.append(
                    Change(message: list[index].message, shows: target, hides: list[index].shown))
            }
            list[index].shown = target
        }
        self.own[push.conversation] = list
        return changes.reversed()
    }

    private static func target(of seq: Int64, _ receipt: Receipt) -> Reaction? {
        if receipt.failed.contains(where: { $0.seq == seq }) { return .failed }
        if seq <= receipt.seenUpTo { return .seen }
        return seq <= receipt.deliveredUpTo ? .delivered : nil
    }

    private static func rank(_ reaction: Reaction?) -> Int {
        switch reaction {
        case nil: 0
        case .delivered: 1
        case .seen, .failed: 2
        case .kept: 3
        }
    }
}
