import Protocol
import StrictJSON
import Synchronization

@testable import DiscordGateway

/// A Discord of one forum in memory, which can lose answers and refuse requests where a test says.
final class FakeDiscord: DiscordAPI {
    /// What goes wrong with a request, once.
    enum Fault: Equatable, Sendable {
        /// It takes effect, and the answer is lost.
        case answerLost
        /// It takes no effect, and nobody knows.
        case requestLost
        /// It takes effect only while a later request is served: it was still under way.
        case late
        /// It is refused.
        case rejected(DiscordRejection)
        /// It must wait.
        case postponed(Duration)
    }

    /// A request that a fault can strike.
    enum Call: Hashable, Sendable {
        case createPost
        case createMessage
        case messages
        case archivedThreads
        case channel
        case message
        case newestMessages
        case editMessage
        case deleteMessage
        case deletePost
        case createNotice
        case archive
        case react
        case member
        case picture
        case type
    }

    struct Post {
        var channel: DiscordChannel
        var isArchived: Bool
        var isLocked = false
        var messages: [DiscordMessage]
        var notices: [Notice] = []
    }

    struct State {
        var posts: [Snowflake: Post] = [:]
        var nextID: UInt64 = 1_574_000_000_000_000_000
        var nonces: [String: Snowflake] = [:]
        var faults: [Call: [Fault]] = [:]
        var calls: [Call] = []
        var lateMessages: [(Snowflake, MessagePart)] = []
        var bits: UInt64 = .max
        var forumIsGone = false
        var archivedPageSize = 2
        var meanwhile: [Call: @Sendable (inout State) -> Void] = [:]
        var roles: [Snowflake: [Snowflake]] = [:]
        var reactions: [Snowflake: [Reaction]] = [:]
        var pictures: [String: [UInt8]] = [:]
        var mentions: [Snowflake?] = []
    }

    static let guild = Snowflake(100)
    static let forum = Snowflake(200)
    static let bot = Snowflake(900)
    static let person = Snowflake(42)

    let state = Mutex(State())
    let forumChannel: DiscordChannel
    private let gateway: GatewayAddress?

    /// A Discord whose Gateway, if it has one, is there; its forum may be a text channel.
    init(gateway: GatewayAddress? = nil, isText: Bool = false) {
        self.gateway = gateway
        self.forumChannel = isText ? TestMessage.textChannel : TestMessage.forum
    }

    // MARK: What tests do and see

    func strike(_ call: Call, _ faults: Fault...) {
        self.state.withLock { $0.faults[call, default: []] += faults }
    }

    /// Takes the permission to read the history.
    func hideHistory(_ isHidden: Bool = true) {
        isHidden ? self.take(.readMessageHistory) : self.giveAll()
    }

    /// Takes a permission.
    func take(_ permission: DiscordPermissions.Needed) {
        self.state.withLock { $0.bits &= ~permission.bit & ~8 }
    }

    /// Gives every permission.
    func giveAll() { self.state.withLock { $0.bits = .max } }

    func removeForum() { self.state.withLock { $0.forumIsGone = true } }

    func remove(_ post: Snowflake) { self.state.withLock { $0.posts[post] = nil } }

    func archive(_ post: Snowflake) { self.state.withLock { $0.posts[post]?.isArchived = true } }

    /// Something happens just before the next request of a kind.
    func meanwhile(_ call: Call, _ body: @escaping @Sendable (inout State) -> Void) {
        self.state.withLock { $0.meanwhile[call] = body }
    }

    /// Somebody writes in this archived post just before the archived ones are listed.
    func openMeanwhile(_ post: Snowflake) {
        self.meanwhile(.archivedThreads) { $0.posts[post]?.isArchived = false }
    }

    var posts: [Snowflake] { self.state.withLock { $0.posts.keys.sorted() } }

    var calls: [Call] { self.state.withLock { $0.calls } }

    func contents(of post: Snowflake) -> [String] {
        self.state.withLock { $0.posts[post]?.messages.map(\.content).filter { !$0.isEmpty } ?? [] }
    }

    /// A post that our bot made for a conversation, as an earlier process would have.
    func makePost(for conversation: ConversationID) -> Snowflake {
        let card = Card(
            conversation: conversation, visitor: "Ann", notePrefix: "//", isSuccessor: false)
        return self.state.withLock { Self.addPost(card, &$0).id }
    }

