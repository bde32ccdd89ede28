import GatewayKit
import NIOCore
import Protocol

/// Every page that is connected, and which conversation it shows.
///
/// It finds the sessions that something concerns, encodes what all pages of a conversation are
/// told once, and holds what a conversation's pages share.
struct VisitorDirectory: Sendable {
    /// A page and what is known of it beside its session.
    struct Seat {
        var session: VisitorSession
        var client: Client
        var patience = Patience()
    }

    /// The service whose pages these are.
    let service: Name
    private let page: PageVersion
    private var epoch: Epoch?
    // Only the directory's own extensions change these.
    var seats: [SocketID: Seat] = [:]
    var rooms: [ConversationID: Room] = [:]
    var rates = RequestRates()
    var arrivals: ArrivalLimits
    var turns = HistoryTurns()

    /// A directory of pages of that service and version; the limits of addresses hold so many
    /// times.
    init(service: Name, page: PageVersion, limitFactor: Int) {
        self.service = service
        self.page = page
        self.arrivals = ArrivalLimits(factor: limitFactor)
    }

    /// Pages that are connected.
    var count: Int { self.seats.count }

    /// The pages in the order in which they came.
    var sockets: [SocketID] { self.seats.keys.sorted { $0.number < $1.number } }

    // MARK: Pages

    /// A page connected.
    mutating func connected(_ socket: SocketID, _ client: Client) {
        self.seats[socket] = Seat(
            session: VisitorSession(service: self.service, page: self.page), client: client)
    }

    /// A page said something.
    mutating func received(
        _ frame: Result<PageFrame, PageFrameError>, from socket: SocketID,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        switch frame {
        case .success(let frame): self.change(socket, at: now) { $0.received(frame) }
        case .failure(let error):
            self.turnAway(socket, .badMessage(error.description), at: now)
        }
    }

    /// A page did something that it may not.
    mutating func turnAway(
        _ socket: SocketID, _ close: PageClose, at now: ContinuousClock.Instant
    ) -> [Directive] {
        self.change(socket, at: now) { $0.turnedAway(close) }
    }

    /// The time for a page's hello is over.
    mutating func helloTimedOut(
        _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        self.change(socket, at: now) { $0.helloTimedOut() }
    }

    /// A page's socket is gone.
    mutating func disconnected(
        _ socket: SocketID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        self.leave(socket, at: now)
    }

    /// The time to report again has come for a conversation.
    mutating func reportsDue(
        _ conversation: ConversationID, at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let step = self.rooms[conversation]?.reports.due(at: now) else { return [] }
        return Room.directives(for: step, conversation)
    }

    // MARK: The broker

    /// The broker welcomed us.
    mutating func brokerConnected(_ epoch: Epoch) {
        self.epoch = epoch
    }

    /// The broker can't be reached: nothing that pages are told would be true, so they come back
    /// later.
    mutating func brokerLost(at now: ContinuousClock.Instant) -> [Directive] {
        self.epoch = nil
        let directives = self.sockets.flatMap { socket in
            self.change(socket, at: now) { $0.brokerLost() }
        }
        // Subscriptions and the rest went with the connection.
        return directives.filter { !$0.isForBroker }
    }

    mutating func opened(
        _ socket: SocketID, _ result: Result<Opened, GatewayError>,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        self.change(socket, at: now) { $0.opened(result) }
    }

    mutating func subscribed(
        _ socket: SocketID, _ result: Result<Subscribed, GatewayError>,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        guard let epoch = self.epoch else {
            return self.change(socket, at: now) { $0.brokerLost() }
        }
        return self.change(socket, at: now) { $0.subscribed(result, epoch: epoch) }
    }

    mutating func paged(
        _ socket: SocketID, _ result: Result<Page, GatewayError>, _ purpose: HistoryPurpose,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        var directives: [Directive] = []
        // The next one goes first: what follows may ask for more.
        let seats = self.seats
        let next = self.turns.answered { seats[$0.socket] != nil }
        if let next { directives.append(.history(next.socket, next.history, next.purpose)) }
        return directives + self.change(socket, at: now) { $0.paged(result, purpose) }
    }

    /// A request was answered: its page hears of it, and the next one of the conversation goes.
    mutating func answered(
        _ socket: SocketID, _ request: VisitorRequest,
        _ result: Result<PageStored, GatewayError>, at now: ContinuousClock.Instant
    ) -> [Directive] {
        let conversation = request.conversation
        let entry = RequestQueue.Entry(socket: socket, request: request)
        guard self.rooms[conversation]?.requests.isCurrent(entry) == true else { return [] }
        var behind: [RequestQueue.Entry] = []
        var next: RequestQueue.Entry?
        if case .failure(.refused(let refused)) = result, refused.retry {
            behind = self.rooms[conversation]?.requests.refusedForNow() ?? []
        } else {
            next = self.rooms[conversation]?.requests.answered()
        }
        var directives = self.change(socket, at: now) { $0.answered(request, result) }
        for entry in behind {
            directives += self.change(entry.socket, at: now) {
                $0.mustWait(entry.request.key, .waitYourTurn)
            }
        }
        if let next, self.rooms[conversation] != nil {
            directives.append(.submit(next.socket, next.request))
        }
        return directives
    }

    // MARK: Sessions

    /// Changes a page's session and carries out what it asks for.
    mutating func change(
        _ socket: SocketID, at now: ContinuousClock.Instant,
        _ transition: (inout VisitorSession) -> [VisitorAction]
    ) -> [Directive] {
        guard var session = self.seats[socket]?.session else { return [] }
        let actions = transition(&session)
        self.seats[socket]?.session = session
        var directives: [Directive] = []
        for action in actions where self.seats[socket] != nil {
            directives += self.carry(action, socket, at: now)
        }
        return directives
    }

    /// Changes a room, if it is there, and tells what that gives.
    mutating func inRoom<Value>(
        _ conversation: ConversationID, _ body: (inout Room) -> Value
    ) -> Value? {
        guard var room = self.rooms[conversation] else { return nil }
        defer { self.rooms[conversation] = room }
        return body(&room)
    }
}
