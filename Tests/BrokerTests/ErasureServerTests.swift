import BrokerStore
import Foundation
import Protocol
import Testing

@testable import Broker

/// Erasing over a real socket, with a reader and a consumer looking on.
@Suite(.timeLimit(.minutes(1))) struct ErasureServerTests: WithBroker {
    /// Runs a reader, a consumer with credit, and an admin against a broker.
    func withEverybody(
        _ body:
            @escaping @Sendable (
                TestGateway, TestGateway, TestGateway, TemporaryFolder
            ) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                    try await discord.say(Credit(conversations: 4).encoded())
                    try await TestGateway.welcomed(to: path, as: "chatbox", .admin) { admin in
                        try await body(web, discord, admin, folder)
                    }
                }
            }
        }
    }

    @Test func `everybody hears of it, and nothing is left in the files`() async throws {
        try await self.withEverybody { web, discord, admin, folder in
            let uid = try await self.open(web)
            _ = try await web.ask(Subscribe(conversation: uid))
            _ = try await web.ask(try self.message(uid, "m", "CANARY"))
            #expect(try await discord.push(Delivery.self).event.body == "CANARY")
            let erasure = try await admin.ask(Erase(conversation: uid))
            #expect(erasure.waiting.map(\.service.text) == ["discord"])
            let file = ErasedFile(beside: folder.file("chatbox.db"))
            #expect(try file.entries().map(\.uid.description) == [uid.description])
            #expect(try await web.push(ConversationGone.self).conversation == uid)
            let refused = await #expect(throws: Refused.self) {
                _ = try await web.ask(try self.message(uid, "m2", "more"))
            }
            #expect(refused?.code == .conversationGone && refused?.retry == false)
            let status = try await admin.ask(GetStatus())
            #expect(status.erasures == 1 && status.erasing.map(\.conversation) == [uid])
            #expect(status.conversations == 0 && status.events == 0)
            // The message is under way still; the erasure comes after it.
            #expect(try await discord.ask(Acknowledge(conversation: uid, seq: 1)).handled == 1)
            #expect(try await discord.push(Delivery.self).event.kind == .erasure)
            #expect(try await discord.ask(Acknowledge(conversation: uid, seq: 2)).handled == 2)
            let late = await #expect(throws: Refused.self) {
                _ = try await discord.ask(Acknowledge(conversation: uid, seq: 2))
            }
            #expect(late?.code == .conversationGone)
            while try await !admin.ask(GetErasure(conversation: uid)).isFinished {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try file.entries().map(\.isDone) == [true])
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
            where name.hasPrefix("chatbox.db") {
                let bytes = try Data(contentsOf: URL(filePath: folder.file(name)))
                #expect(bytes.range(of: Data("CANARY".utf8)) == nil, "\(name)")
            }
            #expect(try await admin.ask(GetStatus()).erasures == 0)
        }
    }

    @Test func `only an admin may ask`() async throws {
        try await self.withEverybody { web, discord, admin, _ in
            let uid = try await self.open(web)
            for gateway in [web, discord] {
                for body in [
                    Erase(conversation: uid).encoded(request: 1_000),
                    GetErasure(conversation: uid).encoded(request: 1_000),
                    Find(.conversation(uid)).encoded(request: 1_000),
                ] {
                    try await gateway.say(body)
                    let answer = try #require(try await gateway.next())
                    #expect(try Refused(answer.fields).code == .notAllowed)
                }
            }
            #expect(try await admin.ask(Find(.conversation(uid))).state == .open)
            let none = await #expect(throws: Refused.self) {
                _ = try await admin.ask(GetErasure(conversation: uid))
            }
            #expect(none?.code == .notFound)
        }
    }

    @Test func `what can't be kept beside the database isn't promised`() async throws {
        try await self.withEverybody { web, _, admin, folder in
            let uid = try await self.open(web)
            let list = folder.file("chatbox.db.erased")
            try FileManager.default.createDirectory(
                atPath: list, withIntermediateDirectories: false)
            let refused = await #expect(throws: Refused.self) {
                _ = try await admin.ask(Erase(conversation: uid))
            }
            #expect(refused?.code == .storageFailed && refused?.retry == true)
            try FileManager.default.removeItem(atPath: list)
            #expect(try await admin.ask(Erase(conversation: uid)).conversation == uid)
            let entries = try ErasedFile(beside: folder.file("chatbox.db")).entries()
            #expect(entries.map(\.uid.description) == [uid.description])
        }
    }
}
