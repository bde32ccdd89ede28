import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// After the broker's database was put back to an earlier copy.
@Suite
struct RecoveryTests {
    private static let own = BoxState.Ownership(
        application: Snowflake(1), channel: Snowflake(2))

    private func epoch(_ number: UInt64) -> Epoch { Epoch(Bits128(high: number, low: 1)) }

    /// The same Discord and broker, seen by the first process after the database was put back.
    private func recovering(
        _ bench: Workbench, past: EarlierProcesses = EarlierProcesses()
    ) async throws -> Workbench {
        try await Workbench(
            discord: bench.discord, box: bench.box, mustSearch: true, past: past)
    }

    // MARK: Noticing it

    @Test
    func `another life of the database is noticed until every post is taken up`() async throws {
        let box = FakeBox()
        func claim(_ number: UInt64, at now: Int64) async throws -> BoxState.Claim {
            try await BoxState.claim(box, for: Self.own, epoch: self.epoch(number), now: now)
        }
        #expect(try await claim(1, at: 10) == .init())
        let restored = BoxState.Claim(mayHaveForgotten: true, restoredAt: 20)
        #expect(try await claim(2, at: 20) == restored)
        // A process that dies meanwhile leaves the moment as it was.
        #expect(try await claim(2, at: 30) == restored)
        try await BoxState.settle(restored, for: Self.own, epoch: self.epoch(2), box)
        #expect(
            try await claim(2, at: 40) == .init(mayHaveForgotten: false, restoredAt: 20))
        #expect(try await claim(3, at: 50) == .init(mayHaveForgotten: true, restoredAt: 50))
    }

    @Test
    func `a box that was never ours and in which something was said may be a copy`() async throws {
        let box = FakeBox()
        let service = try #require(Name("web"))
        box.report(
            ReceiptPush(
                conversation: Workbench.conversation,
                receipt: Receipt(service: service, deliveredUpTo: 1, seenUpTo: 0), version: 1))
        let first = BoxState.Claim(mayHaveForgotten: true, restoredAt: 10, isFirst: true)
        for now in [Int64(10), 20] {
            #expect(
                try await BoxState.claim(box, for: Self.own, epoch: self.epoch(1), now: now)
                    == first)
        }
        try await BoxState.settle(first, for: Self.own, epoch: self.epoch(1), box)
        let later = try await BoxState.claim(box, for: Self.own, epoch: self.epoch(1), now: 30)
        #expect(later == .init(restoredAt: 10))
        // From now on what isn't known is forgotten.
        let again = try await BoxState.claim(box, for: Self.own, epoch: self.epoch(2), now: 40)
        #expect(again == .init(mayHaveForgotten: true, restoredAt: 40))
    }

    @Test
    func `in a channel that is joined only now unknown posts may be another box's`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.box.forget(Workbench.conversation)
        let next = try await Workbench(
            discord: bench.discord, box: bench.box, mustSearch: true, areOurs: false)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(!bench.discord.isArchived(post) && bench.discord.notices(in: post).isEmpty)
    }

    @Test(arguments: [false, true])
    func `a post that is opened while posts are listed is seen`(isSearched: Bool) async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.archive(post)
        bench.discord.openMeanwhile(post)
        bench.box.unbind(Workbench.conversation)
        let next = try await self.recovering(bench)
        if isSearched {
            try await next.settle(1, "Hello")
        } else {
            #expect(try await next.operation.recovery.takeUpAll())
        }
        #expect(try next.post() == post)
        #expect(next.discord.posts == [post])
    }

    @Test
    func `what the copy holds undelivered is looked for, one event after the other`() async throws {
        let bench = try await Workbench.ready()
        let first = try await bench.settle(2, "two")
        _ = try await bench.settle(3, "three", last: first.last)
        let past = EarlierProcesses(noted: 0, restoredAt: 5)
        let next = try await self.recovering(bench, past: past)
        let second = try await next.settle(2, "two", last: ExternalID("\(try next.post())"))
        _ = try await next.settle(3, "three", last: second.last)
        #expect(next.discord.contents(of: try next.post()) == ["Hello", "two", "three"])
    }

    @Test(arguments: [
        ["secret"], ["secret", "two"], ["secret", "two", "three"], ["two", "three"],
    ])
    func `a deleted message that the copy holds undelivered takes no later one with it`(
        standing: [String]
    ) async throws {
        let bench = try await Workbench.ready()
        var last = ExternalID("\(try bench.post())")
        for (index, text) in standing.enumerated() {
            last = try await bench.settle(Int64(20 + index), text, last: last).last
        }
        bench.box.hold(try bench.delivery(3, "two").event)
        let past = EarlierProcesses(noted: 0, restoredAt: 5)
        let next = try await self.recovering(bench, past: past)
        let found = try await next.settle(
            2, "", last: ExternalID("\(try next.post())"), isDeleted: true)
        #expect(found.count == (standing[0] == "secret" ? 1 : 0))
        try await next.settle(4, "", .deletion, last: found.last, targets: found)
        #expect(
            next.discord.contents(of: try next.post())
                == ["Hello"] + standing.filter { $0 != "secret" })
    }

    @Test
    func `a long deleted message that the copy holds undelivered goes whole`() async throws {
        let bench = try await Workbench.ready()
        let last = ExternalID("\(try bench.post())")
        let text = Array(repeating: "word", count: 850).joined(separator: " ")
        let made = try await bench.settle(20, text, last: last)
        try await bench.settle(21, "lost", last: made.last)
        let past = EarlierProcesses(noted: 0, restoredAt: 5)
        let next = try await self.recovering(bench, past: past)
        let found = try await next.settle(2, "", last: last, isDeleted: true)
        #expect(made.count == 3)
        #expect(found == made)
    }

    @Test
    func `a binding that the broker has forgotten is told to it again`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.box.unbind(Workbench.conversation)
        try await bench.settle(2, "two", last: ExternalID("\(post)"))
        #expect(try bench.post() == post)
        #expect(bench.discord.contents(of: post) == ["Hello", "two"])
    }

    @Test
    func `a message that was deleted after the copy was put back is looked for, too`() async throws
    {
        let bench = try await Workbench()
        try await bench.settle(1, "Hello")
        let post = try bench.post()
        bench.box.unbind(Workbench.conversation)
        let past = EarlierProcesses(noted: 0, restoredAt: 5)
        let next = try await self.recovering(bench, past: past)
        let found = try await next.settle(1, "", isDeleted: true)
        #expect(try next.post() == post)
        try await next.settle(2, "", .deletion, last: found.last, targets: found)
        #expect(next.discord.contents(of: post).isEmpty)
    }

    // MARK: Posts

    @Test
    func `a forgotten post is bound again, and what operators wrote there is read`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.write("Still there?", in: post)
        bench.discord.archive(post)
        bench.box.unbind(Workbench.conversation)
        let next = try await self.recovering(bench)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(try next.post() == post)
        try await next.readPost()
        #expect(next.box.texts == ["Still there?"])
    }

    @Test
    func `the post of a forgotten conversation is closed with a word, once`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.box.forget(Workbench.conversation)
        for _ in 0..<2 {
            let next = try await self.recovering(bench)
            #expect(try await next.operation.recovery.takeUpAll())
        }
        #expect(bench.discord.isArchived(post))
        let said = bench.discord.notices(in: post)
        #expect(said.count == 1)
        #expect(said.first?.contains("reaches nobody") == true)
    }

    @Test
    func `of two posts the bound one stays, and the other is taken over`() async throws {
        let bench = try await Workbench.ready()
        let second = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.write("Hello?", in: second)
        bench.discord.archive(second)
        let next = try await self.recovering(bench)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(next.box.texts == ["Hello?"])
        #expect(next.discord.isArchived(second))
        #expect(next.discord.notices(in: second).count == 1)
    }

    @Test
    func `a post that followed a deleted one takes its place again`() async throws {
        let bench = try await Workbench.ready()
        let first = try bench.post()
        bench.discord.remove(first)
        try await bench.settle(2, "Again")
        let second = try bench.post()
        bench.discord.write("Here", in: second)
        // The copy is from before the first one was deleted.
        bench.box.unbind(Workbench.conversation)
        try await bench.box.bind(
            Workbench.conversation, to: try #require(first.peer), replacing: nil)
        let next = try await self.recovering(bench)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(try next.post() == second)
        #expect(!bench.discord.isArchived(second))
        try await next.readPost()
        #expect(next.box.texts == ["Here"])
    }

    @Test
    func `a post without a card is nobody's, and left alone`() async throws {
        let bench = try await Workbench()
        let post = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.delete(post)
        let next = try await self.recovering(bench)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(!bench.discord.isArchived(post))
    }

    @Test(arguments: [
        FakeDiscord.Call.archivedThreads, .message, .newestMessages, .createNotice, .archive,
    ])
    func `what fails is done by another attempt, and nothing twice`(
        call: FakeDiscord.Call
    ) async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let orphan = bench.discord.makePost(for: ConversationID(Bits128(high: 3, low: 3)))
        bench.discord.archive(orphan)
        bench.box.forget(ConversationID(Bits128(high: 3, low: 3)))
        let next = try await self.recovering(bench)
        bench.discord.strike(call, .requestLost)
        #expect(try await !next.operation.recovery.takeUpAll())
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(bench.discord.isArchived(orphan))
        #expect(try next.post() == post)
    }

    @Test
    func `while the history can't be read nothing is decided`() async throws {
        let bench = try await Workbench.ready()
        bench.box.forget(Workbench.conversation)
        bench.discord.hideHistory()
        let next = try await self.recovering(bench)
        #expect(try await !next.operation.recovery.takeUpAll())
        #expect(!bench.discord.isArchived(try #require(bench.discord.posts.first)))
    }

    @Test
    func `when all is done a new post costs no search any more`() async throws {
        let bench = try await Workbench()
        let next = try await self.recovering(bench)
        try await next.operation.recovery.run()
        #expect(!next.forgotten.mayExist)
        let searches = next.discord.calls.count { $0 == .archivedThreads }
        try await next.settle(1, "Hello")
        #expect(next.discord.calls.count { $0 == .archivedThreads } == searches)
    }

    // MARK: What only Discord still has

    @Test
    func `texts of the visitor that only Discord still has are said to be that, once`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        // Delivered after the copy was made: the broker doesn't know it.
        try await bench.settle(2, "lost")
        for _ in 0..<2 {
            let next = try await self.recovering(bench)
            #expect(try await next.operation.recovery.takeUpAll())
        }
        #expect(bench.discord.notices(in: post) == [Notice.lostText])
    }

    @Test
    func `a post of which nothing is lost is left alone`() async throws {
        let bench = try await Workbench.ready()
        bench.discord.write("Hi", in: try bench.post())
        let next = try await self.recovering(bench)
        #expect(try await next.operation.recovery.takeUpAll())
        #expect(bench.discord.notices(in: try bench.post()).isEmpty)
    }
}
