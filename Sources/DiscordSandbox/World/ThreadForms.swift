import StrictJSON

/// A post as a client asks for it.
struct ThreadDraft: Equatable, Sendable {
    static let nameMax = 100
    static let archiveMinutes: Set<Int64> = [60, 1440, 4320, 10_080]

    let name: String
    let autoArchiveMinutes: Int64
    let appliedTags: [Snowflake]
    let message: MessageDraft

    /// Reads a request's body.
    init(_ body: JSONValue) throws(DiscordError) {
        var errors = FormErrors()
        let name = body["name"]?.string?.trimmed
        if let name {
            errors.length(name, 1...Self.nameMax, ["name"])
        } else {
            errors.required(["name"])
        }
        let minutes = body["auto_archive_duration"]?.integer ?? 4320
        ThreadPatch.checkArchive(minutes, &errors)
        if body["message"]?.object == nil { errors.required(["message"]) }
        try errors.check()
        self.name = name ?? ""
        self.autoArchiveMinutes = minutes
        self.appliedTags = (body["applied_tags"]?.array ?? [])
            .compactMap { Snowflake($0) }
        self.message = try MessageDraft(body["message"], path: ["message"], isStarter: true)
    }
}

/// A change of a post, as a client asks for it; nil leaves a member as it is.
struct ThreadPatch: Equatable, Sendable {
    var name: String?
    var isArchived: Bool?
    var isLocked: Bool?
    var autoArchiveMinutes: Int64?

    /// Reads a request's body.
    init(_ body: JSONValue) throws(DiscordError) {
        var errors = FormErrors()
        self.name = body["name"]?.string?.trimmed
        if let name { errors.length(name, 1...ThreadDraft.nameMax, ["name"]) }
        self.isArchived = body["archived"]?.bool
        self.isLocked = body["locked"]?.bool
        self.autoArchiveMinutes = body["auto_archive_duration"]?.integer
        if let autoArchiveMinutes { Self.checkArchive(autoArchiveMinutes, &errors) }
        try errors.check()
    }

    static func checkArchive(_ minutes: Int64, _ errors: inout FormErrors) {
        guard !ThreadDraft.archiveMinutes.contains(minutes) else { return }
        errors.add(
            ["auto_archive_duration"], code: "BASE_TYPE_CHOICES",
            "Value must be one of (60, 1440, 4320, 10080).")
    }
}

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
