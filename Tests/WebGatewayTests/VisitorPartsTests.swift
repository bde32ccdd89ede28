import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorPartsTests {
    func entry(_ key: String, _ socket: UInt64 = 1) throws -> RequestQueue.Entry {
        RequestQueue.Entry(
            socket: SocketID(number: socket),
            request: .send(
                Send(
                    conversation: Sample.conversation, key: try Sample.key(key),
                    author: Author(id: "v", name: "Ann"), body: "x")))
    }

    @Test func `one request is on its way and the others wait in order`() throws {
        var queue = RequestQueue()
        #expect(queue.submitted(try self.entry("a")) == .ask)
        #expect(queue.submitted(try self.entry("b")) == .wait)
        #expect(queue.submitted(try self.entry("c", 2)) == .wait)
        #expect(queue.isCurrent(try self.entry("a")))
        #expect(queue.answered() == (try self.entry("b")))
        #expect(queue.answered() == (try self.entry("c", 2)))
        #expect(queue.answered() == nil)
        #expect(queue.submitted(try self.entry("d")) == .ask)
    }

    @Test func `nothing overtakes a request that is to be tried again`() throws {
        var queue = RequestQueue()
        for key in ["a", "b", "c"] { _ = queue.submitted(try self.entry(key)) }
        #expect(queue.refusedForNow() == [try self.entry("b"), try self.entry("c")])
        #expect(queue.submitted(try self.entry("a")) == .ask)
    }

    @Test func `a queue has an end and forgets a socket that is gone`() throws {
        var queue = RequestQueue()
        for number in 0...RequestQueue.waitingMax {
            _ = queue.submitted(try self.entry("k\(number)"))
        }
        #expect(queue.submitted(try self.entry("more")) == .full)
        queue.left(SocketID(number: 1))
        #expect(queue.submitted(try self.entry("more", 2)) == .wait)
        #expect(queue.answered() == (try self.entry("more", 2)))
    }

    @Test func `a recovered page fetches what follows its place`() throws {
        let position = try #require(try Sample.hello(from: 3).from)
        let subscribed = try Sample.subscribed(head: 150, recovered: true)
        var way = try #require(CatchUp(subscribed, from: position))
        #expect(way.next == .after(3))
        #expect(way.received(try Sample.page(4...103)) == false)
        #expect(way.next == .after(103))
        way.pushed(151)
        #expect(way.received(try Sample.page(104...150)) == false)
        #expect(way.received(try Sample.page(151...151)) == true)
    }

    @Test func `a page that starts anew fetches the newest events`() throws {
        let position = try #require(try Sample.hello(from: 3).from)
        for from in [nil, position] {
            var way = try #require(CatchUp(Sample.subscribed(head: 7), from: from))
            #expect(way.next == .before(8))
            #expect(way.received(try Sample.page(1...7)) == true)
        }
    }

    @Test func `a page that has everything fetches nothing`() throws {
        let position = try #require(try Sample.hello(from: 3).from)
        #expect(CatchUp(try Sample.subscribed(head: 0), from: nil) == nil)
        #expect(CatchUp(try Sample.subscribed(head: 3, recovered: true), from: position) == nil)
        var way = try #require(CatchUp(Sample.subscribed(head: 7), from: nil))
        #expect(way.received(Page(events: [], more: false)) == true, "an empty page must not loop")
    }

    @Test func `the team's receipt is the best of the other services`() throws {
        let (web, discord, phone) = (
            try Sample.name("web"), try Sample.name("discord"), try Sample.name("phone")
        )
        var team = TeamState(
            own: web,
            receipts: [
                Receipt(service: web, deliveredUpTo: 99),
                Receipt(service: discord, deliveredUpTo: 3, seenUpTo: 1),
            ], services: [ServiceState(service: web, isUp: true)])
        #expect(team.receipt == TeamReceipt(deliveredUpTo: 3, seenUpTo: 1))
        #expect(team.changed(Receipt(service: phone, deliveredUpTo: 2, seenUpTo: 2)) == true)
        #expect(team.receipt == TeamReceipt(deliveredUpTo: 3, seenUpTo: 2))
        #expect(team.changed(Receipt(service: web, deliveredUpTo: 100)) == false)
        let failed = Receipt.Failure(seq: 2, code: "50035", reason: "Too long.")
        #expect(team.service(requeueing: 2) == discord, "the first that there is")
        #expect(team.changed(Receipt(service: phone, failed: [failed])) == true)
        #expect(team.service(requeueing: 2) == phone, "the one that set it aside")
    }

    @Test func `the team is there since the first came and away since the last left`() throws {
        let (web, discord, phone) = (
            try Sample.name("web"), try Sample.name("discord"), try Sample.name("phone")
        )
        var team = TeamState(
            own: web, receipts: [], services: [ServiceState(service: web, isUp: true, since: 1)])
        #expect(team.presence == TeamPresence(isUp: false))
        #expect(team.changed(ServiceState(service: discord, isUp: true, since: 5)) == true)
        #expect(team.presence == TeamPresence(isUp: true, since: 5))
        #expect(team.changed(ServiceState(service: phone, isUp: true, since: 6)) == false)
        #expect(team.changed(ServiceState(service: discord, isUp: false, since: 8)) == true)
        #expect(team.presence == TeamPresence(isUp: true, since: 6))
        #expect(team.changed(ServiceState(service: phone, isUp: false, since: 9)) == true)
        #expect(team.presence == TeamPresence(isUp: false, since: 9))
        #expect(
            team.changed(ServiceState(service: phone, isUp: false, since: 9, backlog: 3))
                == false)
    }
}
