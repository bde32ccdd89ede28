import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// What operators have seen.
@Suite
struct SeenTests {
    private let conversation = Workbench.conversation

    private func standing(_ seq: Int64, _ id: UInt64) -> SeenTracker.Standing {
        .init(seq: seq, newest: Snowflake(id))
    }

    @Test
    func `whoever acts has seen what stands above, and it is told once`() {
        var tracker = SeenTracker()
        #expect(tracker.delivered(self.standing(1, 10), in: self.conversation) == nil)
        #expect(tracker.delivered(self.standing(3, 30), in: self.conversation) == nil)
        #expect(tracker.saw(before: Snowflake(10), in: self.conversation) == nil)
        #expect(tracker.saw(before: Snowflake(20), in: self.conversation) == 1)
        #expect(tracker.saw(before: Snowflake(25), in: self.conversation) == nil)
        #expect(tracker.saw(before: nil, in: self.conversation) == 3)
        #expect(tracker.saw(before: nil, in: self.conversation) == nil)
    }

    @Test
    func `what is heard of after it was seen counts at once, and what is made after it doesn't`() {
        var tracker = SeenTracker()
        #expect(tracker.saw(before: Snowflake(20), in: self.conversation) == nil)
        #expect(tracker.delivered(self.standing(1, 10), in: self.conversation) == 1)
        #expect(tracker.delivered(self.standing(2, 30), in: self.conversation) == nil)
        // Who types has seen what stands there now, and nothing that comes.
        #expect(tracker.saw(before: nil, in: self.conversation) == 2)
        #expect(tracker.delivered(self.standing(3, 40), in: self.conversation) == nil)
    }

    @Test
    func `what earlier processes brought counts, and never twice`() {
        var tracker = SeenTracker()
        #expect(!tracker.knows(self.conversation))
        #expect(tracker.delivered(self.standing(3, 30), in: self.conversation) == nil)
        tracker.learned([self.standing(3, 30), self.standing(1, 10)], in: self.conversation)
        #expect(tracker.knows(self.conversation))
        #expect(tracker.saw(before: Snowflake(20), in: self.conversation) == 1)
        #expect(tracker.saw(before: Snowflake(99), in: self.conversation) == 3)
    }

    @Test
    func `only so much is remembered`() {
        var tracker = SeenTracker()
        for low in 0...UInt64(SeenTracker.conversationsMax) {
            let conversation = ConversationID(Bits128(high: 4, low: low))
            tracker.learned([self.standing(1, 10)], in: conversation)
        }
        #expect(!tracker.knows(ConversationID(Bits128(high: 4, low: 0))))
        for seq in 1...Int64(SeenTracker.rememberedMax) + 1 {
            _ = tracker.delivered(self.standing(seq, UInt64(seq)), in: self.conversation)
        }
        #expect(tracker.saw(before: Snowflake(2), in: self.conversation) == nil)
        #expect(tracker.saw(before: Snowflake(3), in: self.conversation) == 2)
    }

    @Test
    func `an operator who writes has seen what an earlier process brought`() async throws {
        let bench = try await Workbench.ready()
        let made = try await bench.settle(2, "Anybody?")
        bench.box.deliver(2, as: made.compactMap { Snowflake($0) })
        let next = try await bench.restarted()
        next.discord.write("Yes", in: try next.post())
        next.operation.desk.readBack(try next.post())
        try await next.readPost()
        #expect(next.box.seen(of: self.conversation) == 2)
    }

    @Test
    func `an edit is seen by whoever acts after it`() async throws {
        let discord = FakeDiscord()
        let later = discord.now + 60_000
        let bench = try await Workbench(discord: discord, now: later)
        let made = try await bench.settle(1, "Helo")
        bench.box.deliver(1, as: made.compactMap { Snowflake($0) })
        try await bench.settle(2, "Hello", .edit, last: made.last, targets: made)
        let post = try bench.post()
        discord.write("one", in: post)
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        #expect(bench.box.seen(of: self.conversation) == 1)
        discord.wait(milliseconds: 120_000)
        discord.write("two", in: post)
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        #expect(bench.box.seen(of: self.conversation) == 2)
    }
}
