import GatewayKit
import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorSessionTests {
    let now = ContinuousClock.now

    enum Phase: CaseIterable, Sendable {
        case awaitingHello, opening, subscribing, catchingUp, live, closed
    }

    enum Frame: CaseIterable, Sendable {
        case hello, otherVersion, send, badSend, history, ping, unknown
    }

    /// What a list of actions comes to.
    enum Outcome: Equatable, Sendable {
        case nothing, pong, refused, open, subscribe, fetch, answer, send, told
        case closed(UInt16)
    }

    func session(_ phase: Phase, from: Int64? = nil) throws -> VisitorSession {
        var session = VisitorSession(service: try Sample.name("web"))
        if phase == .awaitingHello { return session }
        if phase == .closed {
            _ = session.receivedUnreadable("x")
            return session
        }
        _ = session.received(.hello(try Sample.hello(from: from)), at: self.now)
        if phase == .opening { return session }
        _ = session.opened(.success(Sample.opened))
        if phase == .subscribing { return session }
        let head: Int64 = phase == .catchingUp ? 150 : 0
        _ = session.subscribed(
            .success(try Sample.subscribed(head: head)), epoch: Sample.epoch)
        return session
    }

    func frame(_ frame: Frame) throws -> PageFrame {
        switch frame {
        case .hello: .hello(try Sample.hello())
        case .otherVersion: .otherVersion
        case .send: .send(PageSend(key: try Sample.key("k"), body: "Hello"))
        case .badSend: .badSend(key: try Sample.key("k"), "No text.")
        case .history: .history(.before(20))
        case .ping: .ping
        case .unknown: .unknown
        }
    }

    func outcome(_ actions: [VisitorAction]) -> Outcome {
        switch actions.last {
        case nil: .nothing
        case .close(let close): .closed(close.code)
        case .write(.pong): .pong
        case .write(.refused): .refused
        case .write(.history): .answer
        case .write: .told
        case .open: .open
        case .subscribe, .join: .subscribe
        case .history: .fetch
        case .send: .send
        }
    }

    static let frames: [(Phase, [Outcome])] = [
        (
            .awaitingHello,
            [
                .open, .closed(4426), .closed(4400), .closed(4400), .closed(4400), .pong,
                .nothing,
            ]
        ),
        (
            .opening,
            [
                .closed(4400), .closed(4400), .closed(4400), .closed(4400), .closed(4400), .pong,
                .nothing,
            ]
        ),
        (
            .subscribing,
            [
                .closed(4400), .closed(4400), .closed(4400), .closed(4400), .closed(4400), .pong,
                .nothing,
            ]
        ),
        (
            .catchingUp,
            [.closed(4400), .closed(4400), .send, .refused, .fetch, .pong, .nothing]
        ),
        (.live, [.closed(4400), .closed(4400), .send, .refused, .fetch, .pong, .nothing]),
        (.closed, [.nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .nothing]),
    ]

    @Test(arguments: Self.frames)
    func `every frame has one meaning in every state`(phase: Phase, outcomes: [Outcome]) throws {
        for (frame, expected) in zip(Frame.allCases, outcomes) {
            var session = try self.session(phase)
            let actions = session.received(try self.frame(frame), at: self.now)
            #expect(self.outcome(actions) == expected, "\(frame)")
        }
    }

    enum Answer: CaseIterable, Sendable {
        case opened, subscribed, page, sent, lost, silence, unreadable, receipt, service
    }

    func feed(_ answer: Answer, to session: inout VisitorSession) throws -> [VisitorAction] {
        switch answer {
        case .opened: session.opened(.success(Sample.opened))
        case .subscribed:
            session.subscribed(
                .success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        case .page: session.paged(.success(try Sample.page(140...150)), .catchUp)
        case .sent:
            session.sent(
                try Sample.key("k"),
                .success(Sent(seq: 1, id: Sample.eventID(1), at: 1, duplicate: false)))
        case .lost: session.brokerLost()
        case .silence: session.helloTimedOut()
        case .unreadable: session.receivedUnreadable("x")
        case .receipt:
            session.changed(Receipt(service: try Sample.name("discord"), deliveredUpTo: 9))
        case .service:
            session.changed(ServiceState(service: try Sample.name("discord"), isUp: false))
        }
    }

    static let answers: [(Phase, [Outcome])] = [
        (
            .awaitingHello,
            [
                .nothing, .nothing, .nothing, .nothing, .closed(1013), .closed(4408),
                .closed(4400), .nothing, .nothing,
            ]
        ),
        (
            .opening,
            [
                .subscribe, .nothing, .nothing, .nothing, .closed(1013), .nothing, .closed(4400),
                .nothing, .nothing,
            ]
        ),
        (
            .subscribing,
            [
                .nothing, .told, .nothing, .told, .closed(1013), .nothing, .closed(4400),
                .nothing, .nothing,
            ]
        ),
        (
            .catchingUp,
            [
                .nothing, .nothing, .told, .told, .closed(1013), .nothing, .closed(4400), .told,
                .told,
            ]
        ),
        (
            .live,
            [
                .nothing, .nothing, .nothing, .told, .closed(1013), .nothing, .closed(4400),
                .told, .told,
            ]
        ),
        (
            .closed,
            [
                .nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .nothing,
                .nothing,
            ]
        ),
    ]

    @Test(arguments: Self.answers)
    func `every answer and push has one meaning in every state`(
        phase: Phase, outcomes: [Outcome]
    ) throws {
        for (answer, expected) in zip(Answer.allCases, outcomes) {
            var session = try self.session(phase)
            let actions = try self.feed(answer, to: &session)
            #expect(self.outcome(actions) == expected, "\(answer)")
        }
    }

    static let refusals: [(Refused, UInt16)] = [
        (Refused(.credentialRefused, "x"), 4401), (Refused(.conversationGone, "x"), 4410),
        (Refused(.notFound, "x"), 4410), (Refused(.storageFailed, retry: true, "x"), 1013),
        (Refused(.fieldInvalid, "x"), 4400),
    ]

    @Test(arguments: Self.refusals)
    func `a refused visitor is told why`(refused: Refused, code: UInt16) throws {
        for phase in [Phase.opening, .subscribing] {
            var session = try self.session(phase)
            let error = GatewayError.refused(refused)
            let actions =
                phase == .opening
                ? session.opened(.failure(error))
                : session.subscribed(.failure(error), epoch: Sample.epoch)
            #expect(self.outcome(actions) == .closed(code))
            #expect(actions.count == (code == 1013 ? 1 : 2), "a word comes before the close")
        }
    }

    @Test func `a conversation is opened with name and credential and then subscribed`() throws {
        var session = try self.session(.awaitingHello)
        let hello = try Sample.hello(from: 3)
        #expect(
            session.received(.hello(hello), at: self.now) == [
                .open(
                    Open(
                        peer: hello.visitor, create: true, properties: ["name": "Ann"],
                        credential: hello.credential.hash))
            ])
        #expect(
            session.opened(.success(Sample.opened)) == [
                .join(Sample.conversation),
                .subscribe(Subscribe(conversation: Sample.conversation, from: hello.from)),
            ])
    }

    @Test(arguments: [
        ("Ann" as String?, [:] as [String: String], "Ann"), (nil, ["name": " Eve "], "Eve"),
        (nil, [:], "Visitor"),
    ])
    func `a message carries the visitor's opaque id and name`(
        name: String?, properties: [String: String], expected: String
    ) throws {
        var session = try self.session(.awaitingHello)
        _ = session.received(.hello(try Sample.hello(name: name)), at: self.now)
        var opened = Sample.opened
        opened.properties = properties
        _ = session.opened(.success(opened))
        _ = session.subscribed(.success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        let actions = session.received(try self.frame(.send), at: self.now)
        #expect(
            actions == [
                .send(
                    Send(
                        conversation: Sample.conversation, key: try Sample.key("k"),
                        author: Author(id: "v12345678", name: expected), body: "Hello"))
            ])
    }

    @Test func `a fast writer is told when to try again`() throws {
        var session = try self.session(.live)
        for _ in 0..<10 {
            #expect(
                self.outcome(session.received(try self.frame(.send), at: self.now)) == .send)
        }
        let actions = session.received(try self.frame(.send), at: self.now)
        #expect(
            actions == [
                .write(
                    .refused(
                        PageRefusal(
                            key: try Sample.key("k"), reason: .rateLimited(.milliseconds(600)))))
            ])
    }

    @Test func `live events wait for the page to catch up`() throws {
        var session = try self.session(.catchingUp)
        #expect(session.pushed(151) == false)
        let first = session.paged(.success(try Sample.page(51...150)), .catchUp)
        #expect(
            first.last
                == .history(
                    History(conversation: Sample.conversation, .after(150)), .catchUp))
        #expect(
            session.paged(.success(try Sample.page(151...151)), .catchUp)
                == [.write(.events(try Sample.page(151...151).events))])
        #expect(session.pushed(152) == true)
    }

    @Test func `questions for history are answered one after the other`() throws {
        var session = try self.session(.live)
        _ = session.received(.history(.before(20)), at: self.now)
        #expect(session.received(.history(.before(10)), at: self.now) == [])
        let page = try Sample.page(10...19, more: true)
        #expect(
            session.paged(.success(page), .asked) == [
                .write(.history(page.events, more: true)),
                .history(History(conversation: Sample.conversation, .before(10)), .asked),
            ])
    }

    @Test func `a page that asks too much at a time is closed`() throws {
        var session = try self.session(.live)
        for _ in 0..<VisitorSession.askedMax {
            _ = session.received(.history(.before(20)), at: self.now)
        }
        #expect(
            self.outcome(session.received(.history(.before(20)), at: self.now)) == .closed(4400))
    }

    @Test func `a refused message is refused to the page and a lost one is its to repeat`() throws {
        var session = try self.session(.live)
        let key = try Sample.key("k")
        let refused = Refused(.storageFull, retry: true, "The disk is full.")
        #expect(
            session.sent(key, .failure(.refused(refused)))
                == [.write(.refused(PageRefusal(key: key, reason: .init(refused))))])
        #expect(self.outcome(session.sent(key, .failure(.disconnected))) == .closed(1013))
    }
}