    /// Somebody writes in a post.
    @discardableResult
    func write(_ content: String, in post: Snowflake, by author: Snowflake = person) -> Snowflake {
        self.state.withLock { state in
            Self.add(TestMessage.make(content: content, author: author), to: post, &state).id
        }
    }

    func message(_ id: Snowflake) -> DiscordMessage? {
        self.state.withLock { state in
            state.posts.values.flatMap(\.messages).first { $0.id == id }
        }
    }

    // MARK: The API

    func application() async -> DiscordOutcome<DiscordApplication> {
        .ok(DiscordApplication(id: Snowflake(901), mayReadContent: true))
    }

    func currentUser() async -> DiscordOutcome<DiscordUser> {
        .ok(TestMessage.user(Self.bot, isBot: true))
    }

    func gatewayAddress() async -> DiscordOutcome<GatewayAddress> {
        self.gateway.map { .ok($0) } ?? .unknown(reason: "this Discord has no gateway")
    }

    func channel(_ id: Snowflake) async -> DiscordOutcome<DiscordChannel> {
        self.serve(.channel) { state in
            if let post = state.posts[id] {
                var channel = post.channel
                channel.isArchived = post.isArchived
                return .ok(channel)
            }
            guard id == Self.forum, !state.forumIsGone else {
                return .rejected(Self.unknownChannel)
            }
            return .ok(self.forumChannel)
        }
    }

    func guild(_ id: Snowflake) async -> DiscordOutcome<DiscordGuild> {
        self.state.withLock { state in
            DiscordGuild([
                "id": "100", "roles": [["id": "100", "permissions": .string("\(state.bits)")]],
            ])
            .map { .ok($0) } ?? .unknown(reason: "no guild")
        }
    }

    func member(_ user: Snowflake, of guild: Snowflake) async -> DiscordOutcome<DiscordMember> {
        self.serve(.member) { state in
            let roles = (state.roles[user] ?? []).map { JSONValue.string("\($0)") }
            return DiscordMember(["roles": .array(roles), "nick": .null]).map { .ok($0) }
                ?? .unknown(reason: "no member")
        }
    }

    func activeThreads(of guild: Snowflake) async -> DiscordOutcome<DiscordThreadPage> {
        self.state.withLock { state in
            .ok(Self.page(Self.threads(state, archived: false), hasMore: false))
        }
    }

    func archivedThreads(
        of channel: Snowflake, before: String?
    ) async -> DiscordOutcome<DiscordThreadPage> {
        self.serve(.archivedThreads) { state in
            let all = Self.threads(state, archived: true).filter { thread in
                before.map { thread.archivedAt ?? "" < $0 } ?? true
            }
            let page = Array(all.prefix(state.archivedPageSize))
            return .ok(Self.page(page, hasMore: all.count > page.count))
        }
    }

    func messages(
        in channel: Snowflake, after: Snowflake
    ) async -> DiscordOutcome<[DiscordMessage]> {
        self.serve(.messages) { state in
            guard let post = state.posts[channel] else { return .rejected(Self.unknownChannel) }
            guard state.bits & DiscordPermissions.Needed.readMessageHistory.bit != 0 else {
                return .ok([])
            }
            let page = post.messages.filter { $0.id > after }.prefix(messagePageSize)
            return .ok(page.reversed())
        }
    }

    func message(
        _ id: Snowflake, in channel: Snowflake
    ) async -> DiscordOutcome<DiscordMessage> {
        self.serve(.message) { state in
            state.posts[channel]?.messages.first { $0.id == id }.map { .ok($0) }
                ?? .rejected(Self.unknownMessage)
        }
    }

    func createPost(
        in channel: Snowflake, name: String, card: Card
    ) async -> DiscordOutcome<DiscordChannel> {
        self.serve(.createPost) { state in
            state.mentions.append(card.mention)
            return .ok(Self.addPost(card, &state))
        }
    }

