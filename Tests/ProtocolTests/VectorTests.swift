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
        #expect(Self.names("valid").count >= 39)
        #expect(Self.names("invalid").count >= 24)
    }

    @Test(arguments: VectorTests.names("valid"))
    func `a valid frame is read and written back`(name: String) throws {
        let frame = try #require(try Self.vector("valid", name)["frame"])
        let envelope = try Envelope(Self.body(JSONWriter.encode(frame)))
        let message = try Self.read(envelope, isBindingsRequest: name.hasPrefix("list-"))
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
            _ = try self.read(try Envelope(self.body(body)), isBindingsRequest: true)
            return nil
        } catch let error as EnvelopeError {
            return error.code
        } catch {
            return error is FieldError ? .fieldInvalid : nil
        }
    }

    /// Reads a message of any type.
    static func read(
        _ envelope: Envelope, isBindingsRequest: Bool
    ) throws -> any WireMessage {
        let kinds: [any WireMessage.Type] = [
            Hello.self, Welcome.self, Ping.self, Pong.self, Goodbye.self, Refused.self,
            Open.self, Opened.self, Bind.self, Bound.self, Send.self, Sent.self, History.self,
            Page.self, Subscribe.self, Subscribed.self, Unsubscribe.self, Unsubscribed.self,
            Acknowledge.self, Acknowledged.self, NegativeAcknowledge.self, Released.self,
            DeadLetter.self, Report.self, Reported.self, SetMark.self, Marked.self,
            isBindingsRequest ? ListBindings.self : Bindings.self, Put.self, Stored.self,
            Get.self, Value.self, Credit.self, Delivery.self, EventPush.self, ReceiptPush.self,
            ServiceState.self,
        ]
        let kind = try #require(kinds.first { $0.type == envelope.type })
        return try kind.init(envelope.fields)
    }
}
