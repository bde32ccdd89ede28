import ProcessShell
import Protocol
import Testing

@testable import Broker

@Suite struct BoxesTests {
    @Test func `boxes and services are read in order`() throws {
        let boxes = try #require(Boxes("main=web,discord; other = a , b "))
        #expect(boxes.boxes.map(\.name.text) == ["main", "other"])
        #expect(boxes.boxes.map { $0.services.map(\.text) } == [["web", "discord"], ["a", "b"]])
    }

    @Test(arguments: [
        "", "main", "main=", "=web", "main=web,web", "main=web;main=irc", "main=a b",
        "main=web,,irc", "main=web;", "m=a=b",
    ])
    func `anything else is refused with the key's name`(text: String) throws {
        #expect(Boxes(text) == nil)
        guard !text.isEmpty else { return }
        do {
            _ = try BrokerConfiguration(Settings(environment: ["CHATBOX_BOXES": text]))
            Issue.record("taken")
        } catch {
            #expect(error.exitCode == .configuration && error.sentence.contains("CHATBOX_BOXES"))
        }
    }

    @Test func `the defaults run from a project's root`() throws {
        let configuration = try BrokerConfiguration(Settings(environment: [:]))
        #expect(configuration.socket.hasPrefix("/"))
        #expect(configuration.socket.hasSuffix("/var/run/broker.sock"))
        #expect(configuration.database == "var/chatbox.db")
        #expect(configuration.boxes == Boxes("main=web,discord"))
    }
}

@Suite struct AllowedUIDsTests {
    @Test func `users are read as numbers`() throws {
        let allowed = try #require(AllowedUIDs("0, 1000"))
        #expect(allowed.contains(0) && allowed.contains(1_000) && !allowed.contains(1))
    }

    @Test func `users are read by their names`() throws {
        let numbers: [String: UInt32] = ["chatbox-web": 962, "nobody": 65_534]
        let allowed = try #require(AllowedUIDs("chatbox-web,7") { numbers[$0] })
        #expect(allowed.contains(962) && allowed.contains(7) && !allowed.contains(0))
        #expect(AllowedUIDs("nobody") { numbers[$0] } == nil)
        #expect(AllowedUIDs("web") { numbers[$0] } == nil)
        #expect(try #require(AllowedUIDs("root")).contains(0))
    }

    @Test(arguments: ["", "no such user", "1,", "-1", "65534", "1,65534", "4294967296"])
    func `anything else is refused`(text: String) {
        #expect(AllowedUIDs(text) == nil)
    }
}
