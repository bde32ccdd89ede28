import Foundation
import Logging
import ProcessShell
import Protocol
import ServiceLifecycle
import Testing

@testable import Broker

/// The broker over a real socket, with a real database.
@Suite(.timeLimit(.minutes(1))) struct BrokerServerTests: WithBroker {
    @Test func `a message travels from a reader to a consumer and back`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                    try await self.converse(web, discord)
                }
            }
        }
    }

    func converse(_ web: TestGateway, _ discord: TestGateway) async throws {
        let uid = try await self.open(web)
        _ = try await web.ask(Subscribe(conversation: uid))
        try await discord.say(Credit(conversations: 4).encoded())
        let sent = try await web.ask(try self.message(uid, "k1", "Hello"))
        let delivery = try await discord.push(Delivery.self)
        #expect(delivery.event.id == sent.id && delivery.event.body == "Hello")
        #expect(delivery.event.key == nil && delivery.peer == nil)
        let external = try #require(ExternalID("901"))
        _ = try await discord.ask(Acknowledge(conversation: uid, seq: 1, external: [external]))
        #expect(try await web.push(ReceiptPush.self).receipt.deliveredUpTo == 1)
        _ = try await discord.ask(try self.message(uid, "902", "Hi"))
        #expect(try await web.push(EventPush.self).event.body == "Hello")
        let answer = try await web.push(EventPush.self).event
        #expect(answer.body == "Hi" && answer.seq == 2 && answer.key == nil)
    }

    @Test func `everything acknowledged is there after a restart`() async throws {
        let folder = try TemporaryFolder()
        let uid = try await self.firstLife(folder)
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                let page = try await web.ask(History(conversation: uid, .after(0)))
                #expect(page.events.map(\.seq) == Array(1...50))
                #expect(try await web.ask(try self.message(uid, "k50", "m50")).duplicate)
            }
        }
    }

    func firstLife(_ folder: TemporaryFolder) async throws -> ConversationID {
        let found = FoundConversation()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                let uid = try await self.open(web)
                for number in 1...50 {
                    _ = try await web.ask(try self.message(uid, "k\(number)", "m\(number)"))
                }
                await found.set(uid)
            }
        }
        return try #require(await found.uid)
    }

    actor FoundConversation {
        var uid: ConversationID?
        func set(_ uid: ConversationID) { self.uid = uid }
    }

    @Test func `a fenced consumer is told and what it sends has no effect`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "discord", .consumer) { older in
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { _ in
                    let goodbye = try #require(try await older.next())
                    #expect(goodbye.type == "goodbye")
                    #expect(try Goodbye(goodbye.fields).code == .fenced)
                    try #expect(await older.next() == nil)
                }
            }
        }
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0], "frame_empty"), ([0, 0, 0x10, 0x01], "frame_too_large"),
            (Array("GET / HTTP/1.1\r\n".utf8), "frame_too_large"),
            ([0, 0, 0, 2, 0x5B, 0x5D], "frame_not_object"),
            ([0, 0, 0, 2, 0x7B, 0x7D], "type_missing"),
            ([0, 0, 0, 1, 0x7B], "json_invalid"),
        ] as [([UInt8], String)])
    func `bad bytes end their connection with a code and hurt nobody else`(
        bytes: [UInt8], code: String
    ) async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { neighbour in
                try await TestGateway.connected(to: path) { gateway in
                    try await gateway.write(raw: bytes)
                    let goodbye = try #require(try await gateway.next())
                    #expect(try Goodbye(goodbye.fields).code.text == code)
                    try #expect(await gateway.next() == nil)
                }
                _ = try await self.open(neighbour)
            }
        }
    }

    @Test func `a service that is not configured is refused`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.connected(to: path) { gateway in
                let hello = Hello(
                    box: try name("main"), service: try name("irc"), instance: try name("i"),
                    mode: .reader, agent: "test")
                try await gateway.say(hello.encoded())
                let goodbye = try #require(try await gateway.next())
                #expect(try Goodbye(goodbye.fields).code == .unknownService)
            }
        }
    }

    @Test func `a user who is not allowed is told so before anything is read`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder, allowing: "\(geteuid() + 1)") { path, _ in
            try await TestGateway.connected(to: path) { gateway in
                let goodbye = try #require(try await gateway.next())
                #expect(try Goodbye(goodbye.fields).code == .peerDenied)
                try #expect(await gateway.next() == nil)
            }
        }
    }

    @Test func `our group may go through the socket's folder`() throws {
        let folder = try TemporaryFolder()
        let mask = umask(0o077)
        defer { umask(mask) }
        try SocketFile.makeFolder(of: folder.file("run/deep/b.sock"))
        for made in ["run", "run/deep"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(made))
            #expect(attributes[.posixPermissions] as? Int == 0o750)
        }
    }

    @Test func `the socket is private, and a second broker is refused`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = attributes[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o007 } == 0)
            let second = BrokerServer(
                try BrokerConfiguration(
                    Settings(environment: [
                        "CHATBOX_SOCKET": path, "CHATBOX_DATABASE": folder.file("other.db"),
                    ])), logger: Logger(label: "test"))
            await #expect { try await second.run() } throws: {
                ($0 as? ProcessFailure)?.exitCode == .temporary
            }
        }
    }

    @Test func `a stopping broker says goodbye and invites to return`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, group in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                await group.triggerGracefulShutdown()
                let goodbye = try Goodbye(try #require(try await web.next()).fields)
                #expect(goodbye.code == .shutdown && goodbye.reconnect)
                try #expect(await web.next() == nil)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("b.sock")))
    }
}
