import Logging
import Protocol
import Testing

@testable import DiscordGateway

/// One process of the gateway over a fake Discord and a fake broker, both of which outlive it.
struct Workbench {
    let discord: FakeDiscord
    let box: FakeBox
    let operation: DiscordOperation

    init(
        discord: FakeDiscord = FakeDiscord(), box: FakeBox = FakeBox(), mustSearch: Bool = false
    ) async throws {
        self.discord = discord
        self.box = box
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let settings = DiscordSettings(
            socketPath: "unused", box: try #require(Name("main")), token: "t",
            channel: FakeDiscord.forum, apiURL: "http://localhost", notePrefix: "//",
            settle: .zero)
        let place = DiscordEntry.Place(
            application: .init(id: Snowflake(901)), bot: FakeDiscord.bot, forum: TestMessage.forum)
        self.operation = DiscordOperation(
            settings: settings, api: discord, box: box, place: place, mustSearch: mustSearch,
            authors: AuthorNames(secret: Array(repeating: 7, count: 32)), resumption: nil,
            advice: Advice(logger: logger), logger: logger)
        self.operation.book.load(try await box.allBindings())
    }

    /// The same Discord and broker, seen by a process started anew.
    func restarted() async throws -> Workbench {
        try await Workbench(discord: self.discord, box: self.box)
    }

    static let conversation = ConversationID(
        Bits128(high: 0x5e0c_0000_0000_5000, low: 0x8000_0000_0000_0001))

    /// A delivery of a visitor's message; the same number is the same event.
    func delivery(
        _ seq: Int64, _ body: String, external: [ExternalID] = [], last: ExternalID? = nil
    ) throws -> Delivery {
        Delivery(
            conversation: Self.conversation, peer: self.box.peer(of: Self.conversation),
            properties: [:],
            event: Event(
                seq: seq, id: EventID(Bits128(high: 1, low: UInt64(seq))), at: 0,
                service: try #require(Name("web")), author: Author(id: "v", name: "Ann"), body: body
            ),
            external: external, lastExternal: last)
    }

    /// Delivers until it is settled, as the broker would, with what each try made.
    @discardableResult
    func settle(
        _ seq: Int64, _ body: String, last: ExternalID? = nil
    ) async throws -> [ExternalID] {
        var external: [ExternalID] = []
        for _ in 0..<5 {
            let delivery = try self.delivery(seq, body, external: external, last: last)
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

    /// The conversation's post.
    func post() throws -> Snowflake {
        try #require(self.box.peer(of: Self.conversation).flatMap { Snowflake($0) })
    }
}
