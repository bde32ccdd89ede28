import StrictJSON

extension HTTPDiscordAPI: DiscordAPI {
    func application() async -> DiscordOutcome<DiscordApplication> {
        await self.get("/applications/@me", "/applications/@me").map { value in
            guard let id = value["id"]?.string.flatMap({ Snowflake($0) }) else { return nil }
            // Bits 18 and 19: the message-content intent, granted wholly or to a small bot.
            let flags = value["flags"]?.integer
            return DiscordApplication(
                id: id, mayReadContent: flags.map { $0 & (1 << 18 | 1 << 19) != 0 })
        }
    }

    func currentUser() async -> DiscordOutcome<DiscordUser> {
        await self.get("/users/@me", "/users/@me").map { DiscordUser($0) }
    }

    func gatewayAddress() async -> DiscordOutcome<GatewayAddress> {
        await self.get("/gateway/bot", "/gateway/bot").map { value in
            guard let url = value["url"]?.string else { return nil }
            let limit = value["session_start_limit"]
            return GatewayAddress(
                url: url, sessionsLeft: limit?["remaining"]?.integer ?? 1_000,
                resetAfter: .milliseconds(limit?["reset_after"]?.integer ?? 0))
        }
    }

    func channel(_ id: Snowflake) async -> DiscordOutcome<DiscordChannel> {
        await self.get("/channels/\(id)", "/channels/*", major: id).map { DiscordChannel($0) }
    }

    func guild(_ id: Snowflake) async -> DiscordOutcome<DiscordGuild> {
        await self.get("/guilds/\(id)", "/guilds/*", major: id).map { DiscordGuild($0) }
    }

    func member(_ user: Snowflake, of guild: Snowflake) async -> DiscordOutcome<DiscordMember> {
        await self.get("/guilds/\(guild)/members/\(user)", "/guilds/*/members/*", major: guild)
            .map { DiscordMember($0) }
    }

    func activeThreads(of guild: Snowflake) async -> DiscordOutcome<DiscordThreadPage> {
        await self.get("/guilds/\(guild)/threads/active", "/guilds/*/threads/active", major: guild)
            .map { DiscordThreadPage($0) }
    }

    func archivedThreads(
        of channel: Snowflake, before: String?
    ) async -> DiscordOutcome<DiscordThreadPage> {
        // A time with an offset holds a plus, which would be read as a space.
        let cursor = before.map { "&before=" + $0.replacing("+", with: "%2B") } ?? ""
        return await self.get(
            "/channels/\(channel)/threads/archived/public?limit=100\(cursor)",
            "/channels/*/threads/archived/public", major: channel
        ).map { DiscordThreadPage($0) }
    }

    func messages(
        in channel: Snowflake, after: Snowflake
    ) async -> DiscordOutcome<[DiscordMessage]> {
        await self.messages(in: channel, "after=\(after)&")
    }

    func newestMessages(in channel: Snowflake) async -> DiscordOutcome<[DiscordMessage]> {
        await self.messages(in: channel, "")
    }

    private func messages(
        in channel: Snowflake, _ query: String
    ) async -> DiscordOutcome<[DiscordMessage]> {
        await self.get(
            "/channels/\(channel)/messages?\(query)limit=\(messagePageSize)",
            "/channels/*/messages", major: channel
        ).map { value in
            guard let list = value.array else { return nil }
            let messages = list.compactMap { DiscordMessage($0) }
            // A message left out here would make a full page look like the last one.
            return messages.count == list.count ? messages : nil
        }
    }

    func message(
        _ id: Snowflake, in channel: Snowflake
    ) async -> DiscordOutcome<DiscordMessage> {
        await self.get(
            "/channels/\(channel)/messages/\(id)", "/channels/*/messages/*", major: channel
        )
        .map { DiscordMessage($0) }
    }

    func createPost(
        in channel: Snowflake, name: String, card: Card
    ) async -> DiscordOutcome<DiscordChannel> {
        await self.perform(.creatingPost(in: channel, name: name, card: card))
            .map { DiscordChannel($0) }
    }

    func createMessage(
        in channel: Snowflake, _ part: MessagePart
    ) async -> DiscordOutcome<DiscordMessage> {
        await self.perform(.creatingMessage(in: channel, part)).map { DiscordMessage($0) }
    }

    func createThread(
        in channel: Snowflake, name: String
    ) async -> DiscordOutcome<DiscordChannel> {
        await self.perform(.creatingThread(in: channel, name: name)).map { DiscordChannel($0) }
    }

    func archive(_ post: Snowflake, _ isArchived: Bool) async -> DiscordOutcome<Done> {
        await self.perform(.archiving(post, isArchived)).map { _ in Done() }
    }

    func deletePost(_ post: Snowflake) async -> DiscordOutcome<Done> {
        await self.perform(.deletingPost(post)).map { _ in Done() }
    }

    func createNotice(
        in channel: Snowflake, _ notice: Notice
    ) async -> DiscordOutcome<DiscordMessage> {
        await self.perform(.creatingNotice(in: channel, notice)).map { DiscordMessage($0) }
    }

    func editMessage(
        _ id: Snowflake, in channel: Snowflake, content: String
    ) async -> DiscordOutcome<Done> {
        await self.perform(.editingMessage(id, in: channel, content: content)).map { _ in Done() }
    }

    func deleteMessage(_ id: Snowflake, in channel: Snowflake) async -> DiscordOutcome<Done> {
        await self.perform(.deletingMessage(id, in: channel)).map { _ in Done() }
    }

    func react(
        _ reaction: Reaction, to message: Snowflake, in channel: Snowflake, _ isThere: Bool
    ) async -> DiscordOutcome<Done> {
        await self.perform(.reacting(reaction, to: message, in: channel, isThere))
            .map { _ in Done() }
    }

    func type(in channel: Snowflake) async -> DiscordOutcome<Done> {
        await self.perform(.typing(in: channel)).map { _ in Done() }
    }

    func picture(of avatar: AvatarSource) async -> DiscordOutcome<[UInt8]> {
        await self.picture(at: avatar.path)
    }

    private func get(
        _ path: String, _ template: String, major: Snowflake? = nil
    ) async -> DiscordOutcome<JSONValue> {
        await self.perform(
            DiscordRequest(
                method: .get, path: path,
                route: DiscordRoute(template: "GET \(template)", major: major?.description ?? ""),
                body: nil))
    }
}
