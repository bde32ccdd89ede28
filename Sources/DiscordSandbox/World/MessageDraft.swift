import StrictJSON

/// A message as a client asks for it, checked by Discord's rules.
struct MessageDraft: Equatable, Sendable {
    /// UTF-16 units of a message's content.
    static let contentMax = 2000
    /// UTF-16 units of a nonce.
    static let nonceMax = 25
    private static let embedsMax = 10
    /// SUPPRESS_EMBEDS and SUPPRESS_NOTIFICATIONS; voice and components aren't spoken here.
    private static let flagsAllowed: Int64 = 4 | 4096

    var content = ""
    var embeds: [JSONValue] = []
    var flags: Int64 = 0
    var nonce: JSONValue?
    var enforcesNonce = false
    var replyTo: Snowflake?
    var failsIfReplyIsMissing = true
    var allowedMentions: JSONValue?

    /// Reads a request's body.
    ///
    /// - Parameters:
    ///   - path: where the message stands in the body, for errors.
    ///   - isStarter: a post's first message takes neither nonce nor reference.
    init(_ json: JSONValue?, path: [String] = [], isStarter: Bool = false) throws(DiscordError) {
        guard let body = json, body.object != nil else {
            var errors = FormErrors()
            errors.required(path.isEmpty ? ["_body"] : path)
            try errors.check()
            return
        }
        var errors = FormErrors()
        self.readContent(body, path, &errors)
        self.readEmbeds(body, path, &errors)
        if !isStarter {
            self.readNonce(body, path, &errors)
            self.readReference(body, path, &errors)
        }
        self.flags = (body["flags"]?.integer ?? 0) & Self.flagsAllowed
        self.allowedMentions = body["allowed_mentions"]
        try errors.check()
        guard !self.content.isEmpty || !self.embeds.isEmpty else {
            throw DiscordError.emptyMessage
        }
    }

    private mutating func readContent(
        _ body: JSONValue, _ path: [String], _ errors: inout FormErrors
    ) {
        switch body["content"] {
        case nil, .null: break
        case .string(let text):
            errors.length(text, 0...Self.contentMax, path + ["content"])
            self.content = text.trimmed
        default:
            errors.add(
                path + ["content"], code: "BASE_TYPE_BAD_STRING", "Could not interpret as string.")
        }
    }

    private mutating func readEmbeds(
        _ body: JSONValue, _ path: [String], _ errors: inout FormErrors
    ) {
        let embeds = body["embeds"]?.array ?? []
        if embeds.count > Self.embedsMax {
            errors.add(
                path + ["embeds"], code: "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        }
        var total = 0
        self.embeds = embeds.enumerated().map { index, embed in
            EmbedForm.checked(
                embed, path: path + ["embeds", String(index)], total: &total, &errors)
        }
        if total > EmbedForm.totalMax {
            errors.add(
                path + ["embeds"], code: "MAX_EMBED_SIZE_EXCEEDED",
                "Embed size exceeds maximum size of \(EmbedForm.totalMax)")
        }
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
