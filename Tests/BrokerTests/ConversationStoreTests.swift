import Protocol
import StrictJSON
import Testing

@testable import Broker

@Suite struct ConversationStoreTests {
    @Test func `a conversation is made once and found again`() throws {
        let fixture = try StoreFixture()
        let made = try fixture.open("v1")
        let found = try fixture.open("v1")
        #expect(made.created && !found.created)
        #expect(made.conversation == found.conversation)
        #expect(made.conversation.description.dropFirst(14).first == "5")
    }

    @Test func `an unknown peer is not made unless asked`() throws {
        let fixture = try StoreFixture()
        #expect(try refusal { try fixture.open("v1", create: false) } == .notFound)
        #expect(try fixture.open("v1").created)
    }

    @Test func `two spellings of one letter are two clients`() throws {
        let fixture = try StoreFixture()
        let composed = try fixture.open("\u{E9}")
        let decomposed = try fixture.open("e\u{301}")
        #expect(composed.created && decomposed.created)
        #expect(composed.conversation != decomposed.conversation)
        #expect(try fixture.open("e\u{301}").conversation == decomposed.conversation)
    }

    @Test func `a secret opens its conversation and no other does`() throws {
        let fixture = try StoreFixture()
        let own = String(repeating: "A", count: 43)
        let other = String(repeating: "B", count: 43)
        _ = try fixture.open("v1", credential: own)
        #expect(try !fixture.open("v1", credential: own).created)
        #expect(try refusal { try fixture.open("v1", credential: other) } == .credentialRefused)
        #expect(try refusal { try fixture.open("v1") } == .credentialRefused)
    }

    @Test func `properties are merged, and the last writer wins`() throws {
        let fixture = try StoreFixture()
        let peer = try #require(PeerID("v1"))
        func open(_ properties: [String: String]) throws -> [String: String] {
            try fixture.store.write(now: 1) { transaction in
                try transaction.open(
                    Open(peer: peer, create: true, properties: properties), fixture.web
                ).1.properties
            }
        }
        #expect(try open(["name": "Ann"]) == ["name": "Ann"])
        #expect(try open(["page": "/a"]) == ["name": "Ann", "page": "/a"])
        #expect(try open(["name": "Bea"]) == ["name": "Bea", "page": "/a"])
    }

    @Test func `a service binds its own id once, and replaces it by name`() throws {
        let fixture = try StoreFixture()
        let first = try fixture.open("v1").conversation
        let second = try fixture.open("v2").conversation
        func bind(_ uid: ConversationID, _ peer: String, replaces: String? = nil) throws {
            try fixture.store.write(now: 1) { transaction in
                try transaction.bind(
                    Bind(
                        conversation: uid, peer: try #require(PeerID(peer)),
                        replaces: replaces.flatMap { PeerID($0) }), fixture.discord)
            }
        }
        try bind(first, "100")
        try bind(first, "100")
        #expect(try refusal { try bind(second, "100") } == .bindingConflict)
        #expect(try refusal { try bind(first, "101") } == .bindingConflict)
        #expect(try refusal { try bind(first, "101", replaces: "99") } == .bindingConflict)
        try bind(first, "101", replaces: "100")
        let bindings = try fixture.store.read { transaction in
            try transaction.bindings(ListBindings(), fixture.discord)
        }
        #expect(bindings.entries.map(\.peer.text) == ["101"])
    }

    @Test func `bindings come by page in the order of bytes`() throws {
        let fixture = try StoreFixture()
        for peer in ["b", "a", "c"] { _ = try fixture.open(peer) }
        func page(after: String?) throws -> Bindings {
            try fixture.store.read { transaction in
                try transaction.bindings(
                    ListBindings(after: after.flatMap { PeerID($0) }, limit: 2), fixture.web)
            }
        }
        let first = try page(after: nil)
        #expect(first.entries.map(\.peer.text) == ["a", "b"] && first.more)
        let second = try page(after: "b")
        #expect(second.entries.map(\.peer.text) == ["c"] && !second.more)
    }

    @Test func `a service's store keeps, replaces and removes values`() throws {
        let fixture = try StoreFixture()
        let key = try name("session")
        func value() throws -> String? {
            try fixture.store.read { try $0.storedValue(of: fixture.discord.service, key) }.string
        }
        #expect(try value() == nil)
        for text in ["one", "two"] {
            try fixture.store.write(now: 1) {
                try $0.store(.string(text), of: fixture.discord.service, key)
            }
            #expect(try value() == text)
        }
        try fixture.store.write(now: 1) {
            try $0.store(.null, of: fixture.discord.service, key)
        }
        #expect(try value() == nil)
        #expect(
            try fixture.store.read { try $0.storedValue(of: fixture.web.service, key) } == .null)
    }

    @Test func `a service that joins later starts at the end`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        let first = try Store(path: path, boxes: try #require(Boxes("main=web,discord")), now: 1)
        let web = try StoreFixture.session(first, "web", .reader)
        try first.write(now: 1) { transaction in
            let peer = try #require(PeerID("v1"))
            let opened = try transaction.open(Open(peer: peer, create: true), web).1
            let send = Send(
                conversation: opened.conversation, key: try #require(IdempotencyKey("k")),
                author: Author(id: "a", name: "A"), body: "before")
            _ = try transaction.send(send, id: EventID(Bits128(high: 1, low: 1)), web)
        }
        try first.close()
        let later = try Store(
            path: path, boxes: try #require(Boxes("main=web,discord,irc")), now: 2)
        let irc = try StoreFixture.session(later, "irc", .consumer)
        let discord = try StoreFixture.session(later, "discord", .consumer)
        #expect(try later.read { try $0.backlog(of: irc.service) }.isEmpty)
        #expect(try later.read { try $0.backlog(of: discord.service) }.count == 1)
    }
}
