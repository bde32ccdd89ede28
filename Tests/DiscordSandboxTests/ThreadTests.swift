import StrictJSON
import Testing

@testable import DiscordSandbox

private let text = Fixture.text.description

extension Bench {
    /// A thread of the text channel.
    fileprivate mutating func thread() -> String {
        self.ask(.createThread, [text], ["name": "Ann", "type": 11]).body?["id"]?.string ?? ""
    }
}

@Suite struct ThreadTests {
    @Test func `a text channel takes messages and threads of both kinds`() throws {
        var bench = Bench()
        _ = bench.identify()
        let thread = bench.thread()
        #expect(try bench.eventNames() == ["THREAD_CREATE", "MESSAGE_CREATE"])
        let notice = bench.ask(.messages, [text]).body?.array?.first
        #expect(notice?["type"] == 18 && notice?["content"] == "Ann")
        #expect(notice?["message_reference"]?["channel_id"]?.string == thread)
        #expect(bench.ask(.messages, [thread]).body == [])

        let card = bench.ask(.createMessage, [text], ["embeds": [["title": "Card"]]]).body
        let id = card?["id"]?.string ?? ""
        #expect(card?["position"] == nil)
        _ = try bench.events()
        let made = bench.ask(.createThreadOnMessage, [text, id], ["name": "Bea"])
        #expect(made.status == 201 && made.body?["id"]?.string == id)
        #expect(
            try bench.eventNames() == ["THREAD_CREATE", "MESSAGE_UPDATE", "MESSAGE_CREATE"])
        let origin = bench.ask(.message, [text, id]).body
        #expect(origin?["flags"] == 32 && origin?["thread"]?["id"]?.string == id)
        let starter = bench.ask(.messages, [id]).body?.array?.first
        #expect(starter?["type"] == 21 && starter?["content"] == "")
        #expect(starter?["referenced_message"]?["embeds"]?.array?.first?["title"] == "Card")
        #expect(bench.ask(.channel, [id]).body?["message_count"] == 0)
        #expect(
            bench.ask(.createThreadOnMessage, [text, id], ["name": "Bea"]).body?["code"] == 160004)
        let written = bench.write("hello", in: id)
        #expect(bench.ask(.message, [id, written]).body?["content"] == "hello")
        let active = bench.ask(.activeThreads, [Fixture.guild.description]).body?["threads"]
        #expect(active?.array?.map { $0["parent_id"] } == [.string(text), .string(text)])
    }

    @Test func `a thread without a type would be private, which nobody may make`() {
        var bench = Bench()
        #expect(bench.ask(.createThread, [text], ["name": "Ann"]).body?["code"] == 50013)
        let post = bench.post()
        #expect(
            bench.ask(.createThreadOnMessage, [Fixture.forum.description, post], ["name": "B"])
                .body?["code"] == 50024)
        #expect(bench.ask(.createMessage, [Fixture.forum.description]).body?["code"] == 40058)
    }

    @Test func `a locked thread is for moderators only`() throws {
        var bench = Bench()
        let post = bench.post()
        bench.core.change { world in
            var guest = world.user(named: "Guest", now: noon)
            guest.roles = [Fixture.guests]
            world.save(guest)
        }
        let guest = Caller.human(name: "Guest")
        bench.ask(.updateChannel, [post], ["locked": true])
        #expect(
            bench.ask(.createMessage, [post], ["content": "a"], as: guest).body?["code"] == 160005)
        #expect(
            bench.ask(.createMessage, [post], ["content": "a"], as: Bench.anna).status == 200)
        bench.ask(.updateChannel, [post], ["archived": true])
        #expect(bench.ask(.createMessage, [post], ["content": "a"]).body?["code"] == 50083)
        #expect(
            bench.ask(.updateChannel, [post], ["archived": false], as: guest).body?["code"]
                == 160005)
        #expect(
            bench.ask(.updateChannel, [post], ["archived": false, "locked": false]).status == 200)
    }

    @Test func `whoever may write opens an archived thread, and no more`() {
        var bench = Bench()
        let post = bench.post()
        bench.core.change { world in
            var guest = world.user(named: "Guest", now: noon)
            guest.roles = [Fixture.guests]
            world.save(guest)
        }
        let guest = Caller.human(name: "Guest")
        bench.ask(.updateChannel, [post], ["archived": true])
        for (body, status) in [
            (["name": "New", "archived": false], 403), (["archived": true], 403),
            (["archived": false], 200), (["locked": true], 403),
        ] as [(JSONValue, Int)] {
            #expect(bench.ask(.updateChannel, [post], body, as: guest).status == status)
        }
        #expect(bench.ask(.deleteChannel, [post], as: guest).status == 403)
    }

    @Test func `an archived thread takes no change until it is open`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        _ = bench.identify()
        bench.ask(.updateChannel, [post], ["archived": true])
        for (route, ids, body) in [
            (.updateChannel, [post], ["name": "b"]), (.editMessage, [post, id], ["content": "b"]),
            (.react, [post, id, "✅"], nil), (.typing, [post], nil), (.joinThread, [post], nil),
        ] as [(RESTRoute, [String], JSONValue?)] {
            #expect(bench.ask(route, ids, body).body?["code"] == 50083)
        }
        #expect(bench.ask(.deleteMessage, [post, id]).status == 204)
        #expect(
            bench.ask(
                .updateChannel, [post],
                ["archived": false, "name": "b", "applied_tags": [Fixture.tags[0].id.json]]
            ).body?["name"] == "b")
        #expect(
            try bench.eventNames() == [
                "THREAD_UPDATE", "MESSAGE_DELETE", "THREAD_UPDATE", "MESSAGE_CREATE",
            ])
        let notice = bench.ask(.messages, [post], query: ["limit": "1"]).body?.array?.first
        #expect(notice?["type"] == 4 && notice?["content"] == "b")
        #expect(
            bench.ask(.updateChannel, [post], ["applied_tags": ["5"]]).body?["code"] == 10087)
    }

    @Test func `a deleted thread is gone with all in it`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        #expect(bench.ask(.deleteChannel, [post]).status == 200)
        let events = try bench.events()
        #expect(events.map(\.name) == ["THREAD_DELETE"])
        #expect(events[0].data["parent_id"] == Fixture.forum.json)
        for (route, ids) in [
            (.channel, [post]), (.messages, [post]), (.message, [post, post]),
            (.createMessage, [post]), (.deleteChannel, [post]),
        ] as [(RESTRoute, [String])] {
            #expect(bench.ask(route, ids).body?["code"] == 10003)
        }
    }

    @Test func `the guild has room for so many open threads`() {
        var bench = Bench()
        bench.core.change { $0.activeThreadsMax = 2 }
        let post = bench.post()
        let thread = bench.thread()
        let body: JSONValue = ["name": "Ann", "message": ["content": "a"]]
        let forum = Fixture.forum.description
        #expect(bench.ask(.createThread, [forum], body).body?["code"] == 160006)
        bench.ask(.updateChannel, [post], ["archived": true])
        #expect(bench.ask(.createThread, [forum], body).status == 201)
        #expect(
            bench.ask(.updateChannel, [post], ["archived": false]).body?["code"] == 160006)
        #expect(
            bench.ask(.createMessage, [post], ["content": "a"]).body?["code"] == 160006)
        #expect(bench.ask(.createMessage, [thread], ["content": "a"]).status == 200)
    }

    @Test func `archived threads are paged by the time of their archiving`() throws {
        var bench = Bench()
        let posts = (0..<5).map { _ in bench.post() }
        for post in posts {
            bench.now -= 1
            bench.ask(.updateChannel, [post], ["archived": true])
        }
        var found: [String] = []
        var before: String?
        for _ in 0..<5 {
            let page = bench.ask(
                .archivedThreads, [Fixture.forum.description],
                query: ["limit": "2", "before": before].compactMapValues(\.self))
            let threads = page.body?["threads"]?.array ?? []
            found += threads.compactMap { $0["id"]?.string }
            before = threads.last?["thread_metadata"]?["archive_timestamp"]?.string
            guard page.body?["has_more"] == true else { break }
        }
        #expect(found == posts.reversed())
        #expect(
            bench.ask(.archivedThreads, [text], query: ["limit": "2"]).body?["threads"] == [])
    }
}
