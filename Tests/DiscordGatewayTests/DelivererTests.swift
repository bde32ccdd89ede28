import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct DelivererTests {
    @Test
    func `the first message makes a post with a card, and stands in it once`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let post = try bench.post()
        #expect(bench.discord.posts == [post])
        #expect(bench.discord.contents(of: post) == ["Hello"])
        #expect(made.count == 1)
        #expect(bench.box.value(named: "creating:\(Workbench.conversation)") == nil)
    }

    @Test(arguments: [FakeDiscord.Fault.answerLost, .requestLost])
    func `one post is made whether the making's answer or the request is lost`(
        fault: FakeDiscord.Fault
    ) async throws {
        let bench = try await Workbench()
        bench.discord.strike(.createPost, fault)
        try await bench.settle(1, "Hello")
        #expect(bench.discord.posts.count == 1)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello"])
    }

    @Test(arguments: [FakeDiscord.Fault.answerLost, .requestLost, .late])
    func `a message of unknown outcome stands once, even after its nonce is forgotten`(
        fault: FakeDiscord.Fault
    ) async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.discord.strike(.createMessage, fault)
        let verdict = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "Are you there?", last: first.last))
        guard case .later = verdict else {
            Issue.record("a lost answer must not count as handled: \(verdict)")
            return
        }
        bench.discord.forgetNonces()
        try await bench.settle(2, "Are you there?", last: first.last)
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello", "Are you there?"])
    }

    @Test
    func `a process killed after the effect and before the acknowledge sends nothing twice`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        // The second event's message is made, and the process dies before it is acknowledged.
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "Hello", last: first.last))
        bench.discord.forgetNonces()
        let next = try await bench.restarted()
        try await next.settle(2, "Hello", last: first.last)
        #expect(next.discord.contents(of: try next.post()) == ["Hello", "Hello"])
    }

    @Test
    func `what was made, deleted and talked over is repeated below a line that says so, once`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let post = try bench.post()
        let at = bench.discord.now
        bench.discord.strike(.createMessage, .answerLost)
        let delivery = try bench.delivery(2, "Are you there?", last: first.last, at: at)
        _ = await bench.operation.deliverer.deliver(delivery)
        let made = try #require(bench.discord.newest(in: post))
        bench.discord.delete(made)
        bench.discord.write("Who deleted that?", in: post)
        bench.discord.wait(milliseconds: 300_000)
        let now = bench.discord.now
        // The line is said, and the process dies before the message is sent.
        let next = try await Workbench(discord: bench.discord, box: bench.box, now: now)
        next.discord.strike(.createMessage, .requestLost)
        #expect(await next.operation.deliverer.settle(delivery).isPossibleDuplicate)
        let last = try await Workbench(discord: bench.discord, box: bench.box, now: now)
        // Whoever died after the line told nobody, so the next one counts it again.
        let settled = await last.operation.deliverer.settle(delivery)
        guard case .handled = settled.verdict, settled.isPossibleDuplicate else {
            Issue.record("not delivered, or not counted: \(settled)")
            return
        }
        let more = try last.delivery(3, "?", last: bench.discord.newest(in: post)?.external)
        #expect(await !last.operation.deliverer.settle(more).isPossibleDuplicate)
        bench.discord.delete(try #require(bench.discord.newest(in: post)))
        #expect(bench.discord.notices(in: post) == [Notice.doubtText])
        #expect(
            bench.discord.contents(of: post) == ["Hello", "Who deleted that?", "Are you there?"])
        #expect(next.log.text.contains("possible duplicate"))
        #expect(!last.log.text.contains("possible duplicate"))
    }

    @Test
    func `what came after the end of an earlier process isn't marked, whatever was said since`()
        async throws
    {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let at = bench.discord.now
        bench.discord.write("Anybody?", in: try bench.post())
        bench.discord.wait(milliseconds: 300_000)
        let next = try await Workbench(
            discord: bench.discord, box: bench.box,
            past: EarlierProcesses(noted: at - 60_000, restoredAt: 0), now: bench.discord.now)
        guard
            case .handled = await next.operation.deliverer.deliver(
                try next.delivery(2, "Yes", last: first.last, at: at))
        else {
            Issue.record("not delivered")
            return
        }
        #expect(bench.discord.notices(in: try bench.post()).isEmpty)
    }

    @Test
    func `a process killed after making the post and before binding it adopts it`() async throws {
        let bench = try await Workbench()
        let orphan = bench.discord.makePost(for: Workbench.conversation)
        let key = try #require(Name("creating:\(Workbench.conversation)"))
        try await bench.box.keep(["forum": "200"], as: key)
        try await bench.settle(1, "Hello")
        #expect(bench.discord.posts == [orphan])
        #expect(try bench.post() == orphan)
        #expect(bench.discord.contents(of: orphan) == ["Hello"])
    }

    @Test
    func `an archived post on a later page is adopted, too`() async throws {
        let bench = try await Workbench()
        let orphan = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.archive(orphan)
        for low in 2..<8 {
            let other = ConversationID(Bits128(high: 9, low: UInt64(low)))
            bench.discord.archive(bench.discord.makePost(for: other))
        }
        let searching = try await Workbench(
            discord: bench.discord, box: bench.box, mustSearch: true)
        try await searching.settle(1, "Hello")
        #expect(try searching.post() == orphan)
    }

    @Test
    func `what operators wrote in an adopted post before it was bound is read`() async throws {
        let bench = try await Workbench()
        let orphan = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.write("How can I help?", in: orphan)
        let searching = try await Workbench(
            discord: bench.discord, box: bench.box, mustSearch: true)
        try await searching.settle(1, "Hello")
        try await searching.readPost()
        #expect(searching.box.sent.map(\.body) == ["How can I help?"])
    }

    @Test
    func `while the history can't be read nothing in doubt is sent or searched for`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.discord.strike(.createMessage, .answerLost)
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "Again", last: first.last))
        bench.discord.forgetNonces()
        let next = try await bench.restarted()
        next.discord.hideHistory()
        let verdict = await next.operation.deliverer.deliver(
            try next.delivery(2, "Again", last: first.last))
        guard case .later = verdict else {
            Issue.record("an empty read was taken for evidence: \(verdict)")
            return
        }
        #expect(next.discord.contents(of: try next.post()) == ["Hello", "Again"])
    }

    @Test
    func `a deleted post is followed by a new one while the forum answers`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let lost = try bench.post()
        bench.discord.remove(lost)
        try await bench.settle(2, "Again", last: first.last)
        let post = try bench.post()
        #expect(post != lost)
        #expect(bench.discord.contents(of: post) == ["Again"])
    }

    @Test
    func `with the forum gone, too, the message waits`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.discord.remove(try bench.post())
        bench.discord.removeForum()
        let verdict = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "Again", last: first.last))
        guard case .later = verdict else {
            Issue.record("the message didn't wait: \(verdict)")
            return
        }
        #expect(bench.discord.posts.isEmpty)
    }

    @Test
    func `a long message is several in order, and only what is missing is sent again`() async throws
    {
        let bench = try await Workbench()
        let body = String(repeating: "word ", count: 1_000)
        bench.discord.strike(.createMessage, .postponed(.seconds(9)))
        let made = try await bench.settle(1, body)
        let contents = bench.discord.contents(of: try bench.post())
        #expect(contents.count == 3)
        #expect(made.count == 3)
        #expect(contents.joined(separator: " ") + " " == body)
    }

    @Test(arguments: [Int64(50_035), 50_006, 240_000])
    func `what Discord refuses because of the message is a dead letter`(code: Int64) async throws {
        let bench = try await Workbench()
        bench.discord.strike(
            .createMessage, .rejected(.init(status: 400, code: code, message: "no")))
        let verdict = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        guard case .deadLetter(let given, _, _) = verdict else {
            Issue.record("not a dead letter: \(verdict)")
            return
        }
        #expect(given == String(code))
    }

    @Test(arguments: [
        DiscordRejection(status: 401, code: 0, message: "Unauthorized"),
        DiscordRejection(status: 403, code: 50_013, message: "Missing Permissions"),
        DiscordRejection(status: 404, code: 50_001, message: "Missing Access"),
    ])
    func `nothing else is ever held against a message`(rejection: DiscordRejection) async throws {
        let bench = try await Workbench()
        bench.discord.strike(.createMessage, .rejected(rejection))
        let verdict = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        guard case .later(let wait, _, _) = verdict else {
            Issue.record("not put off: \(verdict)")
            return
        }
        #expect(wait >= .seconds(60))
    }

    @Test
    func `a silent broker stops every effect`() async throws {
        let bench = try await Workbench()
        bench.box.fallSilent()
        let verdict = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        guard case .later = verdict else {
            Issue.record("it went on: \(verdict)")
            return
        }
        #expect(bench.discord.posts.isEmpty)
    }

    @Test
    func `a message that nobody could see is a dead letter`() async throws {
        let bench = try await Workbench()
        let verdict = await bench.operation.deliverer.deliver(
            try bench.delivery(1, "\u{200B} \u{2060}\n"))
        guard case .deadLetter = verdict else {
            Issue.record("not a dead letter: \(verdict)")
            return
        }
        #expect(bench.discord.posts.isEmpty)
    }

    @Test
    func `while the history can't be read a search proves nothing and makes nothing`() async throws
    {
        let first = try await Workbench()
        let searching = try await Workbench(
            discord: first.discord, box: first.box, mustSearch: true)
        searching.discord.hideHistory()
        for _ in 0..<3 {
            let verdict = await searching.operation.deliverer.deliver(
                try searching.delivery(1, "Hello"))
            guard case .later = verdict else {
                Issue.record("an empty search was taken for evidence: \(verdict)")
                return
            }
        }
        #expect(searching.discord.posts.isEmpty)
    }

    @Test
    func `a message is sent with its nonce, and without mentions and previews`() throws {
        let request = DiscordRequest.creatingMessage(
            in: Snowflake(5), MessagePart(content: "Hi @everyone", nonce: "n0"))
        let body = try JSONParser.parse(try #require(request.body))
        #expect(request.path == "/channels/5/messages")
        #expect(request.route.major == "5")
        #expect(
            body == [
                "content": "Hi @everyone", "nonce": "n0", "enforce_nonce": true,
                "allowed_mentions": ["parse": []], "flags": 4,
            ])
    }

    @Test
    func `a post begins with a card that has no content and holds the whole uid`() throws {
        let card = Card(
            conversation: Workbench.conversation, visitor: "Ann", notePrefix: "//",
            isSuccessor: false)
        let request = DiscordRequest.creatingPost(in: Snowflake(200), name: "Ann · 5e", card: card)
        let body = try JSONParser.parse(try #require(request.body))
        #expect(request.route == DiscordRoute(template: "POST /channels/*/threads", major: "200"))
        #expect(body["name"]?.string == "Ann · 5e")
        #expect(body["message"]?["content"] == nil)
        #expect(body["message"]?["allowed_mentions"] == ["parse": []])
        let footer = body["message"]?["embeds"]?.array?.first?["footer"]?["text"]
        #expect(footer?.string == Workbench.conversation.description)
    }
}
