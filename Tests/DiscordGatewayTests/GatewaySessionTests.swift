import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct GatewaySessionTests {
    private static let stored = GatewayResumption(session: "s", url: "wss://r", sequence: 41)

    private func ready(_ sequence: Int64 = 1) -> GatewayPayload {
        .dispatch(
            sequence: sequence, event: "READY",
            data: ["session_id": "new", "resume_gateway_url": "wss://resume"])
    }

    private func message(_ sequence: Int64) -> GatewayPayload {
        .dispatch(sequence: sequence, event: "MESSAGE_CREATE", data: .null)
    }

    /// A session that stands, after IDENTIFY.
    private func standing() -> GatewaySession {
        var session = GatewaySession(resumption: nil)
        session.opened()
        _ = session.received(.hello(interval: .seconds(40)), jitter: 0)
        _ = session.received(self.ready(), jitter: 0)
        return session
    }

    @Test
    func `without a session HELLO is answered by IDENTIFY, and heartbeats begin with a jitter`() {
        var session = GatewaySession(resumption: nil)
        #expect(session.approach == .identify)
        session.opened()
        #expect(
            session.received(.hello(interval: .seconds(40)), jitter: 0.25) == [
                .beat(first: .seconds(10), interval: .seconds(40)), .send(.identify),
            ])
        #expect(session.received(self.ready(), jitter: 0).last == .ready(resumed: false))
        #expect(session.current == .init(session: "new", url: "wss://resume", sequence: 1))
    }

    @Test
    func `a stored session is resumed at its own address and number`() {
        var session = GatewaySession(resumption: Self.stored)
        #expect(session.approach == .resume(url: "wss://r"))
        session.opened()
        #expect(
            session.received(.hello(interval: .seconds(40)), jitter: 0).last
                == .send(.resume(Self.stored)))
        _ = session.received(self.message(42), jitter: 0)
        let resumed = GatewayPayload.dispatch(sequence: 43, event: "RESUMED", data: .null)
        #expect(session.received(resumed, jitter: 0).last == .ready(resumed: true))
        #expect(session.current?.sequence == 43)
    }

    @Test
    func `heartbeats name the newest number, and one without an answer drops the connection`() {
        var session = self.standing()
        _ = session.received(self.message(7), jitter: 0)
        _ = session.received(self.message(5), jitter: 0)
        #expect(session.heartbeatDue() == .send(.heartbeat(sequence: 7)))
        _ = session.received(.acknowledged, jitter: 0)
        #expect(session.heartbeatDue() == .send(.heartbeat(sequence: 7)))
        #expect(session.heartbeatDue() == .drop)
        #expect(session.closed(code: nil, jitter: 0).closure == .resume)
        #expect(session.approach == .resume(url: "wss://resume"))
    }

    @Test
    func `a heartbeat that Discord asks for is answered at once`() {
        var session = self.standing()
        #expect(session.received(.heartbeat, jitter: 0) == [.send(.heartbeat(sequence: 1))])
    }

    @Test(arguments: [
        (GatewayPayload.reconnect, true), (.invalidSession(resumable: true), true),
        (.invalidSession(resumable: false), false),
    ])
    func `Discord's wish to reconnect drops the connection and keeps the session if it may`(
        payload: GatewayPayload, keeps: Bool
    ) {
        var session = self.standing()
        #expect(session.received(payload, jitter: 0) == [.drop])
        let (closure, wait) = session.closed(code: nil, jitter: 0.5)
        #expect(closure == (keeps ? .resume : .identify))
        #expect((session.current != nil) == keeps)
        if !keeps { #expect(wait >= .seconds(1) && wait <= .seconds(5)) }
    }

    @Test
    func `a reconnect asked for in place of HELLO is obeyed`() {
        var session = GatewaySession(resumption: Self.stored)
        session.opened()
        #expect(session.received(.reconnect, jitter: 0) == [.drop])
        #expect(session.closed(code: nil, jitter: 0).closure == .resume)
    }

    @Test
    func `a resumption that nobody answers gives way to a new session`() {
        var session = GatewaySession(resumption: Self.stored)
        session.opened()
        _ = session.received(.hello(interval: .seconds(40)), jitter: 0)
        #expect(session.timedOut() == true)
        #expect(session.closed(code: nil, jitter: 0).closure == .identify)
        #expect(session.approach == .identify)
    }

    @Test
    func `a silent opening is given up and the session kept; a standing one is left alone`() {
        var session = GatewaySession(resumption: Self.stored)
        session.opened()
        #expect(session.timedOut() == true)
        #expect(session.closed(code: nil, jitter: 0).closure == .resume)
        var standing = self.standing()
        #expect(standing.timedOut() == false)
    }

    @Test
    func `an address that never answers is replaced by one that Discord gives`() {
        var session = GatewaySession(resumption: Self.stored)
        for _ in 0..<3 {
            #expect(session.approach == .resume(url: "wss://r"))
            _ = session.closed(code: nil, jitter: 0)
        }
        #expect(session.approach == .resumeElsewhere)
    }

    @Test(
        arguments: [
            (nil, GatewayClosure.resume), (1000, .resume), (1001, .resume), (1006, .resume),
            (4000, .resume), (4001, .resume), (4002, .resume), (4005, .resume), (4008, .resume),
            (4003, .identify), (4007, .identify), (4009, .identify),
        ] as [(UInt16?, GatewayClosure)])
    func `each close code leads where Discord's table says`(
        code: UInt16?, closure: GatewayClosure
    ) {
        #expect(GatewayClosure(code: code) == closure)
    }

    @Test
    func `who said too much pauses before the session goes on`() {
        var session = self.standing()
        let (closure, wait) = session.closed(code: 4008, jitter: 1)
        #expect(closure == .resume)
        #expect(wait >= .seconds(5))
    }

    @Test(arguments: [
        (UInt16(4004), "Set DISCORD_TOKEN"), (4010, "Use a bot"), (4011, "Use a bot"),
        (4012, "Install a newer version"), (4013, "Install a newer version"),
        (4014, "Switch on"),
    ])
    func `codes that no reconnect mends come with a sentence that says what to do`(
        code: UInt16, advice: String
    ) {
        guard case .stop(let sentence) = GatewayClosure(code: code) else {
            Issue.record("\(code) doesn't stop")
            return
        }
        #expect(sentence.contains(advice))
        #expect(sentence.hasSuffix("."))
    }

    @Test
    func `waits double up to a minute and begin anew after a session`() {
        var backoff = GatewayBackoff()
        let waits = (0..<12).map { _ in backoff.next(jitter: 0) }
        #expect(waits[0] == .milliseconds(250))
        #expect(waits[3] == .seconds(2))
        #expect(waits[11] == .seconds(60))
        backoff.succeeded()
        #expect(backoff.next(jitter: 1) == .milliseconds(125))
    }

    @Test
    func `a number is durable only when all before it are`() {
        func number(_ sequence: Int64, _ generation: Int = 1) -> DispatchNumber {
            DispatchNumber(generation: generation, sequence: sequence)
        }
        var ledger = SequenceLedger()
        for sequence in 1...4 as ClosedRange<Int64> { ledger.received(number(sequence)) }
        ledger.finished(number(1))
        ledger.finished(number(3))
        #expect(ledger.durable.number == number(1))
        ledger.finished(number(2))
        #expect(ledger.durable.number == number(3))
        // An end from an earlier session says nothing about the present one.
        ledger.received(number(1, 2))
        ledger.finished(number(1))
        #expect(ledger.durable == DurableProgress(number: number(0, 2), isCaughtUp: true))
    }

    @Test func `a catch-up holds no later number up, and is told apart until it is finished`() {
        func number(_ sequence: Int64, _ generation: Int = 1) -> DispatchNumber {
            DispatchNumber(generation: generation, sequence: sequence)
        }
        func progress(_ number: DispatchNumber, _ isCaughtUp: Bool) -> DurableProgress {
            DurableProgress(number: number, isCaughtUp: isCaughtUp)
        }
        var ledger = SequenceLedger()
        ledger.began(number(1))
        #expect(ledger.durable == progress(number(1), false))
        for sequence in 2...3 as ClosedRange<Int64> { ledger.received(number(sequence)) }
        #expect(ledger.durable == progress(number(1), false))
        ledger.finished(number(2))
        #expect(ledger.durable == progress(number(2), false))
        // What a list of the catch-up shows belongs to it.
        ledger.extend(number(1), by: 1)
        ledger.finished(number(1))
        #expect(ledger.durable == progress(number(2), false))
        ledger.finished(number(1))
        #expect(ledger.durable == progress(number(2), true))
        ledger.finished(number(3))
        #expect(ledger.durable == progress(number(3), true))
        // Another session asks for another catch-up, and an older one's end says nothing of it.
        ledger.began(number(1, 2))
        ledger.finished(number(1))
        ledger.began(number(9))
        #expect(ledger.durable == progress(number(1, 2), false))
    }

    @Test func `a catch-up that an earlier process left has the number that was kept`() {
        func number(_ sequence: Int64) -> DispatchNumber {
            DispatchNumber(generation: 0, sequence: sequence)
        }
        var ledger = SequenceLedger(finished: 7, isCaughtUp: false)
        #expect(ledger.durable == DurableProgress(number: number(7), isCaughtUp: false))
        ledger.received(number(8))
        ledger.finished(number(8))
        #expect(ledger.durable == DurableProgress(number: number(8), isCaughtUp: false))
        ledger.finished(number(7))
        #expect(ledger.durable == DurableProgress(number: number(8), isCaughtUp: true))
    }

    @Test(arguments: [
        ("wss://gateway.discord.gg", "wss://gateway.discord.gg/?v=10&encoding=json"),
        ("wss://gateway.discord.gg/", "wss://gateway.discord.gg/?v=10&encoding=json"),
        ("ws://127.0.0.1:8090/gateway", "ws://127.0.0.1:8090/gateway?v=10&encoding=json"),
        ("wss://h/?x=1", "wss://h/?x=1&v=10&encoding=json"),
    ])
    func `every address gets the version and the encoding`(url: String, complete: String) {
        #expect(GatewayLink.complete(url) == complete)
    }

    @Test
    func `what Discord adds to its protocol is passed over`() throws {
        #expect(GatewayPayload(["op": 99, "d": ["new": true]]) == .other)
        #expect(GatewayPayload(["op": "1"]) == nil)
        #expect(GatewayPayload(["op": 10, "d": ["heartbeat_interval": -5]]) == nil)
    }

    @Test
    func `IDENTIFY asks for what is needed, in less than 4096 bytes`() throws {
        let text = GatewayCommand.identify.encoded(token: "secret")
        let value = try JSONParser.parse(text)
        #expect(value["op"]?.integer == 2)
        #expect(value["d"]?["intents"]?.integer == 36_353)
        #expect(value["d"]?["token"]?.string == "secret")
        #expect(text.utf8.count < 4_096)
    }
}
