import NIOCore
import Protocol
import StrictJSON
import Testing

@testable import GatewayKit

@Suite struct GatewaySessionTests {
    let start = ContinuousClock.now

    enum Phase: CaseIterable, Sendable { case greeting, active, closed }

    enum Frame: CaseIterable, Sendable {
        case welcome, brokenWelcome, pong, answer, push, brokenPush, unknown, goodbye
        case brokenGoodbye
    }

    enum Expected: Equatable, Sendable { case welcome, answer, push, close, ignore }

    func session(_ phase: Phase) throws -> GatewaySession {
        var session = GatewaySession(openedAt: self.start, silence: .seconds(15))
        if phase != .greeting {
            _ = session.received(try envelope(.welcome), at: self.start)
        }
        if phase == .closed { _ = session.disconnected() }
        return session
    }

    func envelope(_ frame: Frame) throws -> Envelope {
        switch frame {
        case .welcome: try read(Sample.welcome().encoded())
        case .brokenWelcome: try Envelope(["type": "welcome", "version": 9])
        case .pong: try read(Pong().encoded())
        case .answer: try read(Stored().encoded(request: 4))
        case .push:
            try read(ServiceState(service: Sample.name("discord"), isUp: true).encoded())
        case .brokenPush: try Envelope(["type": "event"])
        case .unknown: try Envelope(["type": "weather"])
        case .goodbye: try read(Goodbye(.shutdown, "Later.", reconnect: true).encoded())
        case .brokenGoodbye: try Envelope(["type": "goodbye"])
        }
    }

    func read(_ bytes: [UInt8]) throws -> Envelope { try Envelope(ByteBuffer(bytes: bytes)) }

    static let table: [(Phase, [Expected])] = [
        (.greeting, [.welcome, .close, .close, .close, .close, .close, .close, .close, .close]),
        (.active, [.close, .close, .ignore, .answer, .push, .close, .ignore, .close, .close]),
        (
            .closed,
            [.ignore, .ignore, .ignore, .ignore, .ignore, .ignore, .ignore, .ignore, .ignore]
        ),
    ]

    @Test(arguments: Self.table)
    func `every frame has one meaning in every state`(
        phase: Phase, expected: [Expected]
    ) throws {
        for (frame, expected) in zip(Frame.allCases, expected) {
            var session = try self.session(phase)
            let action = session.received(try self.envelope(frame), at: self.start)
            #expect(Self.kind(action) == expected, "\(frame)")
            if expected == .close, case .closed = session.state {
            } else {
                #expect(expected != .close, "\(frame) must close the session")
            }
        }
    }

    static func kind(_ action: GatewaySession.Action) -> Expected {
        switch action {
        case .welcome: .welcome
        case .answer: .answer
        case .push: .push
        case .close: .close
        case .ignore: .ignore
        }
    }

    @Test(arguments: Phase.allCases)
    func `a stream that can't be read ends the session once`(phase: Phase) throws {
        var session = try self.session(phase)
        #expect(
            session.receivedUnreadable("no frame") == (phase == .closed ? .ignore : .close))
        #expect(session.receivedUnreadable("no frame") == .ignore)
    }

    @Test func `the first reason of an end stands`() throws {
        var session = try self.session(.active)
        _ = session.received(try self.envelope(.goodbye), at: self.start)
        let goodbye = Goodbye(.shutdown, "Later.", reconnect: true)
        #expect(session.disconnected() == .goodbye(goodbye))
        #expect(session.disconnected() == .goodbye(goodbye))
    }

    @Test(arguments: [
        (Phase.greeting, 14_999, GatewaySession.Tick.nothing), (.greeting, 15_000, .close),
        (.active, 14_999, .ping), (.active, 15_000, .close), (.closed, 60_000, .nothing),
    ])
    func `a silent broker is given up at the deadline`(
        phase: Phase, after: Int, expected: GatewaySession.Tick
    ) throws {
        var session = try self.session(phase)
        #expect(session.ticked(at: self.start + .milliseconds(after)) == expected)
    }

    @Test func `an answer tells of the moment when its question was sent`() throws {
        var session = try self.session(.active)
        #expect(session.answeredAt == self.start)
        _ = session.ticked(at: self.start + .seconds(5))
        _ = session.ticked(at: self.start + .seconds(10))
        // The process stood still; both answers are read a minute later.
        _ = session.received(try self.envelope(.pong), at: self.start + .seconds(70))
        #expect(session.answeredAt == self.start + .seconds(5))
        _ = session.received(try self.envelope(.pong), at: self.start + .seconds(70))
        #expect(session.answeredAt == self.start + .seconds(10))
        _ = session.received(try self.envelope(.pong), at: self.start + .seconds(70))
        #expect(session.answeredAt == self.start + .seconds(10))
    }

    @Test(arguments: [(14_999, false, true), (15_000, false, false), (1, true, false)])
    func `effects may begin only while an answer is fresh and nobody took over`(
        age: Int, isFenced: Bool, isFresh: Bool
    ) {
        let status = BrokerStatus(
            isFenced: isFenced, answeredAt: self.start, silence: .seconds(15))
        #expect(status.isFresh(at: self.start + .milliseconds(age)) == isFresh)
        #expect(BrokerStatus(silence: .seconds(15)).isFresh(at: self.start) == false)
    }
}
