import ProcessShell
import Protocol
import Testing

@testable import DiscordGateway

/// When the gateway must start anew.
@Suite
struct EpochWatchTests {
    private let epoch = Epoch(Bits128(high: 1, low: 1))

    @Test func `another process in between, of whose posts we were told nothing`() async throws {
        let watch = EpochWatch()
        watch.welcomed(self.epoch, generation: 4)
        // Another welcome of our own changes nothing.
        watch.welcomed(self.epoch, generation: 5)
        watch.welcomed(self.epoch, generation: 7)
        #expect(try await watch.first() == self.epoch)
        let failure = await #expect(throws: ProcessFailure.self) {
            try await watch.failWhenChanged()
        }
        #expect(failure?.sentence.contains("Another chatbox-discord") == true)
    }

    @Test func `who was fenced starts anew, also where generations are counted again`() async {
        let watch = EpochWatch()
        watch.welcomed(self.epoch, generation: 2)
        watch.fenced()
        await #expect(throws: EpochWatch.Fenced.self) { try await watch.failWhenChanged() }
        watch.welcomed(self.epoch, generation: 3)
        await #expect(throws: ProcessFailure.self) { try await watch.failWhenChanged() }
    }

    @Test func `who was fenced hears of it at once, and starts anew when it is back`() async throws
    {
        let watch = EpochWatch()
        watch.welcomed(self.epoch, generation: 4)
        watch.fenced()
        #expect(try await watch.first() == self.epoch)
        await #expect(throws: EpochWatch.Fenced.self) { try await watch.failWhenChanged() }
        watch.fenced()
        watch.welcomed(self.epoch, generation: 6)
        await #expect(throws: EpochWatch.Fenced.self) { try await watch.failWhenChanged() }
        await #expect(throws: ProcessFailure.self) { try await watch.failWhenChanged() }
    }

    @Test func `what was written in a post before it is ours is read before what comes live`() {
        let desk = InboundDesk(continuing: nil)
        let post = Snowflake(7)
        var isBound = false
        desk.bound(post) { isBound = true }
        #expect(isBound)
        let message = TestMessage.make(
            id: Snowflake(9), channel: post, content: "Hello", author: FakeDiscord.person)
        let number = DispatchNumber(generation: 1, sequence: 1)
        desk.received(LiveChange(number: number, change: .written(message)), in: post)
        #expect(desk.next(for: post) == .readBack(covering: [number], including: Snowflake(9)))
        #expect(desk.next(for: post) == nil)
    }
}
