/// Everything that the broker says without being asked.
public enum BrokerPush: Equatable, Sendable {
    case delivery(Delivery)
    case event(EventPush)
    case receipt(ReceiptPush)
    case serviceState(ServiceState)
    case storageState(StorageState)
    case conversationState(ConversationStatePush)
    case conversationGone(ConversationGone)
    case signal(SignalPush)
    case lagged(Lagged)

    /// Reads a push; `nil` if its type isn't known.
    ///
    /// - Throws: `FieldError` if a member isn't what it must be.
    public init?(_ envelope: Envelope) throws(FieldError) {
        let fields = envelope.fields
        switch envelope.type {
        case Delivery.type: self = .delivery(try Delivery(fields))
        case EventPush.type: self = .event(try EventPush(fields))
        case ReceiptPush.type: self = .receipt(try ReceiptPush(fields))
        case ServiceState.type: self = .serviceState(try ServiceState(fields))
        case StorageState.type: self = .storageState(try StorageState(fields))
        case ConversationStatePush.type:
            self = .conversationState(try ConversationStatePush(fields))
        case ConversationGone.type: self = .conversationGone(try ConversationGone(fields))
        case SignalPush.type: self = .signal(try SignalPush(fields))
        case Lagged.type: self = .lagged(try Lagged(fields))
        default: return nil
        }
    }
}
