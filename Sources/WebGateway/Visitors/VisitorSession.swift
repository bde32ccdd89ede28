import GatewayKit
import Protocol

/// One page's connection: hello, opening, subscribing, catching up, live, closed.
///
/// It knows no socket and no broker; frames, answers and pushes go in, and what to do comes out.
/// What belongs to the conversation rather than to one page is the directory's.
struct VisitorSession: Equatable, Sendable {
    /// Where the connection stands.
    enum State: Equatable, Sendable {
        case awaitingHello
        /// The conversation is looked for.
        case opening(PageHello)
        /// There is none, and a new one is made.
        case creating(PageHello)
        case subscribing(PageHello, Visit)
        case catchingUp(Visit, CatchUp)
        case live(Visit)
        /// The broker has ended the subscription; nothing is told until it stands again.
        case lagging(Visit)
        case closed
    }

    /// A visitor in a conversation.
    struct Visit: Equatable, Sendable {
        var conversation: ConversationID
        var author: Author
        var team: TeamState
        var state = ConversationState.open
        /// The event up to which the page was told everything.
        var reached: Int64 = 0
        /// Pages of events that the page asked for and has no answer to, in order.
        var asked: [History.Range] = []
    }

    /// Where it stands; only the session's own extensions change it.
    var state = State.awaitingHello
    /// The conversation, once it is open; a session that closed remembers it.
    private(set) var conversation: ConversationID?
    /// Whether somebody can see the page.
    private(set) var isVisible = false
    /// The service whose pages these are.
    let service: Name
    private let page: PageVersion

    /// A connection that has said nothing yet, to a page of that service and version.
    init(service: Name, page: PageVersion) {
        self.service = service
        self.page = page
    }

