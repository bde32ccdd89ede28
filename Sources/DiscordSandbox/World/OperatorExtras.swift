import StrictJSON

/// What a person may give with a message beside its text, so that a test sees what a bot makes of
/// it. Nothing of it is stored or checked; what Discord would add is added.
///
/// - `attachments`: `[{"filename", "size", "content_type", …}]`; id and addresses are made.
/// - `sticker_items`: `[{"id", "name", "format_type"}]`.
/// - `poll`: `{"question": {"text"}, "answers": [{"poll_media": {"text"}}]}`.
/// - `message_snapshots`: `[{"message": {"content", …}}]`, with a `message_reference` of type 1.
/// - `flags`, `type`: any number; `webhook_id`: the message is a webhook's.
extension MessageDraft {
    mutating func readExtras(_ body: JSONValue) {
        self.flags = (body["flags"]?.integer ?? 0) & Int64(Int32.max)
        self.kind = body["type"]?.integer
        self.files = body["attachments"]?.array ?? []
        if let stickers = body["sticker_items"]?.array, !stickers.isEmpty {
            self.extras["sticker_items"] = .array(stickers.map(Self.sticker))
        }
        if let poll = body["poll"], poll.object != nil { self.extras["poll"] = Self.poll(poll) }
        if let snapshots = body["message_snapshots"]?.array, !snapshots.isEmpty {
            self.extras["message_snapshots"] = .array(snapshots.map(Self.snapshot))
        }
        if let webhook = Snowflake(body["webhook_id"]) {
            self.extras["webhook_id"] = webhook.json
        }
        let reference = body["message_reference"]
        guard let reference, reference["type"]?.integer == 1 else { return }
        var object: JSONObject = ["type": 1, "guild_id": Fixture.guild.json]
        object["channel_id"] = Snowflake(reference["channel_id"])?.json ?? Fixture.text.json
        object["message_id"] = Snowflake(reference["message_id"])?.json
        self.reference = .object(object)
    }

    /// The attachments with the ids and addresses that Discord would give them.
    func attachments(channel: Snowflake, message: Snowflake) -> [JSONValue] {
        self.files.enumerated().map { index, file in
            let id = Snowflake(message.rawValue &+ UInt64(index))
            let filename = file["filename"]?.string ?? "file"
            let address = "attachments/\(channel)/\(id)/\(filename)?ex=7fffffff&is=65920080&hm=0"
            var object: JSONObject = [
                "id": id.json, "filename": .string(filename), "size": file["size"] ?? 0,
                "url": .string("https://cdn.discordapp.com/\(address)"),
                "proxy_url": .string("https://media.discordapp.net/\(address)"),
            ]
            for name in [
                "content_type", "width", "height", "duration_secs", "waveform", "description",
                "flags", "title",
            ] {
                object[name] = file[name]
            }
            return .object(object)
        }
    }

    private static func sticker(_ json: JSONValue) -> JSONValue {
        [
            "id": Snowflake(json["id"])?.json ?? "1", "name": json["name"] ?? "Sticker",
            "format_type": json["format_type"] ?? 1,
        ]
    }

    private static func poll(_ json: JSONValue) -> JSONValue {
        let answers = (json["answers"]?.array ?? []).enumerated().map { index, answer in
            JSONValue.object([
                "answer_id": .integer(Int64(index + 1)), "poll_media": answer["poll_media"] ?? [:],
            ])
        }
        return [
            "question": json["question"] ?? ["text": ""], "answers": .array(answers),
            "expiry": json["expiry"] ?? "2038-01-01T00:00:00.000000+00:00",
            "allow_multiselect": json["allow_multiselect"] ?? false, "layout_type": 1,
            "results": ["answer_counts": [], "is_finalized": false],
        ]
    }

    private static func snapshot(_ json: JSONValue) -> JSONValue {
        var message: JSONObject = [
            "type": 0, "content": "", "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "timestamp": .string(Timestamp.text(Fixture.beganMilliseconds)),
            "edited_timestamp": nil, "flags": 0, "components": [],
        ]
        for (name, value) in json["message"]?.object?.members ?? [] { message[name] = value }
        return ["message": .object(message)]
    }
}
