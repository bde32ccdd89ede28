import StrictJSON

/// The guild and its forum channel as Discord's API shows them.
enum GuildObject {
    /// Without channels, members and threads.
    static func object(withCounts members: Int?) -> JSONObject {
        var object: JSONObject = [
            "id": Fixture.guild.json, "name": .string(Fixture.guildName), "icon": nil,
            "description": nil, "home_header": nil, "splash": nil, "discovery_splash": nil,
            "features": [], "banner": nil, "owner_id": Fixture.owner.json,
            "application_id": nil, "region": "deprecated", "afk_channel_id": nil,
            "afk_timeout": 300, "system_channel_id": nil, "system_channel_flags": 0,
            "widget_enabled": false, "widget_channel_id": nil, "verification_level": 1,
            "roles": RoleObjects.json, "default_message_notifications": 1, "mfa_level": 0,
            "explicit_content_filter": 0, "max_presences": nil, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
            "vanity_url_code": nil, "premium_tier": 0, "premium_subscription_count": 0,
            "preferred_locale": "en-US", "rules_channel_id": nil,
            "safety_alerts_channel_id": nil, "public_updates_channel_id": nil,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
            "emojis": [], "stickers": [], "incidents_data": nil,
        ]
        if let members {
            object["approximate_member_count"] = .integer(Int64(members))
            object["approximate_presence_count"] = .integer(Int64(members))
        }
        return object
    }

    /// What a bot gets after READY: everything that it can see.
    static func created(_ world: SandboxWorld) -> JSONValue {
        var object = self.object(withCounts: nil)
        let members = world.users.values.sorted { $0.id < $1.id }
        object["joined_at"] = .string(Timestamp.text(Fixture.beganMilliseconds))
        object["large"] = false
        object["unavailable"] = false
        object["member_count"] = .integer(Int64(members.count))
        object["members"] = .array(members.map(\.memberJSON))
        object["channels"] = [ForumObject.json(world)]
        object["threads"] = .array(world.activeThreads.map(\.json))
        for name in [
            "voice_states", "presences", "stage_instances", "guild_scheduled_events",
            "soundboard_sounds",
        ] {
            object[name] = []
        }
        return .object(object)
    }

    /// As a list of one's own guilds shows it.
    static let mine: JSONValue = [
        "id": Fixture.guild.json, "name": .string(Fixture.guildName), "icon": nil,
        "banner": nil, "owner": false, "permissions": .string(String(Fixture.botPermissions)),
        "features": [],
    ]
}

/// The forum channel.
enum ForumObject {
    static func json(_ world: SandboxWorld) -> JSONValue {
        [
            "id": Fixture.forum.json, "type": 15, "guild_id": Fixture.guild.json,
            "name": .string(Fixture.forumName), "position": 0, "flags": 0, "parent_id": nil,
            "topic": "One post per visitor of the website.", "nsfw": false,
            "permission_overwrites": [], "rate_limit_per_user": 0,
            "last_message_id": world.threads.keys.max()?.json ?? nil,
            "available_tags": [], "default_reaction_emoji": nil, "default_sort_order": 0,
            "default_forum_layout": 0, "default_auto_archive_duration": 10_080,
            "default_thread_rate_limit_per_user": 0, "default_tag_setting": "match_some",
        ]
    }
}
