import NIOCore
import Protocol

/// What must hold of any bytes that come as the body of a frame.
enum MessageProperty {
    private static let kinds: [any WireMessage.Type] = [
        Hello.self, Ping.self, Goodbye.self, Credit.self, Signal.self,
        Open.self, Bind.self, SetProperties.self, AddCredential.self, RevokeCredential.self,
        Send.self, Edit.self, Delete.self, Close.self, Reopen.self, Block.self, Requeue.self,
        History.self, Subscribe.self, Unsubscribe.self, Acknowledge.self,
        NegativeAcknowledge.self, DeadLetter.self, Report.self, ListReceipts.self, SetMark.self,
        ListBindings.self, Known.self, Put.self, Get.self, PutPicture.self, GetPicture.self,
        GetStatus.self, Backup.self, ListDeadLetters.self, DropDeadLetter.self,
        Erase.self, GetErasure.self, Find.self,
        Welcome.self, Pong.self, Refused.self, Opened.self, Bound.self,
        PropertiesAnswer.self, CredentialAdded.self, CredentialRevoked.self, Sent.self,
        Deleted.self, StateSet.self, BlockSet.self, Page.self, Subscribed.self,
        Unsubscribed.self, Acknowledged.self, Released.self, Reported.self, ReceiptPage.self,
        Marked.self, Bindings.self, KnownIDs.self, Stored.self, Value.self, Picture.self,
        Status.self, BackedUp.self, DeadLetters.self, Dropped.self, Delivery.self,
        EventPush.self, ReceiptPush.self, ServiceState.self, StorageState.self,
        ConversationStatePush.self,
        SignalPush.self, Lagged.self, Erasure.self, Found.self, ConversationGone.self,
    ]

    /// What doesn't hold, or `nil`.
    static func violation(of bytes: [UInt8]) -> String? {
        guard let envelope = try? Envelope(ByteBuffer(bytes: bytes)) else { return nil }
        _ = try? GatewayRequest(envelope)
        _ = try? BrokerPush(envelope)
        for kind in self.kinds where kind.type == envelope.type {
            if let violation = self.violation(of: envelope, as: kind) {
                return "\(kind): \(violation)"
            }
        }
        return nil
    }

    private static func violation<Kind: WireMessage>(
        of envelope: Envelope, as kind: Kind.Type
    ) -> String? {
        guard let message = try? kind.init(envelope.fields) else { return nil }
        let written = message.encoded(request: envelope.request)
        guard let again = try? Envelope(ByteBuffer(bytes: written)) else {
            return "what was written isn't read"
        }
        guard again.type == envelope.type, again.request == envelope.request else {
            return "type or request are others"
        }
        guard let same = try? kind.init(again.fields) else { return "a member isn't read again" }
        return same == message ? nil : "it is read as another message"
    }
}
