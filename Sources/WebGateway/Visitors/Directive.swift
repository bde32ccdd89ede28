import NIOCore
import Protocol

/// What the shell does for the directory.
enum Directive: Equatable, Sendable {
    case write(SocketID, ByteBuffer)
    /// The same: something is refused to a page, with this code.
    case refuse(SocketID, ByteBuffer, code: String)
    case close(SocketID, PageClose)
    /// Ask the broker; the answer goes to the directory's function of that name.
    case open(SocketID, Open)
    case subscribe(SocketID, Subscribe)
    case resubscribe(Subscribe)
    case history(SocketID, History, HistoryPurpose)
    case submit(SocketID, VisitorRequest)
    /// Tell the broker; no answer matters.
    case unsubscribe(ConversationID)
    case report(Report)
    case signal(Signal)
    /// Come back with `reportsDue` after so long.
    case wait(ConversationID, Duration)

    /// Whether it needs the broker's connection.
    var isForBroker: Bool {
        switch self {
        case .write, .refuse, .close, .wait: false
        case .open, .subscribe, .resubscribe, .history, .submit, .unsubscribe, .report, .signal:
            true
        }
    }
}
