import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Operators' avatars, from Discord to the broker.
@Suite
struct AvatarTests {
    @Test
    func `an operator's avatar is kept with the broker, and named from the next message on`()
        async throws
    {
        let bench = try await Workbench.ready()
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
        bench.discord.keep(png, at: "/avatars/42/a_1f.png?size=64")
        var user = TestMessage.user(FakeDiscord.person, isBot: false)
        user.avatar = "a_1f"
        #expect(bench.operation.avatars.reference(for: user) == nil)
        let source = try #require(AvatarSource(of: user, on: FakeDiscord.guild))
        try await bench.operation.avatars.fetch(source)
        let reference = try #require(bench.operation.avatars.reference(for: user))
        #expect(reference.count == 32)
        #expect(bench.box.pictures.keys.map(\.text) == [reference])
        user.avatar = "b2"
        #expect(bench.operation.avatars.reference(for: user) == nil)
    }

    @Test(arguments: [
        [], Array("<svg/>".utf8), Array("<html>".utf8),
        Array(repeating: UInt8(0xFF), count: Limits.pictureBytes + 1),
    ])
    func `what is no picture, or too large, is no avatar`(bytes: [UInt8]) async throws {
        let bench = try await Workbench.ready()
        bench.discord.keep(bytes, at: "/avatars/42/1f.png?size=64")
        var user = TestMessage.user(FakeDiscord.person, isBot: false)
        user.avatar = "1f"
        let source = try #require(AvatarSource(of: user, on: nil))
        try await bench.operation.avatars.fetch(source)
        #expect(bench.operation.avatars.reference(for: user) == nil)
        #expect(bench.box.pictures.isEmpty)
    }

    @Test(arguments: ["../../x", "a/b", "", "A1", String(repeating: "a", count: 65), "a?x=1"])
    func `a hash that could change the address is none`(hash: String) {
        var user = TestMessage.user(FakeDiscord.person, isBot: false)
        user.avatar = hash
        #expect(AvatarSource(of: user, on: nil) == nil)
    }

    @Test
    func `the avatar of a server comes before the one for everywhere`() throws {
        var user = TestMessage.user(FakeDiscord.person, isBot: false)
        user.avatar = "1f"
        user.member = DiscordMember(["roles": [], "avatar": "2f"])
        #expect(
            AvatarSource(of: user, on: FakeDiscord.guild)?.path
                == "/guilds/100/users/42/avatars/2f.png?size=64")
    }

    @Test(arguments: [
        ("https://discord.com/api/v10", "https://cdn.discordapp.com"),
        ("http://127.0.0.1:8090/api/v10", "http://127.0.0.1:8090/cdn"),
    ])
    func `pictures come from Discord's own server, or from beside a stand-in`(
        api: String, pictures: String
    ) {
        let configuration = HTTPDiscordAPI.Configuration(baseURL: api, token: "t", version: "1")
        #expect(configuration.pictureURL == pictures)
    }
}
