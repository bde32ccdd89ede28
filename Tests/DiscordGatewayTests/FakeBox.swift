import Protocol
import StrictJSON
import Synchronization

@testable import DiscordGateway

/// A broker in memory that keeps what it is given.
final class FakeBox: BoxConnection {
    private struct State {
        var values: [Name: JSONValue] = [:]
        var bindings: [ConversationID: PeerID] = [:]
        var marks: [ConversationID: Mark] = [:]
        var sent: [Send] = []
        var seen: [ConversationID: Int64] = [:]
        var refusals: [Refused] = []
        var isFresh = true
        var credit = 0
    }

    private let state = Mutex(State())

    var sent: [Send] { self.state.withLock { $0.sent } }
    var credit: Int { self.state.withLock { $0.credit } }

    func mark(of conversation: ConversationID) -> Mark? {
        self.state.withLock { $0.marks[conversation] }
    }

    func seen(of conversation: ConversationID) -> Int64? {
        self.state.withLock { $0.seen[conversation] }
    }

    func peer(of conversation: ConversationID) -> PeerID? {
        self.state.withLock { $0.bindings[conversation] }
    }

    func value(named name: String) -> JSONValue? {
        Name(name).flatMap { key in self.state.withLock { $0.values[key] } }
    }

    func refuseNext(_ refused: Refused) { self.state.withLock { $0.refusals.append(refused) } }

    func fallSilent() { self.state.withLock { $0.isFresh = false } }

    func bind(
        _ conversation: ConversationID, to peer: PeerID, replacing: PeerID?
    ) async throws {
        try self.state.withLock { state in
            if let known = state.bindings[conversation], known != peer, known != replacing {
                throw Refused(.bindingConflict, "It is bound to another post.")
            }
            state.bindings[conversation] = peer
        }
    }

    func send(_ message: Send) async throws {
        try self.state.withLock { state in
            if !state.refusals.isEmpty { throw state.refusals.removeFirst() }
            guard !state.sent.contains(where: { $0.key == message.key }) else { return }
            state.sent.append(message)
            if let mark = message.mark { Self.move(&state, message.conversation, mark) }
        }
    }

    func mark(_ conversation: ConversationID, at mark: Mark) async throws {
        self.state.withLock { Self.move(&$0, conversation, mark) }
    }

    func allBindings() async throws -> [Bindings.Binding] {
        self.state.withLock { state in
            state.bindings.map { conversation, peer in
                .init(
                    conversation: conversation, peer: peer, mark: state.marks[conversation],
                    handled: 0)
            }
        }
    }

    func value(of key: Name) async throws -> JSONValue {
        self.state.withLock { $0.values[key] ?? .null }
    }

    func keep(_ value: JSONValue, as key: Name) async throws {
        self.state.withLock { state in
            if value == .null {
                state.values.removeValue(forKey: key)
            } else {
                state.values[key] = value
            }
        }
    }

    func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws {
        self.state.withLock { $0.seen[conversation] = seq }
    }

    func setCredit(_ conversations: Int) { self.state.withLock { $0.credit = conversations } }

    var isFresh: Bool { self.state.withLock { $0.isFresh } }

    private static func move(_ state: inout State, _ conversation: ConversationID, _ mark: Mark) {
        state.marks[conversation] = max(state.marks[conversation] ?? mark, mark)
    }
}
