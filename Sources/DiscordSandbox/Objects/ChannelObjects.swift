import StrictJSON

/// A channel as Discord's API shows it.
extension GuildChannel {
    /// CHANNEL_OBFUSCATED: the bot may not see it, and is told no more than that it is there.
    private static let obfuscated: Int64 = 1 << 17

    /// The channel as somebody sees it who may.
    ///
    /// - Parameter newest: the newest of its threads.
    func json(newest thread: Snowflake?) -> JSONValue {
        var object: JSONObject = [
            "id": self.id.json, "type": .integer(self.kind.rawValue),
            "guild_id": Fixture.guild.json, "name": .string(self.name),
            "position": .integer(self.kind == .forum ? 0 : 1), "flags": 0, "parent_id": nil,
            "topic": "One post per visitor of the website.", "nsfw": false,
            "permission_overwrites": .array(self.overwrites.map(\.json)),
            "rate_limit_per_user": 0, "default_auto_archive_duration": 10_080,
            "default_thread_rate_limit_per_user": 0,
        ]
        guard self.kind == .forum else {
            object["last_message_id"] = self.log.lastID?.json ?? nil
            return .object(object)
        }
        object["last_message_id"] = thread?.json ?? nil
        object["available_tags"] = .array(
            Fixture.tags.map { tag in
                [
                    "id": tag.id.json, "name": .string(tag.name), "moderated": false,
                    "emoji_id": nil, "emoji_name": nil,
                ]
            })
        object["default_reaction_emoji"] = nil
        object["default_sort_order"] = 0
        object["default_forum_layout"] = 0
        object["default_tag_setting"] = "match_some"
        return .object(object)
    }

    /// The channel as the gateway shows it to a bot that may not see it.
    var obfuscatedJSON: JSONValue {
        [
            "id": self.id.json, "type": .integer(self.kind.rawValue),
            "guild_id": Fixture.guild.json, "name": "___hidden___",
            "position": .integer(self.kind == .forum ? 0 : 1),
            "flags": .integer(Self.obfuscated), "parent_id": nil, "topic": nil, "nsfw": false,
            "permission_overwrites": [
                PermissionOverwrite(
                    id: Fixture.guild, isMember: false, allow: [], deny: .viewChannel
                ).json
            ],
            "last_message_id": nil, "rate_limit_per_user": 0,
        ]
    }
}

extension SandboxWorld {
    /// A channel for somebody who sees it.
    func object(of channel: GuildChannel) -> JSONValue {
        let newest = self.threads.values.lazy.filter { $0.parent == channel.id }.map(\.id).max()
        return channel.json(newest: newest)
    }

    /// A channel as the gateway tells the bot of it.
    func event(of channel: GuildChannel) -> JSONValue {
        self.botSees(channel.id) ? self.object(of: channel) : channel.obfuscatedJSON
    }

    /// All channels, by position: the forum first.
    var channelList: [GuildChannel] { self.channels.values.sorted { $0.id < $1.id } }
}
