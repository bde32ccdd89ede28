import StrictJSON

/// Controls that change what Discord's own pages would: permissions, roles, members, channels.
extension SandboxCore {
    mutating func controlWorld(
        _ route: ControlRoute, _ name: String, _ body: JSONValue, now: Int64
    ) throws(ControlError) -> RESTAnswer {
        switch route {
        case .permissions: return try self.setPermissions(body, now: now)
        case .role: return try self.saveRole(name, body, now: now)
        case .deleteRole:
            guard let role = self.world.role(name), role.id != Fixture.guild, role.bot == nil
            else { throw ControlError(sentence: "there is no such role to delete", status: 404) }
            self.change { $0.delete(role) }
        case .member: return try self.saveMember(name, body, now: now)
        case .restoreChannel:
            try self.changeChannel(name) { (world, id) throws(DiscordError) in
                try world.restoreChannel(id)
            }
        default:
            try self.changeChannel(name) { (world, id) throws(DiscordError) in
                try world.deleteChannel(id)
            }
        }
        return RESTAnswer(204, nil)
    }

    private mutating func setPermissions(
        _ body: JSONValue, now: Int64
    ) throws(ControlError) -> RESTAnswer {
        guard let allow = Permissions(names: body["allow"]),
            let deny = Permissions(names: body["deny"])
        else {
            throw ControlError(
                sentence: "allow and deny are lists of "
                    + Permissions.named.map(\.name).joined(separator: ", "))
        }
        let who = try self.member(body["who"], now: now)
        let channel = Snowflake(body["channel"]) ?? Fixture.forum
        let overwrite = PermissionOverwrite(
            id: who.id, isMember: who.isMember, allow: allow, deny: deny)
        let isKnown = self.change { world in (try? world.save(overwrite, of: channel)) != nil }
        guard isKnown else {
            throw ControlError(sentence: "there is no channel \(channel)", status: 404)
        }
        let user =
            self.world.users[who.id]
            ?? User(id: Snowflake(0), name: "", isBot: false, roles: [who.id])
        let held = self.world.permissions(of: user, in: channel)
        let names = Permissions.named.filter { held.contains($0.permission) }.map(\.name)
        return RESTAnswer(200, ["permissions": .array(names.map { .string($0) })])
    }

    private mutating func member(
        _ json: JSONValue?, now: Int64
    ) throws(ControlError) -> (id: Snowflake, isMember: Bool) {
        if let name = json?["operator"]?.string {
            let user = self.change { $0.user(named: name, now: now) }
            return (user.id, true)
        }
        switch json?.string {
        case "bot": return (Fixture.bot, true)
        case "everyone": return (Fixture.guild, false)
        case let text:
            if let role = text.flatMap({ self.world.role($0) }) { return (role.id, false) }
            throw ControlError(
                sentence: "who is bot, everyone, a role's name or id, or {\"operator\": NAME}")
        }
    }

    private mutating func saveRole(
        _ name: String, _ body: JSONValue, now: Int64
    ) throws(ControlError) -> RESTAnswer {
        let former = self.world.role(name)
        guard let stated = Permissions(names: body["permissions"]) else {
            throw ControlError(
                sentence: "permissions is a list of "
                    + Permissions.named.map(\.name).joined(separator: ", "))
        }
        var role =
            former
            ?? Role(
                id: self.world.nextID(now), name: name, permissions: .ordinary, position: 1)
        if body["permissions"] != nil { role.permissions = stated }
        role.isMentionable = body["mentionable"]?.bool ?? role.isMentionable
        let changed = role
        self.change { $0.save(changed) }
        return RESTAnswer(200, changed.json)
    }

    private mutating func saveMember(
        _ name: String, _ body: JSONValue, now: Int64
    ) throws(ControlError) -> RESTAnswer {
        guard Caller.isName(name) else {
            throw ControlError(sentence: "an operator's name has 1…\(Caller.nameMax) characters")
        }
        let avatars = ["avatar", "guild_avatar"].compactMap { body[$0]?.string }
        guard avatars.allSatisfy(AvatarPicture.isHash) else {
            throw ControlError(sentence: "an avatar is a hash of 1…64 letters a–f, digits and _")
        }
        var roles: [Snowflake]?
        if let stated = body["roles"] {
            let found = (stated.array ?? [nil]).map { $0.string.flatMap { self.world.role($0) } }
            guard found.allSatisfy({ $0 != nil }) else {
                throw ControlError(sentence: "roles is a list of roles' names or ids")
            }
            roles = found.compactMap { $0?.id }
        }
        let user = self.change { world in
            var user = world.user(named: name, now: now)
            user.roles = roles ?? user.roles
            if let nick = body["nick"] { user.nick = nick.string }
            if let avatar = body["avatar"] { user.avatar = avatar.string }
            if let avatar = body["guild_avatar"] { user.guildAvatar = avatar.string }
            user.isBot = body["bot"]?.bool ?? user.isBot
            world.save(user)
            return user
        }
        return RESTAnswer(200, user.memberJSON)
    }

    private mutating func changeChannel(
        _ name: String,
        _ body: (inout SandboxWorld, Snowflake) throws(DiscordError) -> Void
    ) throws(ControlError) {
        let isKnown = self.change { world in
            guard let id = Snowflake(text: name) else { return false }
            return (try? body(&world, id)) != nil
        }
        guard isKnown else {
            throw ControlError(sentence: "there is no channel \(name)", status: 404)
        }
    }
}
