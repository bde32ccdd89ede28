import Protocol
import StrictJSON

/// Sorts what Discord's Gateway tells: what happens in our posts goes to their workers, a new
/// session starts a catch-up, as one does that an earlier process left behind, and changes of
/// permissions are looked at.
struct DispatchRouter: Sendable {
    /// Which posts are ours.
    var book: PostBook
    /// Where changes wait.
    var desk: InboundDesk
    /// What the bot may do.
    var permissions: PermissionWatch
    /// Who is an operator.
    var translation: InboundTranslation
    /// Shows visitors that an operator types.
    var typing: TypingDesk
    /// What operators have seen.
    var seen: SeenDesk
    /// Our forum.
    var forum: Snowflake

    /// Takes one dispatch; answers the number of the catch-up that must begin with it, if one must.
    func route(_ dispatch: GatewayDispatch) -> DispatchNumber? {
        if dispatch.event == "READY" {
            // What was changed before the session began is told to nobody.
            self.permissions.forget()
            self.desk.sessionBegan(dispatch.number)
            return dispatch.number
        }
        if dispatch.event == "RESUMED" { return self.desk.sessionResumed(dispatch.number) }
        if let (post, change) = self.change(dispatch.event, dispatch.data),
            self.book.entry(of: post) != nil
        {
            self.desk.received(LiveChange(number: dispatch.number, change: change), in: post)
            return nil
        }
        if let post = self.unboundPost(dispatch.event, dispatch.data) {
            self.desk.appeared(post, dispatch.number)
            return nil
        }
        if dispatch.event == "THREAD_LIST_SYNC" {
            self.permissions.forget()
            self.sawAgain(dispatch.data["threads"]?.array ?? [], dispatch.number)
            return nil
        }
        self.notice(dispatch.event, dispatch.data)
        self.desk.ignored(dispatch.number)
        return nil
    }

    /// What happened in which post or channel, if something did.
    private func change(_ event: String, _ data: JSONValue) -> (Snowflake, PostChange)? {
        switch event {
        case "MESSAGE_CREATE":
            return DiscordMessage(data).map { ($0.channel, .written($0)) }
        case "MESSAGE_UPDATE":
            return DiscordMessage(data).map { ($0.channel, .edited($0)) }
        case "MESSAGE_DELETE":
            guard let post = Self.id(data["channel_id"]), let id = Self.id(data["id"]) else {
                return nil
            }
            return (post, .deleted([id]))
        case "MESSAGE_DELETE_BULK":
            guard let post = Self.id(data["channel_id"]) else { return nil }
            return (post, .deleted((data["ids"]?.array ?? []).compactMap(Self.id)))
        case "THREAD_DELETE": return Self.id(data["id"]).map { ($0, .removed) }
        default: return nil
        }
    }

    /// A post of our own that no conversation is bound to, if one came to be, or somebody wrote in
    /// one.
    private func unboundPost(_ event: String, _ data: JSONValue) -> Snowflake? {
        switch event {
        case "THREAD_CREATE":
            return DiscordChannel(data).flatMap { self.isUnbound($0) ? $0.id : nil }
        case "MESSAGE_CREATE":
            guard let message = DiscordMessage(data), self.desk.isUnbound(message.channel),
                message.author?.id != self.translation.bot
            else { return nil }
            return message.channel
        default: return nil
        }
    }

    /// What asks for nothing durable.
    private func notice(_ event: String, _ data: JSONValue) {
        switch event {
        case "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_CREATE", "GUILD_CREATE",
            "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_UPDATE":
            self.permissions.forget()
        case "GUILD_MEMBER_UPDATE" where Self.id(data["user"]?["id"]) == self.translation.bot:
            self.permissions.forget()
        case "TYPING_START": self.typingBegan(data)
        case "MESSAGE_REACTION_ADD":
            guard let (entry, _) = self.operatorAct(data), let id = Self.id(data["message_id"])
            else { return }
            self.seen.operatorReacted(to: id, in: entry.conversation)
        default: break
        }
    }

    /// We came to see these posts again: nobody told us what happened there meanwhile.
    private func sawAgain(_ threads: [JSONValue], _ number: DispatchNumber) {
        let all = threads.compactMap { DiscordChannel($0) }
        let ours = all.filter { self.book.entry(of: $0.id) != nil }
        let missed = ours.filter { thread in
            let known = self.book.entry(of: thread.id)
            return thread.lastMessage ?? thread.id > known?.mark ?? thread.id
        }
        self.desk.sawAgain(
            reading: missed.map(\.id), comparing: ours.map(\.id),
            unbound: all.filter { self.isUnbound($0) }.map(\.id), by: number)
    }

    /// Whether a post is our own, and not bound.
    private func isUnbound(_ post: DiscordChannel) -> Bool {
        post.owner == self.translation.bot && post.parent == self.forum
            && self.book.entry(of: post.id) == nil
    }

    private func typingBegan(_ data: JSONValue) {
        guard let (entry, user) = self.operatorAct(data) else { return }
        self.typing.operatorTypes(AuthorNames.name(of: user), in: entry)
        self.seen.operatorLooked(in: entry.conversation)
    }

    /// Who did something in which post of ours, if it was an operator.
    private func operatorAct(_ data: JSONValue) -> (PostBook.Entry, DiscordUser)? {
        guard let post = Self.id(data["channel_id"]), let entry = self.book.entry(of: post),
            let user = DiscordUser(data["member"]?["user"], member: data["member"]),
            self.translation.isOperator(user)
        else { return nil }
        return (entry, user)
    }

    private static func id(_ value: JSONValue?) -> Snowflake? {
        value?.string.flatMap { Snowflake($0) }
    }

    private static func id(_ value: JSONValue) -> Snowflake? { self.id(Optional(value)) }
}
