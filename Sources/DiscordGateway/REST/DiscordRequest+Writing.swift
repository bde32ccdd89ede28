import StrictJSON

/// The requests that write in Discord. None of them lets a text mention anybody.
extension DiscordRequest {
    /// Makes a post whose first message is a card: an embed without content.
    static func creatingPost(in channel: Snowflake, name: String, card: Card) -> DiscordRequest {
        let embed: JSONValue = [
            "title": .string(card.title), "description": .string(card.text),
            "footer": ["text": .string(card.uid)],
        ]
        return self.post(
            "/channels/\(channel)/threads", "/channels/*/threads", channel,
            [
                "name": .string(name), "auto_archive_duration": 10_080,
                "message": ["embeds": [embed], "allowed_mentions": ["parse": []]],
            ])
    }

    /// Sends a part. Flag 4: no previews of what a stranger links to.
    static func creatingMessage(in channel: Snowflake, _ part: MessagePart) -> DiscordRequest {
        self.post(
            "/channels/\(channel)/messages", "/channels/*/messages", channel,
            [
                "content": .string(part.content), "nonce": .string(part.nonce),
                "enforce_nonce": true, "allowed_mentions": ["parse": []], "flags": 4,
            ])
    }

    private static func post(
        _ path: String, _ template: String, _ major: Snowflake, _ body: JSONValue
    ) -> DiscordRequest {
        DiscordRequest(
            method: .post, path: path,
            route: DiscordRoute(template: "POST \(template)", major: major.description),
            body: JSONWriter.encode(body))
    }
}
