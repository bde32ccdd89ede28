import StrictJSON

/// Whom a message mentions, as far as its `allowed_mentions` let it.
struct Mentions: Equatable, Sendable {
    private(set) var users: [Snowflake] = []
    private(set) var roles: [Snowflake] = []

    /// Finds `<@id>`, `<@!id>` and `<@&id>` in a message's content.
    init(_ content: String, _ rule: JSONValue?, world: SandboxWorld) {
        for match in content.matches(of: #/<@([!&]?)(\d{1,20})>/#) {
            guard let id = Snowflake(text: match.2) else { continue }
            if match.1 == "&" {
                if world.roles[id]?.isMentionable == true, Self.allows("roles", id, rule),
                    !self.roles.contains(id)
                {
                    self.roles.append(id)
                }
            } else if world.users[id] != nil, Self.allows("users", id, rule),
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
