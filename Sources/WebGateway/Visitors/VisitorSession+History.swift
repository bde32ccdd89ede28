import GatewayKit
import Protocol

// How a page gets every event once and in order: by pages up to the newest, and then live.
extension VisitorSession {
    /// Unanswered questions for history that a page may have.
    static let askedMax = 8

    /// The page asks for events.
    mutating func asked(_ range: History.Range) -> [VisitorAction] {
        guard var visit = self.visit else { return [] }
        guard visit.asked.count < Self.askedMax else {
            return self.close(.badMessage("Too many questions for history at a time."))
        }
        visit.asked.append(range)
        self.visit = visit
        guard visit.asked.count == 1 else { return [] }
        return [.history(History(conversation: visit.conversation, range), .asked)]
    }

    /// A page of events came.
    mutating func paged(
        _ result: Result<Page, GatewayError>, _ purpose: HistoryPurpose
    ) -> [VisitorAction] {
        switch (result, purpose) {
        case (.failure(let error), _): return self.close(Self.closing(error))
        case (.success(let page), .catchUp): return self.caughtUp(page)
        case (.success(let page), .asked): return self.answered(page)
        }
    }

    private mutating func caughtUp(_ page: Page) -> [VisitorAction] {
        guard case .catchingUp(var visit, var catchUp) = self.state else { return [] }
        let events: [VisitorAction] = page.events.isEmpty ? [] : [.write(.events(page.events))]
        visit.reached = max(visit.reached, page.events.last?.seq ?? 0)
        guard !catchUp.received(page) else {
            self.state = catchUp.isLagging ? .lagging(visit) : .live(visit)
            return events
        }
        self.state = .catchingUp(visit, catchUp)
        return events + [self.fetch(visit, catchUp)]
    }

    func fetch(_ visit: Visit, _ catchUp: CatchUp) -> VisitorAction {
        .history(History(conversation: visit.conversation, catchUp.next), .catchUp)
    }

    private mutating func answered(_ page: Page) -> [VisitorAction] {
        guard var visit = self.visit, !visit.asked.isEmpty else { return [] }
        visit.asked.removeFirst()
        self.visit = visit
        let answer = VisitorAction.write(.history(page.events, more: page.more))
        guard let next = visit.asked.first else { return [answer] }
        return [answer, .history(History(conversation: visit.conversation, next), .asked)]
    }

    /// An event was committed. Says whether the page is to be told now.
    mutating func pushed(_ seq: Int64) -> Bool {
        switch self.state {
        case .live(var visit):
            visit.reached = max(visit.reached, seq)
            self.state = .live(visit)
            return true
        case .catchingUp(let visit, var catchUp):
            catchUp.pushed(seq)
            self.state = .catchingUp(visit, catchUp)
            return false
        // Before the answer to subscribe, an event is at most the head that the answer names.
        case .subscribing, .lagging, .awaitingHello, .opening, .creating, .closed: return false
        }
    }

    /// The broker has ended the conversation's subscription: it couldn't write as fast as events
    /// came.
    mutating func lagged() {
        switch self.state {
        case .live(let visit): self.state = .lagging(visit)
        case .catchingUp(let visit, var catchUp):
            catchUp.lagged()
            self.state = .catchingUp(visit, catchUp)
        // Its own subscribe is on its way, and its answer counts.
        case .subscribing, .lagging, .awaitingHello, .opening, .creating, .closed: break
        }
    }

    /// The subscription stands again, in the same life of the database: what the page has is its
    /// beginning.
    mutating func resubscribed(
        _ result: Result<Subscribed, GatewayError>
    ) -> [VisitorAction] {
        let subscribed: Subscribed
        switch (self.state, result) {
        case (.lagging, .failure(let error)), (.catchingUp, .failure(let error)):
            return self.close(Self.closing(error))
        case (_, .failure): return []
        case (_, .success(let answer)): subscribed = answer
        }
        let news = self.refreshed(subscribed)
        switch self.state {
        case .lagging(let visit):
            guard let catchUp = CatchUp(after: visit.reached, to: subscribed.head.seq) else {
                self.state = .live(visit)
                return news
            }
            self.state = .catchingUp(visit, catchUp)
            return news + [self.fetch(visit, catchUp)]
        case .catchingUp(let visit, var catchUp):
            catchUp.resubscribed(subscribed.head.seq)
            self.state = .catchingUp(visit, catchUp)
            return news
        case .subscribing, .live, .awaitingHello, .opening, .creating, .closed: return news
        }
    }
}
