import StrictJSON

/// People, roles and the application as Discord's API shows them.
extension User {
    var json: JSONValue {
        [
            "id": self.id.json, "username": .string(self.username),
            "avatar": self.avatar.map { .string($0) } ?? nil,
            "discriminator": .string(self.isBot ? "0001" : "0"), "public_flags": 0, "flags": 0,
            "bot": .bool(self.isBot), "banner": nil, "accent_color": nil,
            "global_name": self.isBot ? nil : .string(self.name),
            "avatar_decoration_data": nil, "collectibles": nil, "primary_guild": nil,
        ]
    }

    /// The bot about itself.
    var ownJSON: JSONValue {
        guard case .object(var object) = self.json else { return self.json }
        object["mfa_enabled"] = true
        object["locale"] = "en-US"
        object["verified"] = true
        object["email"] = .null
        return .object(object)
    }

    /// The member without its user, as events carry it.
    var memberObject: JSONObject {
        [
            "avatar": self.guildAvatar.map { .string($0) } ?? nil,
            "avatar_decoration_data": nil, "banner": nil,
            "communication_disabled_until": nil, "flags": 0,
            "joined_at": .string(Timestamp.text(Fixture.beganMilliseconds)),
            "nick": self.nick.map { .string($0) } ?? nil,
            "pending": false, "premium_since": nil, "roles": self.roles.json, "collectibles": nil,
            "mute": false, "deaf": false,
        ]
    }

    /// The member with its user.
    var memberJSON: JSONValue {
        var object = self.memberObject
        object["user"] = self.json
        return .object(object)
    }
}

/// The guild's roles.
extension Role {
    var json: JSONValue {
        var object: JSONObject = [
            "id": self.id.json, "name": .string(self.name),
            "permissions": self.permissions.json, "position": .integer(self.position),
            "color": 0,
            "colors": ["primary_color": 0, "secondary_color": nil, "tertiary_color": nil],
            "hoist": false, "managed": .bool(self.bot != nil),
            "mentionable": .bool(self.isMentionable), "icon": nil, "unicode_emoji": nil,
            "flags": 0,
        ]
        if let bot { object["tags"] = ["bot_id": bot.json] }
        return .object(object)
    }
}

extension SandboxWorld {
    /// All roles, the lowest first.
    var rolesJSON: JSONValue {
        .array(
            self.roles.values.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
                .map(\.json))
    }
}

/// The bot's application.
extension SandboxWorld {
    /// GATEWAY_MESSAGE_CONTENT_LIMITED where the intent is switched on, as for any small bot.
    var applicationFlags: Int64 { self.application.messageContent ? 1 << 19 : 0 }

    var applicationJSON: JSONValue {
        [
            "id": Fixture.bot.json, "name": "ChatBox", "icon": nil,
            "description": "The sandbox's one application.", "type": nil,
            "bot": self.users[Fixture.bot]?.json ?? nil, "summary": "", "bot_public": false,
            "bot_require_code_grant": false,
            "verify_key": .string(String(repeating: "0", count: 64)),
            "flags": .integer(self.applicationFlags),
            "flags_new": .string(String(self.applicationFlags)),
            "redirect_uris": [], "interactions_endpoint_url": nil,
            "role_connections_verification_url": nil,
            "owner": self.users[Fixture.owner]?.json ?? nil,
            "approximate_guild_count": 1, "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
            "team": nil, "eligible_oauth2_scopes": [], "rpc_origins": [],
        ]
    }
}
