import GatewayKit
import Protocol

/// One page's connection: hello, opening, subscribing, catching up, live, closed.
///
/// It knows no socket and no broker; frames, answers and pushes go in, and what to do comes out.
struct VisitorSession: Equatable, Sendable {
    /// Where the connection stands.
    enum State: Equatable, Sendable {
        case awaitingHello
        case opening(PageHello)
        case subscribing(PageHello, Visit)
        case catchingUp(Visit, CatchUp)
        case live(Visit)
        case closed
    }

    /// A visitor in a conversation.
    struct Visit: Equatable, Sendable {
        var conversation: ConversationID
        var author: Author
        var team: TeamState
        var rate = TokenBucket.messages
        /// Pages of events that the page asked for and has no answer to, in order.
        var asked: [History.Range] = []
    }

    /// Unanswered questions for history that a page may have.
    static let askedMax = 8

    private(set) var state = State.awaitingHello
    private let service: Name

    /// A connection that has said nothing yet, to a page of that service.
    init(service: Name) {
        self.service = service
    }

    /// The conversation, once it is open; a session that closed remembers it.
    private(set) var conversation: ConversationID?

    /// The visit, once the conversation is open.
    private(set) var visit: Visit? {
        get {
            switch self.state {
            case .subscribing(_, let visit), .catchingUp(let visit, _), .live(let visit): visit
            case .awaitingHello, .opening, .closed: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self.state {
            case .subscribing(let hello, _): self.state = .subscribing(hello, newValue)
            case .catchingUp(_, let catchUp): self.state = .catchingUp(newValue, catchUp)
            case .live: self.state = .live(newValue)
            case .awaitingHello, .opening, .closed: break
            }
        }
    }

    // MARK: The page

    /// The page said something.
    mutating func received(
        _ frame: PageFrame, at now: ContinuousClock.Instant
    ) -> [VisitorAction] {
        switch (self.state, frame) {
        case (.closed, _): return []
        case (_, .ping): return [.write(.pong)]
        case (_, .unknown): return []
        case (.awaitingHello, .hello(let hello)): return self.greeted(by: hello)
        case (.awaitingHello, .otherVersion): return self.close(.reload)
        case (_, .hello), (_, .otherVersion):
            return self.close(.badMessage("A second hello."))
        case (.catchingUp, .send(let send)), (.live, .send(let send)):
            return self.submitted(send, at: now)
        case (.catchingUp, .badSend(let key, let reason)), (.live, .badSend(let key, let reason)):
            return [.write(.refused(PageRefusal(key: key, reason: .badMessage(reason))))]
        case (.catchingUp, .history(let range)), (.live, .history(let range)):
            return self.asked(range)
        case (.awaitingHello, _), (.opening, _), (.subscribing, _):
            return self.close(.badMessage("Nothing but hello may come before welcome."))
        }
    }

    /// The page said something that can't be read.
    mutating func receivedUnreadable(_ reason: String) -> [VisitorAction] {
        self.close(.badMessage(reason))
    }

    /// The time for a hello is over.
    mutating func helloTimedOut() -> [VisitorAction] {
        guard case .awaitingHello = self.state else { return [] }
        return self.close(.helloTimeout)
    }

    private mutating func greeted(by hello: PageHello) -> [VisitorAction] {
        self.state = .opening(hello)
        let properties = hello.name.map { ["name": $0] } ?? [:]
        return [
            .open(
                Open(
                    peer: hello.visitor, create: hello.create, properties: properties,
                    credential: hello.credential.hash))
        ]
    }

    private mutating func submitted(
        _ send: PageSend, at now: ContinuousClock.Instant
    ) -> [VisitorAction] {
        guard var visit = self.visit else { return [] }
        if let reason = MessageRules.refusal(of: send.body) {
            return [.write(.refused(PageRefusal(key: send.key, reason: reason)))]
        }
        let wait = visit.rate.take(at: now)
        self.visit = visit
        if let wait {
            return [.write(.refused(PageRefusal(key: send.key, reason: .rateLimited(wait))))]
        }
        return [
            .send(
                Send(
                    conversation: visit.conversation, key: send.key, author: visit.author,
                    body: send.body, replyTo: send.replyTo))
        ]
    }

    private mutating func asked(_ range: History.Range) -> [VisitorAction] {
        guard var visit = self.visit else { return [] }
        guard visit.asked.count < Self.askedMax else {
            return self.close(.badMessage("Too many questions for history at a time."))
        }
        visit.asked.append(range)
        self.visit = visit
        guard visit.asked.count == 1 else { return [] }
        return [.history(History(conversation: visit.conversation, range), .asked)]
    }

    // MARK: The broker's answers

    /// The conversation is open, or refused.
    mutating func opened(_ result: Result<Opened, GatewayError>) -> [VisitorAction] {
        guard case .opening(let hello) = self.state else { return [] }
        switch result {
        case .failure(let error): return self.close(Self.closing(error))
        case .success(let opened):
            let author = Author(
                id: "v" + opened.conversation.description.prefix(8),
                name: hello.name ?? opened.properties["name"].flatMap(VisitorName.clean)
                    ?? VisitorName.none)
            let team = TeamState(own: self.service, receipts: [], services: [])
            self.conversation = opened.conversation
            self.state = .subscribing(
                hello, Visit(conversation: opened.conversation, author: author, team: team))
            return [
                .join(opened.conversation),
                .subscribe(Subscribe(conversation: opened.conversation, from: hello.from)),
            ]
        }
    }

    /// From here on live events come, or the subscription is refused.
    mutating func subscribed(
        _ result: Result<Subscribed, GatewayError>, epoch: Epoch
    ) -> [VisitorAction] {
        guard case .subscribing(let hello, var visit) = self.state else { return [] }
        switch result {
        case .failure(let error): return self.close(Self.closing(error))
        case .success(let subscribed):
            visit.team = TeamState(
                own: self.service, receipts: subscribed.receipts, services: subscribed.services)
            let welcome = PageWelcome(
                epoch: epoch, head: subscribed.head, recovered: subscribed.recovered,
                receipt: visit.team.receipt, isTeamUp: visit.team.isUp)
            guard let catchUp = CatchUp(subscribed, from: hello.from) else {
                self.state = .live(visit)
                return [.write(.welcome(welcome))]
            }
            self.state = .catchingUp(visit, catchUp)
            return [.write(.welcome(welcome)), self.fetch(visit, catchUp)]
        }
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
        guard case .catchingUp(let visit, var catchUp) = self.state else { return [] }
        let events: [VisitorAction] = page.events.isEmpty ? [] : [.write(.events(page.events))]
        guard !catchUp.received(page) else {
            self.state = .live(visit)
            return events
        }
        self.state = .catchingUp(visit, catchUp)
        return events + [self.fetch(visit, catchUp)]
    }

    private func fetch(_ visit: Visit, _ catchUp: CatchUp) -> VisitorAction {
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

    /// A message of this page is stored, or isn't.
    mutating func sent(
        _ key: IdempotencyKey, _ result: Result<Sent, GatewayError>
    ) -> [VisitorAction] {
        guard self.visit != nil else { return [] }
        switch result {
        case .success(let sent): return [.write(.sent(key, sent))]
        case .failure(.refused(let refused)) where !Self.isGone(refused):
            return [.write(.refused(PageRefusal(key: key, reason: .init(refused))))]
        case .failure(let error): return self.close(Self.closing(error))
        }
    }

    /// A message of this page has to wait for others.
    func mustWait(_ key: IdempotencyKey) -> [VisitorAction] {
        guard self.visit != nil else { return [] }
        return [.write(.refused(PageRefusal(key: key, reason: .waitYourTurn)))]
    }

    // MARK: The broker's pushes

    /// An event was committed. Says whether the page is to be told now.
    mutating func pushed(_ seq: Int64) -> Bool {
        switch self.state {
        case .live: return true
        case .catchingUp(let visit, var catchUp):
            catchUp.pushed(seq)
            self.state = .catchingUp(visit, catchUp)
            return false
        // Before the answer to subscribe, an event is at most the head that the answer names.
        case .subscribing, .awaitingHello, .opening, .closed: return false
        }
    }

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
        return [.write(.team(isUp: visit.team.isUp))]
    }

    private var isWelcomed: Bool {
        switch self.state {
        case .catchingUp, .live: true
        case .awaitingHello, .opening, .subscribing, .closed: false
        }
    }

    // MARK: The end

    /// The broker can't be reached.
    mutating func brokerLost() -> [VisitorAction] { self.close(.brokerAway) }

    private mutating func close(_ close: PageClose) -> [VisitorAction] {
        if case .closed = self.state { return [] }
        self.state = .closed
        let farewell = close.word.map {
            VisitorAction.write(.turnedAway(code: $0, message: close.message))
        }
        return (farewell.map { [$0] } ?? []) + [.close(close)]
    }

    private static func isGone(_ refused: Refused) -> Bool {
        refused.code == .conversationGone || refused.code == .notFound
    }

    private static func closing(_ error: GatewayError) -> PageClose {
        guard case .refused(let refused) = error else { return .brokerAway }
        if refused.code == .credentialRefused { return .credentialRefused }
        if self.isGone(refused) { return .conversationGone }
        return refused.retry ? .brokerAway : .badMessage(refused.message)
    }
}
