import StrictJSON

/// The guild as Discord's API shows them.
enum GuildObject {
    /// Without channels, members and threads.
    static func object(_ world: SandboxWorld, withCounts: Bool) -> JSONObject {
        var object: JSONObject = [
            "id": Fixture.guild.json, "name": .string(Fixture.guildName), "icon": nil,
            "description": nil, "home_header": nil, "splash": nil, "discovery_splash": nil,
            "features": [], "banner": nil, "owner_id": Fixture.owner.json,
            "application_id": nil, "region": "deprecated", "afk_channel_id": nil,
            "afk_timeout": 300, "system_channel_id": nil, "system_channel_flags": 0,
            "widget_enabled": false, "widget_channel_id": nil, "verification_level": 1,
            "roles": world.rolesJSON, "default_message_notifications": 1, "mfa_level": 0,
            "explicit_content_filter": 0, "max_presences": nil, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
            "vanity_url_code": nil, "premium_tier": 0, "premium_subscription_count": 0,
            "preferred_locale": "en-US", "rules_channel_id": nil,
            "safety_alerts_channel_id": nil, "public_updates_channel_id": nil,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
            "emojis": [], "stickers": [], "incidents_data": nil,
        ]
        if withCounts {
            let members = JSONValue.integer(Int64(world.users.count))
            object["approximate_member_count"] = members
            object["approximate_presence_count"] = members
        }
        return object
    }

    /// What a bot gets after READY: everything that it can see.
    static func created(_ world: SandboxWorld) -> JSONValue {
        var object = self.object(world, withCounts: false)
        let members = world.users.values.sorted { $0.id < $1.id }
        object["joined_at"] = .string(Timestamp.text(Fixture.beganMilliseconds))
        object["large"] = false
        object["unavailable"] = false
        object["member_count"] = .integer(Int64(members.count))
        object["members"] = .array(members.map(\.memberJSON))
        object["channels"] = .array(world.channelList.map { world.event(of: $0) })
        object["threads"] = .array(
            world.activeThreads.filter { world.botSees($0.id) }.map(\.json))
        for name in [
            "voice_states", "presences", "stage_instances", "guild_scheduled_events",
            "soundboard_sounds",
        ] {
            object[name] = []
        }
        return .object(object)
    }

    /// As a list of one's own guilds shows it.
    static func mine(_ permissions: Permissions) -> JSONValue {
        [
            "id": Fixture.guild.json, "name": .string(Fixture.guildName), "icon": nil,
            "banner": nil, "owner": false, "permissions": permissions.json, "features": [],
        ]
    }
}
