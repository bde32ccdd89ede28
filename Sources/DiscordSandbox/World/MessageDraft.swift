import StrictJSON

/// A message as a client asks for it, checked by Discord's rules.
struct MessageDraft: Equatable, Sendable {
    /// UTF-16 units of a message's content.
    static let contentMax = 2000
    /// UTF-16 units of a nonce.
    static let nonceMax = 25
    static let embedsMax = 10
    /// What a bot may set; voice and components aren't spoken here.
    private static let flagsAllowed =
        Message.Flags.suppressEmbeds | Message.Flags.suppressNotifications

    var content = ""
    var embeds: [JSONValue] = []
    var flags: Int64 = 0
    var nonce: JSONValue?
    var enforcesNonce = false
    var replyTo: Snowflake?
    var failsIfReplyIsMissing = true
    var allowedMentions: JSONValue?
    /// Only a person's: what a test wants to be told of (`OperatorExtras`).
    var kind: Int64?
    var reference: JSONValue?
    var extras = JSONObject()
    var files: [JSONValue] = []

    /// Reads a request's body.
    ///
    /// - Parameters:
    ///   - path: where the message stands in the body, for errors.
    ///   - isStarter: a post's first message takes neither nonce nor reference.
    ///   - isPersons: a person's message may hold more than a bot's: see `OperatorExtras`.
    init(
        _ json: JSONValue?, path: [String] = [], isStarter: Bool = false, isPersons: Bool = false
    ) throws(DiscordError) {
        guard let body = json, body.object != nil else {
            var errors = FormErrors()
            errors.required(path.isEmpty ? ["_body"] : path)
            try errors.check()
            return
        }
        var errors = FormErrors()
        self.readContent(body, path, &errors)
        if isPersons {
            self.embeds = Array((body["embeds"]?.array ?? []).prefix(Self.embedsMax))
        } else {
            self.embeds = EmbedForm.checked(body["embeds"], path + ["embeds"], &errors)
        }
        if !isStarter {
            self.readNonce(body, path, &errors)
            self.readReference(body, path, &errors)
        }
        self.flags = (body["flags"]?.integer ?? 0) & Self.flagsAllowed
        self.allowedMentions = body["allowed_mentions"]
        if isPersons { self.readExtras(body) }
        try errors.check()
        let isEmpty =
            self.content.isEmpty && self.embeds.isEmpty && self.files.isEmpty
            && self.extras.members.isEmpty && (self.kind ?? 0) == 0
        guard !isEmpty else { throw DiscordError.emptyMessage }
    }

    private mutating func readContent(
        _ body: JSONValue, _ path: [String], _ errors: inout FormErrors
    ) {
        self.content = errors.content(body["content"], path + ["content"]) ?? ""
    }

    private mutating func readNonce(
        _ body: JSONValue, _ path: [String], _ errors: inout FormErrors
    ) {
        switch body["nonce"] {
        case nil, .null: break
        case .string(let text)?:
            errors.length(text, 0...Self.nonceMax, path + ["nonce"])
            self.nonce = .string(text)
        case .integer(let value)?: self.nonce = .integer(value)
        default:
            errors.add(
                path + ["nonce"], code: "NONCE_TYPE_INVALID",
                "Nonce must be a string or an integer.")
        }
        self.enforcesNonce = body["enforce_nonce"]?.bool ?? false
    }

    private mutating func readReference(
        _ body: JSONValue, _ path: [String], _ errors: inout FormErrors
    ) {
        guard let reference = body["message_reference"], reference.object != nil else { return }
        // A forward is no reply.
        guard reference["type"]?.integer != 1 else { return }
        guard let id = Snowflake(reference["message_id"]) else {
            errors.add(
                path + ["message_reference", "message_id"], code: "NUMBER_TYPE_COERCE",
                "Value is not snowflake.")
            return
        }
        self.replyTo = id
        self.failsIfReplyIsMissing = reference["fail_if_not_exists"]?.bool ?? true
    }
}

extension FormErrors {
    /// A message's text as Discord keeps it; nil if none is given.
    mutating func content(_ json: JSONValue?, _ path: [String]) -> String? {
        switch json {
        case nil, .null?: return nil
        case .string(let text)?:
            self.length(text, 0...MessageDraft.contentMax, path)
            return text.trimmed
        default:
            self.add(path, code: "BASE_TYPE_BAD_STRING", "Could not interpret as string.")
            return nil
        }
    }
}

extension String {
    /// Without white space at both ends, as Discord keeps it.
    var trimmed: String {
        let scalars = self.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
