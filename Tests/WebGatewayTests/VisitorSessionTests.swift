import GatewayKit
import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorSessionTests {
    static let frames: [PageFrame] = {
        guard let hello = try? Sample.hello(), let send = try? Sample.send("k"),
            let key = IdempotencyKey("k"), let other = IdempotencyKey("o")
        else { return [] }
        return [
            .hello(hello), .otherVersion, send,
            .request(PageRequest(key: key, .edit(target: other, revision: 1, body: "x"))),
            .request(PageRequest(key: key, .delete(target: other))),
            .request(PageRequest(key: key, .requeue(seq: 1))), .badRequest(key: key, "No text."),
            .history(.before(20)), .report(PageReport(seenUpTo: 1)), .typing, .visible(false),
            .ping, .unknown,
        ]
    }()

    /// What each of the frames comes to.
    static let early: [Outcome] =
        [.closed(4400), .closed(4400)] + Array(repeating: .closed(4400), count: 8)
        + [.nothing, .pong, .nothing]
    static let welcomed: [Outcome] = [
        .closed(4400), .closed(4400), .submit, .submit, .submit, .submit, .refused, .fetch,
        .report, .signal, .looked, .pong, .nothing,
    ]
    static let table: [(Phase, [Outcome])] = [
        (
            .awaitingHello,
            [.open, .closed(4426)] + Array(repeating: .closed(4400), count: 9) + [.pong, .nothing]
        ),
        (.opening, early), (.creating, early), (.subscribing, early), (.catchingUp, welcomed),
        (.live, welcomed), (.lagging, welcomed), (.closed, Array(repeating: .nothing, count: 13)),
    ]

    @Test(arguments: table)
    func `every frame has one meaning in every state`(phase: Phase, outcomes: [Outcome]) throws {
        #expect(Self.frames.count == outcomes.count)
        for (frame, expected) in zip(Self.frames, outcomes) {
            var session = try phase.session()
            #expect(Outcome(session.received(frame)) == expected, "\(frame)")
        }
    }

    enum Answer: CaseIterable, Sendable {
        case opened, notFound, subscribed, page, stored, resubscribed, lost, silence, mistake
        case receipt, service, state, typing, live
    }

    func feed(_ answer: Answer, to session: inout VisitorSession) throws -> [VisitorAction] {
        let discord = try Sample.name("discord")
        switch answer {
        case .opened: return session.opened(.success(Sample.opened))
        case .notFound: return session.opened(Sample.notFound)
        case .subscribed:
            return session.subscribed(
                .success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        case .page: return session.paged(.success(try Sample.page(140...150)), .catchUp)
        case .stored:
            let request = VisitorRequest.delete(
                Delete(
                    conversation: Sample.conversation, key: try Sample.key("k"),
                    target: try Sample.key("o"), author: Author(id: "v", name: "Ann")))
            return session.answered(request, .success(Sample.stored))
        case .resubscribed:
            return session.resubscribed(.success(try Sample.subscribed(head: 9)))
        case .lost: return session.brokerLost()
        case .silence: return session.helloTimedOut()
        case .mistake: return session.turnedAway(.badMessage("x"))
        case .receipt: return session.changed(Receipt(service: discord, deliveredUpTo: 9))
        case .service: return session.changed(ServiceState(service: discord, isUp: false))
        case .state: return session.changed(.blocked)
        case .typing: return session.teamTypes("Sam")
        case .live: return session.pushed(151) ? [.write(.pong)] : []
        }
    }

    static let answers: [(Phase, [Outcome])] = [
        (
            .awaitingHello,
            [
                .nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .closed(1013),
                .closed(4408), .closed(4400), .nothing, .nothing, .nothing, .nothing, .nothing,
            ]
        ),
        (
            .opening,
            [
                .subscribe, .create, .nothing, .nothing, .nothing, .nothing, .closed(1013),
                .nothing, .closed(4400), .nothing, .nothing, .nothing, .nothing, .nothing,
            ]
        ),
        (
            .creating,
            [
                .subscribe, .closed(4410), .nothing, .nothing, .nothing, .nothing,
                .closed(1013), .nothing, .closed(4400), .nothing, .nothing, .nothing, .nothing,
                .nothing,
            ]
        ),
        (
            .subscribing,
            [
                .nothing, .nothing, .looked, .nothing, .told, .nothing, .closed(1013), .nothing,
                .closed(4400), .nothing, .nothing, .nothing, .nothing, .nothing,
            ]
        ),
        (
            .catchingUp,
            [
                .nothing, .nothing, .nothing, .told, .told, .nothing, .closed(1013), .nothing,
                .closed(4400), .told, .told, .told, .told, .nothing,
            ]
        ),
        (
            .live,
            [
                .nothing, .nothing, .nothing, .nothing, .told, .nothing, .closed(1013), .nothing,
                .closed(4400), .told, .told, .told, .told, .pong,
            ]
        ),
        (
            .lagging,
            [
                .nothing, .nothing, .nothing, .nothing, .told, .fetch, .closed(1013), .nothing,
                .closed(4400), .told, .told, .told, .told, .nothing,
            ]
        ),
        (.closed, Array(repeating: .nothing, count: 14)),
    ]

    @Test(arguments: answers)
    func `every answer and push has one meaning in every state`(
        phase: Phase, outcomes: [Outcome]
    ) throws {
        #expect(Answer.allCases.count == outcomes.count)
        for (answer, expected) in zip(Answer.allCases, outcomes) {
            var session = try phase.session()
            let actions = try self.feed(answer, to: &session)
            #expect(Outcome(actions) == expected, "\(answer)")
        }
    }

    static let refusals: [(Refused, UInt16)] = [
        (Refused(.credentialRefused, "x"), 4401), (Refused(.conversationGone, "x"), 4410),
        (Refused(.storageFailed, retry: true, "x"), 1013), (Refused(.fieldInvalid, "x"), 4400),
    ]

    @Test(arguments: refusals)
    func `a refused visitor is told why`(refused: Refused, code: UInt16) throws {
        for phase in [Phase.opening, .creating, .subscribing, .lagging] {
            var session = try phase.session()
            let error = GatewayError.refused(refused)
            let actions =
                switch phase {
                case .subscribing: session.subscribed(.failure(error), epoch: Sample.epoch)
                case .lagging: session.resubscribed(.failure(error))
                default: session.opened(.failure(error))
                }
            #expect(Outcome(actions) == .closed(code), "\(phase)")
            #expect(actions.count == (code == 1013 ? 1 : 2), "a word comes before the close")
        }
    }

    @Test func `a conversation is looked for, made if it is new, and subscribed`() throws {
        var session = try Phase.awaitingHello.session()
        let hello = try Sample.hello(from: 3)
        var open = Open(
            peer: hello.visitor, create: false, properties: ["name": "Ann"],
            credential: hello.credential.hash)
        #expect(session.received(.hello(hello)) == [.open(open)])
        open.create = true
        #expect(session.opened(Sample.notFound) == [.create(open)])
        #expect(
            session.opened(.success(Sample.opened)) == [
                .join(Sample.conversation),
                .subscribe(Subscribe(conversation: Sample.conversation, from: hello.from)),
            ])
    }

    @Test func `a page that was welcomed before is no new visitor`() throws {
        var session = try Phase.awaitingHello.session()
        _ = session.received(.hello(try Sample.hello(create: false)))
        #expect(Outcome(session.opened(Sample.notFound)) == .closed(4410))
    }

    @Test(arguments: [
        ("Ann" as String?, [:] as [String: String], "Ann"), (nil, ["name": " Eve "], "Eve"),
        (nil, [:], "Visitor"),
    ])
    func `what a visitor says carries an opaque id and a name`(
        name: String?, properties: [String: String], expected: String
    ) throws {
        var session = try Phase.awaitingHello.session()
        _ = session.received(.hello(try Sample.hello(name: name)))
        var opened = Sample.opened
        opened.properties = properties
        _ = session.opened(.success(opened))
        let arrival = session.subscribed(
            .success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        #expect(
            arrival.contains(
                .signal(Signal(conversation: Sample.conversation, kind: .access))))
        let author = Author(id: "v12345678", name: expected)
        #expect(
            session.received(try Sample.send("k")) == [
                .submit(
                    .send(
                        Send(
                            conversation: Sample.conversation, key: try Sample.key("k"),
                            author: author, body: "Hello")))
            ])
        #expect(
            session.received(.typing) == [
                .signal(
                    Signal(conversation: Sample.conversation, kind: .typing, name: expected))
            ])
    }

    @Test func `what a page has stored goes to the broker as it stands`() throws {
        var session = try Phase.live.session()
        let (key, target) = (try Sample.key("k"), try Sample.key("o"))
        let author = Author(id: "v12345678", name: "Ann")
        let edit = PageRequest(key: key, .edit(target: target, revision: 2, body: "new"))
        #expect(
            session.received(.request(edit)) == [
                .submit(
                    .edit(
                        Edit(
                            conversation: Sample.conversation, key: key, target: target,
                            revision: 2, author: author, body: "new")))
            ])
        #expect(
            session.received(.request(PageRequest(key: key, .delete(target: target)))) == [
                .submit(
                    .delete(
                        Delete(
                            conversation: Sample.conversation, key: key, target: target,
                            author: author)))
            ])
        #expect(
            session.received(.request(PageRequest(key: key, .requeue(seq: 3)))) == [
                .submit(
                    .requeue(
                        Requeue(
                            conversation: Sample.conversation,
                            service: try Sample.name("discord"), seq: 3, key: key)))
            ])
        let empty = PageRequest(key: key, .edit(target: target, revision: 3, body: " "))
        #expect(
            session.received(.request(empty))
                == [.write(.refused(PageRefusal(key: key, reason: .messageEmpty)))])
    }

    @Test func `a text goes to the broker byte for byte, however it looks`() throws {
        var session = try Phase.live.session()
        let body =
            "a" + String(repeating: "\u{301}", count: 3_000)
            + " \u{202E}é e\u{301} <script>\r\nAgent: 4111 1111 1111 1111\u{1B}[2J"
        let request = PageRequest(key: try Sample.key("k"), .send(body: body))
        guard case .submit(.send(let send))? = session.received(.request(request)).first else {
            Issue.record("It must be sent.")
            return
        }
        // Texts that are canonically equivalent count as equal: bytes don't.
        #expect(Array(send.body.utf8) == Array(body.utf8))
        #expect(send.sentAt == nil)
    }

    @Test func `without another service there is nobody to try again`() throws {
        var session = try Phase.subscribing.session()
        var alone = try Sample.subscribed(head: 0)
        alone.receipts = []
        alone.services = []
        _ = session.subscribed(.success(alone), epoch: Sample.epoch)
        let key = try Sample.key("k")
        #expect(
            session.received(.request(PageRequest(key: key, .requeue(seq: 3))))
                == [.write(.refused(PageRefusal(key: key, reason: .nothingToRequeue)))])
    }

    @Test func `a refused request is refused to the page and a lost one is its to repeat`() throws {
        var session = try Phase.live.session()
        let key = try Sample.key("k")
        let requeue = VisitorRequest.requeue(
            Requeue(
                conversation: Sample.conversation, service: try Sample.name("discord"), seq: 3,
                key: key))
        let send = VisitorRequest.send(
            Send(
                conversation: Sample.conversation, key: key, author: Author(id: "v", name: "A"),
                body: "x"))
        let full = Refused(.storageFull, retry: true, "The disk is full.")
        #expect(
            session.answered(send, .failure(.refused(full)))
                == [.write(.refused(PageRefusal(key: key, reason: .init(full))))])
        let none = Refused(.notFound, "No such dead letter.")
        #expect(
            session.answered(requeue, .failure(.refused(none)))
                == [.write(.refused(PageRefusal(key: key, reason: .init(none))))])
        var other = session
        #expect(Outcome(other.answered(send, .failure(.refused(none)))) == .closed(4410))
        #expect(Outcome(session.answered(send, .failure(.disconnected))) == .closed(1013))
    }

    @Test func `a page in sight is told from one that isn't`() throws {
        var session = try Phase.live.session(isVisible: false)
        #expect(!session.isLooking)
        #expect(session.received(.visible(true)) == [.looked])
        #expect(session.isLooking)
        #expect(session.received(.visible(true)) == [])
        var early = try Phase.subscribing.session(isVisible: false)
        _ = early.received(.visible(true))
        #expect(!early.isLooking)
        _ = early.subscribed(.success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        #expect(early.isLooking)
    }
}
