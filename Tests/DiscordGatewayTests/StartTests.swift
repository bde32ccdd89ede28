import Logging
import ProcessShell
import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct StartTests {
    private let environment = ["DISCORD_TOKEN": "abc", "DISCORD_CHANNEL_ID": "200"]

    private func settings(_ changes: [String: String]) throws -> DiscordSettings {
        try DiscordSettings(
            Settings(environment: self.environment.merging(changes) { $1 }))
    }

    @Test
    func `defaults are Discord's own address, the box main and the project's socket`() throws {
        let settings = try self.settings([:])
        #expect(settings.apiURL == "https://discord.com/api/v10")
        #expect(settings.box.text == "main")
        #expect(settings.socketPath.hasPrefix("/"))
        #expect(settings.socketPath.hasSuffix("/var/run/broker.sock"))
        #expect(settings.notePrefix == "//")
        #expect(settings.settle == .seconds(10))
    }

    @Test(arguments: [
        ("DISCORD_TOKEN", ""), ("DISCORD_TOKEN", "Bot abc"), ("DISCORD_CHANNEL_ID", ""),
        ("DISCORD_CHANNEL_ID", "general"), ("DISCORD_API_URL", "discord.com"),
        ("DISCORD_SETTLE_SECONDS", "soon"), ("CHATBOX_BOX", "a b"),
        ("DISCORD_TOKEN_FILE", "/nowhere/token"), ("DISCORD_NOTIFY_ROLE", "@team"),
        ("DISCORD_OPERATOR_ROLES", "5,,6"), ("DISCORD_OPERATOR_ROLES", "team"),
        ("DISCORD_POSTS_PER_MINUTE", "0"), ("DISCORD_OPEN_POSTS", "many"),
    ])
    func `a wrong value is refused with its name and exit code 78`(
        key: String, value: String
    ) throws {
        var changes = [key: value]
        if key == "DISCORD_TOKEN_FILE" { changes["DISCORD_TOKEN"] = "" }
        let failure = #expect(throws: ProcessFailure.self) { try self.settings(changes) }
        #expect(failure?.exitCode == .configuration)
        #expect(failure?.sentence.contains(key) == true)
        #expect(failure?.sentence.contains("abc") == false)
    }

    @Test
    func `roles are told by their ids, and by default everybody is an operator`() throws {
        let plain = try self.settings([:])
        #expect(plain.notifyRole == nil)
        #expect(plain.operatorRoles.isEmpty)
        #expect(plain.postsPerMinute == 10)
        #expect(plain.openPosts == 300)
        let settings = try self.settings([
            "DISCORD_NOTIFY_ROLE": "7", "DISCORD_OPERATOR_ROLES": "5, 6",
        ])
        #expect(settings.notifyRole == Snowflake(7))
        #expect(settings.operatorRoles == [Snowflake(5), Snowflake(6)])
    }

    @Test
    func `a box belongs to the application and channel that claimed it first`() async throws {
        let box = FakeBox()
        let own = BoxState.Ownership(application: Snowflake(1), channel: Snowflake(2))
        let epoch = Epoch(Bits128(high: 1, low: 1))
        for _ in 0..<2 {
            #expect(try await BoxState.claim(box, for: own, epoch: epoch, now: 5) == .init())
        }
        for other in [
            BoxState.Ownership(application: Snowflake(9), channel: Snowflake(2)),
            BoxState.Ownership(application: Snowflake(1), channel: Snowflake(9)),
        ] {
            let failure = await #expect(throws: ProcessFailure.self) {
                try await BoxState.claim(box, for: other, epoch: epoch, now: 5)
            }
            #expect(failure?.exitCode == .configuration)
        }
    }

    @Test
    func `the secret is made once and a session survives the process`() async throws {
        let box = FakeBox()
        let secret = try await BoxState.authorSecret(box)
        #expect(secret.count == 32)
        #expect(try await BoxState.authorSecret(box) == secret)
        #expect(try await BoxState.session(box) == nil)
        for isCaughtUp in [true, false] {
            let session = KeptSession(
                resumption: GatewayResumption(session: "s", url: "wss://r", sequence: 41),
                isCaughtUp: isCaughtUp)
            try await BoxState.keep(session, box)
            #expect(try await BoxState.session(box) == session)
        }
        try await BoxState.keep(nil as KeptSession?, box)
        #expect(try await BoxState.session(box) == nil)
    }

    @Test func `a session that isn't caught up is hidden from a gateway that can't see that`() {
        let resumption = GatewayResumption(session: "s", url: "wss://r", sequence: 41)
        let plain: JSONValue = ["id": "s", "url": "wss://r", "seq": 41]
        #expect(KeptSession(resumption: resumption).stored == plain)
        #expect(KeptSession(stored: plain)?.isCaughtUp == true)
        let behind = KeptSession(resumption: resumption, isCaughtUp: false).stored
        #expect(behind["id"] == nil && behind["url"] == nil && behind["seq"] == nil)
        for damaged in [.null, [:], ["catching_up": .null], ["catching_up": ["id": "s"]]]
            as [JSONValue]
        {
            #expect(KeptSession(stored: damaged) == nil)
        }
    }
}
