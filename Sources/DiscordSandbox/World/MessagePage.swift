/// Which messages of a channel are read.
struct MessagePage: Equatable, Sendable {
    /// From where, exclusively except for `around`.
    enum Anchor: Equatable, Sendable {
        case newest
        case before(Snowflake)
        case after(Snowflake)
        case around(Snowflake)
    }

    var anchor: Anchor
    /// 1…100.
    var limit: Int

    /// Reads a query.
    init(query: [String: String]) throws(DiscordError) {
        var errors = FormErrors()
        var limit: Int64 = 50
        if let text = query["limit"] {
            if let value = Int64(text) {
                errors.range(value, 1...100, ["limit"])
                limit = value
            } else {
                errors.add(["limit"], code: "NUMBER_TYPE_COERCE", "Value is not int.")
            }
        }
        let anchors = ["before", "after", "around"].filter { query[$0] != nil }
        var id = Snowflake(0)
        if let name = anchors.first {
            if let value = Snowflake(text: query[name] ?? "") {
                id = value
            } else {
                errors.add([name], code: "NUMBER_TYPE_COERCE", "Value is not snowflake.")
            }
        }
        if anchors.count > 1 {
            errors.add(
                [anchors[1]], code: "BASE_TYPE_EXCLUSIVE",
                "Only one of before, after and around may be given.")
        }
        try errors.check()
        self.limit = Int(limit)
        self.anchor =
            switch anchors.first {
            case "before": .before(id)
            case "after": .after(id)
            case "around": .around(id)
            default: .newest
            }
    }
}
