import ProcessShell
import Protocol
import StrictJSON
import Testing

@testable import CLI

@Suite struct ConformanceReportTests {
    @Test func `nothing that was tried is no success`() {
        var report = ConformanceReport()
        report.verdicts = [(.send, .notTried("Say how."))]
        #expect(report.exitCode == .no)
        report.verdicts.append((.hello, .passed("Well.")))
        #expect(report.exitCode == .ok)
        report.verdicts.append((.fenced, .failed("It came back.\u{1B}[2J")))
        #expect(report.exitCode == .no)
        #expect(report.summary == "1 passed, 1 failed, 1 not tried")
    }

    @Test func `a line of the table can't move the terminal`() {
        let line = ConformanceReport.line(.fenced, .failed("It came\u{1B}[2J back."))
        #expect(line.hasPrefix("FAILED     fenced "))
        #expect(line.hasSuffix("It came[2J back."))
    }

    @Test func `the report of a program names each check`() throws {
        var report = ConformanceReport()
        report.verdicts = [(.hello, .passed("\"x\"")), (.send, .notTried("y"))]
        let json = try JSONParser.parse(report.json)
        let checks = try #require(json["checks"]?.array)
        #expect(checks.compactMap { $0["verdict"]?.string } == ["passed", "not tried"])
        #expect(json["failed"]?.integer == 0)
    }

    @Test func `no two checks are called alike, and each promises something`() {
        #expect(Set(Check.allCases.map(\.rawValue)).count == Check.allCases.count)
        #expect(Set(Check.allCases.map(\.promise)).count == Check.allCases.count)
    }
}

@Suite struct TranscriptTests {
    func said(_ key: String, _ body: String, format: Format = .plain) throws -> Transcript.Said {
        Transcript.Said(
            index: 0, connection: 1,
            send: Send(
                conversation: PretendBroker.uid("a"), key: try #require(IdempotencyKey(key)),
                author: Author(id: "a", name: "A"), body: body, format: format))
    }

    @Test func `a repetition has the same key and content`() throws {
        let first = try self.said("k", "e\u{301}")
        #expect(Transcript.difference(between: []) == nil)
        #expect(Transcript.difference(between: [first, first]) == nil)
        for other in [
            try self.said("l", "e\u{301}"), try self.said("k", "é"),
            try self.said("k", "e\u{301}", format: .markdown),
        ] {
            #expect(Transcript.difference(between: [first, other]) != nil)
        }
    }
}

