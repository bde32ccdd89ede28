import Protocol

// What a welcomed page is told of the team and the conversation.
extension VisitorSession {
    /// A service has got further with the conversation.
    mutating func changed(_ receipt: Receipt) -> [VisitorAction] {
        guard self.isWelcomed, var visit = self.visit, visit.team.changed(receipt) else {
            return []
        }
        self.visit = visit
        return [.write(.receipt(visit.team.receipt))]
    }

    /// A service came or went.
    mutating func changed(_ service: ServiceState) -> [VisitorAction] {
        guard self.isWelcomed, var visit = self.visit, visit.team.changed(service) else {
            return []
        }
        self.visit = visit
        return [.write(.team(visit.team.presence))]
    }

    /// The conversation was blocked, or is no longer.
    mutating func changed(_ state: ConversationState) -> [VisitorAction] {
        guard self.isWelcomed, var visit = self.visit else { return [] }
        visit.state = state
        self.visit = visit
        return [.write(.state(state))]
    }

    /// The conversation was erased: nothing of it may stay on the page.
    mutating func erased() -> [VisitorAction] { self.close(.conversationGone) }

    /// Somebody of the team types.
    func teamTypes(_ name: String?) -> [VisitorAction] {
        self.isWelcomed ? [.write(.typing(name: name))] : []
    }

    /// After a time without pushes: what has changed meanwhile.
    mutating func refreshed(_ subscribed: Subscribed) -> [VisitorAction] {
        guard self.isWelcomed, var visit = self.visit else { return [] }
        let before = visit
        visit.team = TeamState(
            own: self.service, receipts: subscribed.receipts, services: subscribed.services)
        visit.state = subscribed.state
        self.visit = visit
        var news: [VisitorAction] = []
        if visit.team.receipt != before.team.receipt {
            news.append(.write(.receipt(visit.team.receipt)))
        }
        if visit.team.presence != before.team.presence {
            news.append(.write(.team(visit.team.presence)))
        }
        if visit.state != before.state { news.append(.write(.state(visit.state))) }
        return news
    }
}
