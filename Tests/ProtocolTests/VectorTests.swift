import Foundation
import NIOCore
import Protocol
import StrictJSON
import Testing

/// The golden frames under Tests/Vectors, which freeze the protocol and serve other languages.
@Suite struct VectorTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Vectors")

    static func names(_ kind: String) -> [String] {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: self.folder.appending(path: kind).path(percentEncoded: false))
        return (files ?? []).sorted()
    }

    static func vector(_ kind: String, _ name: String) throws -> JSONObject {
        let bytes = try Data(contentsOf: self.folder.appending(path: "\(kind)/\(name)"))
        return try #require(try JSONParser.parse(Array(bytes)).object)
    }

    static func body(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }

    @Test func `the vectors are there`() {
        #expect(Self.names("valid").count >= 80)
        #expect(Self.names("invalid").count >= 38)
    }

    @Test(arguments: VectorTests.names("valid"))
    func `a valid frame is read and written back`(name: String) throws {
        let vector = try Self.vector("valid", name)
        let frame = try #require(vector["frame"])
        let envelope = try Envelope(Self.body(JSONWriter.encode(frame)))
        let message = try Self.read(envelope, from: vector["from"]?.string ?? "")
        let written = try JSONParser.parse(message.encoded(request: envelope.request))
        #expect(written == frame)
    }

    @Test(arguments: VectorTests.names("invalid"))
    func `an invalid frame is refused with its code`(name: String) throws {
        let vector = try Self.vector("invalid", name)
        let body = Array(try #require(vector["body"]?.string).utf8)
        #expect(Self.refusal(body)?.text == vector["code"]?.string)
    }

    /// The code with which a body is refused, or `nil` if it isn't.
    static func refusal(_ body: [UInt8]) -> ErrorCode? {
        do {
            _ = try self.read(try Envelope(self.body(body)), from: "gateway")
            return nil
        } catch let error as EnvelopeError {
            return error.code
        } catch {
            return error is FieldError ? .fieldInvalid : nil
        }
    }

    /// What a gateway says.
    static let requests: [any WireMessage.Type] = [
        Hello.self, Ping.self, Goodbye.self, Credit.self, Signal.self,
        Open.self, Bind.self, SetProperties.self, AddCredential.self, RevokeCredential.self,
        Send.self, Edit.self, Delete.self, Close.self, Reopen.self, Block.self, Requeue.self,
        History.self, Subscribe.self, Unsubscribe.self, Acknowledge.self,
        NegativeAcknowledge.self, DeadLetter.self, Report.self, ListReceipts.self, SetMark.self,
        ListBindings.self, Known.self, Put.self, Get.self, PutPicture.self, GetPicture.self,
        GetStatus.self, Backup.self, ListDeadLetters.self, DropDeadLetter.self,
        Erase.self, GetErasure.self, Find.self,
    ]

    /// What the broker says.
    static let answers: [any WireMessage.Type] = [
        Welcome.self, Pong.self, Goodbye.self, Refused.self, Opened.self, Bound.self,
        PropertiesAnswer.self, CredentialAdded.self, CredentialRevoked.self, Sent.self,
        Deleted.self, StateSet.self, BlockSet.self, Page.self, Subscribed.self,
        Unsubscribed.self, Acknowledged.self, Released.self, Reported.self, ReceiptPage.self,
        Marked.self, Bindings.self, KnownIDs.self, Stored.self, Value.self, Picture.self,
        Status.self, BackedUp.self, DeadLetters.self, Dropped.self, Delivery.self,
        EventPush.self, ReceiptPush.self, ServiceState.self, StorageState.self,
        ConversationStatePush.self,
        SignalPush.self, Lagged.self, Erasure.self, Found.self, ConversationGone.self,
    ]

    /// Reads a message of any type that one side says.
    static func read(_ envelope: Envelope, from side: String) throws -> any WireMessage {
        let kinds = side == "gateway" ? self.requests : self.answers
        let kind = try #require(kinds.first { $0.type == envelope.type })
        return try kind.init(envelope.fields)
    }

    @Test func `every kind of message has a golden frame`() throws {
        var seen: Set<String> = []
        for name in Self.names("valid") {
            let vector = try Self.vector("valid", name)
            let type = vector["frame"]?.object?["type"]?.string ?? ""
            seen.insert("\(vector["from"]?.string ?? "") \(type)")
        }
        for kind in Self.requests where kind.type != "goodbye" {
            #expect(seen.contains("gateway \(kind.type)"))
        }
        for kind in Self.answers where kind.type != "goodbye" {
            #expect(seen.contains("broker \(kind.type)"))
        }
    }
}
