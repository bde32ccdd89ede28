import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// In which order what happens in a post is handled, whatever dies meanwhile.
@Suite
struct LaneTests {
    private static let post = Snowflake(100)
    /// A table that the macros of a test can change.
    private final class Holder { var table = LaneTable() }

    private let holder = Holder()

    private func number(_ sequence: Int64) -> DispatchNumber {
        DispatchNumber(generation: 1, sequence: sequence)
    }

    private func written(_ id: UInt64, _ sequence: Int64) -> LiveChange {
        LiveChange(
            number: self.number(sequence),
            change: .written(
                TestMessage.make(
                    id: Snowflake(id), channel: Self.post, content: "Hello",
                    author: FakeDiscord.person)))
    }

    private func deleted(_ id: UInt64, _ sequence: Int64) -> LiveChange {
        LiveChange(number: self.number(sequence), change: .deleted([Snowflake(id)]))
    }

    private func next() -> LaneWork? { self.holder.table.next(for: Self.post) }

    private func decided(readBack: Bool) -> Bool {
        self.holder.table.decided(Self.post, readBack: readBack)
    }

    private func received(
        _ change: LiveChange
    ) -> (starts: Bool, dropped: [LiveChange]) {
        self.holder.table.received(change, in: Self.post)
    }

    private func wantsComparison() -> Bool { self.holder.table.compare(Self.post) }

    private func released() -> [Snowflake] { self.holder.table.releaseAll() }

    // MARK: Readings

