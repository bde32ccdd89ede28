import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorPartsTests {
    @Test func `a bucket gives a burst at once and then one each interval`() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(burst: 3, interval: .seconds(1))
        for _ in 0..<3 { #expect(bucket.take(at: start) == nil) }
        #expect(bucket.take(at: start) == .seconds(1))
        #expect(bucket.take(at: start + .milliseconds(400)) == .milliseconds(600))
        #expect(bucket.take(at: start + .seconds(1)) == nil)
        #expect(bucket.take(at: start + .seconds(1)) == .seconds(1))
        for _ in 0..<3 { #expect(bucket.take(at: start + .seconds(60)) == nil) }
        #expect(bucket.take(at: start + .seconds(60)) != nil)
    }

    func entry(_ key: String, _ socket: UInt64 = 1) throws -> SendQueue.Entry {
        SendQueue.Entry(
            socket: SocketID(number: socket),
            send: Send(
                conversation: Sample.conversation, key: try Sample.key(key),
                author: Author(id: "v", name: "Ann"), body: "x"))
    }

    @Test func `one message is on its way and the others wait in order`() throws {
        var queue = SendQueue()
        #expect(queue.submitted(try self.entry("a")) == .ask)
        #expect(queue.submitted(try self.entry("b")) == .wait)
        #expect(queue.submitted(try self.entry("c", 2)) == .wait)
        #expect(queue.isCurrent(try self.entry("a")))
        #expect(queue.answered() == (try self.entry("b")))
        #expect(queue.answered() == (try self.entry("c", 2)))
        #expect(queue.answered() == nil)
        #expect(queue.submitted(try self.entry("d")) == .ask)
    }

    @Test func `nothing overtakes a message that is to be tried again`() throws {
        var queue = SendQueue()
        for key in ["a", "b", "c"] { _ = queue.submitted(try self.entry(key)) }
        #expect(queue.refusedForNow() == [try self.entry("b"), try self.entry("c")])
        #expect(queue.submitted(try self.entry("a")) == .ask)
    }

    @Test func `a queue has an end and forgets a socket that is gone`() throws {
        var queue = SendQueue()
        for number in 0...SendQueue.waitingMax {
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
        #expect(!team.isUp)
        #expect(team.changed(Receipt(service: phone, deliveredUpTo: 2, seenUpTo: 2)) == true)
        #expect(team.receipt == TeamReceipt(deliveredUpTo: 3, seenUpTo: 2))
        #expect(team.changed(Receipt(service: web, deliveredUpTo: 100)) == false)
        #expect(team.changed(ServiceState(service: discord, isUp: true)) == true)
        #expect(team.changed(ServiceState(service: phone, isUp: true)) == false)
        #expect(team.isUp)
    }
}
