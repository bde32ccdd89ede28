import GatewayKit
import NIOCore
import Protocol

/// What the shell does for the directory.
enum Directive: Equatable, Sendable {
    case write(SocketID, ByteBuffer)
    case close(SocketID, PageClose)
    /// Ask the broker; the answer goes to the directory's function of that name.
    case open(SocketID, Open)
    case subscribe(SocketID, Subscribe)
    case history(SocketID, History, HistoryPurpose)
    case send(SocketID, Send)
    case unsubscribe(ConversationID)
}

/// Every page that is connected, and which conversation it shows.
///
/// It finds the sessions that something concerns, and encodes what all pages of a conversation are
/// told once.
struct VisitorDirectory: Sendable {
    private struct Room {
        var sockets: [SocketID] = []
        var sends = SendQueue()
    }

    private let service: Name
    private var sessions: [SocketID: VisitorSession] = [:]
    private var rooms: [ConversationID: Room] = [:]
    private var epoch: Epoch?

    /// A directory of pages of that service.
    init(service: Name) {
        self.service = service
    }

    /// Pages that are connected.
    var count: Int { self.sessions.count }

    // MARK: Pages

    /// A page connected.
    mutating func connected(_ socket: SocketID) {
        self.sessions[socket] = VisitorSession(service: self.service)
    }

    /// A page said something.
    mutating func received(
        _ frame: Result<PageFrame, PageFrameError>, from socket: SocketID,
        at now: ContinuousClock.Instant
    ) -> [Directive] {
        switch frame {
        case .success(let frame): self.change(socket) { $0.received(frame, at: now) }
        case .failure(let error):
            self.change(socket) { $0.receivedUnreadable(error.description) }
        }
    }

    /// The time for a page's hello is over.
    mutating func helloTimedOut(_ socket: SocketID) -> [Directive] {
        self.change(socket) { $0.helloTimedOut() }
    }

    /// A page's socket is gone.
    mutating func disconnected(_ socket: SocketID) -> [Directive] {
        self.leave(socket)
    }

    // MARK: The broker

    /// The broker welcomed us.
    mutating func brokerConnected(_ epoch: Epoch) {
        self.epoch = epoch
    }

    /// The broker can't be reached: nothing that pages are told would be true, so they come back
    /// later.
    mutating func brokerLost() -> [Directive] {
        self.epoch = nil
        let directives = self.sessions.keys.sorted { $0.number < $1.number }.flatMap { socket in
            self.change(socket) { $0.brokerLost() }
        }
        // The subscriptions went with the connection.
        return directives.filter { if case .unsubscribe = $0 { false } else { true } }
    }

    mutating func opened(
        _ socket: SocketID, _ result: Result<Opened, GatewayError>
    ) -> [Directive] {
        self.change(socket) { $0.opened(result) }
    }

    mutating func subscribed(
        _ socket: SocketID, _ result: Result<Subscribed, GatewayError>
    ) -> [Directive] {
        guard let epoch = self.epoch else { return self.change(socket) { $0.brokerLost() } }
        return self.change(socket) { $0.subscribed(result, epoch: epoch) }
    }

    mutating func paged(
        _ socket: SocketID, _ result: Result<Page, GatewayError>, _ purpose: HistoryPurpose
    ) -> [Directive] {
        self.change(socket) { $0.paged(result, purpose) }
    }

    /// A message was answered: its page hears of it, and the next one of the conversation goes.
    mutating func sent(
        _ socket: SocketID, _ send: Send, _ result: Result<Sent, GatewayError>
    ) -> [Directive] {
        let entry = SendQueue.Entry(socket: socket, send: send)
        guard var room = self.rooms[send.conversation], room.sends.isCurrent(entry) else {
            return []
        }
        var behind: [SendQueue.Entry] = []
        var next: SendQueue.Entry?
        if case .failure(.refused(let refused)) = result, refused.retry {
            behind = room.sends.refusedForNow()
        } else {
            next = room.sends.answered()
        }
        self.rooms[send.conversation] = room
        var directives = self.change(socket) { $0.sent(send.key, result) }
        for entry in behind {
            directives += self.change(entry.socket) { $0.mustWait(entry.send.key) }
        }
        if let next, self.rooms[send.conversation] != nil {
            directives.append(.send(next.socket, next.send))
        }
        return directives
    }

    /// The broker said something without being asked.
    mutating func pushed(_ push: BrokerPush) -> [Directive] {
        switch push {
        case .event(let push): return self.committed(push)
        case .receipt(let push):
            let sockets = self.rooms[push.conversation]?.sockets ?? []
            return sockets.flatMap { socket in
                self.change(socket) { $0.changed(push.receipt) }
            }
        case .serviceState(let service):
            return self.sessions.keys.sorted { $0.number < $1.number }.flatMap { socket in
                self.change(socket) { $0.changed(service) }
            }
        case .delivery: return []
        }
    }

    private mutating func committed(_ push: EventPush) -> [Directive] {
        var directives: [Directive] = []
        var encoded: ByteBuffer?
        for socket in self.rooms[push.conversation]?.sockets ?? [] {
            guard self.sessions[socket]?.pushed(push.event.seq) == true else { continue }
            let bytes = encoded ?? PageMessage.events([push.event]).encoded(for: self.service)
            encoded = bytes
            directives.append(.write(socket, bytes))
        }
        return directives
    }

    // MARK: Sessions

    private mutating func change(
        _ socket: SocketID, _ transition: (inout VisitorSession) -> [VisitorAction]
    ) -> [Directive] {
        guard var session = self.sessions[socket] else { return [] }
        let actions = transition(&session)
        self.sessions[socket] = session
        return actions.flatMap { self.carry($0, socket) }
    }

    private mutating func carry(_ action: VisitorAction, _ socket: SocketID) -> [Directive] {
        switch action {
        case .write(let message): return [.write(socket, message.encoded(for: self.service))]
        case .open(let open): return [.open(socket, open)]
        case .subscribe(let subscribe): return [.subscribe(socket, subscribe)]
        case .history(let history, let purpose): return [.history(socket, history, purpose)]
        case .join(let conversation):
            self.rooms[conversation, default: Room()].sockets.append(socket)
            return []
        case .send(let send): return self.queue(SendQueue.Entry(socket: socket, send: send))
        case .close(let close): return [.close(socket, close)] + self.leave(socket)
        }
    }

    private mutating func queue(_ entry: SendQueue.Entry) -> [Directive] {
        switch self.rooms[entry.send.conversation]?.sends.submitted(entry) {
        case .ask?: return [.send(entry.socket, entry.send)]
        case .wait?, nil: return []
        case .full?: return self.change(entry.socket) { $0.mustWait(entry.send.key) }
        }
    }

    private mutating func leave(_ socket: SocketID) -> [Directive] {
        guard let session = self.sessions.removeValue(forKey: socket),
            let conversation = session.conversation, var room = self.rooms[conversation]
        else { return [] }
        room.sockets.removeAll { $0 == socket }
        room.sends.left(socket)
        self.rooms[conversation] = room.sockets.isEmpty ? nil : room
        return room.sockets.isEmpty ? [.unsubscribe(conversation)] : []
    }
}