    /// The visit, once the conversation is open.
    var visit: Visit? {
        get {
            switch self.state {
            case .subscribing(_, let visit), .catchingUp(let visit, _), .live(let visit),
                .lagging(let visit):
                visit
            case .awaitingHello, .opening, .creating, .closed: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self.state {
            case .subscribing(let hello, _): self.state = .subscribing(hello, newValue)
            case .catchingUp(_, let catchUp): self.state = .catchingUp(newValue, catchUp)
            case .live: self.state = .live(newValue)
            case .lagging: self.state = .lagging(newValue)
            case .awaitingHello, .opening, .creating, .closed: break
            }
        }
    }

    /// Whether the page was welcomed.
    var isWelcomed: Bool {
        switch self.state {
        case .catchingUp, .live, .lagging: true
        case .awaitingHello, .opening, .creating, .subscribing, .closed: false
        }
    }

    /// Whether somebody looks at a conversation that stands.
    var isLooking: Bool { self.isWelcomed && self.isVisible }

    // MARK: The page

    /// The page said something.
    mutating func received(_ frame: PageFrame) -> [VisitorAction] {
        switch (self.state, frame) {
        case (.closed, _): return []
        case (_, .ping): return [.write(.pong)]
        case (_, .unknown): return []
        case (.awaitingHello, .hello(let hello)): return self.greeted(by: hello)
        case (.awaitingHello, .otherVersion): return self.close(.reload)
        case (_, .hello), (_, .otherVersion):
            return self.close(.badMessage("A second hello."))
        // A page may come into sight while it waits for its welcome.
        case (.opening, .visible(let isVisible)), (.creating, .visible(let isVisible)),
            (.subscribing, .visible(let isVisible)):
            self.isVisible = isVisible
            return []
        case (.awaitingHello, _), (.opening, _), (.creating, _), (.subscribing, _):
            return self.close(.badMessage("Nothing but hello may come before welcome."))
        case (.catchingUp, _), (.live, _), (.lagging, _): return self.said(frame)
        }
    }

    /// A welcomed page said something.
    private mutating func said(_ frame: PageFrame) -> [VisitorAction] {
        switch frame {
        case .request(let request): return self.submitted(request)
        case .badRequest(let key, let reason):
            return [.write(.refused(PageRefusal(key: key, reason: .badMessage(reason))))]
        case .history(let range): return self.asked(range)
        case .report(let report): return [.report(report)]
        case .typing:
            guard let visit = self.visit else { return [] }
            return [
                .signal(
                    Signal(
                        conversation: visit.conversation, kind: .typing, name: visit.author.name))
            ]
        case .visible(let isVisible):
            guard isVisible != self.isVisible else { return [] }
            self.isVisible = isVisible
            return [.looked]
        case .hello, .otherVersion, .ping, .unknown: return []
        }
    }

    /// The page said something that it may not.
    mutating func turnedAway(_ close: PageClose) -> [VisitorAction] { self.close(close) }

    /// The time for a hello is over.
    mutating func helloTimedOut() -> [VisitorAction] {
        guard case .awaitingHello = self.state else { return [] }
        return self.close(.helloTimeout)
    }

    // MARK: Opening

    private mutating func greeted(by hello: PageHello) -> [VisitorAction] {
        self.state = .opening(hello)
        self.isVisible = hello.isVisible
        return [.open(Self.open(hello, create: false))]
    }

    private static func open(_ hello: PageHello, create: Bool) -> Open {
        Open(
            peer: hello.visitor, create: create, properties: hello.name.map { ["name": $0] } ?? [:],
            credential: hello.credential.hash)
    }

    /// The conversation is open, or refused.
    mutating func opened(_ result: Result<Opened, GatewayError>) -> [VisitorAction] {
        switch (self.state, result) {
        case (.opening(let hello), .failure(.refused(let refused)))
        where refused.code == .notFound && hello.create:
            self.state = .creating(hello)
            return [.create(Self.open(hello, create: true))]
        case (.opening, .failure(let error)), (.creating, .failure(let error)):
            return self.close(Self.closing(error))
        case (.opening(let hello), .success(let opened)),
            (.creating(let hello), .success(let opened)):
            return self.entered(hello, opened)
        default: return []
        }
    }

    private mutating func entered(_ hello: PageHello, _ opened: Opened) -> [VisitorAction] {
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
            visit.state = subscribed.state
            visit.reached = subscribed.recovered ? hello.from?.seq ?? 0 : 0
            let welcome = VisitorAction.write(
                .welcome(self.welcome(visit, subscribed, epoch)))
            let arrival: [VisitorAction] = [
                welcome, .joined(subscribed),
                .signal(Signal(conversation: visit.conversation, kind: .access)), .looked,
            ]
            guard let catchUp = CatchUp(subscribed, from: hello.from) else {
                self.state = .live(visit)
                return arrival
            }
            self.state = .catchingUp(visit, catchUp)
            return arrival + [self.fetch(visit, catchUp)]
        }
    }

    private func welcome(
        _ visit: Visit, _ subscribed: Subscribed, _ epoch: Epoch
    ) -> PageWelcome {
        PageWelcome(
            epoch: epoch, head: subscribed.head, recovered: subscribed.recovered,
            receipt: visit.team.receipt, reported: Progress(subscribed.own),
            team: visit.team.presence, state: visit.state, page: self.page)
    }

    // MARK: The end

    /// The broker can't be reached.
    mutating func brokerLost() -> [VisitorAction] { self.close(.brokerAway) }

    mutating func close(_ close: PageClose) -> [VisitorAction] {
        if case .closed = self.state { return [] }
        self.state = .closed
        let farewell: [VisitorAction] = close.word == nil ? [] : [.write(.turnedAway(close))]
        return farewell + [.close(close)]
    }

    static func closing(_ error: GatewayError) -> PageClose {
        guard case .refused(let refused) = error else { return .brokerAway }
        switch refused.code {
        case .credentialRefused: return .credentialRefused
        case .conversationGone, .notFound: return .conversationGone
        default: return refused.retry ? .brokerAway : .badMessage(refused.message)
        }
    }
}

extension Progress {
    /// What a service's receipt says.
    init(_ receipt: Receipt) {
        self.init(deliveredUpTo: receipt.deliveredUpTo, seenUpTo: receipt.seenUpTo)
    }
}
