import GatewayKit
import Protocol
import Testing

/// Values that tests need and don't care about.
enum Sample {
    static func epoch(_ number: UInt64 = 1) -> Epoch { Epoch(Bits128(high: number, low: 0)) }

    static func conversation(_ number: UInt64 = 1) -> ConversationID {
        ConversationID(Bits128(high: 0, low: number))
    }

    static func eventID(_ number: UInt64) -> EventID { EventID(Bits128(high: 1, low: number)) }

    static func name(_ text: String) throws -> Name { try #require(Name(text)) }

    static func welcome(epoch number: UInt64 = 1) -> Welcome {
        Welcome(version: 1, epoch: self.epoch(number), generation: 1, agent: "scripted/1")
    }

    static func identity(_ mode: Mode = .consumer) throws -> GatewayIdentity {
        GatewayIdentity(
            box: try self.name("main"), service: try self.name("test"), mode: mode,
            agent: "tests/1")
    }

    static func event(_ seq: Int64, conversation number: UInt64 = 1) throws -> Event {
        Event(
            seq: seq, id: self.eventID(number << 32 | UInt64(seq)), at: 1,
            service: try self.name("web"), author: Author(id: "v", name: "Ann"),
            body: "body \(seq)")
    }

    static func delivery(_ seq: Int64, conversation number: UInt64 = 1) throws -> Delivery {
        Delivery(
            conversation: self.conversation(number), peer: nil, properties: [:],
            event: try self.event(seq, conversation: number), external: [], lastExternal: nil)
    }

    static func send(_ key: String, conversation number: UInt64 = 1) throws -> Send {
        Send(
            conversation: self.conversation(number), key: try #require(IdempotencyKey(key)),
            author: Author(id: "v", name: "Ann"), body: "Hello")
    }
}

/// Draws the same number each time.
struct FixedGenerator: RandomNumberGenerator {
    var value: UInt64
    mutating func next() -> UInt64 { self.value }
}
