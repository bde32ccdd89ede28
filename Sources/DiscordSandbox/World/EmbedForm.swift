import StrictJSON

/// An embed as a client gives it, checked, and in the form in which Discord shows it.
enum EmbedForm {
    /// Characters of all embeds of one message together.
    static let totalMax = 6000
    private static let fieldsMax = 25

    /// All embeds of a message as they are kept; what is wrong goes to `errors`.
    static func checked(
        _ json: JSONValue?, _ path: [String], _ errors: inout FormErrors
    ) -> [JSONValue] {
        let embeds = json?.array ?? []
        if embeds.count > MessageDraft.embedsMax {
            errors.add(path, code: "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        }
        var total = 0
        let kept = embeds.enumerated().map { index, embed in
            self.checked(embed, path: path + [String(index)], total: &total, &errors)
        }
        if total > self.totalMax {
            errors.add(
                path, code: "MAX_EMBED_SIZE_EXCEEDED",
                "Embed size exceeds maximum size of \(self.totalMax)")
        }
        return kept
    }

    /// The embed as it is kept; what is wrong goes to `errors`, its characters to `total`.
    private static func checked(
        _ embed: JSONValue, path: [String], total: inout Int, _ errors: inout FormErrors
    ) -> JSONValue {
        guard embed.object != nil else {
            errors.add(path, code: "MODEL_TYPE_CONVERT", "Only dictionaries may be used.")
            return embed
        }
        var kept: JSONObject = ["type": "rich"]
        for (name, limit) in [("title", 256), ("description", 4096)] {
            if let text = embed[name]?.string {
                Self.check(text, limit, path + [name], &total, &errors)
                kept[name] = .string(text)
            }
        }
        for name in ["url", "timestamp", "color"] where embed[name] != .null {
            kept[name] = embed[name]
        }
        for (name, member, limit) in [("author", "name", 256), ("footer", "text", 2048)] {
            if let text = embed[name]?[member]?.string {
                Self.check(text, limit, path + [name, member], &total, &errors)
                kept[name] = [member: .string(text)]
            }
        }
        kept["fields"] = Self.fields(embed["fields"]?.array, path + ["fields"], &total, &errors)
        return .object(kept)
    }

    private static func fields(
        _ fields: [JSONValue]?, _ path: [String], _ total: inout Int, _ errors: inout FormErrors
    ) -> JSONValue? {
        guard let fields, !fields.isEmpty else { return nil }
        if fields.count > Self.fieldsMax {
            errors.add(path, code: "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        }
        var kept: [JSONValue] = []
        for (index, field) in fields.enumerated() {
            var object = JSONObject()
            for (name, limit) in [("name", 256), ("value", 1024)] {
                let place = path + [String(index), name]
                guard let text = field[name]?.string, !text.isEmpty else {
                    errors.required(place)
                    continue
                }
                Self.check(text, limit, place, &total, &errors)
                object[name] = .string(text)
            }
            object["inline"] = .bool(field["inline"]?.bool ?? false)
            kept.append(.object(object))
        }
        return .array(kept)
    }

    private static func check(
        _ text: String, _ limit: Int, _ path: [String], _ total: inout Int,
        _ errors: inout FormErrors
    ) {
        total += text.utf16.count
        errors.length(text, 0...limit, path)
    }
}
