import StrictJSON

/// What a test may look at.
extension SandboxCore {
    /// Who types now, and where.
    func typing(now: Int64) -> JSONValue {
        let current = self.world.typing.filter {
            $0.milliseconds > now - SandboxWorld.typingMilliseconds
        }
        return .array(
            current.map { typing in
                let user = self.world.users[typing.user]
                return [
                    "channel": typing.channel.json, "user": typing.user.json,
                    "name": .string(user?.name ?? ""), "bot": .bool(user?.isBot ?? false),
                    "at": .integer(typing.milliseconds),
                ]
            })
    }

    /// What a test wants to know.
    func state(now: Int64) -> JSONValue {
        let requests = self.requests.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ($0.key.rawValue, JSONValue.integer(Int64($0.value))) }
        let messages = self.world.threads.values.reduce(0) { $0 + $1.messages.count }
        let sessions = self.hall.sessions.values.sorted { $0.id < $1.id }.map { session in
            JSONValue.object([
                "id": .string(session.id), "sequence": .integer(session.sequence),
                "connected": .bool(session.connection != nil),
                "intents": .integer(session.intents.rawValue),
            ])
        }
        let closes = self.hall.closeCodes.sorted { $0.key < $1.key }
            .map { ($0.key == 0 ? "none" : String($0.key), JSONValue.integer(Int64($0.value))) }
        return [
            "guild": Fixture.guild.json, "forum": Fixture.forum.json, "text": Fixture.text.json,
            "bot": Fixture.bot.json, "typing": self.typing(now: now),
            "revision": .integer(Int64(self.world.revision)),
            "threads": .integer(Int64(self.world.threads.count)),
            "messages": .integer(Int64(messages)),
            "identifies": .integer(Int64(self.world.identifies.count)),
            "resumes": .integer(Int64(self.hall.resumes.accepted)),
            "resumes_refused": .integer(Int64(self.hall.resumes.refused)),
            "connections": .integer(Int64(self.hall.connectionCount)),
            "sessions": .array(sessions), "rate_limited": .integer(Int64(self.refusals)),
            "requests": .object(JSONObject(requests)),
            "faults": .array(self.faults.faults.map(\.json)),
            "application": self.applicationState, "gateway": self.gatewayState(now: now),
            "limits": self.limits, "close_codes": .object(JSONObject(closes)),
            "token_resets": .integer(Int64(self.hall.tokenResets)),
        ]
    }

    /// The application's switches.
    var applicationState: JSONValue {
        [
            "message_content": .bool(self.world.application.messageContent),
            "token": self.world.application.isRevoked ? "revoked" : "valid",
        ]
    }

    /// How the gateway behaves now.
    func gatewayState(now: Int64) -> JSONValue {
        var object = self.hall.rules.json
        object["session_starts"] = self.hall.starts.json(
            self.world.identifies(now: now), now: now)
        return .object(object)
    }

    /// The limits that can be changed.
    var limits: JSONValue {
        [
            "active_threads": .integer(Int64(self.world.activeThreadsMax)),
            "messages": Self.text(self.rules.messageLimit),
            "global": Self.text(self.rules.globalLimit),
            "renames": Self.text(self.rules.renameLimit),
        ]
    }

    private static func text(_ limit: RateLimit?) -> JSONValue {
        limit.map { .string("\($0.requests)/\($0.milliseconds / 1000)") } ?? "0"
    }
}