    @Test func `a reading shows what is left of the messages that wait, deletions follow`() {
        _ = self.received(self.written(101, 1))
        _ = self.received(self.deleted(99, 2))
        _ = self.received(self.written(103, 3))
        #expect(!self.decided(readBack: true), "its worker runs")
        #expect(
            self.next()
                == .readBack(
                    covering: [self.number(1), self.number(3)], including: Snowflake(101)))
        #expect(self.next() == .live(self.deleted(99, 2)))
        #expect(self.next() == nil)
    }

    @Test func `what comes while a post is read comes after that`() {
        #expect(self.decided(readBack: true))
        #expect(self.next() == .readBack(covering: []))
        let starts = self.received(self.written(101, 1)).starts
        #expect(!starts)
        #expect(self.next() == .live(self.written(101, 1)))
    }

    @Test func `what an earlier session told is read anew in the next`() {
        _ = self.received(self.written(101, 1))
        self.holder.table.holdAll()
        #expect(self.next() == nil)
        #expect(self.decided(readBack: false))
        #expect(
            self.next() == .readBack(covering: [self.number(1)], including: Snowflake(101)))
        #expect(self.next() == nil)
    }

    @Test func `a deletion that an earlier session told is handled in the next`() {
        _ = self.received(self.deleted(101, 1))
        self.holder.table.holdAll()
        #expect(self.next() == nil)
        #expect(self.decided(readBack: false))
        #expect(self.next() == .live(self.deleted(101, 1)))
    }

    @Test func `what can't be done now is read, from its oldest message on`() {
        _ = self.received(self.written(105, 1))
        let first = self.next()
        #expect(first == .live(self.written(105, 1)))
        self.holder.table.returned(.live(self.written(105, 1)), in: Self.post)
        _ = self.received(self.written(103, 2))
        let reading = LaneWork.readBack(
            covering: [self.number(1), self.number(2)], including: Snowflake(103))
        #expect(self.next() == reading)
        self.holder.table.returned(reading, in: Self.post)
        #expect(self.next() == reading)
    }

    @Test func `what is dropped by the number is covered by a reading`() {
        for sequence in 1...Int64(LaneTable.queueMax) {
            _ = self.received(self.written(200 + UInt64(sequence), sequence))
        }
        let last = self.deleted(7, Int64(LaneTable.queueMax) + 1)
        let dropped = self.received(last).dropped
        #expect(dropped == [last])
        guard case .readBack(let numbers, let oldest) = self.next() else {
            Issue.record("no reading")
            return
        }
        #expect(numbers.count == LaneTable.queueMax && oldest == Snowflake(201))
    }

    // MARK: Comparisons

    @Test func `a comparison follows what is being done, and a reading that is due`() {
        _ = self.received(self.written(101, 1))
        #expect(self.next() == .live(self.written(101, 1)))
        #expect(!self.wantsComparison(), "it waits for the message's end")
        _ = self.decided(readBack: true)
        _ = self.received(self.deleted(101, 2))
        #expect(self.next() == .readBack(covering: []))
        #expect(self.next() == .compare)
        #expect(self.next() == .live(self.deleted(101, 2)))
        #expect(self.next() == nil)
    }

    @Test func `a comparison alone starts a worker`() {
        #expect(self.wantsComparison())
        #expect(self.next() == .compare)
        #expect(self.next() == nil)
        self.holder.table.holdAll()
        #expect(!self.wantsComparison())
        let released = self.released()
        #expect(released == [Self.post])
        #expect(self.next() == .compare)
    }

    @Test func `a comparison that waits for its turn waits on for what is being stored meanwhile`()
        throws
    {
        let desk = InboundDesk(continuing: nil)
        desk.compare(Self.post)
        #expect(desk.next(for: Self.post) == .compare)
        // It stands in the line for comparisons, and the post's worker goes on.
        desk.received(self.written(101, 1), in: Self.post)
        #expect(desk.next(for: Self.post) == .live(self.written(101, 1)))
        // What was deleted before this session is told to nobody.
        desk.sessionBegan(DispatchNumber(generation: 2, sequence: 1))
        desk.decided(Self.post, readBack: false, comparing: true)
        #expect(desk.beginComparison(of: Self.post) == nil, "the message isn't stored yet")
        #expect(desk.next(for: Self.post) == .compare)
        #expect(desk.beginComparison(of: Self.post) == ComparisonOrder())
        #expect(desk.beginComparison(of: Self.post) == nil, "one start was too many")
    }

    // MARK: Deaths

    @Test func `a first reading that is cut short leaves no mark, and is begun anew`() async throws
    {
        let bench = try await Workbench()
        try await bench.settle(1, "Hello")
        let post = try bench.post()
        bench.discord.write("one", in: post)
        // Without the intent nobody sees what is in it, and the reading waits there.
        let withheld = bench.discord.write("", in: post)
        let reading = Task { try await bench.readPost() }
        let deadline = ContinuousClock.now + .seconds(30)
        while bench.box.texts != ["one"], ContinuousClock.now < deadline { await Task.yield() }
        reading.cancel()
        _ = try? await reading.value
        #expect(bench.box.texts == ["one"])
        #expect(bench.box.mark(of: Workbench.conversation) == nil)
        bench.discord.delete(withheld)
        let last = bench.discord.write("two", in: post)
        let next = try await bench.restarted()
        try await next.readPost()
        #expect(next.box.texts == ["one", "two"])
        #expect(next.box.mark(of: Workbench.conversation) == last.mark)
    }

    @Test func `posts that came to be seen again are read before their dispatch is finished`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let newest = bench.discord.write("Missed", in: post)
        bench.told(
            1, "THREAD_LIST_SYNC",
            [
                "threads": [
                    ["id": .string("\(post)"), "last_message_id": .string("\(newest)")],
                    ["id": "5"],
                ]
            ])
        bench.told(2, "A_NEW_KIND", [:])
        #expect(bench.operation.desk.allDurable.sequence == 0)
        try await bench.readPost()
        #expect(bench.box.texts == ["Missed"])
        #expect(
            bench.operation.desk.allDurable.sequence == 0, "edits and deletions are to be found")
        try await bench.comparePost()
        #expect(bench.operation.desk.allDurable.sequence == 2)
        bench.told(3, "THREAD_LIST_SYNC", ["threads": [["id": "5"]]])
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }
}
