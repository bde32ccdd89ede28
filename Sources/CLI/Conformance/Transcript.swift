import Protocol
import StrictJSON

/// What the gateway did, in order: connections and frames with the time of each.
///
/// Checks judge by it, not by what a frame happens to follow.
struct Transcript {
    /// One frame that the gateway sent.
    struct Frame {
        /// Milliseconds of the suite's clock.
        var at: Int64
        /// The connection's number.
        var connection: Int
        /// The frame.
        var envelope: Envelope
    }

    /// A message that the gateway sent.
    struct Said {
        /// The number of its frame in the transcript.
        var index: Int
        var connection: Int
        var send: Send
    }

    private(set) var frames: [Frame] = []
    /// When connections were made, and their numbers.
    private(set) var arrivals: [(at: Int64, connection: Int)] = []
    /// When connections ended.
    private(set) var ends: [Int: Int64] = [:]
    private(set) var said: [Said] = []

    mutating func arrived(_ connection: Int, at now: Int64) {
        self.arrivals.append((now, connection))
    }

    mutating func ended(_ connection: Int, at now: Int64) {
        if self.ends[connection] == nil { self.ends[connection] = now }
    }

    mutating func received(_ envelope: Envelope, on connection: Int, at now: Int64) {
        if envelope.type == Send.type, let send = try? Send(envelope.fields) {
            self.said.append(
                Said(index: self.frames.count, connection: connection, send: send))
        }
        self.frames.append(Frame(at: now, connection: connection, envelope: envelope))
    }

    /// How many frames of that type came, from a frame on.
    func count(of type: String, from index: Int = 0) -> Int {
        self.frames.dropFirst(index).count { $0.envelope.type == type }
    }

    /// The sends whose body holds a text, from a frame on.
    func sends(of text: String, from index: Int = 0) -> [Said] {
        self.said.filter { $0.index >= index && $0.send.body.contains(text) }
    }

    /// Whether an event was acknowledged, or set aside, since a frame.
    func isHandled(_ seq: Int64, of conversation: ConversationID, from index: Int = 0) -> Bool {
        self.frames.dropFirst(index).contains { frame in
            switch frame.envelope.type {
            case Acknowledge.type:
                guard let acknowledge = try? Acknowledge(frame.envelope.fields) else {
                    return false
                }
                return acknowledge.conversation == conversation && acknowledge.seq >= seq
            case DeadLetter.type:
                guard let letter = try? DeadLetter(frame.envelope.fields) else { return false }
                return letter.conversation == conversation && letter.seq == seq
            default: return false
            }
        }
    }

    /// Why sends of one text aren't one message that is repeated, or `nil`.
    ///
    /// Repeating is the same key and the same content.
    static func difference(between sends: [Said]) -> String? {
        guard let first = sends.first?.send else { return nil }
        for said in sends.dropFirst() {
            let again = said.send
            if again.key != first.key {
                return "It was said under the key \(first.key), and again under \(again.key): a "
                    + "repetition keeps its key, or it stands twice."
            }
            let isSame =
                again.body.utf8.elementsEqual(first.body.utf8) && again.format == first.format
                && again.replyTo == first.replyTo && again.conversation == first.conversation
            if !isSame {
                return "It was repeated under the key \(first.key) with other content."
            }
        }
        return nil
    }
}
