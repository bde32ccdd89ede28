import StrictJSON
import Testing

@testable import DiscordSandbox

@Suite struct SandboxWorldTests {
    @Test func `a post and its first message have one id`() throws {
        let (world, thread) = try SandboxWorld.withPost()
        #expect(thread.messages.map(\.id) == [thread.id])
        #expect(world.activeThreads == [thread])
        #expect(thread.id.milliseconds == noon)
    }

    @Test func `ids grow also when the clock goes back`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let ids = try [noon, noon, noon - 5000, noon + 1].map { now in
            try world.post(draft("a"), in: thread.id, by: Fixture.bot, now: now).id
        }
        #expect(ids == ids.sorted() && Set(ids).count == 4)
        #expect(ids.allSatisfy { $0 > thread.id })
    }

    @Test func `an enforced nonce makes one message for each author and post`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let other = world.openThread(try postDraft(), by: Fixture.bot, now: noon)
        let first = try world.post(
            draft("a", nonce: "n"), in: thread.id, by: Fixture.bot, now: noon)
        let again = try world.post(
            draft("b", nonce: "n"), in: thread.id, by: Fixture.bot, now: noon + 299_000)
        #expect(again == first)
        let person = world.user(named: "Bob", now: noon)
        for (channel, author, nonce) in [
            (thread.id, person.id, "n" as JSONValue), (other.id, Fixture.bot, "n"),
            (thread.id, Fixture.bot, "N"), (thread.id, Fixture.bot, 5),
        ] {
            let message = try world.post(
                draft("a", nonce: nonce), in: channel, by: author, now: noon)
            #expect(message.id != first.id)
        }
    }

    @Test func `a nonce is forgotten after some minutes`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let first = try world.post(
            draft("a", nonce: "n"), in: thread.id, by: Fixture.bot, now: noon)
        let later = try world.post(
            draft("a", nonce: "n"), in: thread.id, by: Fixture.bot, now: noon + 300_002)
        #expect(later.id != first.id)
    }

    @Test func `nonces are compared by bytes`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let composed = try world.post(
            draft("a", nonce: "\u{e9}"), in: thread.id, by: Fixture.bot, now: noon)
        let decomposed = try world.post(
            draft("a", nonce: "e\u{301}"), in: thread.id, by: Fixture.bot, now: noon)
        #expect(composed.id != decomposed.id)
    }

    @Test(
        arguments: [
            ([:], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), (["limit": "3"], [9, 8, 7]),
            (["limit": "3", "after": "2"], [5, 4, 3]), (["limit": "3", "before": "2"], [1, 0]),
            (["limit": "4", "around": "5"], [6, 5, 4, 3]), (["after": "9"], []),
            (["after": "0", "limit": "1"], [1]), (["before": "0"], []),
        ] as [([String: String], [Int])])
    func `a page is newest first and begins beside its anchor`(
        query: [String: String], expected: [Int]
    ) throws {
        var (world, thread) = try SandboxWorld.withPost()
        var ids = [thread.id]
        for number in 1..<10 {
            ids.append(
                try world.post(draft("\(number)"), in: thread.id, by: Fixture.bot, now: noon).id)
        }
        var query = query
        for name in ["after", "before", "around"] {
            if let number = query[name].flatMap({ Int($0) }) {
                query[name] = ids[number].description
            }
        }
        let page = try world.messages(in: thread.id, MessagePage(query: query))
        #expect(page.map(\.id) == expected.map { ids[$0] })
    }

    @Test func `a message unarchives its post unless that is locked`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        _ = try world.update(thread.id, ThreadPatch(["archived": true]), now: noon)
        #expect(world.activeThreads.isEmpty)
        #expect(world.archivedThreads(before: nil, limit: 10).threads.count == 1)
        #expect(world.archivedThreads(before: noon, limit: 10).threads.isEmpty)
        _ = world.takeOutbox()
        _ = try world.post(draft("a"), in: thread.id, by: Fixture.bot, now: noon + 1)
        #expect(world.activeThreads.count == 1)
        #expect(world.takeOutbox().events.count == 2)
        _ = try world.update(
            thread.id, ThreadPatch(["archived": true, "locked": true]), now: noon + 2)
        #expect(throws: DiscordError.threadArchived) {
            try world.post(draft("a"), in: thread.id, by: Fixture.bot, now: noon + 3)
        }
    }

    @Test func `people and mentions are found again by name and id`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let bob = world.user(named: "Bob", now: noon)
        #expect(world.user(named: "Bob", now: noon + 5) == bob)
        let text = "<@\(bob.id)> <@&\(Fixture.team)> <@!\(bob.id)> <@1>"
        let open = try world.post(draft(text), in: thread.id, by: Fixture.bot, now: noon)
        #expect(open.mentions == [bob.id] && open.mentionRoles == [Fixture.team])
        let closed = try MessageDraft([
            "content": .string(text), "allowed_mentions": ["parse": []],
        ])
        let quiet = try world.post(closed, in: thread.id, by: Fixture.bot, now: noon)
        #expect(quiet.mentions.isEmpty && quiet.mentionRoles.isEmpty)
    }

    @Test func `a world is rebuilt from the lines of its journal`() throws {
        var (world, thread) = try SandboxWorld.withPost()
        let bob = world.user(named: "Bob \"é\"\n", now: noon)
        let message = try world.post(
            draft("a\u{1}b", nonce: "n"), in: thread.id, by: bob.id, now: noon)
        let reply = try MessageDraft([
            "embeds": [["title": "t", "fields": [["name": "x", "value": "y"]]]],
            "message_reference": ["message_id": message.id.json],
        ])
        _ = try world.post(reply, in: thread.id, by: Fixture.bot, now: noon)
        _ = try world.update(
            thread.id, ThreadPatch(["name": "New", "archived": true]), now: noon)
        world.countIdentify(now: noon)
        let lines = world.takeOutbox().changes.map { JSONWriter.text($0.json) }
        let changes = try lines.map { try WorldChange(JSONParser.parse($0)) }
        var rebuilt = SandboxWorld(replaying: changes.compactMap(\.self))
        #expect(changes.count == 8)
        #expect(rebuilt.threads == world.threads)
        #expect(rebuilt.users == world.users)
        #expect(rebuilt.revision == world.revision)
        #expect(rebuilt.identifies == world.identifies)
        #expect(rebuilt.takeOutbox() == SandboxWorld.Outbox())
        let again = try rebuilt.post(
            draft("a\u{1}b", nonce: "n"), in: thread.id, by: bob.id, now: noon + 1)
        #expect(again == message)
    }
}
