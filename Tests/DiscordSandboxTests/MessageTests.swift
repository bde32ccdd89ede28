import StrictJSON
import Testing

@testable import DiscordSandbox

@Suite struct MessageTests {
    @Test func `an edit shows its time, is told, and grows within a millisecond`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        _ = bench.identify()
        let first = bench.ask(.editMessage, [post, id], ["content": " b "])
        #expect(first.status == 200 && first.body?["content"] == "b")
        let events = try bench.events()
        #expect(events.map(\.name) == ["MESSAGE_UPDATE"])
        #expect(events[0].data["content"] == "b" && events[0].data["id"]?.string == id)
        bench.now -= 1
        let second = bench.ask(.editMessage, [post, id], ["content": "c"])
        let times = [first, second].compactMap {
            $0.body?["edited_timestamp"]?.string.flatMap { Timestamp.milliseconds($0) }
        }
        #expect(times.count == 2 && times[0] < times[1])
        let read = bench.ask(.message, [post, id]).body
        #expect(read?["content"] == "c")
        #expect(read?["edited_timestamp"] == second.body?["edited_timestamp"])
    }

    @Test(
        arguments: [
            (Bench.anna, ["content": "b"], 200, nil), (.bot, ["content": "b"], 403, 50005),
            (.human(name: "Bob"), ["content": "b"], 403, 50005),
            (.human(name: "Bob"), ["flags": 4], 200, nil), (.bot, ["flags": 4], 403, 50013),
            (Bench.anna, ["content": ""], 400, 50006), (Bench.anna, ["content": 5], 400, 50035),
        ] as [(Caller, JSONValue, Int, Int64?)])
    func `only its author edits a message, moderators hide its embeds`(
        caller: Caller, body: JSONValue, status: Int, code: Int64?
    ) {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post, as: Bench.anna)
        let answer = bench.ask(.editMessage, [post, id], body, as: caller)
        #expect(answer.status == status && answer.body?["code"]?.integer == code)
    }

    @Test func `embeds behind a link make no edited message`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("https://example.org", in: post, as: Bench.anna)
        _ = bench.identify()
        bench.ask(
            .editMessage, [post, id], ["embeds": [["type": "link", "url": "https://example.org"]]],
            as: Bench.anna)
        let event = try #require(try bench.events().first)
        #expect(event.name == "MESSAGE_UPDATE" && event.data["edited_timestamp"] == .null)
        #expect(event.data["embeds"]?.array?.count == 1)
    }

    @Test(
        arguments: [
            (.bot, 204), (Bench.anna, 204), (.human(name: "Guest"), 403),
        ] as [(Caller, Int)])
    func `a message is deleted by its author and by moderators`(caller: Caller, status: Int) throws
    {
        var bench = Bench()
        let post = bench.post()
        bench.core.change { world in
            var guest = world.user(named: "Guest", now: noon)
            guest.roles = [Fixture.guests]
            world.save(guest)
        }
        let id = bench.write("a", in: post)
        _ = bench.identify()
        #expect(bench.ask(.deleteMessage, [post, id], as: caller).status == status)
        let isGone = status == 204
        let events = try bench.events()
        #expect(events.map(\.name) == (isGone ? ["MESSAGE_DELETE"] : []))
        #expect(events.first?.data["id"]?.string == (isGone ? id : nil))
        #expect(
            bench.ask(.message, [post, id]).body?["code"]?.integer == (isGone ? 10008 : nil))
        #expect(
            bench.ask(.deleteMessage, [post, id]).status == (isGone ? 404 : 204))
    }

    @Test func `without its first message a post stays, and counts as before`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        #expect(bench.ask(.channel, [post]).body?["message_count"] == 1)
        bench.ask(.deleteMessage, [post, post])
        bench.ask(.deleteMessage, [post, id])
        let thread = bench.ask(.channel, [post])
        #expect(thread.status == 200 && thread.body?["message_count"] == 0)
        #expect(thread.body?["total_message_sent"] == 1)
        #expect(thread.body?["last_message_id"]?.string == id)
    }

    @Test func `many messages go in one event, those of another time not at all`() throws {
        var bench = Bench()
        let post = bench.post()
        let ids = ["a", "b", "c"].map { bench.write($0, in: post) }
        _ = bench.identify()
        let body: JSONValue = ["messages": .array(ids.dropLast().map { .string($0) })]
        #expect(bench.ask(.deleteMessages, [post], body).body?["code"] == 50013)
        #expect(bench.ask(.deleteMessages, [post], body, as: Bench.anna).status == 204)
        let events = try bench.events()
        #expect(events.map(\.name) == ["MESSAGE_DELETE_BULK"])
        #expect(events[0].data["ids"]?.array?.count == 2)
        let one: JSONValue = ["messages": [.string(ids[2])]]
        #expect(bench.ask(.deleteMessages, [post], one, as: Bench.anna).body?["code"] == 50035)
        bench.now += 15 * 86_400_000
        #expect(bench.ask(.deleteMessages, [post], body, as: Bench.anna).body?["code"] == 50034)
    }

    @Test func `a nonce whose message was deleted is refused`() {
        var bench = Bench()
        let post = bench.post()
        let body: JSONValue = ["content": "a", "nonce": "n", "enforce_nonce": true]
        let id = bench.ask(.createMessage, [post], body).body?["id"]?.string ?? ""
        bench.ask(.deleteMessage, [post, id])
        #expect(bench.ask(.createMessage, [post], body).body?["code"] == 10008)
    }

    @Test func `an answer names what it answers, also when that is gone`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        let body: JSONValue = [
            "content": "b",
            "message_reference": ["message_id": .string(id), "fail_if_not_exists": false],
        ]
        let reply = bench.ask(.createMessage, [post], body, as: Bench.anna).body
        #expect(reply?["type"] == 19 && reply?["referenced_message"]?["content"] == "a")
        bench.ask(.deleteMessage, [post, id])
        let read = bench.ask(.message, [post, reply?["id"]?.string ?? ""]).body
        #expect(read?["type"] == 19 && read?["referenced_message"] == .null)
        // What is gone before is answered with a plain message.
        let late = bench.ask(.createMessage, [post], body, as: Bench.anna).body
        #expect(late?["type"] == 0 && late?["message_reference"] == nil)
    }

    @Test func `a person's message may hold what only people send`() throws {
        var bench = Bench()
        let post = bench.post()
        let body: JSONValue = [
            "attachments": [["filename": "a.png", "size": 5, "content_type": "image/png"]],
            "sticker_items": [["id": "77", "name": "Wave", "format_type": 1]],
            "poll": ["question": ["text": "?"], "answers": [["poll_media": ["text": "yes"]]]],
            "message_snapshots": [["message": ["content": "far away"]]],
            "message_reference": ["type": 1, "channel_id": "5", "message_id": "6"],
            "flags": 8192, "webhook_id": "99", "type": 0,
        ]
        let sent = bench.ask(.createMessage, [post], body, as: Bench.anna).body
        #expect(sent?["attachments"]?.array?.first?["url"]?.string?.hasPrefix("https://") == true)
        #expect(sent?["sticker_items"]?.array?.first?["name"] == "Wave")
        #expect(sent?["poll"]?["answers"]?.array?.first?["answer_id"] == 1)
        #expect(
            sent?["message_snapshots"]?.array?.first?["message"]?["content"] == "far away")
        #expect(sent?["message_reference"]?["type"] == 1 && sent?["flags"] == 8192)
        #expect(sent?["author"]?["id"] == "99" && sent?["webhook_id"] == "99")
        #expect(bench.ask(.createMessage, [post], body).body?["code"] == 50006)
        let system = bench.ask(.createMessage, [post], ["type": 4], as: Bench.anna).body
        #expect(system?["type"] == 4)
        let id = system?["id"]?.string ?? ""
        #expect(bench.ask(.deleteMessage, [post, id], as: Bench.anna).body?["code"] == 50021)
    }

    @Test func `typing is told and shown until the message comes`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        bench.ask(.typing, [post], as: Bench.anna)
        bench.ask(.typing, [post])
        #expect(try bench.eventNames() == ["TYPING_START", "TYPING_START"])
        let names = { (bench: Bench) in
            bench.core.state(now: bench.now)["typing"]?.array?.map { $0["name"]?.string }
        }
        #expect(names(bench) == ["Anna", "ChatBox"])
        _ = bench.write("a", in: post)
        #expect(names(bench) == ["Anna"])
        bench.now += 10_000
        #expect(names(bench) == [])
    }
}
