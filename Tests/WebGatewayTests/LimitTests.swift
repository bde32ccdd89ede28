import Protocol
import Testing

@testable import WebGateway

@Suite struct LimitTests {
    let start = ContinuousClock.now

    func client(_ address: String) throws -> Client {
        let address: IPAddress = try #require(IPAddress(address))
        return Client(address: address, isLocal: false)
    }

    static let local = Client(address: IPAddress("127.0.0.1"), isLocal: true)

    @Test func `a bucket gives a burst at once and then one each interval`() {
        var bucket = TokenBucket(burst: 3, interval: .seconds(1))
        for _ in 0..<3 { #expect(bucket.take(at: self.start) == nil) }
        #expect(bucket.take(at: self.start) == .seconds(1))
        #expect(bucket.take(at: self.start + .milliseconds(400)) == .milliseconds(600))
        #expect(!bucket.isFull(at: self.start + .seconds(2)))
        #expect(bucket.isFull(at: self.start + .seconds(3)))
        #expect(bucket.take(at: self.start + .seconds(1)) == nil)
        #expect(bucket.take(at: self.start + .seconds(1)) == .seconds(1))
        for _ in 0..<3 { #expect(bucket.take(at: self.start + .seconds(60)) == nil) }
        #expect(bucket.take(at: self.start + .seconds(60)) != nil)
    }

    @Test func `a bucket gives so many times as much`() {
        var bucket = TokenBucket(burst: 2, interval: .seconds(3)).multiplied(by: 3)
        for _ in 0..<6 { #expect(bucket.take(at: self.start) == nil) }
        #expect(bucket.take(at: self.start) == .seconds(1))
    }

    @Test func `a table forgets what says nothing and never grows beyond its size`() {
        var table = RateTable<Int>(TokenBucket(burst: 1, interval: .seconds(10)), countMax: 3)
        for key in 0..<3 { #expect(table.take(key, at: self.start) == nil) }
        #expect(table.take(0, at: self.start) != nil)
        #expect(table.take(3, at: self.start + .seconds(10)) == nil)
        #expect(table.count == 1, "the full ones are forgotten")
        for key in 4..<100 { _ = table.take(key, at: self.start + .seconds(10)) }
        #expect(table.count <= 3)
    }

    @Test func `a conversation has a pace of the minute and one of the day`() {
        var rates = RequestRates()
        var now = self.start
        var taken = 0
        while rates.take(Sample.conversation, at: now) == nil {
            taken += 1
            now += .milliseconds(600)
        }
        // In the ten minutes some of the day's thousand have come back.
        #expect((1_000...1_010).contains(taken))
        #expect(rates.take(ConversationID(Bits128(high: 0, low: 7)), at: now) == nil)
    }

    @Test func `an address holds ten sockets and opens twenty at once`() throws {
        var limits = SocketLimits(factor: 1)
        let ann = try self.client("192.0.2.1")
        for _ in 0..<10 { #expect(limits.opened(by: ann, at: self.start) == .admitted) }
        #expect(limits.opened(by: ann, at: self.start) == .refused(.seconds(60)))
        #expect(limits.opened(by: try self.client("192.0.2.2"), at: self.start) == .admitted)
        for _ in 0..<10 {
            limits.closed(by: ann)
            #expect(limits.opened(by: ann, at: self.start) == .admitted)
        }
        limits.closed(by: ann)
        #expect(limits.opened(by: ann, at: self.start) == .refused(.seconds(3)))
        #expect(limits.opened(by: ann, at: self.start + .seconds(3)) == .admitted)
    }

    @Test func `an IPv6 line is one address, and this machine has no limit`() throws {
        var limits = SocketLimits(factor: 1)
        for number in 0..<10 {
            let client = try self.client("2001:db8::\(number)")
            #expect(limits.opened(by: client, at: self.start) == .admitted)
        }
        let same = try self.client("2001:db8::ffff")
        #expect(limits.opened(by: same, at: self.start) != .admitted)
        let other = try self.client("2001:db8:0:1::1")
        #expect(limits.opened(by: other, at: self.start) == .admitted)
        for _ in 0..<100 { #expect(limits.opened(by: Self.local, at: self.start) == .admitted) }
    }

    @Test(arguments: [(2, 20), (0, 500)])
    func `a factor multiplies the limits of addresses or takes them away`(
        factor: Int, sockets: Int
    ) throws {
        var limits = SocketLimits(factor: factor)
        let ann = try self.client("192.0.2.1")
        for _ in 0..<sockets { #expect(limits.opened(by: ann, at: self.start) == .admitted) }
        let isFree = factor == 0
        #expect((limits.opened(by: ann, at: self.start) == .admitted) == isFree)
        var arrivals = ArrivalLimits(factor: factor)
        for _ in 0..<6 { #expect(arrivals.take(ann, at: self.start) == nil) }
        #expect((arrivals.take(ann, at: self.start) == nil) == isFree)
    }

    @Test func `the process holds so many sockets and no more`() {
        var limits = SocketLimits(factor: 1)
        for _ in 0..<WebLimits.sockets { _ = limits.opened(by: Self.local, at: self.start) }
        #expect(limits.opened(by: Self.local, at: self.start) == .full)
        limits.closed(by: Self.local)
        #expect(limits.opened(by: Self.local, at: self.start) == .admitted)
    }

    @Test func `connections of any kind have limits too`() throws {
        var limits = ConnectionLimits(factor: 1)
        let peer = try #require(IPAddress("192.0.2.1"))
        for _ in 0..<WebLimits.connectionsPerAddress { #expect(limits.opened(by: peer) == true) }
        #expect(limits.opened(by: peer) == false)
        limits.closed(by: peer)
        #expect(limits.opened(by: peer) == true)
        for _ in WebLimits.connectionsPerAddress..<WebLimits.connections {
            #expect(limits.opened(by: nil) == true)
        }
        #expect(limits.opened(by: nil) == false)
    }

    @Test func `an address makes three conversations an hour`() throws {
        var limits = ArrivalLimits(factor: 1)
        let ann = try self.client("192.0.2.1")
        for _ in 0..<3 { #expect(limits.take(ann, at: self.start) == nil) }
        #expect(limits.take(ann, at: self.start) == .seconds(20 * 60))
        #expect(limits.take(try self.client("192.0.2.2"), at: self.start) == nil)
        #expect(limits.take(ann, at: self.start + .seconds(20 * 60)) == nil)
        for _ in 0..<100 { #expect(limits.take(Self.local, at: self.start) == nil) }
    }

    @Test func `a network makes thirty an hour`() throws {
        var limits = ArrivalLimits(factor: 1)
        var now = self.start
        for number in 0..<30 {
            #expect(limits.take(try self.client("192.0.2.\(number)"), at: now) == nil)
            now += .seconds(3)
        }
        let wait = try #require(limits.take(try self.client("192.0.2.99"), at: now))
        #expect(wait <= .seconds(120))
        #expect(limits.take(try self.client("192.0.3.1"), at: now) == nil)
    }

    @Test func `all together make twenty at once, and one that is refused costs nothing`() throws {
        var limits = ArrivalLimits(factor: 1)
        for number in 0..<20 {
            #expect(limits.take(try self.client("192.0.\(number).1"), at: self.start) == nil)
        }
        let late = try self.client("198.51.100.1")
        for _ in 0..<10 { #expect(limits.take(late, at: self.start) == .seconds(3)) }
        #expect(limits.take(late, at: self.start + .seconds(3)) == nil)
        #expect(limits.take(late, at: self.start + .seconds(6)) == nil)
    }
}
