import Protocol

/// Something of a visitor's that the broker is to store.
enum VisitorRequest: Equatable, Sendable {
    case send(Send)
    case edit(Edit)
    case delete(Delete)
    case requeue(Requeue)

    /// The page's own id of it.
    var key: IdempotencyKey {
        switch self {
        case .send(let send): send.key
        case .edit(let edit): edit.key
        case .delete(let delete): delete.key
        case .requeue(let requeue): requeue.key
        }
    }

    /// The conversation that it belongs to.
    var conversation: ConversationID {
        switch self {
        case .send(let send): send.conversation
        case .edit(let edit): edit.conversation
        case .delete(let delete): delete.conversation
        case .requeue(let requeue): requeue.conversation
        }
    }

    /// Whether such a refusal means that the conversation is no longer kept.
    func isGone(_ refused: Refused) -> Bool {
        switch refused.code {
        case .conversationGone: true
        // For a requeue it is the dead letter that isn't found.
        case .notFound: if case .requeue = self { false } else { true }
        default: false
        }
    }
}
