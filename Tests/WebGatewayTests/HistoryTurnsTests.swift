import GatewayKit
import NIOCore
import Protocol
import Testing

@testable import WebGateway

/// Pages of events are asked for a few at once.
@Suite struct HistoryTurnsTests {
    var directory: VisitorDirectory
    let now = ContinuousClock.now

    init() throws {
        self.directory = VisitorDirectory(
            service: try Sample.name("web"), page: Sample.page, limitFactor: 1)
        self.directory.brokerConnected(Sample.epoch)
    }

    /// A page of a conversation of its own comes; the sockets whose history is asked for then.
    private mutating func arrive(_ number: UInt64) throws -> [UInt64] {
        let socket = SocketID(number: number)
        var opened = Sample.opened
        opened.conversation = ConversationID(Bits128(high: 7, low: number))
        self.directory.connected(socket, Client(address: nil, isLocal: true))
        _ = self.directory.received(
            .success(.hello(try Sample.hello())), from: socket, at: self.now)
        _ = self.directory.opened(socket, .success(opened), at: self.now)
        return Self.asking(
            self.directory.subscribed(
                socket, .success(try Sample.subscribed(head: 3)), at: self.now))
    }

    /// The answer to a page's question comes.
    private mutating func answer(
        _ number: UInt64, _ result: Result<Page, GatewayError>
    ) -> [UInt64] {
        Self.asking(
            self.directory.paged(
                SocketID(number: number), result, .catchUp, at: self.now))
    }

    private static func asking(_ directives: [Directive]) -> [UInt64] {
        directives.compactMap { directive in
            guard case .history(let socket, _, _) = directive else { return nil }
            return socket.number
        }
    }

    @Test mutating func `as many as may ask at once; the others follow in their order`() throws {
        let all = (1...20 as ClosedRange<UInt64>)
        var asked: [UInt64] = []
        for number in all { asked += try self.arrive(number) }
        #expect(asked == Array(1...16))
        for number in all {
            asked += self.answer(number, .success(try Sample.page(1...3)))
        }
        #expect(asked == Array(all))
    }

    @Test mutating func `who left meanwhile holds up nobody`() throws {
        for number in 1...20 as ClosedRange<UInt64> { _ = try self.arrive(number) }
        _ = self.directory.disconnected(SocketID(number: 17), at: self.now)
        // One that is under way leaves, too: its answer still comes.
        _ = self.directory.disconnected(SocketID(number: 1), at: self.now)
        #expect(self.answer(1, .success(try Sample.page(1...3))) == [18])
    }

    @Test mutating func `a broker that comes back finds all turns free`() throws {
        for number in 1...20 as ClosedRange<UInt64> { _ = try self.arrive(number) }
        _ = self.directory.brokerLost(at: self.now)
        for number in 1...16 as ClosedRange<UInt64> {
            #expect(self.answer(number, .failure(.disconnected)) == [])
        }
        self.directory.brokerConnected(Sample.epoch)
        var asked: [UInt64] = []
        for number in 21...40 as ClosedRange<UInt64> { asked += try self.arrive(number) }
        #expect(asked == Array(21...36))
    }
}
