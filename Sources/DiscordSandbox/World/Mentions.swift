import StrictJSON

/// Whom a message mentions, as far as its `allowed_mentions` let it.
struct Mentions: Equatable, Sendable {
    private(set) var users: [Snowflake] = []
    private(set) var roles: [Snowflake] = []

    /// Finds `<@id>`, `<@!id>` and `<@&id>` in a message's content.
    init(_ draft: MessageDraft, users known: [Snowflake: User]) {
        for match in draft.content.matches(of: #/<@([!&]?)(\d{1,20})>/#) {
            guard let id = Snowflake(text: match.2) else { continue }
            if match.1 == "&" {
                if id == Fixture.team, Self.allows("roles", id, draft.allowedMentions),
                    !self.roles.contains(id)
                {
                    self.roles.append(id)
                }
            } else if known[id] != nil, Self.allows("users", id, draft.allowedMentions),
                !self.users.contains(id)
            {
                self.users.append(id)
            }
        }
    }

    /// Absent, everything is allowed; present, what it parses or names.
    private static func allows(_ kind: String, _ id: Snowflake, _ rule: JSONValue?) -> Bool {
        guard let rule, rule.object != nil else { return true }
        let parses = rule["parse"]?.array?.contains(.string(kind)) ?? false
        return parses || rule.ids(kind).contains(id)
    }
}
