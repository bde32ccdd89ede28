import StrictJSON

/// A thread as a client asks for it.
struct ThreadDraft: Equatable, Sendable {
    static let nameMax = 100
    static let archiveMinutes: Set<Int64> = [60, 1440, 4320, 10_080]
    /// Tags of one post.
    private static let tagsMax = 5

    let name: String
    let autoArchiveMinutes: Int64
    let appliedTags: [Snowflake]
    /// A forum's post has one; a text channel's thread begins without.
    let message: MessageDraft?

    /// Reads a request's body.
    ///
    /// - Parameter isPost: whether a forum is asked, which wants the first message with it.
    init(_ body: JSONValue, isPost: Bool = true) throws(DiscordError) {
        var errors = FormErrors()
        let name = body["name"]?.string?.trimmed
        if let name {
            errors.length(name, 1...Self.nameMax, ["name"])
        } else {
            errors.required(["name"])
        }
        let minutes = body["auto_archive_duration"]?.integer ?? 4320
        ThreadPatch.checkArchive(minutes, &errors)
        if isPost, body["message"]?.object == nil { errors.required(["message"]) }
        let tags = isPost ? Self.tags(body["applied_tags"], &errors) : nil
        try errors.check()
        self.name = name ?? ""
        self.autoArchiveMinutes = minutes
        self.appliedTags = try Self.known(tags ?? [])
        self.message =
            isPost
            ? try MessageDraft(body["message"], path: ["message"], isStarter: true) : nil
    }

    /// The thread that this makes, without messages.
    func thread(
        id: Snowflake, parent: Snowflake, owner: Snowflake, now: Int64
    ) -> ChannelThread {
        ChannelThread(
            id: id, parent: parent, name: self.name, owner: owner,
            autoArchiveMinutes: self.autoArchiveMinutes, appliedTags: self.appliedTags,
            archiveMilliseconds: now)
    }

    /// The tags of a body; nil if it has none.
    fileprivate static func tags(
        _ json: JSONValue?, _ errors: inout FormErrors
    ) -> [Snowflake]? {
        guard let tags = json?.array else { return nil }
        if tags.count > self.tagsMax {
            errors.add(
                ["applied_tags"], code: "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
        }
        return tags.compactMap { Snowflake($0) }
    }

    fileprivate static func known(_ tags: [Snowflake]) throws(DiscordError) -> [Snowflake] {
        guard tags.allSatisfy({ tag in Fixture.tags.contains { $0.id == tag } }) else {
            throw .unknownTag
        }
        return tags
    }
}

/// A change of a thread, as a client asks for it; nil leaves a member as it is.
struct ThreadPatch: Equatable, Sendable {
    var name: String?
    var isArchived: Bool?
    var isLocked: Bool?
    var autoArchiveMinutes: Int64?
    var appliedTags: [Snowflake]?

    /// Whether it changes what an archived thread doesn't let change.
    var changesMore: Bool {
        self.name != nil || self.autoArchiveMinutes != nil || self.appliedTags != nil
    }

    /// Reads a request's body.
    init(_ body: JSONValue) throws(DiscordError) {
        var errors = FormErrors()
        self.name = body["name"]?.string?.trimmed
        if let name { errors.length(name, 1...ThreadDraft.nameMax, ["name"]) }
        self.isArchived = body["archived"]?.bool
        self.isLocked = body["locked"]?.bool
        self.autoArchiveMinutes = body["auto_archive_duration"]?.integer
        if let autoArchiveMinutes { Self.checkArchive(autoArchiveMinutes, &errors) }
        let tags = ThreadDraft.tags(body["applied_tags"], &errors)
        try errors.check()
        if let tags { self.appliedTags = try ThreadDraft.known(tags) }
    }

    static func checkArchive(_ minutes: Int64, _ errors: inout FormErrors) {
        guard !ThreadDraft.archiveMinutes.contains(minutes) else { return }
        errors.add(
            ["auto_archive_duration"], code: "BASE_TYPE_CHOICES",
            "Value must be one of (60, 1440, 4320, 10080).")
    }
}