    func createMessage(
        in channel: Snowflake, _ part: MessagePart
    ) async -> DiscordOutcome<DiscordMessage> {
        self.serve(.createMessage, late: { $0.lateMessages.append((channel, part)) }) { state in
            guard let post = state.posts[channel] else { return .rejected(Self.unknownChannel) }
            guard !post.isLocked else { return .rejected(Self.archived) }
            state.posts[channel]?.isArchived = false
            return .ok(Self.addOwn(part, to: channel, &state))
        }
    }

    // MARK: Inside

    static let archived = DiscordRejection(
        status: 400, code: 50_083, message: "Thread is archived")
    static let locked = DiscordRejection(status: 400, code: 160_005, message: "Thread is locked")
    static let unknownChannel = DiscordRejection(
        status: 404, code: 10_003, message: "Unknown Channel")
    static let unknownMessage = DiscordRejection(
        status: 404, code: 10_008, message: "Unknown Message")

    func serve<Value: Sendable>(
        _ call: Call, late: (inout sending State) -> Void = { _ in },
        _ body: (inout sending State) -> DiscordOutcome<Value>
    ) -> DiscordOutcome<Value> {
        self.state.withLock { state in
            state.calls.append(call)
            if let happens = state.meanwhile.removeValue(forKey: call) { happens(&state) }
            for (channel, part) in state.lateMessages { _ = Self.addOwn(part, to: channel, &state) }
            state.lateMessages = []
            let fault =
                state.faults[call]?.isEmpty == false ? state.faults[call]?.removeFirst() : nil
            switch fault {
            case nil: return body(&state)
            case .answerLost:
                _ = body(&state)
                return .unknown(reason: "the answer was lost")
            case .requestLost: return .unknown(reason: "the request was lost")
            case .late:
                late(&state)
                return .unknown(reason: "no answer in time")
            case .rejected(let rejection): return .rejected(rejection)
            case .postponed(let wait): return .postponed(after: wait, reason: "the test says so")
            }
        }
    }

    static func addPost(_ card: Card, _ state: inout State) -> DiscordChannel {
        let id = self.newID(&state)
        let starter = TestMessage.make(
            id: id, channel: id, content: "", author: self.bot, card: card)
        let channel = TestMessage.thread(id)
        state.posts[id] = Post(channel: channel, isArchived: false, messages: [starter])
        return channel
    }

    private static func addOwn(
        _ part: MessagePart, to post: Snowflake, _ state: inout State
    ) -> DiscordMessage {
        if let id = state.nonces[part.nonce],
            let known = state.posts[post]?.messages.first(where: { $0.id == id })
        {
            return known
        }
        var own = TestMessage.make(content: part.content, author: self.bot)
        own.answers = part.answers
        let message = self.add(own, to: post, &state)
        state.nonces[part.nonce] = message.id
        return message
    }

    /// Nonces are remembered for minutes only; this forgets them, as time would.
    func forgetNonces() { self.state.withLock { $0.nonces = [:] } }

    /// The time of day there, in milliseconds since 1970.
    var now: Int64 { Snowflake(self.state.withLock { $0.nextID }).milliseconds }

    /// Time passes, and with it the memory of nonces.
    func wait(milliseconds: UInt64) {
        self.state.withLock { $0.nextID += milliseconds << 22 }
        self.forgetNonces()
    }

    static func add(
        _ message: DiscordMessage, to post: Snowflake, _ state: inout State
    ) -> DiscordMessage {
        var message = message
        message.id = self.newID(&state)
        message.channel = post
        state.posts[post]?.messages.append(message)
        state.posts[post]?.channel.lastMessage = message.id
        return message
    }

    static func newID(_ state: inout State) -> Snowflake {
        state.nextID += 1 << 22
        return Snowflake(state.nextID)
    }

    private static func threads(_ state: State, archived: Bool) -> [DiscordChannel] {
        state.posts.values.filter { $0.isArchived == archived }.map { post in
            var channel = post.channel
            channel.isArchived = archived
            if archived { channel.archivedAt = "\(channel.id)" }
            return channel
        }.sorted { $0.id > $1.id }
    }

    private static func page(_ threads: [DiscordChannel], hasMore: Bool) -> DiscordThreadPage {
        var page = DiscordThreadPage(["threads": []]) ?? TestMessage.emptyPage
        page.threads = threads
        page.hasMore = hasMore
        return page
    }
}
