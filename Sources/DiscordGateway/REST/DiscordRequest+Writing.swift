import StrictJSON

/// The requests that write in Discord. None of them lets a visitor's text mention anybody.
extension DiscordRequest {
    /// Minutes without a message after which Discord archives a post by itself: a week.
    private static let archiveMinutes: JSONValue = 10_080

    /// Makes a post whose first message is a card.
    static func creatingPost(in channel: Snowflake, name: String, card: Card) -> DiscordRequest {
        self.make(
            .post, "/channels/\(channel)/threads", "/channels/*/threads", channel,
            [
                "name": .string(name), "auto_archive_duration": self.archiveMinutes,
                "message": .object(self.content(of: card)),
            ])
    }

    /// Makes a text channel's post. Type 11: else Discord would make a private one.
    static func creatingThread(in channel: Snowflake, name: String) -> DiscordRequest {
        self.make(
            .post, "/channels/\(channel)/threads", "/channels/*/threads", channel,
            [
                "name": .string(name), "auto_archive_duration": self.archiveMinutes, "type": 11,
            ])
    }

    /// Archives a post, or takes it out of the archive.
    static func archiving(_ post: Snowflake, _ isArchived: Bool) -> DiscordRequest {
        self.make(
            .patch, "/channels/\(post)", "/channels/*", post, ["archived": .bool(isArchived)])
    }

    /// Removes a post with everything in it.
    static func deletingPost(_ post: Snowflake) -> DiscordRequest {
        self.make(.delete, "/channels/\(post)", "/channels/*", post)
    }

    /// Sends a part. Flag 4: no previews of what a stranger links to.
    static func creatingMessage(in channel: Snowflake, _ part: MessagePart) -> DiscordRequest {
        var body: JSONObject = [
            "content": .string(part.content), "nonce": .string(part.nonce),
            "enforce_nonce": true, "allowed_mentions": ["parse": []], "flags": 4,
        ]
        if let answered = part.answers {
            // What is answered may have been deleted; the answer must stand all the same.
            body["message_reference"] = [
                "message_id": .string(answered.description), "fail_if_not_exists": false,
            ]
        }
        return self.make(
            .post, "/channels/\(channel)/messages", "/channels/*/messages", channel,
            .object(body))
    }

    /// Says something on our own account.
    static func creatingNotice(in channel: Snowflake, _ notice: Notice) -> DiscordRequest {
        var body =
            notice.card.map(self.content)
            ?? [
                "embeds": [["description": .string(notice.text)]],
                "allowed_mentions": ["parse": []],
            ]
        body["nonce"] = .string(notice.nonce)
        body["enforce_nonce"] = true
        return self.make(
            .post, "/channels/\(channel)/messages", "/channels/*/messages", channel,
            .object(body))
    }

    /// Gives one of our messages another text. Without `allowed_mentions` an edit would mention.
    static func editingMessage(
        _ id: Snowflake, in channel: Snowflake, content: String
    ) -> DiscordRequest {
        self.make(
            .patch, "/channels/\(channel)/messages/\(id)", "/channels/*/messages/*", channel,
            ["content": .string(content), "allowed_mentions": ["parse": []], "flags": 4])
    }

    /// Removes one of our messages.
    static func deletingMessage(_ id: Snowflake, in channel: Snowflake) -> DiscordRequest {
        self.make(
            .delete, "/channels/\(channel)/messages/\(id)", "/channels/*/messages/*", channel)
    }

    /// Puts our reaction beneath a message, or takes it away.
    static func reacting(
        _ reaction: Reaction, to message: Snowflake, in channel: Snowflake, _ isThere: Bool
    ) -> DiscordRequest {
        self.make(
            isThere ? .put : .delete,
            "/channels/\(channel)/messages/\(message)/reactions/\(reaction.path)/@me",
            "/channels/*/messages/*/reactions/*/@me", channel)
    }

    /// Shows for some seconds that somebody types. It is worth no waiting.
    static func typing(in channel: Snowflake) -> DiscordRequest {
        var request = self.make(
            .post, "/channels/\(channel)/typing", "/channels/*/typing", channel)
        request.patience = .zero
        return request
    }

    private static func content(of card: Card) -> JSONObject {
        let embed: JSONValue = [
            "title": .string(card.title), "description": .string(card.text),
            "footer": ["text": .string(card.uid)],
        ]
        var message: JSONObject = ["embeds": [embed], "allowed_mentions": ["parse": []]]
        if let role = card.mention {
            message["content"] = .string("<@&\(role)>")
            message["allowed_mentions"] = ["parse": [], "roles": [.string(role.description)]]
        }
        return message
    }

    private static func make(
        _ method: Method, _ path: String, _ template: String, _ major: Snowflake,
        _ body: JSONValue? = nil
    ) -> DiscordRequest {
        DiscordRequest(
            method: method, path: path,
            route: DiscordRoute(
                template: "\(method.rawValue) \(template)", major: major.description),
            body: body.map { JSONWriter.encode($0) })
    }
}
