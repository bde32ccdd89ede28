import NIOCore
import Protocol

// Carries out what a page's session asks for: what concerns that page alone passes, what concerns
// its conversation is merged with the other pages'.
extension VisitorDirectory {
    /// Carries out one action of a page's session.
    mutating func carry(
        _ action: VisitorAction, _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        switch action {
        case .write(.refused(let refusal)):
            let bytes = PageMessage.refused(refusal).encoded(for: self.service)
            return [.refuse(socket, bytes, code: refusal.reason.code)]
        case .write(let message): return [.write(socket, message.encoded(for: self.service))]
        case .open(let open): return [.open(socket, open)]
        case .create(let open): return self.create(open, socket, at: now)
        case .subscribe(let subscribe): return [.subscribe(socket, subscribe)]
        case .history(let history, let purpose):
            let question = HistoryTurns.Question(
                socket: socket, history: history, purpose: purpose)
            return self.turns.asked(question) ? [.history(socket, history, purpose)] : []
        case .join(let conversation): return self.join(conversation, socket, at: now)
        case .joined(let subscribed):
            self.inRoom(of: socket) { room in
                room.head = max(room.head, subscribed.head.seq)
                room.reports.knows(Progress(subscribed.own))
            }
            return []
        case .submit(let request): return self.submit(request, socket, at: now)
        case .report(let report):
            self.inRoom(of: socket) { $0.reports.reported(report, head: $0.head) }
            return self.reportsChanged(socket, at: now)
        case .looked: return self.looked(socket, at: now)
        case .signal(let signal): return self.signal(signal, at: now)
        case .close(let close): return [.close(socket, close)] + self.leave(socket, at: now)
        }
    }

    private mutating func create(
        _ open: Open, _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let client = self.seats[socket]?.client else { return [] }
        if let wait = self.arrivals.take(client, at: now) {
            return self.turnAway(
                socket, .rateLimited(wait, "Too many new conversations come from there."),
                at: now)
        }
        return [.open(socket, open)]
    }

    private mutating func join(
        _ conversation: ConversationID, _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        let count = self.rooms[conversation]?.sockets.count ?? 0
        guard count < WebLimits.socketsPerConversation else {
            return self.turnAway(
                socket, .rateLimited(.seconds(60), "This conversation is open too often."),
                at: now)
        }
        self.rooms[conversation, default: Room()].sockets.append(socket)
        return []
    }

    private mutating func submit(
        _ request: VisitorRequest, _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        if let wait = self.rates.take(request.conversation, at: now) {
            if self.seats[socket]?.patience.mustWait(wait, at: now) == true {
                return self.turnAway(socket, .flood, at: now)
            }
            return self.change(socket, at: now) {
                $0.mustWait(request.key, .rateLimited(wait))
            }
        }
        let entry = RequestQueue.Entry(socket: socket, request: request)
        switch self.inRoom(request.conversation, { $0.requests.submitted(entry) }) {
        case .ask?: return [.submit(socket, request)]
        case .wait?, nil: return []
        case .full?:
            return self.change(socket, at: now) { $0.mustWait(request.key, .waitYourTurn) }
        }
    }

    private mutating func signal(
        _ signal: Signal, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard signal.kind == .typing else { return [.signal(signal)] }
        let isTold = self.inRoom(signal.conversation) { $0.typing.visitorTypes(at: now) }
        return isTold == true ? [.signal(signal)] : []
    }

    // MARK: Rooms

    private mutating func inRoom(of socket: SocketID, _ body: (inout Room) -> Void) {
        guard let conversation = self.seats[socket]?.session.conversation else { return }
        _ = self.inRoom(conversation, body)
    }

    private mutating func looked(
        _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let conversation = self.seats[socket]?.session.conversation else { return [] }
        return self.looked(conversation, at: now)
    }

    private mutating func looked(
        _ conversation: ConversationID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        let isPresent = self.rooms[conversation]?.sockets
            .contains { self.seats[$0]?.session.isLooking == true }
        let step = self.inRoom(conversation) { room in
            room.reports.looked(isPresent == true)
            return room.reports.step(at: now)
        }
        return step.map { Room.directives(for: $0, conversation) } ?? []
    }

    private mutating func reportsChanged(
        _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let conversation = self.seats[socket]?.session.conversation else { return [] }
        let step = self.inRoom(conversation) { $0.reports.step(at: now) }
        return step.map { Room.directives(for: $0, conversation) } ?? []
    }

    /// A page is gone, and with the last one its conversation.
    mutating func leave(
        _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let session = self.seats.removeValue(forKey: socket)?.session,
            let conversation = session.conversation, var room = self.rooms[conversation],
            room.sockets.contains(socket)
        else { return [] }
        room.sockets.removeAll { $0 == socket }
        room.requests.left(socket)
        guard room.sockets.isEmpty else {
            self.rooms[conversation] = room
            return self.looked(conversation, at: now)
        }
        self.rooms[conversation] = nil
        return Room.directives(for: room.reports.ended(at: now), conversation)
            + [.unsubscribe(conversation)]
    }
}
