import StrictJSON
import Testing

@testable import DiscordSandbox

@Suite struct ReactionTests {
    @Test func `reactions are counted, told, listed and taken back`() throws {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        _ = bench.identify()
        let check = "%E2%9C%85"
        for caller in [Bench.anna, .bot, .bot] {
            #expect(bench.ask(.react, [post, id, check], as: caller).status == 204)
        }
        let events = try bench.events()
        #expect(events.map(\.name) == ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_ADD"])
        #expect(events[0].data["emoji"]?["name"] == "✅")
        #expect(events[0].data["member"]?["user"]?["global_name"] == "Anna")
        let shown = bench.ask(.message, [post, id]).body?["reactions"]?.array?.first
        #expect(shown?["count"] == 2 && shown?["me"] == true)
        let users = bench.ask(.reactions, [post, id, check]).body?.array
        #expect(users?.count == 2)
        #expect(bench.ask(.reactions, [post, id, "👍"]).body == [])
        let anna = (bench.core.world.member(named: "Anna")?.id ?? Fixture.bot).description
        #expect(bench.ask(.unreactOther, [post, id, check, anna]).body?["code"] == 50013)
        #expect(bench.ask(.unreact, [post, id, check]).status == 204)
        #expect(bench.ask(.unreact, [post, id, check]).status == 204)
        #expect(try bench.eventNames() == ["MESSAGE_REACTION_REMOVE"])
        bench.ask(.react, [post, id, "👍"], as: Bench.anna)
        #expect(bench.ask(.clearEmoji, [post, id, check], as: Bench.anna).status == 204)
        #expect(bench.ask(.clearReactions, [post, id], as: Bench.anna).status == 204)
        #expect(
            try bench.eventNames() == [
                "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE_EMOJI",
                "MESSAGE_REACTION_REMOVE_ALL",
            ])
        #expect(bench.ask(.message, [post, id]).body?["reactions"] == nil)
    }

    @Test(
        arguments: [
            ("✅", true), ("👩‍👩‍👧", true), ("1️⃣", true), ("❤️", true), ("🇩🇪", true), ("1", false),
            ("a", false),
            ("✅✅", false), ("name:5", false), ("", false), ("#", false),
        ] as [(String, Bool)])
    func `only an emoji is one`(text: String, isEmoji: Bool) {
        #expect((Emoji(text) != nil) == isEmoji)
    }

    @Test func `20 different emojis are enough, and joining one is always possible`() {
        var bench = Bench()
        let post = bench.post()
        let id = bench.write("a", in: post)
        let emojis = (0..<21).compactMap { Unicode.Scalar(0x1F600 + $0).map { String($0) } }
        let statuses = emojis.map { emoji in
            // As slowly as the limit wants it.
            bench.now += 500
            return bench.ask(.react, [post, id, emoji]).status
        }
        bench.now += 5000
        #expect(statuses == Array(repeating: 204, count: 20) + [400])
        #expect(bench.ask(.react, [post, id, emojis[20]]).body?["code"] == 30010)
        #expect(bench.ask(.react, [post, id, emojis[0]], as: Bench.anna).status == 204)
    }

    @Test func `without its intent no client hears of reactions`() throws {
        var bench = Bench()
        let post = bench.post()
        _ = bench.identify(intents: 33281)
        bench.ask(.react, [post, post, "✅"])
        #expect(try bench.events().isEmpty)
    }
}
