import Protocol
import Testing

@testable import DiscordGateway

/// Edits, deletions and the like by visitors, and what becomes of them in Discord.
@Suite
struct VisitorChangeTests {
    private func long(_ word: String) -> String { String(repeating: "\(word) ", count: 1_000) }

    @Test
    func `an edit changes the message in its place`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Helo")
        let external = try await bench.settle(
            2, "Hello *you*", .edit, last: made.last, targets: made)
        #expect(external.isEmpty)
        #expect(bench.discord.contents(of: try bench.post()) == [#"Hello \*you\*"#])
    }

    @Test
    func `an edit that needs more room is continued below, once`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "short")
        bench.discord.strike(.createMessage, .answerLost)
        let added = try await bench.settle(
            2, self.long("word"), .edit, last: made.last, targets: made)
        let post = try bench.post()
        #expect(added.count == 2)
        let contents = bench.discord.contents(of: post)
        #expect(contents.joined(separator: " ") + " " == self.long("word"))
        let answered = try #require(added.first.flatMap { Snowflake($0) })
        #expect(bench.discord.message(answered)?.answers == made.first.flatMap { Snowflake($0) })
    }

    @Test
    func `parts that an earlier try of an edit made are neither counted nor made twice`()
        async throws
    {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "short")
        let text = self.long("word")
        bench.discord.strike(.editMessage, .requestLost)
        let added = try await bench.settle(2, text, .edit, last: made.last, targets: made)
        // The broker names what the edit made among the message's parts, too.
        let again = try bench.delivery(
            2, text, .edit, external: [added[0]], last: made.last, targets: made + [added[0]])
        bench.discord.delete(try #require(Snowflake(added[1])))
        bench.discord.forgetNonces()
        _ = await bench.operation.deliverer.deliver(again)
        let contents = bench.discord.contents(of: try bench.post())
        #expect(contents.joined(separator: " ") + " " == text)
    }

    @Test
    func `an edit that needs less room takes the rest away`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, self.long("word"))
        #expect(made.count == 3)
        try await bench.settle(2, "short", .edit, last: made.last, targets: made)
        #expect(bench.discord.contents(of: try bench.post()) == ["short"])
    }

    @Test
    func `an edit loses no text where an operator deleted a part`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, self.long("word"))
        bench.discord.delete(try #require(Snowflake(made[1])))
        let text = self.long("next")
        let added = try await bench.settle(2, text, .edit, last: made.last, targets: made)
        #expect(added.count == 1)
        let contents = bench.discord.contents(of: try bench.post())
        #expect(contents.joined(separator: " ") + " " == text)
    }

    @Test
    func `a message that was made shorter can be made longer again`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, self.long("word"))
        try await bench.settle(2, "short", .edit, last: made.last, targets: made)
        let text = self.long("next")
        let added = try await bench.settle(3, text, .edit, last: made.last, targets: made)
        #expect(added.count == 2)
        let contents = bench.discord.contents(of: try bench.post())
        #expect(contents.joined(separator: " ") + " " == text)
        try await bench.settle(4, "short", .edit, last: added.last, targets: made + added)
        #expect(bench.discord.contents(of: try bench.post()) == ["short"])
    }

    @Test
    func `an edit brings nothing back that an operator deleted`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        bench.discord.delete(try #require(Snowflake(made[0])))
        try await bench.settle(2, self.long("next"), .edit, last: made.last, targets: made)
        #expect(bench.discord.contents(of: try bench.post()).isEmpty)
    }

    @Test
    func `an archived post is taken out of the archive for an edit`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Helo")
        bench.discord.archive(try bench.post())
        try await bench.settle(2, "Hello", .edit, last: made.last, targets: made)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a deletion takes every part away, also again`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, self.long("word"))
        bench.discord.strike(.deleteMessage, .answerLost)
        try await bench.settle(2, "", .deletion, last: made.last, targets: made)
        #expect(bench.discord.contents(of: try bench.post()).isEmpty)
        try await bench.settle(2, "", .deletion, last: made.last, targets: made)
    }

    @Test(arguments: [Event.Kind.edit, .deletion, .close, .reopen, Event.Kind("a_new_kind")])
    func `without a post nothing is made, and the event is done`(kind: Event.Kind) async throws {
        let bench = try await Workbench()
        try await bench.settle(1, "x", kind, targets: [try #require(ExternalID("5"))])
        #expect(bench.discord.posts.isEmpty)
    }

    @Test(arguments: [Event.Kind.edit, .deletion, .close, .reopen])
    func `what went with a deleted post is done, and makes no new one`(
        kind: Event.Kind
    ) async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        bench.discord.remove(try bench.post())
        try await bench.settle(2, "Hello!", kind, last: made.last, targets: made)
        #expect(bench.discord.posts.isEmpty)
    }

    @Test
    func `edits and deletions of what stood in an earlier post are done`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        bench.discord.remove(try bench.post())
        let again = try await bench.settle(2, "Again", last: made.last)
        try await bench.settle(3, "Hello!", .edit, last: again.last, targets: made)
        try await bench.settle(4, "", .deletion, last: again.last, targets: made)
        #expect(bench.discord.contents(of: try bench.post()) == ["Again"])
    }

    @Test
    func `a message that was deleted before its turn is never posted`() async throws {
        let bench = try await Workbench()
        try await bench.settle(1, "", isDeleted: true)
        #expect(bench.discord.posts.isEmpty)
        let made = try await bench.settle(2, "Hello")
        try await bench.settle(3, "", last: made.last, isDeleted: true)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a message deleted between its try and its acknowledgement is found for its deletion`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.discord.strike(.createMessage, .answerLost)
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "secret", last: first.last))
        let found = try await bench.settle(2, "", last: first.last, isDeleted: true)
        #expect(found.count == 1)
        try await bench.settle(3, "", .deletion, last: found.last, targets: found)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a requeued message is made, or what was made of it is completed`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let made = try await bench.settle(2, "Again", .requeue, last: first.last)
        #expect(made.count == 1)
        let more = try await bench.settle(
            3, self.long("word"), .requeue, last: made.last, targets: made)
        #expect(more.count == 2)
        #expect(bench.discord.contents(of: try bench.post()).count == 4)
    }

    @Test
    func `a deletion that was set aside and is tried again takes the message away`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let made = try await bench.settle(2, "secret", last: first.last)
        _ = try await bench.settle(
            4, "", .requeue, last: made.last, targets: made, isDeleted: true)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a close is said and archives the post, and a reopening the other way round`()
        async throws
    {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let post = try bench.post()
        bench.discord.strike(.archive, .answerLost)
        try await bench.settle(2, "", .close, last: made.last)
        #expect(bench.discord.isArchived(post))
        #expect(bench.discord.notices(in: post).count == 1)
        try await bench.settle(3, "", .reopen, last: made.last)
        #expect(!bench.discord.isArchived(post))
        #expect(bench.discord.notices(in: post).count == 2)
        #expect(bench.discord.contents(of: post) == ["Hello"])
    }

    @Test
    func `a close is said once, however often the process dies of it`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let post = try bench.post()
        // It is said, and the process dies before the post is archived.
        bench.discord.strike(.archive, .requestLost)
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "", .close, last: made.last))
        let next = try await bench.restarted()
        let said = try await next.settle(2, "", .close, last: made.last)
        #expect(next.discord.notices(in: post).count == 1)
        #expect(next.discord.isArchived(post))
        #expect(said.count == 1)
        // The next end of the same conversation is another one.
        try await next.settle(3, "", .reopen, last: said.last)
        let after = try await next.restarted()
        try await after.settle(4, "", .close, last: said.last)
        #expect(next.discord.notices(in: post).count == 3)
    }

    @Test
    func `what a lost edit added goes with the message, though the edit is never repeated`()
        async throws
    {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "short")
        bench.discord.strike(.createMessage, .answerLost)
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, self.long("word"), .edit, last: made.last, targets: made))
        // The visitor deletes it: the edit comes without its text, and then the deletion.
        let found = try await bench.settle(
            2, "", .edit, last: made.last, targets: made, isDeleted: true)
        #expect(found.count == 1)
        try await bench.settle(3, "", .deletion, last: found.last, targets: made + found)
        #expect(bench.discord.contents(of: try bench.post()).isEmpty)
    }

    @Test
    func `what lands only after the deletion was heard of doesn't stay posted`() async throws {
        let bench = try await Workbench { $0.settle = .seconds(1_000) }
        let sent = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        guard case .handled(let first) = sent else {
            Issue.record("\(sent)")
            return
        }
        bench.discord.strike(.createMessage, .late)
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "secret", last: first.last))
        // The first look waits until nothing can be under way any more; meanwhile it lands.
        let deleted = try bench.delivery(2, "", last: first.last, isDeleted: true)
        guard case .later = await bench.operation.deliverer.deliver(deleted) else {
            Issue.record("it was decided while something was under way")
            return
        }
        let later = try await bench.restarted()
        let found = try await later.settle(2, "", last: first.last, isDeleted: true)
        #expect(found.count == 1)
        try await later.settle(3, "", .deletion, last: found.last, targets: found)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a change of a message that was deleted right after it was made changes no other`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.discord.strike(.createMessage, .rejected(FakeDiscord.unknownMessage))
        let second = try await bench.settle(2, "Oops", last: first.last)
        #expect(second.count == 1)
        try await bench.settle(3, "Better", .edit, last: second.last, targets: second)
        try await bench.settle(4, "", .deletion, last: second.last, targets: second)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test
    func `a requeue finds what stands there already, also above what was said since`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.box.deliver(1, as: first.compactMap { Snowflake($0) })
        // The broker set the second one aside though it stands there, and the third was delivered.
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "Again", last: first.last))
        let third = try await bench.settle(3, "Again", last: first.last)
        bench.box.deliver(3, as: third.compactMap { Snowflake($0) })
        let next = try await bench.restarted()
        let found = try await next.settle(4, "Again", .requeue, last: third.last)
        #expect(found.count == 1)
        #expect(found != third)
        #expect(next.discord.contents(of: try next.post()) == ["Hello", "Again", "Again"])
    }
}
