import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct PostCreationTests {
    private let post = Snowflake(5)

    @Test
    func `a first post is recorded before it is made, and the record goes after the binding`() {
        var creation = PostCreation(isRecorded: false)
        #expect(creation.start() == .record)
        #expect(creation.recorded() == .create(neutralName: false))
        #expect(creation.created(.ok(self.post)) == .bind(self.post))
        #expect(creation.bound(self.post) == .forget)
        #expect(creation.forgotten() == .finished(self.post, adopted: false))
    }

    @Test(arguments: [(true, false), (false, true)])
    func `who finds a record, or may have lost one, waits and searches first`(
        isRecorded: Bool, mustSearch: Bool
    ) {
        let found = PostCreation(isRecorded: isRecorded, mustSearch: mustSearch)
        #expect(found.start() == .settle)
        var creation = PostCreation(
            isRecorded: isRecorded, mustSearch: mustSearch, hasSettled: true)
        #expect(creation.start() == .search)
        #expect(creation.searched(found: self.post) == .bind(self.post))
        #expect(creation.bound(self.post) == .forget)
        #expect(creation.forgotten() == .finished(self.post, adopted: true))
    }

    @Test
    func `a search that finds nothing leads to a recorded making`() {
        var recorded = PostCreation(isRecorded: true)
        #expect(recorded.searched(found: nil) == .create(neutralName: false))
        var unrecorded = PostCreation(isRecorded: false, mustSearch: true)
        #expect(unrecorded.searched(found: nil) == .record)
    }

    @Test
    func `a lost answer leads to a later try that finds the record and searches`() {
        var creation = PostCreation(isRecorded: false)
        _ = creation.recorded()
        #expect(creation.created(.unknown(reason: "lost")) == .settle)
        var next = PostCreation(isRecorded: true, hasSettled: true)
        #expect(next.start() == .search)
        #expect(next.searched(found: nil) == .create(neutralName: false))
        #expect(next.created(.unknown(reason: "lost")) == .settle)
    }

    @Test
    func `a refused name is replaced once by a neutral one`() {
        var creation = PostCreation(isRecorded: false)
        _ = creation.recorded()
        let refusal = DiscordRejection(status: 400, code: 50_035, message: "bad word")
        #expect(creation.created(.rejected(refusal)) == .create(neutralName: true))
        #expect(creation.created(.rejected(refusal)) == .forget)
        guard case .giveUp = creation.forgotten() else {
            Issue.record("it must not end as made")
            return
        }
    }

    @Test
    func `a wait for a rate limit forgets the record, since nothing was made`() {
        var creation = PostCreation(isRecorded: false)
        _ = creation.recorded()
        #expect(creation.created(.postponed(after: .seconds(280), reason: "limit")) == .forget)
        #expect(creation.forgotten() == .giveUp(after: .seconds(280), reason: "limit"))
    }

    @Test
    func `parts made in a lost post don't count in the new one`() throws {
        let old = try #require(ExternalID("10"))
        let parts = [
            MessagePart(content: "a", nonce: "n0"), MessagePart(content: "b", nonce: "n1"),
        ]
        let lane = PartDelivery(
            parts: parts, post: Snowflake(100), external: [old], lastExternal: old,
            doubt: .none)
        #expect(lane.next() == .send(parts[0]))
    }

    @Test
    func `a part deleted right after it was made counts as made`() throws {
        let parts = [
            MessagePart(content: "a", nonce: "n0"), MessagePart(content: "b", nonce: "n1"),
        ]
        var lane = PartDelivery(
            parts: parts, post: Snowflake(100), external: [], lastExternal: ExternalID("150"),
            doubt: .none)
        lane.sent(.rejected(FakeDiscord.unknownMessage))
        #expect(lane.next() == .send(parts[1]))
        lane.sent(.ok(Snowflake(200)))
        #expect(
            lane.next()
                == .end(
                    .handled([try #require(ExternalID("151")), try #require(ExternalID("200"))])))
    }

    @Test
    func `a read-back adopts in order, only our own and only equal text`() throws {
        let parts = ["a", "b", "c"].map { MessagePart(content: $0, nonce: $0) }
        var lane = PartDelivery(
            parts: parts, post: Snowflake(100), external: [], lastExternal: nil,
            doubt: Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: nil))
        #expect(lane.next() == .readBack(after: Snowflake(100)))
        let messages = [
            TestMessage.make(id: Snowflake(101), content: "a", author: FakeDiscord.person),
            TestMessage.make(id: Snowflake(102), content: "b", author: FakeDiscord.bot),
            TestMessage.make(id: Snowflake(103), content: "a", author: FakeDiscord.bot),
            TestMessage.make(id: Snowflake(104), content: "", author: FakeDiscord.bot),
            TestMessage.make(id: Snowflake(105), content: "b", author: FakeDiscord.bot),
        ]
        lane.readBack(.init(messages: messages, bot: FakeDiscord.bot))
        #expect(lane.next() == .send(parts[2]))
    }

    @Test
    func `permissions are computed as Discord does`() throws {
        let guild = try #require(
            DiscordGuild([
                "id": "100", "owner_id": "1",
                "roles": [
                    ["id": "100", "permissions": "66560"], ["id": "7", "permissions": "0"],
                    ["id": "8", "permissions": "8"],
                ],
            ]))
        let channel = try #require(
            DiscordChannel([
                "id": "200", "type": 15, "guild_id": "100",
                "permission_overwrites": [
                    ["id": "100", "type": 0, "allow": "0", "deny": "65536"],
                    ["id": "7", "type": 0, "allow": "65536", "deny": "0"],
                    ["id": "9", "type": 0, "allow": "0", "deny": "1024"],
                    ["id": "900", "type": 1, "allow": "2048", "deny": "1024"],
                ],
            ]))
        func missing(_ roles: [Snowflake], _ user: Snowflake) throws -> [DiscordPermissions.Needed]
        {
            var member = try #require(DiscordMember(["roles": []]))
            member.roles = roles
            return DiscordPermissions(guild: guild, member: member, user: user, channel: channel)
                .missing(in: channel)
        }
        let all = DiscordPermissions.Needed.all(in: channel)
        #expect(try missing([], Snowflake(2)).contains(.readMessageHistory))
        #expect(try !missing([Snowflake(7)], Snowflake(2)).contains(.readMessageHistory))
        #expect(try missing([Snowflake(7)], Snowflake(900)) == all)
        #expect(try missing([Snowflake(9)], Snowflake(2)) == all)
        #expect(try missing([Snowflake(8)], Snowflake(2)).isEmpty)
        #expect(try missing([], Snowflake(1)).isEmpty)
    }
}
