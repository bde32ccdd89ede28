import StrictJSON

/// A change of a message, as a client asks for it; nil leaves a member as it is.
struct MessageEdit: Equatable, Sendable {
    private var content: String?
    private var embeds: [JSONValue]?
    private var flags: Int64?
    /// Ids of the attachments that stay.
    private var attachments: [Snowflake]?
    private var allowedMentions: JSONValue?
    /// A person's embeds are what Discord found behind a link: they make no edited message.
    private let isPersons: Bool

    /// Whether it only suppresses embeds, which moderators may do to others' messages.
    var isOfFlagsOnly: Bool {
        self.content == nil && self.embeds == nil && self.attachments == nil && self.flags != nil
    }

    /// Reads a request's body.
    init(_ body: JSONValue, isPersons: Bool) throws(DiscordError) {
        self.isPersons = isPersons
        var errors = FormErrors()
        if body.object == nil { errors.required(["_body"]) }
        switch body["content"] {
        case .null?: self.content = ""
        case let given: self.content = errors.content(given, ["content"])
        }
        if let embeds = body["embeds"]?.array {
            self.embeds =
                isPersons
                ? Array(embeds.prefix(MessageDraft.embedsMax))
                : EmbedForm.checked(body["embeds"], ["embeds"], &errors)
        } else if body["embeds"] == .null {
            self.embeds = []
        }
        self.flags = body["flags"]?.integer
        self.attachments = body["attachments"]?.array?.compactMap { Snowflake($0["id"]) }
        self.allowedMentions = body["allowed_mentions"]
        try errors.check()
    }

    /// Changes the message.
    func apply(to message: inout Message, world: SandboxWorld, now: Int64) {
        if let content {
            message.content = content
            // Without a rule of its own an edit mentions anew by the defaults.
            let mentions = Mentions(content, self.allowedMentions, world: world)
            message.mentions = mentions.users
            message.mentionRoles = mentions.roles
        }
        message.embeds = self.embeds ?? message.embeds
        if let attachments {
            message.attachments.removeAll { attachment in
                !attachments.contains { $0.json == attachment["id"] }
            }
        }
        if let flags {
            let changed = Message.Flags.suppressEmbeds
            message.flags = message.flags & ~changed | flags & changed
        }
        let isEdited =
            self.content != nil || self.attachments != nil
            || (self.embeds != nil && !self.isPersons)
        guard isEdited else { return }
        // Each edit has a later time than the one before, also within a millisecond.
        message.editedMilliseconds = max(now, (message.editedMilliseconds ?? 0) + 1)
    }
}

extension Message {
    /// Whether nothing is in it that Discord takes for a message.
    var isEmpty: Bool {
        self.content.isEmpty && self.embeds.isEmpty && self.attachments.isEmpty
            && self.extras.members.isEmpty
    }
}
