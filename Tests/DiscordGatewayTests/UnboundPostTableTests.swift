import Testing

@testable import DiscordGateway

/// What is known of posts that no conversation is bound to, and of a catch-up.
@Suite
struct UnboundPostTableTests {
    private static let post = Snowflake(7)

    private func number(_ sequence: Int64) -> DispatchNumber {
        DispatchNumber(generation: 1, sequence: sequence)
    }

    @Test func `a post is followed once, however often it is told of, and ends with all of that`() {
        var table = UnboundPostTable()
        #expect(!table.contains(Self.post) && table.tellings(of: Self.post) == 0)
        let starts = [1, 2].map { table.appeared(Self.post, by: self.number($0)) }
        #expect(starts == [true, false])
        #expect(table.contains(Self.post) && table.tellings(of: Self.post) == 2)
        let told = table.ended(Self.post)
        #expect(told == [self.number(1), self.number(2)])
        #expect(!table.contains(Self.post) && table.ended(Self.post).isEmpty)
    }

    @Test func `a post is left alone only if nothing was told of it since the look began`() {
        var table = UnboundPostTable()
        _ = table.appeared(Self.post, by: self.number(1))
        _ = table.appeared(Self.post, by: self.number(2))
        let early = table.leaveAlone(Self.post, since: 1)
        #expect(early == nil && table.tellings(of: Self.post) == 2)
        let late = table.leaveAlone(Self.post, since: 2)
        #expect(late == [self.number(1), self.number(2)])
        #expect(table.contains(Self.post) && table.tellings(of: Self.post) == 0)
        // Nobody follows it any more; when somebody writes there it is followed again.
        let unfollowed = table.leaveAlone(Self.post, since: 0)
        #expect(unfollowed == [])
        let again = table.appeared(Self.post, by: self.number(3))
        #expect(again)
    }

    @Test func `a post that an earlier process closed is known, and isn't followed`() {
        var table = UnboundPostTable()
        table.wereLeftAlone([Self.post])
        #expect(table.contains(Self.post) && table.tellings(of: Self.post) == 0)
        let told = table.ended(Self.post)
        #expect(told.isEmpty && table.contains(Self.post))
    }

    @Test func `a catch-up is finished when every post was decided on, read and compared`() {
        var progress = CatchUpProgress(number: self.number(1))
        progress.decided(Self.post, readBack: true, comparing: true)
        progress.decided(Snowflake(8), readBack: false, comparing: false)
        progress.finishedReading(Self.post)
        progress.finishedComparing(Self.post)
        #expect(!progress.isFinished, "more may be listed")
        progress.decided(Snowflake(9), readBack: true, comparing: true)
        progress.listed()
        #expect(!progress.isFinished)
        progress.finishedReading(Snowflake(9))
        #expect(!progress.isFinished)
        progress.finishedComparing(Snowflake(9))
        #expect(progress.isFinished)
    }
}
