import GatewayKit
import NIOCore
import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorDirectoryTests {
    var directory: VisitorDirectory
    var now = ContinuousClock.now

    init() throws {
        self.directory = VisitorDirectory(
            service: try Sample.name("web"), page: Sample.page, limitFactor: 1)
        self.directory.brokerConnected(Sample.epoch)
    }

    /// A page that is live in the one conversation; what its arrival gave.
    mutating func arrive(
        _ number: UInt64, isVisible: Bool = true, head: Int64 = 0
    ) throws -> [Directive] {
        let socket = SocketID(number: number)
        let hello = try Sample.hello(isVisible: isVisible)
        self.directory.connected(socket, Client(address: nil, isLocal: true))
        _ = self.directory.received(.success(.hello(hello)), from: socket, at: self.now)
        _ = self.directory.opened(socket, .success(Sample.opened), at: self.now)
        return self.directory.subscribed(
            socket, .success(try Sample.subscribed(head: head)), at: self.now)
    }

    mutating func enter(_ number: UInt64) throws -> SocketID {
        _ = try self.arrive(number)
        return SocketID(number: number)
    }

    mutating func say(_ frame: PageFrame, _ socket: SocketID) -> [Directive] {
        self.directory.received(.success(frame), from: socket, at: self.now)
    }

    mutating func answer(
        _ key: String, _ socket: SocketID,
        _ result: Result<PageStored, GatewayError> = .success(Sample.stored)
    ) throws -> [Directive] {
        self.directory.answered(socket, try self.request(key), result, at: self.now)
    }

    func request(_ key: String) throws -> VisitorRequest {
        .send(
            Send(
                conversation: Sample.conversation, key: try Sample.key(key),
                author: Author(id: "v12345678", name: "Ann"), body: "Hello"))
    }

    func sockets(_ directives: [Directive]) -> [UInt64] {
        directives.compactMap { directive in
            switch directive {
            case .write(let socket, _), .refuse(let socket, _, _): socket.number
            default: nil
            }
        }
    }

    static func presence(_ isOn: Bool) -> Directive {
        .signal(Signal(conversation: Sample.conversation, kind: .presence(isOn: isOn)))
    }

    // MARK: Events and requests

    @Test mutating func `an event reaches every page of its conversation`() throws {
        _ = try self.enter(1)
        _ = try self.enter(2)
        let push = EventPush(conversation: Sample.conversation, event: try Sample.event(1))
        #expect(self.sockets(self.directory.pushed(.event(push), at: self.now)) == [1, 2])
        var other = push
        other.conversation = ConversationID(Bits128(high: 0, low: 7))
        #expect(self.directory.pushed(.event(other), at: self.now) == [])
    }

    @Test mutating func `two tabs' messages go one at a time`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(
            self.say(try Sample.send("a"), first) == [.submit(first, try self.request("a"))])
        #expect(self.say(try Sample.send("b"), second) == [])
        let directives = try self.answer("a", first)
        #expect(self.sockets(directives) == [1])
        #expect(directives.last == .submit(second, try self.request("b")))
    }

    @Test mutating func `a message to be tried again holds up those behind it`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        _ = self.say(try Sample.send("a"), first)
        _ = self.say(try Sample.send("b"), second)
        let refused = GatewayError.refused(Refused(.storageFailed, retry: true, "Full."))
        let directives = try self.answer("a", first, .failure(refused))
        #expect(self.sockets(directives) == [1, 2])
        #expect(directives.count == 2, "Nothing goes to the broker until a page tries again.")
        #expect(
            self.say(try Sample.send("a"), first) == [.submit(first, try self.request("a"))])
    }

    @Test mutating func `an answer to a page that is gone doesn't count for its successor`() throws
    {
        let first = try self.enter(1)
        _ = self.say(try Sample.send("a"), first)
        _ = self.directory.disconnected(first, at: self.now)
        let second = try self.enter(2)
        _ = self.say(try Sample.send("a"), second)
        #expect(try self.answer("a", first) == [])
        #expect(self.sockets(try self.answer("a", second)) == [2])
    }

    // MARK: Coming and going

    @Test mutating func `a page that is gone is forgotten and the last one unsubscribes`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(self.directory.disconnected(first, at: self.now) == [])
        #expect(
            self.directory.disconnected(second, at: self.now)
                == [Self.presence(false), .unsubscribe(Sample.conversation)])
        #expect(self.directory.disconnected(second, at: self.now) == [])
        #expect(self.directory.count == 0)
        #expect(self.directory.rooms.isEmpty)
    }

    @Test mutating func `without the broker every page is sent away`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(
            self.directory.brokerLost(at: self.now) == [
                .close(first, .brokerAway), .close(second, .brokerAway),
            ])
        #expect(self.directory.count == 0)
    }

    @Test mutating func `a page's mistake closes it and leaves its conversation`() throws {
        let socket = try self.enter(1)
        let directives = self.directory.received(
            .failure(PageFrameError("no JSON")), from: socket, at: self.now)
        #expect(directives.contains(.close(socket, .badMessage("no JSON"))))
        #expect(directives.last == .unsubscribe(Sample.conversation))
    }

    @Test mutating func `an arrival is told and so is whether anybody looks`() throws {
        let access = Directive.signal(
            Signal(conversation: Sample.conversation, kind: .access))
        let first = try self.arrive(1)
        #expect(first.contains(access))
        #expect(first.last == Self.presence(true))
        let second = try self.arrive(2)
        #expect(second.last == access, "presence is told once for all tabs")
        self.now += .seconds(2)
        #expect(self.say(.visible(false), SocketID(number: 1)) == [])
        #expect(self.say(.visible(false), SocketID(number: 2)) == [Self.presence(false)])
    }

    // MARK: What the pages say together

    @Test mutating func `reports of all tabs are merged and told once a second`() throws {
        let first = SocketID(number: 1)
        let second = SocketID(number: 2)
        _ = try self.arrive(1, isVisible: false, head: 9)
        _ = try self.arrive(2, isVisible: false, head: 9)
        func report(_ delivered: Int64?, _ seen: Int64?) -> Directive {
            .report(
                Report(
                    conversation: Sample.conversation, deliveredUpTo: delivered, seenUpTo: seen))
        }
        #expect(
            self.say(.report(PageReport(deliveredUpTo: 4)), first) == [report(4, nil)])
        self.now += .milliseconds(400)
        #expect(
            self.say(.report(PageReport(deliveredUpTo: 6, seenUpTo: 2)), first)
                == [.wait(Sample.conversation, .milliseconds(600))])
        #expect(self.say(.report(PageReport(deliveredUpTo: 3, seenUpTo: 5)), second) == [])
        self.now += .milliseconds(600)
        #expect(
            self.directory.reportsDue(Sample.conversation, at: self.now) == [report(6, 5)])
        self.now += .seconds(2)
        #expect(self.say(.report(PageReport(deliveredUpTo: 6, seenUpTo: 1)), first) == [])
        #expect(
            self.say(.report(PageReport(seenUpTo: 1_000)), first) == [report(nil, 9)],
            "nobody has seen more than there is")
        _ = self.say(.report(PageReport(deliveredUpTo: 7)), first)
        _ = self.directory.disconnected(first, at: self.now)
        #expect(
            self.directory.disconnected(second, at: self.now).first == report(7, nil),
            "what waits is told with the last page's end")
        #expect(self.directory.reportsDue(Sample.conversation, at: self.now) == [])
    }

    @Test mutating func `typing is told once in three seconds for all tabs`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        let typing = Directive.signal(
            Signal(conversation: Sample.conversation, kind: .typing, name: "Ann"))
        #expect(self.say(.typing, first) == [typing])
        self.now += .seconds(2)
        #expect(self.say(.typing, second) == [])
        self.now += .seconds(1)
        #expect(self.say(.typing, second) == [typing])
    }

    // MARK: What the broker says

    @Test mutating func `the team's typing reaches the pages under a clean name`() throws {
        _ = try self.enter(1)
        let discord = try Sample.name("discord")
        func push(_ kind: Signal.Kind, _ name: String?) -> BrokerPush {
            .signal(
                SignalPush(
                    signal: Signal(conversation: Sample.conversation, kind: kind, name: name),
                    service: discord))
        }
        let sam = push(.typing, "\u{202E}Sam\n")
        #expect(
            self.directory.pushed(sam, at: self.now) == [
                .write(
                    SocketID(number: 1),
                    ByteBuffer(string: #"{"type":"typing","name":"Sam"}"#))
            ])
        #expect(self.directory.pushed(sam, at: self.now) == [], "once in three seconds")
        #expect(self.sockets(self.directory.pushed(push(.typing, "Eve"), at: self.now)) == [1])
        #expect(self.directory.pushed(push(.presence(isOn: true), nil), at: self.now) == [])
    }

    @Test mutating func `receipts and states go to those whom they concern`() throws {
        let socket = try self.enter(1)
        let discord = try Sample.name("discord")
        let receipt = BrokerPush.receipt(
            ReceiptPush(
                conversation: Sample.conversation,
                receipt: Receipt(service: discord, deliveredUpTo: 4)))
        #expect(self.sockets(self.directory.pushed(receipt, at: self.now)) == [socket.number])
        #expect(self.sockets(self.directory.pushed(receipt, at: self.now)) == [])
        let away = BrokerPush.serviceState(ServiceState(service: discord, isUp: false))
        #expect(self.sockets(self.directory.pushed(away, at: self.now)) == [socket.number])
        let blocked = BrokerPush.conversationState(
            ConversationStatePush(conversation: Sample.conversation, state: .blocked))
        #expect(
            self.directory.pushed(blocked, at: self.now) == [
                .write(socket, ByteBuffer(string: #"{"type":"state","state":"blocked"}"#))
            ])
    }

    @Test mutating func `a subscription that lagged is asked for again for all its pages`() throws {
        _ = try self.enter(1)
        let event = BrokerPush.event(
            EventPush(conversation: Sample.conversation, event: try Sample.event(1)))
        _ = self.directory.pushed(event, at: self.now)
        let lagged = BrokerPush.lagged(Lagged(conversation: Sample.conversation, from: 1))
        #expect(
            self.directory.pushed(lagged, at: self.now)
                == [.resubscribe(Subscribe(conversation: Sample.conversation))])
        let late = BrokerPush.event(
            EventPush(conversation: Sample.conversation, event: try Sample.event(5)))
        #expect(self.directory.pushed(late, at: self.now) == [])
        let again = self.directory.resubscribed(
            Sample.conversation, .success(try Sample.subscribed(head: 5)), at: self.now)
        #expect(
            again == [
                .history(
                    SocketID(number: 1), History(conversation: Sample.conversation, .after(1)),
                    .catchUp)
            ])
        let nobody = Lagged(conversation: ConversationID(Bits128(high: 0, low: 7)), from: 1)
        #expect(self.directory.pushed(.lagged(nobody), at: self.now) == [])
    }

    @Test mutating func `an erasure closes every page of its conversation at once`() throws {
        let live = try self.enter(1)
        // Its subscription isn't answered yet.
        let subscribing = SocketID(number: 2)
        self.directory.connected(subscribing, Client(address: nil, isLocal: true))
        _ = self.directory.received(
            .success(.hello(try Sample.hello(isVisible: true))), from: subscribing, at: self.now)
        _ = self.directory.opened(subscribing, .success(Sample.opened), at: self.now)
        let elsewhere = SocketID(number: 3)
        self.directory.connected(elsewhere, Client(address: nil, isLocal: true))
        let gone = BrokerPush.conversationGone(
            ConversationGone(conversation: Sample.conversation))
        let directives = self.directory.pushed(gone, at: self.now)
        #expect(directives.contains(.close(live, .conversationGone)))
        #expect(directives.contains(.close(subscribing, .conversationGone)))
        #expect(directives.contains(.unsubscribe(Sample.conversation)))
        #expect(self.directory.rooms.isEmpty && self.directory.count == 1)
        #expect(self.directory.pushed(gone, at: self.now) == [])
    }

    @Test(arguments: Phase.allCases)
    func `an erasure ends a session in every state`(phase: Phase) throws {
        var session = try phase.session()
        #expect(Outcome(session.erased()) == (phase == .closed ? .nothing : .closed(4410)))
        #expect(session.state == .closed)
    }
}
