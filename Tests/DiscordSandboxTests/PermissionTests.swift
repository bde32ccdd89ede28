import StrictJSON
import Testing

@testable import DiscordSandbox

private let forum = Fixture.forum.description

extension Bench {
    /// Takes permissions from the bot in the forum, and gives back all others.
    fileprivate mutating func deny(_ names: [JSONValue]) {
        self.control(.permissions, ["who": "bot", "deny": .array(names)])
    }
}

@Suite struct PermissionTests {
    @Test(
        arguments: [
            ("SEND_MESSAGES", .createThread, 50013), ("VIEW_CHANNEL", .createThread, 50001),
            ("SEND_MESSAGES_IN_THREADS", .createMessage, 50013),
            ("VIEW_CHANNEL", .createMessage, 50001), ("VIEW_CHANNEL", .channel, 50001),
            ("VIEW_CHANNEL", .messages, 50001), ("VIEW_CHANNEL", .editMessage, 50001),
            ("VIEW_CHANNEL", .deleteMessage, 50001),
            ("READ_MESSAGE_HISTORY", .message, 50013), ("READ_MESSAGE_HISTORY", .react, 50013),
            ("READ_MESSAGE_HISTORY", .archivedThreads, 50013), ("ADD_REACTIONS", .react, 50013),
            ("SEND_MESSAGES_IN_THREADS", .typing, 50013),
            ("MANAGE_THREADS", .deleteChannel, 50013),
        ] as [(String, RESTRoute, Int64)])
    func `what is taken is refused until it is given back`(
        name: String, route: RESTRoute, code: Int64
    ) {
        var bench = Bench()
        let post = bench.post()
        let message = bench.write("a", in: post)
        let isOfForum = route == .createThread || route == .archivedThreads
        let ids = [isOfForum ? forum : post, message, "✅"]
        let body: JSONValue = ["name": "B", "message": ["content": "b"], "content": "b"]
        bench.deny([.string(name)])
        let refused = bench.ask(route, ids, body)
        #expect(refused.status == 403 && refused.body?["code"]?.integer == code)
        bench.deny([])
        #expect(bench.ask(route, ids, body).status < 300)
    }

    @Test func `without the history's permission the history is empty, not refused`() {
        var bench = Bench()
        let post = bench.post()
        let message = bench.write("a", in: post)
        bench.deny(["READ_MESSAGE_HISTORY"])
        let read = bench.ask(.messages, [post])
        #expect(read.status == 200 && read.body == [])
        let reply: JSONValue = [
            "content": "b", "message_reference": ["message_id": .string(message)],
        ]
        #expect(bench.ask(.createMessage, [post], reply).body?["code"] == 160002)
        bench.deny(["EMBED_LINKS"])
        let card: JSONValue = ["embeds": [["title": "t"]]]
        #expect(bench.ask(.createMessage, [post], card).body?["code"] == 50013)
        #expect(bench.ask(.messages, [post]).body?.array?.count == 2)
    }

