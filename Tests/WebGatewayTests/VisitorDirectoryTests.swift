import GatewayKit
import NIOCore
import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorDirectoryTests {
    var directory: VisitorDirectory
    let now = ContinuousClock.now

    init() throws {
        self.directory = VisitorDirectory(service: try Sample.name("web"))
        self.directory.brokerConnected(Sample.epoch)
    }

    /// A page that is live in the one conversation.
    mutating func enter(_ number: UInt64) throws -> SocketID {
        let socket = SocketID(number: number)
        self.directory.connected(socket)
        _ = self.directory.received(
            .success(.hello(try Sample.hello())), from: socket, at: self.now)
        _ = self.directory.opened(socket, .success(Sample.opened))
        _ = self.directory.subscribed(socket, .success(try Sample.subscribed(head: 0)))
        return socket
    }

    mutating func send(_ key: String, _ socket: SocketID) throws -> [Directive] {
        self.directory.received(
            .success(.send(PageSend(key: try Sample.key(key), body: "x"))), from: socket,
            at: self.now)
    }

    func sent(_ key: String) throws -> Send {
        Send(
            conversation: Sample.conversation, key: try Sample.key(key),
            author: Author(id: "v12345678", name: "Ann"), body: "x")
    }

    func sockets(_ directives: [Directive]) -> [UInt64] {
        directives.compactMap { if case .write(let socket, _) = $0 { socket.number } else { nil } }
    }

    static let stored = Result<Sent, GatewayError>.success(
        Sent(seq: 1, id: Sample.eventID(1), at: 1, duplicate: false))

    @Test mutating func `an event reaches every page of its conversation`() throws {
        _ = try self.enter(1)
        _ = try self.enter(2)
        let push = EventPush(conversation: Sample.conversation, event: try Sample.event(1))
        #expect(self.sockets(self.directory.pushed(.event(push))) == [1, 2])
        var other = push
        other.conversation = ConversationID(Bits128(high: 0, low: 7))
        #expect(self.directory.pushed(.event(other)) == [])
    }

    @Test mutating func `two tabs' messages go one at a time`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(try self.send("a", first) == [.send(first, try self.sent("a"))])
        #expect(try self.send("b", second) == [])
        let directives = self.directory.sent(first, try self.sent("a"), Self.stored)
        #expect(self.sockets(directives) == [1])
        #expect(directives.last == .send(second, try self.sent("b")))
    }

    @Test mutating func `a message to be tried again holds up those behind it`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        _ = try self.send("a", first)
        _ = try self.send("b", second)
        let refused = GatewayError.refused(Refused(.storageFailed, retry: true, "Full."))
        let directives = self.directory.sent(first, try self.sent("a"), .failure(refused))
        #expect(self.sockets(directives) == [1, 2])
        #expect(directives.count == 2, "Nothing goes to the broker until a page tries again.")
        #expect(try self.send("a", first) == [.send(first, try self.sent("a"))])
    }

    @Test mutating func `a page that is gone is forgotten and the last one unsubscribes`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(self.directory.disconnected(first) == [])
        #expect(
            self.directory.disconnected(second) == [.unsubscribe(Sample.conversation)])
        #expect(self.directory.disconnected(second) == [])
        #expect(self.directory.count == 0)
    }

    @Test mutating func `an answer to a page that is gone doesn't count for its successor`() throws
    {
        let first = try self.enter(1)
        _ = try self.send("a", first)
        _ = self.directory.disconnected(first)
        let second = try self.enter(2)
        _ = try self.send("a", second)
        #expect(self.directory.sent(first, try self.sent("a"), Self.stored) == [])
        #expect(
            self.sockets(self.directory.sent(second, try self.sent("a"), Self.stored)) == [2])
    }

    @Test mutating func `without the broker every page is sent away`() throws {
        let (first, second) = (try self.enter(1), try self.enter(2))
        #expect(
            self.directory.brokerLost() == [
                .close(first, .brokerAway), .close(second, .brokerAway),
            ])
        #expect(self.directory.count == 0)
    }

    @Test mutating func `receipts go to their conversation and states to all`() throws {
        let socket = try self.enter(1)
        let discord = try Sample.name("discord")
        let receipt = ReceiptPush(
            conversation: Sample.conversation,
            receipt: Receipt(service: discord, deliveredUpTo: 4))
        #expect(self.sockets(self.directory.pushed(.receipt(receipt))) == [socket.number])
        #expect(self.sockets(self.directory.pushed(.receipt(receipt))) == [])
        let state = ServiceState(service: discord, isUp: false)
        #expect(self.sockets(self.directory.pushed(.serviceState(state))) == [socket.number])
    }

    @Test mutating func `a page's mistake closes it and leaves its conversation`() throws {
        let socket = try self.enter(1)
        let directives = self.directory.received(
            .failure(PageFrameError("no JSON")), from: socket, at: self.now)
        #expect(directives.contains(.close(socket, .badMessage("no JSON"))))
        #expect(directives.last == .unsubscribe(Sample.conversation))
    }
}
