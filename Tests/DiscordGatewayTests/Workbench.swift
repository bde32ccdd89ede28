import Logging
import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// One process of the gateway over a fake Discord and a fake broker, both of which outlive it.
struct Workbench {
    let discord: FakeDiscord
    let box: FakeBox
    let operation: DiscordOperation
    let log: LogLines
    let forgotten: ForgottenPosts

    /// `past` is what is known of earlier processes, `session` what they kept, `now` the time of day in
    /// milliseconds since 1970.
    init(
        discord: FakeDiscord = FakeDiscord(), box: FakeBox = FakeBox(), mustSearch: Bool = false,
        areOurs: Bool = true,
        past: EarlierProcesses = EarlierProcesses(), now: Int64 = 0, session: KeptSession? = nil,
        _ change: (inout DiscordSettings) -> Void = { _ in }
    ) async throws {
        self.discord = discord
        self.box = box
        let log = LogLines()
        self.log = log
        let logger = log.logger
        var settings = DiscordSettings(
            socketPath: "unused", box: try #require(Name("main")), token: "t",
            channel: FakeDiscord.forum, apiURL: "http://localhost", notePrefix: "//",
            settle: .zero)
        change(&settings)
        let place = DiscordEntry.Place(
            application: .init(id: Snowflake(901)), bot: FakeDiscord.bot,
            forum: discord.forumChannel)
        self.forgotten = ForgottenPosts(mayBe: mustSearch)
        self.operation = DiscordOperation(
            settings: settings, api: discord, box: box, place: place,
            authors: AuthorNames(secret: Array(repeating: 7, count: 32)), session: session,
            past: past, forgotten: self.forgotten, occasion: areOurs ? .recovery : .unbound,
            recovered: {}, markPace: .zero, now: { now },
            advice: Advice(logger: logger), logger: logger)
        try await self.operation.loadPosts()
    }

    /// The same Discord and broker, seen by a process started anew, which goes on with a session if one
    /// was kept.
    func restarted(session: KeptSession? = nil) async throws -> Workbench {
        try await Workbench(discord: self.discord, box: self.box, session: session)
    }

    /// What a process that is killed now has kept of its session.
    var kept: KeptSession {
        let progress = self.operation.desk.durable
        return KeptSession(
            resumption: GatewayResumption(
                session: "s", url: "wss://r", sequence: progress.number.sequence),
            isCaughtUp: progress.isCaughtUp)
    }

    static let conversation = ConversationID(
        Bits128(high: 0x5e0c_0000_0000_5000, low: 0x8000_0000_0000_0001))

    /// A delivery of a visitor's event; the same number is the same event.
    func delivery(
        _ seq: Int64, _ body: String, _ kind: Event.Kind = .message, external: [ExternalID] = [],
        last: ExternalID? = nil, targets: [ExternalID] = [], answers: [ExternalID] = [],
        isDeleted: Bool = false, at: Int64 = 0,
        in conversation: ConversationID = Self.conversation
    ) throws -> Delivery {
        Delivery(
            conversation: conversation, peer: self.box.peer(of: conversation), properties: [:],
            event: Event(
                seq: seq, id: EventID(Bits128(high: 1, low: UInt64(seq))), at: at, kind: kind,
                service: try #require(Name("web")), author: Author(id: "v", name: "Ann"),
                body: body, isDeleted: isDeleted),
            external: external, lastExternal: last, targetExternal: targets,
            replyExternal: answers)
    }

    /// Delivers until it is settled, as the broker would, with what each try made.
    @discardableResult
    func settle(
        _ seq: Int64, _ body: String, _ kind: Event.Kind = .message, last: ExternalID? = nil,
        targets: [ExternalID] = [], answers: [ExternalID] = [], isDeleted: Bool = false
    ) async throws -> [ExternalID] {
        var external: [ExternalID] = []
        for _ in 0..<5 {
            let delivery = try self.delivery(
                seq, body, kind, external: external, last: last, targets: targets,
                answers: answers, isDeleted: isDeleted)
            switch await self.operation.deliverer.deliver(delivery) {
            case .handled(let made): return made
            case .later(_, let made, _): external = made
            case .deadLetter: return []
            }
        }
        Issue.record("the delivery didn't settle in five tries")
        return []
    }

    /// Runs the workers of all posts until nothing is left to do.
    func readPost() async throws {
        guard let post = self.operation.book.post(of: Self.conversation) else { return }
        try await self.operation.reader.run(post)
    }

    /// Compares the conversation's post with what is stored.
    func comparePost() async throws {
        try await self.operation.comparison.next(try self.post())
    }

    /// Has the conversation's post compared, as if changes had been dropped.
    func comparePostOnce() async throws {
        self.operation.desk.compare(try self.post())
        try await self.readPost()
        try await self.comparePost()
    }

    /// The Gateway tells something; answers the number of the catch-up that begins with it, if one
    /// does. A session that an earlier process began has the generation 0.
    @discardableResult
    func told(
        _ sequence: Int64, _ event: String, _ data: JSONValue, generation: Int = 1
    ) -> DispatchNumber? {
        self.operation.router.route(
            GatewayDispatch(
                number: DispatchNumber(generation: generation, sequence: sequence), event: event,
                data: data))
    }

    /// The Gateway tells of a message as it is.
    func told(_ sequence: Int64, _ change: PostChange) throws {
        self.operation.desk.received(
            LiveChange(
                number: DispatchNumber(generation: 1, sequence: sequence), change: change),
            in: try self.post())
    }

    /// A bench whose conversation has a post with a visitor's message in it, fully read.
    static func ready(
        _ change: (inout DiscordSettings) -> Void = { _ in }
    ) async throws -> Workbench {
        let bench = try await Workbench(change)
        let made = try await bench.settle(1, "Hello")
        bench.box.deliver(1, as: made.compactMap { Snowflake($0) })
        try await bench.readPost()
        return bench
    }

    /// The conversation's post.
    func post() throws -> Snowflake {
        try #require(self.box.peer(of: Self.conversation).flatMap { Snowflake($0) })
    }
}

extension InboundDesk {
    /// The number up to which everything is durable, also what was missed before the session; until
    /// that is, 0.
    var allDurable: DispatchNumber {
        let progress = self.durable
        guard !progress.isCaughtUp else { return progress.number }
        return DispatchNumber(generation: progress.number.generation, sequence: 0)
    }
}
