import StrictJSON

@testable import DiscordGateway

/// Discord's objects, made for tests through the same readers that real ones go through.
enum TestMessage {
    static func make(
        id: Snowflake = Snowflake(1), channel: Snowflake = Snowflake(1), content: String,
        author: Snowflake, card: Card? = nil, extra: JSONObject = [:]
    ) -> DiscordMessage {
        var object: JSONObject = [
            "id": .string("\(id)"), "channel_id": .string("\(channel)"), "type": 0,
            "content": .string(content), "author": self.userObject(author),
        ]
        if let card { object["embeds"] = [["footer": ["text": .string(card.uid)]]] }
        for member in extra.members { object[member.name] = member.value }
        guard let message = DiscordMessage(.object(object)) else {
            preconditionFailure("A message of these parts can be read.")
        }
        return message
    }

    static func user(_ id: Snowflake, isBot: Bool) -> DiscordUser {
        guard let user = DiscordUser(self.userObject(id)) else {
            preconditionFailure("A user of these parts can be read.")
        }
        return user
    }

    private static func userObject(_ id: Snowflake) -> JSONValue {
        [
            "id": .string("\(id)"), "username": "ana", "global_name": "Ana",
            "bot": .bool(id == FakeDiscord.bot),
        ]
    }

    static var forum: DiscordChannel {
        self.channel(["id": "200", "type": 15, "guild_id": "100"])
    }

    static var textChannel: DiscordChannel {
        self.channel(["id": "200", "type": 0, "guild_id": "100"])
    }

    static func thread(_ id: Snowflake, name: String = "a post") -> DiscordChannel {
        self.channel([
            "id": .string("\(id)"), "type": 11, "guild_id": "100", "parent_id": "200",
            "owner_id": "900", "name": .string(name),
        ])
    }

    static var emptyPage: DiscordThreadPage {
        guard let page = DiscordThreadPage(["threads": []]) else {
            preconditionFailure("An empty page can be read.")
        }
        return page
    }

    private static func channel(_ value: JSONValue) -> DiscordChannel {
        guard let channel = DiscordChannel(value) else {
            preconditionFailure("A channel of these parts can be read.")
        }
        return channel
    }
}