    @Test func `a hidden channel is told as hidden, and its threads when it is shown`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        bench.deny(["VIEW_CHANNEL"])
        _ = bench.write("unheard", in: post, as: Bench.anna)
        let hidden = try bench.events()
        #expect(hidden.map(\.name) == ["CHANNEL_UPDATE"])
        #expect(hidden[0].data["name"] == "___hidden___" && hidden[0].data["flags"] == 131_072)
        let channels = bench.ask(.guildChannels, [Fixture.guild.description]).body?.array
        #expect(channels?.map { $0["id"] } == [Fixture.text.json])
        #expect(
            bench.ask(.activeThreads, [Fixture.guild.description]).body?["threads"] == [])
        bench.deny([])
        let shown = try bench.events()
        #expect(shown.map(\.name) == ["CHANNEL_UPDATE", "THREAD_LIST_SYNC"])
        #expect(shown[0].data["name"] == "website-chats")
        #expect(shown[1].data["channel_ids"] == [Fixture.forum.json])
        #expect(shown[1].data["threads"]?.array?.first?["id"]?.string == post)
    }

    @Test func `roles decide by Discord's order`() throws {
        var bench = Bench()
        let post = bench.post()
        bench.control(.member, ["roles": ["Guests"], "nick": "Gus"], name: "Guest")
        let guest = Caller.human(name: "Guest")
        let write = { (bench: inout Bench) in
            bench.ask(.createMessage, [post], ["content": "a"], as: guest).status
        }
        #expect(write(&bench) == 200)
        bench.control(.permissions, ["who": "everyone", "deny": ["VIEW_CHANNEL"]])
        #expect(write(&bench) == 403)
        bench.control(.permissions, ["who": "Guests", "allow": ["VIEW_CHANNEL"]])
        #expect(write(&bench) == 200)
        bench.control(
            .permissions, ["who": ["operator": "Guest"], "deny": ["SEND_MESSAGES_IN_THREADS"]])
        #expect(write(&bench) == 403)
        bench.control(.permissions, ["who": ["operator": "Guest"]])
        #expect(write(&bench) == 200)
        // A role's own set, for all channels.
        bench.control(.permissions, ["who": "everyone"])
        bench.control(.role, ["permissions": ["VIEW_CHANNEL"]], name: "@everyone")
        #expect(write(&bench) == 200)
        bench.control(.role, ["permissions": ["VIEW_CHANNEL"]], name: "Guests")
        #expect(write(&bench) == 403)
        let member = bench.ask(.guildMember, [Fixture.guild.description, "@me"], as: guest).body
        #expect(member?["nick"] == "Gus" && member?["roles"] == [Fixture.guests.json])
        let overwrites = bench.ask(.channel, [forum]).body?["permission_overwrites"]?.array
        #expect(overwrites?.map { $0["id"] } == [Fixture.guests.json])
    }

    @Test func `roles and members are told as they change`() throws {
        var bench = Bench()
        _ = bench.identify(intents: 36353 | 2)
        let made = bench.control(.role, ["permissions": ["VIEW_CHANNEL"]], name: "Night").answer
        #expect(made.body?["permissions"] == "1024")
        bench.control(.role, ["mentionable": true], name: "Night")
        bench.control(.member, ["roles": ["Night", "Team"]], name: "Bob")
        bench.control(.deleteRole, name: "Night")
        #expect(
            try bench.eventNames() == [
                "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_MEMBER_UPDATE",
                "GUILD_ROLE_DELETE",
            ])
        #expect(bench.core.world.member(named: "Bob")?.roles == [Fixture.team])
        #expect(bench.control(.deleteRole, name: "@everyone").answer.status == 404)
        #expect(bench.control(.member, ["roles": ["Night"]], name: "Bob").answer.status == 400)
    }

    @Test func `a removed channel takes its threads along, and comes back empty`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify()
        #expect(bench.control(.deleteChannel, name: forum).answer.status == 204)
        for (route, id) in [
            (.channel, forum), (.createThread, forum), (.archivedThreads, forum),
            (.channel, post), (.createMessage, post),
        ] as [(RESTRoute, String)] {
            #expect(bench.ask(route, [id]).body?["code"] == 10003)
        }
        #expect(bench.control(.deleteChannel, name: forum).answer.status == 404)
        #expect(bench.control(.restoreChannel, name: forum).answer.status == 204)
        #expect(try bench.eventNames() == ["CHANNEL_DELETE", "CHANNEL_CREATE"])
        #expect(bench.ask(.channel, [forum]).status == 200)
        #expect(bench.ask(.channel, [post]).status == 404)
    }

    @Test(
        arguments: [
            (.permissions, ["who": "nobody"], 400), (.permissions, [:], 400),
            (.permissions, ["who": "bot", "deny": ["FLY"]], 400),
            (.permissions, ["who": "bot", "channel": "5"], 404),
            (.role, ["permissions": "1"], 400), (.member, ["roles": 5], 400),
            (.application, ["token": "x"], 400), (.application, ["message_content": 1], 400),
            (.limits, ["messages": 5], 400), (.limits, ["active_threads": -1], 400),
            (.gatewayAction, ["action": "fly"], 400),
            (.gatewayAction, ["action": "close", "code": 999], 400),
            (.changeGateway, ["greeting": "shout"], 400), (.changeGateway, nil, 400),
            (.changeGateway, ["session_starts": ["remaining": -1]], 400),
            (.addFault, ["route": "*", "scope": "x"], 400), (.restoreChannel, [:], 404),
        ] as [(ControlRoute, JSONValue, Int)])
    func `a wrong control says so and changes nothing`(
        route: ControlRoute, body: JSONValue, status: Int
    ) {
        var bench = Bench()
        let before = bench.core.world.revision
        let answer = bench.control(route, body, name: "Bob").answer
        #expect(answer.status == status)
        #expect(answer.body?["message"]?.string?.isEmpty == false)
        #expect(bench.core.world.revision == before)
    }

    @Test func `all that was changed is there after a restart`() throws {
        var bench = Bench()
        let post = bench.post()
        let thread =
            bench.ask(
                .createThread, [Fixture.text.description], ["name": "T", "type": 11]
            ).body?["id"]?.string ?? ""
        let message = bench.write("a", in: post, as: Bench.anna)
        bench.ask(.editMessage, [post, message], ["content": "b"], as: Bench.anna)
        bench.ask(.react, [post, message, "✅"])
        let gone = bench.write("gone", in: post)
        bench.ask(.deleteMessage, [post, gone])
        bench.ask(
            .createMessage, [post],
            [
                "attachments": [["filename": "a"]], "flags": 8192, "type": 7,
                "message_reference": ["type": 1, "channel_id": "1"],
            ], as: Bench.anna)
        bench.control(.permissions, ["who": "bot", "deny": ["VIEW_CHANNEL"], "channel": "5"])
        bench.control(.permissions, ["who": "bot", "deny": ["ADD_REACTIONS"]])
        bench.control(.role, ["mentionable": true], name: "Night")
        bench.control(.deleteRole, name: "Guests")
        bench.control(.member, ["roles": ["Night"], "nick": "N", "bot": true], name: "Bob")
        bench.control(.application, ["message_content": false])
        bench.ask(.deleteChannel, [thread])
        bench.control(.deleteChannel, name: Fixture.text.description)
        let lines = bench.core.change { $0.takeOutbox().changes }
            .map { JSONWriter.text($0.json) }
        let changes = try lines.map { try WorldChange(JSONParser.parse($0, limits: .service)) }
        let rebuilt = SandboxWorld(replaying: changes.compactMap(\.self))
        let world = bench.core.world
        #expect(changes.allSatisfy { $0 != nil })
        #expect(rebuilt.threads == world.threads && rebuilt.channels == world.channels)
        #expect(rebuilt.users == world.users && rebuilt.roles == world.roles)
        #expect(rebuilt.application == world.application)
        #expect(rebuilt.revision == world.revision)
    }
}
