import NIOCore
import Protocol
import StrictJSON
import Testing

@testable import Broker

@Suite struct GatewayConnectionStateTests {
    static let hello = """
        {"type":"hello","versions":{"min":1,"max":1},"box":"main","service":"web",
        "instance":"i","mode":"reader","agent":"t"}
        """
    static let signal = """
        {"type":"signal","conversation":"5e0c0000-0000-5000-8000-000000000000","kind":"typing"}
        """
    static let get = #"{"type":"get","request":1,"key":"k"}"#

    enum Phase: CaseIterable { case awaitingHello, awaitingWelcome, active, closed }

    func state(_ phase: Phase) throws -> GatewayConnectionState {
        var state = GatewayConnectionState()
        if phase == .awaitingHello { return state }
        _ = state.received(self.envelope(Self.hello))
        if phase == .awaitingWelcome { return state }
        let service = ServiceRow(id: 1, name: try name("web"))
        state.welcomed(
            Session(
                connection: ConnectionID(number: 1), box: try name("main"), service: service,
                mode: .reader, generation: 0))
        if phase == .closed { state.ended(inOrder: true) }
        return state
    }

    func envelope(_ text: String) -> Result<Envelope, EnvelopeError> {
        Result { () throws(EnvelopeError) in try Envelope(ByteBuffer(string: text)) }
    }

    /// What an action comes to, as a text that a test can compare.
    func described(_ action: GatewayConnectionState.FrameAction) throws -> String {
        switch action {
        case .hello: return "hello"
        case .submit(.request(_, let number, _)): return "request \(number)"
        case .submit(.credit(_, let credit)): return "credit \(credit.conversations)"
        case .submit(.signal): return "signal"
        case .submit: return "submit"
        case .reply(let body):
            let object = try #require(try JSONParser.parse(body).object)
            return [object["type"]?.string, object["code"]?.string].compactMap { $0 }
                .joined(separator: " ")
        case .end(let goodbye): return "end \(goodbye.code)"
        case .ignore: return "ignore"
        }
    }

    @Test(arguments: [
        (Phase.awaitingHello, GatewayConnectionStateTests.hello, "hello"),
        (.awaitingHello, GatewayConnectionStateTests.get, "end hello_required"),
        (.awaitingHello, #"{"type":"ping"}"#, "end hello_required"),
        (.awaitingHello, #"{"type":"hello"}"#, "end hello_invalid"),
        (.awaitingHello, "[]", "end frame_not_object"),
        (.awaitingHello, "{", "end json_invalid"),
        (.awaitingWelcome, GatewayConnectionStateTests.get, "ignore"),
        (.awaitingWelcome, "{", "ignore"),
        (.active, GatewayConnectionStateTests.get, "request 1"),
        (.active, #"{"type":"ping"}"#, "pong"),
        (.active, #"{"type":"pong"}"#, "ignore"),
        (.active, #"{"type":"credit","conversations":3}"#, "credit 3"),
        (.active, #"{"type":"credit","conversations":-1}"#, "end field_invalid"),
        (.active, #"{"type":"credit","conversations":1000000000}"#, "end field_invalid"),
        (.active, GatewayConnectionStateTests.signal, "signal"),
        (.active, #"{"type":"signal","kind":"typing"}"#, "end field_invalid"),
        (.active, #"{"type":"get_status","request":1}"#, "refused not_allowed"),
        (.active, #"{"type":"receipts","request":1,"after":0}"#, "refused not_allowed"),
        (.active, GatewayConnectionStateTests.hello, "end hello_repeated"),
        (.active, #"{"type":"goodbye","code":"shutdown","message":"m"}"#, "ignore"),
        (.active, #"{"type":"news"}"#, "ignore"),
        (.active, #"{"type":"news","request":1}"#, "refused unknown_type"),
        (.active, #"{"type":"get","request":1}"#, "refused field_invalid"),
        (.active, #"{"type":"get","request":-1}"#, "end request_invalid"),
        (.active, "{}", "end type_missing"),
        (.active, "{", "end json_invalid"),
        (.closed, GatewayConnectionStateTests.get, "ignore"),
        (.closed, "{", "ignore"),
    ])
    func `each frame has its answer in each phase`(
        phase: Phase, frame: String, expected: String
    ) throws {
        var state = try self.state(phase)
        #expect(try self.described(state.received(self.envelope(frame))) == expected)
    }

    @Test(arguments: [
        (Phase.awaitingHello, true), (.awaitingWelcome, false), (.active, true), (.closed, false),
    ])
    func `frames are read only when they can be answered`(phase: Phase, reads: Bool) throws {
        #expect(try self.state(phase).readsFrames == reads)
    }

    @Test func `the 129th unanswered request is refused, and answers make room`() throws {
        var state = try self.state(.active)
        for _ in 1...128 {
            #expect(try self.described(state.received(self.envelope(Self.get))) == "request 1")
        }
        #expect(
            try self.described(state.received(self.envelope(Self.get))) == "refused overloaded")
        state.answered(1)
        #expect(try self.described(state.received(self.envelope(Self.get))) == "request 1")
    }

    /// A request of each group, and the modes that may ask it.
    @Test(arguments: [
        (GatewayRequest.getStatus(GetStatus()), [Mode.admin]),
        (.listDeadLetters(ListDeadLetters()), [.admin]),
        (.receipts(ListReceipts(after: 0)), [.consumer]),
        (.bindings(ListBindings()), [.consumer, .reader]),
    ])
    func `each mode may ask its own requests only`(request: GatewayRequest, allowed: [Mode]) {
        for mode in [Mode.consumer, .reader, .admin] {
            #expect((request.refusal(in: mode) == nil) == allowed.contains(mode))
            #expect(request.refusal(in: mode).map { $0.code == .notAllowed } ?? true)
        }
    }

    @Test func `a connection is lost unless somebody said goodbye`() throws {
        let goodbye = #"{"type":"goodbye","code":"shutdown","message":"m"}"#
        var ended = try self.state(.active)
        _ = ended.received(self.envelope(goodbye))
        ended.ended(inOrder: false)
        #expect(ended.hasEndedInOrder)
        var refused = try self.state(.active)
        _ = refused.received(self.envelope("{"))
        #expect(refused.hasEndedInOrder)
        var lost = try self.state(.active)
        lost.ended(inOrder: false)
        #expect(!lost.hasEndedInOrder)
    }
}
