import GatewayKit
import NIOCore
import Protocol

// What the broker says without being asked, and whom it concerns.
extension VisitorDirectory {
    /// The broker said something without being asked.
    mutating func pushed(
        _ push: BrokerPush, at now: ContinuousClock.Instant
    ) -> [Directive] {
        switch push {
        case .event(let push): return self.committed(push, at: now)
        case .receipt(let push):
            return self.tell(push.conversation, at: now) { $0.changed(push.receipt) }
        case .conversationState(let push):
            return self.tell(push.conversation, at: now) { $0.changed(push.state) }
        case .conversationGone(let push):
            return self.tell(push.conversation, at: now) { $0.erased() }
        case .signal(let push): return self.signalled(push, at: now)
        case .lagged(let push): return self.lagged(push.conversation, at: now)
        case .serviceState(let service):
            return self.sockets.flatMap { socket in
                self.change(socket, at: now) { $0.changed(service) }
            }
        // Pages hear of it when something of theirs is refused; /readyz tells the others.
        case .delivery, .storageState: return []
        }
    }

    private mutating func tell(
        _ conversation: ConversationID, at now: ContinuousClock.Instant,
        _ transition: (inout VisitorSession) -> [VisitorAction]
    ) -> [Directive] {
        (self.rooms[conversation]?.sockets ?? []).flatMap { socket in
            self.change(socket, at: now, transition)
        }
    }

    private mutating func committed(
        _ push: EventPush, at now: ContinuousClock.Instant
    ) -> [Directive] {
        let sockets: [SocketID]? = self.inRoom(push.conversation) { room in
            room.head = max(room.head, push.event.seq)
            return room.sockets
        }
        var directives: [Directive] = []
        var encoded: ByteBuffer?
        for socket in sockets ?? [] {
            var isTold = false
            _ = self.change(socket, at: now) { session in
                isTold = session.pushed(push.event.seq)
                return []
            }
            guard isTold else { continue }
            let bytes = encoded ?? PageMessage.events([push.event]).encoded(for: self.service)
            encoded = bytes
            directives.append(.write(socket, bytes))
        }
        return directives
    }

    private mutating func signalled(
        _ push: SignalPush, at now: ContinuousClock.Instant
    ) -> [Directive] {
        // Of the team, only its typing is for the visitor to know.
        guard push.signal.kind == .typing, push.service != self.service else { return [] }
        let name = push.signal.name.flatMap(VisitorName.clean)
        let conversation = push.signal.conversation
        let isTold = self.inRoom(conversation) { $0.typing.teamTypes(name, at: now) }
        guard isTold == true else { return [] }
        return self.tell(conversation, at: now) { $0.teamTypes(name) }
    }

    /// The broker has ended a subscription: it is asked for again, and each page fetches what it
    /// hasn't got.
    private mutating func lagged(
        _ conversation: ConversationID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard self.rooms[conversation] != nil else { return [] }
        _ = self.tell(conversation, at: now) { session in
            session.lagged()
            return []
        }
        return [.resubscribe(Subscribe(conversation: conversation))]
    }

    /// The subscription stands again, or can't be had.
    mutating func resubscribed(
        _ conversation: ConversationID, _ result: Result<Subscribed, GatewayError>,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        if case .success(let subscribed) = result {
            _ = self.inRoom(conversation) { $0.head = max($0.head, subscribed.head.seq) }
        }
        return self.tell(conversation, at: now) { $0.resubscribed(result) }
    }
}
