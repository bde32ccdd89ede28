import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// The requests to Discord and what stands in them.
@Suite
struct DiscordRequestTests {
    @Test
    func `a reply refers to what it answers, unless that went with an earlier post`() async throws {
        let bench = try await Workbench()
        let made = try await bench.settle(1, "Hello")
        let operators = bench.discord.write("Hi", in: try bench.post())
        let key = try #require(ExternalID("\(operators):e:5"))
        let answer = try await bench.settle(2, "Yes", last: made.last, answers: [key])
        let id = try #require(answer.first.flatMap { Snowflake($0) })
        #expect(bench.discord.message(id)?.answers == operators)
        let old = try #require(ExternalID("5"))
        let other = try await bench.settle(3, "Yes", last: answer.last, answers: [old])
        let plain = try #require(other.first.flatMap { Snowflake($0) })
        #expect(bench.discord.message(plain)?.answers == nil)
    }

    @Test
    func `the requests say what Discord documents`() throws {
        let part = MessagePart(content: "x", nonce: "n", answers: Snowflake(7))
        let sent = try self.body(.creatingMessage(in: Snowflake(5), part))
        #expect(
            sent["message_reference"] == ["message_id": "7", "fail_if_not_exists": false])
        let edit = DiscordRequest.editingMessage(Snowflake(6), in: Snowflake(5), content: "@here")
        #expect(edit.method == .patch)
        #expect(edit.path == "/channels/5/messages/6")
        #expect(try self.body(edit)["allowed_mentions"] == ["parse": []])
        let deletion = DiscordRequest.deletingMessage(Snowflake(6), in: Snowflake(5))
        #expect(deletion.method == .delete)
        #expect(deletion.body == nil)
        let reaction = DiscordRequest.reacting(.seen, to: Snowflake(6), in: Snowflake(5), true)
        #expect(reaction.path == "/channels/5/messages/6/reactions/%F0%9F%91%80/@me")
        #expect(reaction.method == .put)
        #expect(DiscordRequest.typing(in: Snowflake(5)).path == "/channels/5/typing")
        let thread = try self.body(.creatingThread(in: Snowflake(5), name: "Ann"))
        #expect(thread["type"] == 11)
        #expect(thread["message"] == nil)
        let notice = Notice(text: "Hm", nonce: "n")
        let said = try self.body(.creatingNotice(in: Snowflake(5), notice))
        #expect(said["content"] == nil)
        #expect(said["enforce_nonce"] == true)
    }

    private func body(_ request: DiscordRequest) throws -> JSONValue {
        try JSONParser.parse(try #require(request.body))
    }
}
