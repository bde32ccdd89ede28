import GatewayKit
import Protocol
import StrictJSON
import Testing

@testable import WebGateway

/// Values that tests need and don't care about.
enum Sample {
    static let visitor = "0b6f1f9e-3d5c-4f5e-9a41-2b8f7c1d2e3f"
    static let secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    static let conversation = ConversationID(Bits128(high: 0x1234_5678_0000_0000, low: 1))
    static let epoch = Epoch(Bits128(high: 1, low: 2))
    static let page = PageVersion(files: [:])

    static func name(_ text: String) throws -> Name { try #require(Name(text)) }
    static func key(_ text: String) throws -> IdempotencyKey {
        try #require(IdempotencyKey(text))
    }
    static func eventID(_ seq: Int64) -> EventID {
        EventID(Bits128(high: 9, low: UInt64(bitPattern: seq)))
    }

    static func event(_ seq: Int64, service: String = "discord") throws -> Event {
        Event(
            seq: seq, id: self.eventID(seq), at: 5, service: try self.name(service),
            author: Author(id: "a", name: "Bob"), body: "body \(seq)",
            key: try self.key("key-\(seq)"))
    }

    static func hello(
        from: Int64? = nil, name: String? = "Ann", create: Bool = true, isVisible: Bool = true
    ) throws -> PageHello {
        PageHello(
            visitor: try #require(PeerID(self.visitor)),
            credential: try #require(Credential(secret: self.secret)), create: create, name: name,
            isVisible: isVisible,
            from: from.map { Position(epoch: self.epoch, seq: $0, id: self.eventID($0)) })
    }

    static let opened = Opened(
        conversation: conversation, created: true, head: .none, properties: [:])

    static let notFound = Result<Opened, GatewayError>.failure(
        .refused(Refused(.notFound, "No such conversation.")))

    static func subscribed(
        head: Int64, recovered: Bool = false, delivered: Int64 = 1, isUp: Bool = true,
        state: ConversationState = .open
    ) throws -> Subscribed {
        Subscribed(
            head: Head(seq: head, id: head > 0 ? self.eventID(head) : nil),
            recovered: recovered,
            receipts: [
                Receipt(service: try self.name("discord"), deliveredUpTo: delivered)
            ],
            own: Receipt(service: try self.name("web")), state: state,
            services: [ServiceState(service: try self.name("discord"), isUp: isUp, since: 7)])
    }

    static func page(_ seqs: ClosedRange<Int64>, more: Bool = false) throws -> Page {
        Page(events: try seqs.map { try self.event($0) }, more: more)
    }

    static func send(_ key: String, body: String = "Hello") throws -> PageFrame {
        .request(PageRequest(key: try self.key(key), .send(body: body)))
    }

    static let stored = PageStored(Sent(seq: 1, id: eventID(1), at: 1, duplicate: false))
}
