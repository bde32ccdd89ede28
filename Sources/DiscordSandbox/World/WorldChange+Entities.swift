import StrictJSON

// How the journal's lines hold what the world is made of. What is missing in a line of an earlier
// version has the value that it had then.

extension User {
    var journalJSON: JSONValue {
        var object: JSONObject = [
            "kind": "user", "id": self.id.json, "name": .string(self.name),
            "bot": .bool(self.isBot), "roles": self.roles.json,
        ]
        object["nick"] = self.nick.map { .string($0) }
        object["avatar"] = self.avatar.map { .string($0) }
        object["guild_avatar"] = self.guildAvatar.map { .string($0) }
        return .object(object)
    }

    init?(_ json: JSONValue) {
        guard let id = json.id("id"), let name = json["name"]?.string else { return nil }
        self.init(
            id: id, name: name, isBot: json["bot"]?.bool ?? false,
            roles: json["roles"] == nil ? [Fixture.team] : json.ids("roles"),
            nick: json["nick"]?.string, avatar: json["avatar"]?.string,
            guildAvatar: json["guild_avatar"]?.string)
    }
}

extension Role {
    var journalJSON: JSONValue {
        [
            "kind": "role", "id": self.id.json, "name": .string(self.name),
            "permissions": self.permissions.json, "position": .integer(self.position),
            "mentionable": .bool(self.isMentionable), "bot": self.bot?.json ?? nil,
        ]
    }

    init?(_ json: JSONValue) {
        guard let id = json.id("id"), let name = json["name"]?.string,
            let permissions = Permissions(text: json["permissions"]?.string)
        else { return nil }
        self.init(
            id: id, name: name, permissions: permissions,
            position: json["position"]?.integer ?? 1,
            isMentionable: json["mentionable"]?.bool ?? false, bot: json.id("bot"))
    }
}

extension GuildChannel {
    var journalJSON: JSONValue {
        [
            "kind": "channel", "id": self.id.json, "type": .integer(self.kind.rawValue),
            "name": .string(self.name), "overwrites": .array(self.overwrites.map(\.json)),
        ]
    }

    init?(_ json: JSONValue) {
        guard let id = json.id("id"), let name = json["name"]?.string,
            let kind = json["type"]?.integer.flatMap({ Kind(rawValue: $0) })
        else { return nil }
        let overwrites = (json["overwrites"]?.array ?? []).compactMap { PermissionOverwrite($0) }
        self.init(id: id, kind: kind, name: name, overwrites: overwrites)
    }
}

extension PermissionOverwrite {
    /// As Discord shows it, too.
    var json: JSONValue {
        [
            "id": self.id.json, "type": self.isMember ? 1 : 0, "allow": self.allow.json,
            "deny": self.deny.json,
        ]
    }

    fileprivate init?(_ json: JSONValue) {
        guard let id = json.id("id"), let allow = Permissions(text: json["allow"]?.string),
            let deny = Permissions(text: json["deny"]?.string)
        else { return nil }
        self.init(id: id, isMember: json["type"]?.integer == 1, allow: allow, deny: deny)
    }
}

extension ChannelThread {
    func json(kind: String) -> JSONValue {
        [
            "kind": .string(kind), "id": self.id.json, "parent": self.parent.json,
            "name": .string(self.name), "owner": self.owner.json,
            "archived": .bool(self.isArchived), "locked": .bool(self.isLocked),
            "minutes": .integer(self.autoArchiveMinutes), "tags": self.appliedTags.json,
            "archive_at": .integer(self.archiveMilliseconds),
        ]
    }

    init?(_ json: JSONValue) {
        guard let id = json.id("id"), let name = json["name"]?.string,
            let owner = json.id("owner"), let minutes = json["minutes"]?.integer,
            let archivedAt = json["archive_at"]?.integer
        else { return nil }
        self.init(
            id: id, parent: json.id("parent") ?? Fixture.forum, name: name, owner: owner,
            isArchived: json["archived"]?.bool ?? false,
            isLocked: json["locked"]?.bool ?? false, autoArchiveMinutes: minutes,
            appliedTags: json.ids("tags"), archiveMilliseconds: archivedAt)
    }
}

extension Message {
    func journalJSON(kind: String) -> JSONValue {
        var object: JSONObject = [
            "kind": .string(kind), "id": self.id.json, "channel": self.channel.json,
            "author": self.author.json, "content": .string(self.content),
        ]
        if self.kind != Kind.plain { object["type"] = .integer(self.kind) }
        if !self.embeds.isEmpty { object["embeds"] = .array(self.embeds) }
        if !self.attachments.isEmpty { object["attachments"] = .array(self.attachments) }
        if !self.extras.members.isEmpty { object["extras"] = .object(self.extras) }
        if self.flags != 0 { object["flags"] = .integer(self.flags) }
        object["nonce"] = self.nonce
        object["reply_to"] = self.replyTo?.json
        object["reference"] = self.reference
        if !self.mentions.isEmpty { object["mentions"] = self.mentions.json }
        if !self.mentionRoles.isEmpty { object["roles"] = self.mentionRoles.json }
        object["edited_at"] = self.editedMilliseconds.map { .integer($0) }
        if !self.reactions.isEmpty {
            object["reactions"] = .array(
                self.reactions.map { reaction in
                    ["emoji": .string(reaction.emoji.name), "users": reaction.users.json]
                })
        }
        return .object(object)
    }

    init?(journal json: JSONValue) {
        guard let id = json.id("id"), let channel = json.id("channel"),
            let author = json.id("author"), let content = json["content"]?.string
        else { return nil }
        let replyTo = json.id("reply_to")
        let reactions = (json["reactions"]?.array ?? []).compactMap { reaction in
            Emoji(reaction["emoji"]?.string ?? "").map { emoji in
                Reaction(emoji: emoji, users: reaction.ids("users"))
            }
        }
        self.init(
            id: id, channel: channel, author: author,
            kind: json["type"]?.integer ?? (replyTo == nil ? Kind.plain : Kind.reply),
            content: content, embeds: json["embeds"]?.array ?? [],
            attachments: json["attachments"]?.array ?? [],
            extras: json["extras"]?.object ?? JSONObject(), flags: json["flags"]?.integer ?? 0,
            nonce: json["nonce"], replyTo: replyTo, reference: json["reference"],
            mentions: json.ids("mentions"), mentionRoles: json.ids("roles"),
            editedMilliseconds: json["edited_at"]?.integer, reactions: reactions)
    }
}
