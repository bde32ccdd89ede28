import Logging
import Protocol
import Synchronization

/// Brings what happens on the visitors' side into their posts.
final class Deliverer: Sendable {
    private struct State {
        var memory: DeliveryMemory
        var isClosing = false
    }

    private let messages: MessageDelivery
    private let changes: ChangeDelivery
    private let asides: SetAsideDelivery
    private let erasure: PostErasure
    private let book: PostBook
    private let seen: SeenDesk
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let state: Mutex<State>

    /// A deliverer that knows of earlier processes what `past` says; `now` is in milliseconds since
    /// 1970, by the clock that gives events their times.
    init(
        messages: MessageDelivery, changes: ChangeDelivery, erasure: PostErasure, book: PostBook,
        seen: SeenDesk, past: EarlierProcesses, now: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        self.asides = SetAsideDelivery(messages: messages, changes: changes)
        self.now = now
        self.state = Mutex(State(memory: DeliveryMemory(past: past)))
        self.messages = messages
        self.changes = changes
        self.erasure = erasure
        self.book = book
        self.seen = seen
        self.logger = logger
    }

    /// Nothing new is begun any more.
    func close() { self.state.withLock { $0.isClosing = true } }

    /// The connection to the broker was lost: another process may act for us meanwhile.
    func doubtAll() { self.state.withLock { $0.memory.forgetAll() } }

    /// A connection to the broker stands anew: until now another process may have tried anything.
    func reconnected() {
        let now = self.now()
        self.changes.settling.othersActed()
        self.state.withLock { $0.memory.othersMayHaveTried(upTo: now) }
    }

    /// The same as ``deliver(_:)``, and whether the post says of the event that it may stand there
    /// twice.
    func settle(
        _ delivery: Delivery
    ) async -> (verdict: DeliveryVerdict, isPossibleDuplicate: Bool) {
        let verdict = await self.deliver(delivery)
        return (verdict, self.changes.writer.takeMark(of: delivery))
    }

    /// Brings one event of a visitor into its conversation's post.
    func deliver(_ delivery: Delivery) async -> DeliveryVerdict {
        let now = self.now()
        let (isClosing, doubt) = self.state.withLock { state in
            defer { state.memory.began(delivery.conversation) }
            let wasSent = self.changes.writer.hasUnanswered(delivery)
            return (
                state.isClosing, state.memory.doubt(about: delivery, wasSent: wasSent, at: now)
            )
        }
        guard !isClosing else {
            return .later(after: .zero, delivery.external, reason: "the gateway is shutting down")
        }
        var verdict = await self.attempt(delivery, doubt)
        if case .deadLetter(_, let reason, let external) = verdict,
            let delay = await self.changes.sayRefused(
                delivery, in: self.book.post(of: delivery.conversation), reason: reason, external)
        {
            verdict = delay
        }
        self.note(verdict, delivery)
        if case .handled = verdict { self.changes.writer.forget(delivery.conversation) }
        return self.state.withLock { $0.memory.ended(verdict, in: delivery.conversation) }
    }

    private func attempt(_ delivery: Delivery, _ doubt: Doubt) async -> DeliveryVerdict {
        let known =
            self.book.post(of: delivery.conversation)
            ?? delivery.peer.flatMap { Snowflake($0) }
        if let known { self.book.bind(known, to: delivery.conversation) }
        do {
            if let known, delivery.peer == nil, delivery.event.kind != .erasure {
                try await self.messages.maker.bindAgain(delivery.conversation, to: known)
            }
            switch delivery.event.kind {
            case .message:
                return try await self.messages.deliver(delivery, to: known, doubt: doubt)
            case .requeue where known.map({ delivery.targets(in: $0).isEmpty }) ?? true:
                return try await self.messages.deliver(delivery, to: known, doubt: doubt)
            case .edit, .requeue:
                return await self.changes.revise(delivery, in: known, doubt: doubt)
            case .deletion: return await self.changes.withdraw(delivery, in: known)
            case .close: return await self.changes.close(delivery, in: known, doubt: doubt)
            case .reopen: return await self.changes.reopen(delivery, in: known, doubt: doubt)
            case .setAside:
                return try await self.asides.deliver(delivery, to: known, doubt: doubt)
            case .erasure: return try await self.erasure.erase(delivery, known: known)
            // A kind that this version doesn't know asks nothing of Discord.
            default: return .handled(delivery.external)
            }
        } catch let refused as Refused {
            return .later(after: .seconds(10), delivery.external, reason: refused.message)
        } catch {
            return .later(after: .zero, delivery.external, reason: "the gateway is shutting down")
        }
    }

    private func note(_ verdict: DeliveryVerdict, _ delivery: Delivery) {
        var details: Logger.Metadata = [
            "conversation": "\(delivery.conversation)", "seq": "\(delivery.event.seq)",
            "kind": "\(delivery.event.kind.text)",
        ]
        switch verdict {
        case .handled(let external):
            self.seen.delivered(
                delivery.event.seq, as: external, at: self.now(), in: delivery.conversation)
            if delivery.event.kind == .erasure { self.seen.forget(delivery.conversation) }
            self.logger.debug("delivered", metadata: details)
        case .later(let wait, _, let reason):
            details["wait"] = "\(wait)"
            details["reason"] = "\(reason)"
            self.logger.info("delivery put off", metadata: details)
        case .deadLetter(let code, let reason, _):
            details["code"] = "\(code)"
            details["reason"] = "\(reason)"
            self.logger.warning("delivery refused for good", metadata: details)
        }
    }
}
