import Protocol
import StrictJSON
import Synchronization

@testable import DiscordGateway

// What an operator does beside writing, and what the bot does beside posts and messages.
extension FakeDiscord {
    // MARK: What tests do and see

    /// Somebody edits a message, at a time of its own that grows.
    func edit(_ id: Snowflake, to content: String, at time: Int64) {
        self.change(id) {
            $0.content = content
            $0.editedAt = time
        }
    }

    /// Somebody deletes a message.
    func delete(_ id: Snowflake) {
        self.state.withLock { state in
            for post in state.posts.keys { state.posts[post]?.messages.removeAll { $0.id == id } }
        }
    }

    /// Somebody locks a post, which archives it.
    func lock(_ post: Snowflake, _ isLocked: Bool = true) {
        self.state.withLock { state in
            state.posts[post]?.isLocked = isLocked
            state.posts[post]?.isArchived = isLocked
        }
    }

    /// The newest message of a post.
    func newest(in post: Snowflake) -> Snowflake? {
        self.state.withLock { $0.posts[post]?.messages.last?.id }
    }

    /// Nothing goes wrong any more.
    func clearFaults() { self.state.withLock { $0.faults = [:] } }

    /// Somebody gives a post another name.
    func rename(_ post: Snowflake, to name: String) {
        self.state.withLock { $0.posts[post]?.channel.name = name }
    }

    /// Gives somebody roles.
    func give(_ roles: [Snowflake], to user: Snowflake) {
        self.state.withLock { $0.roles[user] = roles }
    }

    /// Puts a picture on the picture server.
    func keep(_ picture: [UInt8], at path: String) {
        self.state.withLock { $0.pictures[path] = picture }
    }

    func reactions(to id: Snowflake) -> [Reaction] {
        self.state.withLock { $0.reactions[id] ?? [] }
    }

    func notices(in post: Snowflake) -> [String] {
        self.state.withLock { $0.posts[post]?.notices.map(\.text) ?? [] }
    }

    func isArchived(_ post: Snowflake) -> Bool {
        self.state.withLock { $0.posts[post]?.isArchived == true }
    }

    /// The roles that posts' cards mentioned, in order.
    var mentions: [Snowflake?] { self.state.withLock { $0.mentions } }

    func change(_ id: Snowflake, _ body: (inout DiscordMessage) -> Void) {
        self.state.withLock { state in
            for post in state.posts.keys {
                guard let index = state.posts[post]?.messages.firstIndex(where: { $0.id == id }),
                    var message = state.posts[post]?.messages[index]
                else { continue }
                body(&message)
                state.posts[post]?.messages[index] = message
            }
        }
    }

    // MARK: The API

    func newestMessages(in channel: Snowflake) async -> DiscordOutcome<[DiscordMessage]> {
        self.serve(.newestMessages) { state in
            guard let post = state.posts[channel] else { return .rejected(Self.unknownChannel) }
            guard state.bits & DiscordPermissions.Needed.readMessageHistory.bit != 0 else {
                return .ok([])
            }
            return .ok(post.messages.suffix(messagePageSize).reversed())
        }
    }

    func createThread(
        in channel: Snowflake, name: String
    ) async -> DiscordOutcome<DiscordChannel> {
        self.serve(.createPost) { state in
            let id = Self.newID(&state)
            let channel = TestMessage.thread(id, name: name)
            state.posts[id] = Post(channel: channel, isArchived: false, messages: [])
            return .ok(channel)
        }
    }

    func archive(_ post: Snowflake, _ isArchived: Bool) async -> DiscordOutcome<Done> {
        self.serve(.archive) { state in
            guard let known = state.posts[post] else { return .rejected(Self.unknownChannel) }
            guard !known.isLocked else { return .rejected(Self.locked) }
            state.posts[post]?.isArchived = isArchived
            return .ok(Done())
        }
    }

    func deletePost(_ post: Snowflake) async -> DiscordOutcome<Done> {
        self.serve(.deletePost) { state in
            guard state.posts[post] != nil else { return .rejected(Self.unknownChannel) }
            state.posts[post] = nil
            return .ok(Done())
        }
    }

    func createNotice(
        in channel: Snowflake, _ notice: Notice
    ) async -> DiscordOutcome<DiscordMessage> {
        self.serve(.createNotice) { state in
            guard state.posts[channel] != nil else { return .rejected(Self.unknownChannel) }
            state.posts[channel]?.notices.append(notice)
            if let card = notice.card { state.mentions.append(card.mention) }
            let content = notice.card?.mention.map { "<@&\($0)>" } ?? ""
            return .ok(
                Self.add(
                    TestMessage.make(
                        content: content, author: Self.bot, card: notice.card,
                        extra: notice.card == nil
                            ? ["embeds": [["description": .string(notice.text)]]] : [:]),
                    to: channel, &state))
        }
    }

    func editMessage(
        _ id: Snowflake, in channel: Snowflake, content: String
    ) async -> DiscordOutcome<Done> {
        let outcome: DiscordOutcome<Done> = self.serve(.editMessage) { state in
            guard let post = state.posts[channel] else { return .rejected(Self.unknownChannel) }
            guard !post.isArchived else { return .rejected(Self.archived) }
            guard post.messages.contains(where: { $0.id == id }) else {
                return .rejected(Self.unknownMessage)
            }
            return .ok(Done())
        }
        if case .ok = outcome { self.change(id) { $0.content = content } }
        return outcome
    }

    func deleteMessage(_ id: Snowflake, in channel: Snowflake) async -> DiscordOutcome<Done> {
        self.serve(.deleteMessage) { state in
            guard let post = state.posts[channel] else { return .rejected(Self.unknownChannel) }
            guard post.messages.contains(where: { $0.id == id }) else {
                return .rejected(Self.unknownMessage)
            }
            state.posts[channel]?.messages.removeAll { $0.id == id }
            return .ok(Done())
        }
    }

    func react(
        _ reaction: Reaction, to message: Snowflake, in channel: Snowflake, _ isThere: Bool
    ) async -> DiscordOutcome<Done> {
        self.serve(.react) { state in
            guard state.bits & DiscordPermissions.Needed.addReactions.bit != 0 else {
                return .rejected(.init(status: 403, code: 50_013, message: "Missing Permissions"))
            }
            state.reactions[message, default: []].removeAll { $0 == reaction }
            if isThere { state.reactions[message, default: []].append(reaction) }
            return .ok(Done())
        }
    }

    func type(in channel: Snowflake) async -> DiscordOutcome<Done> {
        self.serve(.type) { _ in .ok(Done()) }
    }

    func picture(of avatar: AvatarSource) async -> DiscordOutcome<[UInt8]> {
        self.serve(.picture) { state in
            state.pictures[avatar.path].map { .ok($0) } ?? .unknown(reason: "HTTP 404")
        }
    }
}
