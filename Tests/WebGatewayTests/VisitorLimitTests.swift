import GatewayKit
import NIOCore
import Protocol
import Testing

@testable import WebGateway

/// How the directory keeps visitors to their limits.
@Suite struct VisitorLimitTests {
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

    @Test mutating func `a fast writer is told when to try again, in whichever tab`() throws {
        let first = try self.enter(1)
        for number in 0..<10 {
            _ = self.say(try Sample.send("k\(number)"), first)
            _ = try self.answer("k\(number)", first)
        }
        let reason = PageRefusal.Reason.rateLimited(.milliseconds(600))
        func refusal(_ key: String, _ socket: SocketID) throws -> [Directive] {
            let refused = PageRefusal(key: try Sample.key(key), reason: reason)
            let web = try Sample.name("web")
            return [
                .refuse(
                    socket, PageMessage.refused(refused).encoded(for: web), code: "rate_limited")
            ]
        }
        #expect(self.say(try Sample.send("more"), first) == (try refusal("more", first)))
        _ = self.directory.disconnected(first, at: self.now)
        let second = try self.enter(2)
        #expect(
            self.say(try Sample.send("more"), second) == (try refusal("more", second)),
            "a page that comes again finds the pace as it was")
        self.now += .milliseconds(600)
        #expect(
            self.say(try Sample.send("more"), second)
                == [.submit(second, try self.request("more"))])
    }

    @Test mutating func `a page that doesn't wait when told is a flood`() throws {
        let socket = try self.enter(1)
        var directives: [Directive] = []
        for number in 0..<14 {
            #expect(!directives.contains(.close(socket, .flood)), "\(number)")
            directives = self.say(try Sample.send("k\(number)"), socket)
        }
        #expect(directives.contains(.close(socket, .flood)))
    }

    @Test mutating func `a page that waits as told is none`() throws {
        let socket = try self.enter(1)
        for number in 0..<200 {
            let directives = self.say(try Sample.send("k\(number)"), socket)
            if self.sockets(directives).isEmpty {
                _ = try self.answer("k\(number)", socket)
            } else {
                self.now += .milliseconds(600)
            }
        }
        #expect(self.directory.count == 1)
    }

    static let stranger = Client(address: IPAddress("192.0.2.1"), isLocal: false)

    /// A page of a stranger asks for a conversation that isn't there.
    mutating func ask(_ number: UInt64, create: Bool = true) throws -> [Directive] {
        let socket = SocketID(number: number)
        self.directory.connected(socket, Self.stranger)
        _ = self.say(.hello(try Sample.hello(create: create)), socket)
        return self.directory.opened(socket, Sample.notFound, at: self.now)
    }

    @Test mutating func `a stranger makes three conversations and then waits`() throws {
        for number in 1...3 as ClosedRange<UInt64> {
            guard case .open(_, let open)? = try self.ask(number).last else {
                Issue.record("It must be made.")
                return
            }
            #expect(open.create)
        }
        let directives = try self.ask(4)
        guard case .close(_, let close)? = directives.last else {
            Issue.record("It must wait.")
            return
        }
        #expect(close.code == 4429)
        #expect(close.retryAfter == .seconds(20 * 60))
        #expect(directives.count == 2, "a word comes before the close")
        self.now += .seconds(20 * 60)
        #expect(try self.ask(5).count == 1)
    }

    @Test mutating func `a conversation that isn't there and isn't wanted costs nothing`() throws {
        for number in 1...9 as ClosedRange<UInt64> {
            let directives = try self.ask(number, create: false)
            #expect(directives.last == .close(SocketID(number: number), .conversationGone))
        }
        #expect(try self.ask(10).count == 1)
    }

    @Test mutating func `a conversation is open in so many tabs`() throws {
        let most = UInt64(WebLimits.socketsPerConversation)
        for number in 1...most { _ = try self.enter(number) }
        let late = SocketID(number: most + 1)
        self.directory.connected(late, Self.stranger)
        _ = self.say(.hello(try Sample.hello()), late)
        let directives = self.directory.opened(late, .success(Sample.opened), at: self.now)
        #expect(directives.count == 2, "nothing is subscribed")
        guard case .close(_, let close)? = directives.last else {
            Issue.record("It must wait.")
            return
        }
        #expect(close.code == 4429)
        _ = self.directory.disconnected(SocketID(number: 1), at: self.now)
        self.directory.connected(late, Self.stranger)
        _ = self.say(.hello(try Sample.hello()), late)
        #expect(self.directory.opened(late, .success(Sample.opened), at: self.now).count == 1)
    }
}