private func envelope(_ body: [UInt8]) throws -> Envelope {
    try Envelope(try #require(JSONParser.parse(body).object))
}

/// The pretend broker keeps its word as the real one does.
@Suite struct PretendBrokerTests {
    /// A broker with one connection, and what it says.
    struct Bench {
        var broker = PretendBroker(seed: 7, heartbeat: 1_000)
        private var number: Int64 = 0

        init(mode: Mode = .consumer) throws {
            let name = PretendBroker.name("test")
            let hello = Hello(
                box: name, service: name, instance: name, mode: mode, agent: "test")
            let welcome = try self.say(hello)
            #expect(welcome.map(\.type) == ["welcome"])
        }

        mutating func say(_ message: some WireMessage) throws -> [Envelope] {
            let envelope = try envelope(message.encoded())
            return try self.read(self.broker.received(envelope, on: 1, at: 0))
        }

        mutating func ask<Request: WireRequest>(
            _ request: Request
        ) throws -> Result<Request.Answer, Refused> {
            self.number += 1
            let body = request.encoded(request: self.number)
            let envelope = try envelope(body)
            let frames = try self.read(self.broker.received(envelope, on: 1, at: 0))
            let answer = try #require(frames.first { $0.request == self.number })
            if answer.type == Refused.type { return .failure(try Refused(answer.fields)) }
            return .success(try Request.Answer(answer.fields))
        }

        func read(_ outgoing: [PretendBroker.Outgoing]) throws -> [Envelope] {
            try outgoing.map { try envelope($0.body) }
        }
    }

    func send(_ key: String, _ body: String, in id: ConversationID) throws -> Send {
        Send(
            conversation: id, key: try #require(IdempotencyKey(key)),
            author: Author(id: "a", name: "A"), body: body)
    }

    @Test func `a key is stored once, and refused for other content`() throws {
        var bench = try Bench()
        let peer = try #require(PeerID("ann"))
        let opened = try bench.ask(Open(peer: peer, create: true)).get()
        #expect(opened.created)
        #expect(try !bench.ask(Open(peer: peer, create: true)).get().created)
        let first = try bench.ask(self.send("k", "hello", in: opened.conversation)).get()
        let again = try bench.ask(self.send("k", "hello", in: opened.conversation)).get()
        #expect(first.seq == 1 && !first.duplicate)
        #expect(again.id == first.id && again.duplicate)
        #expect(throws: Refused.self) {
            try bench.ask(self.send("k", "other", in: opened.conversation)).get()
        }
        #expect(bench.broker.said("hello").count == 1)
        #expect(bench.broker.faults.isEmpty)
    }

    @Test func `an event comes within the credit until it is acknowledged`() throws {
        var bench = try Bench()
        let id = bench.broker.conversation(openedAs: "x")
        bench.broker.commit(.message, "one", in: id, at: 0)
        bench.broker.commit(.message, "two", in: id, at: 0)
        #expect(bench.broker.deliveries(at: 0).isEmpty)
        let first = try bench.say(Credit(conversations: 1))
        #expect(try first.map { try Delivery($0.fields).event.body } == ["one"])
        #expect(bench.broker.deliveries(at: 0).isEmpty)
        #expect(try bench.ask(Acknowledge(conversation: id, seq: 1)).get().handled == 1)
        #expect(bench.broker.sessions[1]?.inFlight == [id: 2])
        // What was in flight comes again after the connection.
        bench.broker.ended(1)
        #expect(bench.broker.conversations[id]?.handled == 1)
    }

    @Test func `what a gateway does wrong is noted`() throws {
        var bench = try Bench()
        let id = bench.broker.conversation(openedAs: "x")
        #expect(throws: Refused.self) {
            try bench.ask(Acknowledge(conversation: id, seq: 9)).get()
        }
        #expect(bench.broker.faults.count == 1)
        bench.broker.conduct.sends = .held
        for key in ["a", "b"] {
            let body = try self.send(key, "x", in: id).encoded(
                request: 50 + Int64(key.utf8.first ?? 0))
            _ = bench.broker.received(try envelope(body), on: 1, at: 0)
        }
        #expect(bench.broker.faults.count == 2)
    }

    @Test func `another epoch has other ids and the same uids`() throws {
        var bench = try Bench()
        let id = bench.broker.conversation(openedAs: "x")
        let old = bench.broker.commit(.message, "one", in: id, at: 0)
        let epoch = bench.broker.epoch
        bench.broker.loseDatabase()
        #expect(bench.broker.epoch != epoch)
        #expect(bench.broker.conversation(openedAs: "x") == id)
        let new = bench.broker.commit(.message, "one", in: id, at: 0)
        #expect(new?.seq == old?.seq && new?.id != old?.id)
    }

    @Test func `a reader is told of what it subscribes to, its own too`() throws {
        var bench = try Bench(mode: .reader)
        let id = bench.broker.conversation(openedAs: "x")
        _ = try bench.ask(Subscribe(conversation: id)).get()
        _ = try bench.ask(self.send("k", "mine", in: id)).get()
        bench.broker.commit(.message, "theirs", in: id, at: 0)
        let pushes = try bench.read(bench.broker.pushes()).map { try EventPush($0.fields).event }
        #expect(pushes.map(\.body) == ["mine", "theirs"])
        #expect(pushes.map { $0.key?.text } == ["k", nil])
        #expect(bench.broker.pushes().isEmpty)
    }
}
