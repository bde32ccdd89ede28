import Protocol
import Testing

@testable import DiscordGateway

/// Who gets a post when too many want one.
@Suite
struct PostQueueTests {
    private func visitor(_ number: Int) -> ConversationID {
        ConversationID(Bits128(high: 7, low: UInt64(number)))
    }

    @Test
    func `so many posts are made in a minute, and the next one a minute after the first`() {
        var queue = PostQueue(perMinute: 3)
        for number in 0..<3 {
            #expect(queue.ask(self.visitor(number), at: .seconds(number)) == .go)
        }
        #expect(queue.ask(self.visitor(3), at: .seconds(10)) == .wait(.seconds(50)))
        #expect(queue.ask(self.visitor(4), at: .seconds(10)) == .wait(.seconds(51)))
        #expect(queue.ask(self.visitor(5), at: .seconds(10)) == .wait(.seconds(52)))
        #expect(queue.ask(self.visitor(6), at: .seconds(10)) == .wait(.seconds(110)))
        #expect(queue.ask(self.visitor(3), at: .seconds(60)) == .go)
        #expect(queue.ask(self.visitor(4), at: .seconds(61)) == .go)
    }

    @Test
    func `who asks again and again doesn't get before who asked first`() {
        var queue = PostQueue(perMinute: 1)
        #expect(queue.ask(self.visitor(0), at: .zero) == .go)
        #expect(queue.ask(self.visitor(1), at: .seconds(1)) != .go)
        for second in 2..<60 {
            #expect(queue.ask(self.visitor(2), at: .seconds(second)) != .go)
        }
        #expect(queue.ask(self.visitor(2), at: .seconds(60)) != .go)
        #expect(queue.ask(self.visitor(1), at: .seconds(61)) == .go)
        #expect(queue.ask(self.visitor(2), at: .seconds(121)) == .go)
    }

    @Test
    func `who doesn't come back loses the place`() {
        var queue = PostQueue(perMinute: 1)
        #expect(queue.ask(self.visitor(0), at: .zero) == .go)
        #expect(queue.ask(self.visitor(1), at: .zero) == .wait(.seconds(60)))
        #expect(queue.ask(self.visitor(2), at: .zero) == .wait(.seconds(120)))
        #expect(queue.ask(self.visitor(2), at: .seconds(120)) != .go)
        #expect(queue.ask(self.visitor(2), at: .seconds(121)) == .go)
    }

    @Test
    func `a flood gets no longer waits than the broker takes, and everybody is served`() {
        var queue = PostQueue(perMinute: 10)
        var now = Duration.zero
        var asking = (0..<300).map { (self.visitor($0), Duration.zero) }
        var order: [ConversationID] = []
        while !asking.isEmpty {
            asking.sort { $0.1 < $1.1 }
            let (conversation, at) = asking.removeFirst()
            now = max(now, at)
            switch queue.ask(conversation, at: now) {
            case .go: order.append(conversation)
            case .wait(let wait):
                #expect(wait > .zero && wait <= .seconds(600))
                asking.append((conversation, now + wait))
            }
        }
        #expect(order.count == 300)
        #expect(now <= .seconds(30 * 60))
        #expect(Array(order.prefix(100)) == (0..<100).map { self.visitor($0) })
    }

    @Test
    func `a post more than may be made waits without a record that would cost a search`()
        async throws
    {
        let bench = try await Workbench { $0.postsPerMinute = 1 }
        try await bench.settle(1, "Hello")
        let other = self.visitor(1)
        let verdict = await bench.operation.deliverer.deliver(
            try bench.delivery(1, "Me too", in: other))
        guard case .later(let wait, _, _) = verdict else {
            Issue.record("it didn't wait: \(verdict)")
            return
        }
        #expect(wait > .seconds(50) && wait <= .seconds(60))
        #expect(bench.box.value(named: "creating:\(other)") == nil)
        #expect(bench.discord.posts.count == 1)
        #expect(bench.log.text.components(of: "faster than posts are made") == 1)
    }

    @Test
    func `as many posts are open as may be, and one that is closed makes room`() async throws {
        let bench = try await Workbench { $0.openPosts = 1 }
        try await bench.settle(1, "Hello")
        let delivery = try bench.delivery(1, "Me too", in: self.visitor(1))
        for _ in 0..<2 {
            guard case .later = await bench.operation.deliverer.deliver(delivery) else {
                Issue.record("it didn't wait")
                return
            }
        }
        #expect(bench.log.text.components(of: "DISCORD_OPEN_POSTS") == 1)
        bench.discord.archive(try bench.post())
        guard case .handled = await bench.operation.deliverer.deliver(delivery) else {
            Issue.record("it waits though there is room")
            return
        }
    }

    @Test
    func `Discord's own cap is said, and waited for`() async throws {
        let bench = try await Workbench()
        bench.discord.strike(
            .createPost,
            .rejected(.init(status: 400, code: 160_006, message: "Maximum number of threads")))
        guard case .later = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hi"))
        else {
            Issue.record("it didn't wait")
            return
        }
        #expect(bench.log.text.contains("as many open posts and threads as Discord allows"))
        try await bench.settle(1, "Hi")
        #expect(bench.discord.posts.count == 1)
    }
}
