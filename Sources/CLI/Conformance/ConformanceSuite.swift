import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs checks one after the other, each with a new process of the gateway.
struct ConformanceSuite {
    /// What the gateway does at all, found before the checks.
    struct Rehearsal {
        /// What it connects as.
        var mode: Mode?
        /// Why nothing can be delivered, or `nil` if it can.
        var silence: String?
        /// Why nothing is sent, or `nil` if something was.
        var muteness: String?
        /// Whether deliveries go to a conversation that the other service opened.
        var isAudienceOurs = false
    }

    let stage: Stage
    private(set) var rehearsal = Rehearsal()

    /// A suite on a stage.
    init(_ stage: Stage) { self.stage = stage }

    /// Finds out what the gateway is, and which conversation it takes deliveries of.
    mutating func rehearse() throws(ProcessFailure) {
        do {
            try self.stage.begin()
            let connection = try self.stage.welcomed()
            self.rehearsal.mode = self.stage.broker.sessions[connection]?.hello.mode
            if self.rehearsal.mode == .consumer { self.rehearseDelivery() }
            self.rehearseSending()
        } catch let failure as ProcessFailure {
            throw failure
        } catch let finding as Finding {
            // The check of the hello says it again, with its own words.
            self.rehearsal.silence = finding.sentence
            self.rehearsal.muteness = finding.sentence
        } catch {
            self.rehearsal.silence = "\(error)"
        }
    }

    private mutating func rehearseDelivery() {
        let stage = self.stage
        do {
            try stage.wait("it gave no credit.") {
                (stage.broker.sessions.values.map(\.credit).max() ?? 0) > 0
            }
            let conversation = stage.broker.conversation(openedAs: "rehearsal")
            if try self.takes(conversation) {
                stage.audience = conversation
                self.rehearsal.isAudienceOurs = true
            } else {
                self.rehearsal.silence = "The message of a new client was put off."
            }
        } catch {
            self.rehearsal.silence = (error as? Finding)?.sentence ?? "\(error)"
        }
    }

    /// Whether a message in a conversation is acknowledged, not put off.
    private func takes(_ conversation: ConversationID) throws -> Bool {
        let stage = self.stage
        let start = stage.transcript.frames.count
        guard
            let event = stage.broker.commit(.message, stage.text(), in: conversation, at: stage.now)
        else { return false }
        try stage.wait("it didn't acknowledge a message.") {
            stage.transcript.isHandled(event.seq, of: conversation, from: start)
                || stage.transcript.count(of: NegativeAcknowledge.type, from: start) > 0
        }
        return stage.transcript.isHandled(event.seq, of: conversation, from: start)
    }

    private mutating func rehearseSending() {
        let stage = self.stage
        guard stage.options.provocation != .none else { return }
        let text = stage.text()
        do {
            try stage.provoke(text)
            try stage.wait("nothing was sent of what was provoked.") {
                !stage.transcript.sends(of: text).isEmpty
            }
            let said = stage.transcript.sends(of: text).first
            if stage.audience == nil, let conversation = said?.send.conversation {
                stage.audience = conversation
                guard self.rehearsal.mode == .consumer else { return }
                // A gateway may take a client's messages only after the client was heard of.
                self.rehearsal.silence = nil
                for _ in 0..<5 where try self.takes(conversation) { return }
                self.rehearsal.silence = "Messages were put off, again and again."
            }
        } catch {
            self.rehearsal.muteness = (error as? Finding)?.sentence ?? "\(error)"
        }
    }

    /// Tries one check.
    func verdict(of check: Check) throws(ProcessFailure) -> Verdict {
        guard self.rehearsal.mode != nil || check == .hello else {
            return .notTried("The gateway never came; see the check \"hello\".")
        }
        if let reason = self.obstacle(to: check) { return reason }
        do {
            let sentence = try check.run(on: self.stage)
            if let fault = self.stage.broker.faults.first { return .failed(fault) }
            return .passed(sentence)
        } catch let failure as ProcessFailure {
            throw failure
        } catch let finding as Finding {
            let faults = self.stage.broker.faults.prefix(3)
            return .failed(([finding.sentence] + faults).joined(separator: " "))
        } catch let untried as Untried {
            return .notTried(untried.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private func obstacle(to check: Check) -> Verdict? {
        for need in check.needs {
            switch need {
            case .consumer where self.rehearsal.mode == .reader:
                return .notTried("For consumers; this gateway is a reader.")
            case .deliveries where self.rehearsal.mode == .reader:
                return .notTried("For consumers; this gateway is a reader.")
            case .reader where self.rehearsal.mode == .consumer:
                return .notTried("For readers; this gateway is a consumer.")
            case .deliveries:
                if let silence = self.rehearsal.silence { return .failed(silence) }
            case .provocation:
                if self.stage.options.provocation == .none {
                    return .notTried("--provoke says how the gateway is brought to send something.")
                }
                if let muteness = self.rehearsal.muteness { return .failed(muteness) }
            case .observation:
                if self.stage.options.observation == .nowhere {
                    return .notTried("--observe says where its effects can be seen.")
                }
            case .consumer, .reader: break
            }
        }
        if [.epoch, .erasure].contains(check), !self.rehearsal.isAudienceOurs {
            return .notTried("It takes messages only of clients that it opened itself.")
        }
        return nil
    }
}

extension Check {
    /// Tries it; the sentence says what was seen.
    func run(on stage: Stage) throws -> String {
        switch self {
        case .hello: try Self.hello(stage)
        case .nothingBeforeWelcome: try Self.nothingBeforeWelcome(stage)
        case .instance: try Self.instance(stage)
        case .lateBroker: try Self.lateBroker(stage)
        case .byteByByte: try Self.byteByByte(stage)
        case .joined: try Self.joined(stage)
        case .broken: try Self.broken(stage)
        case .large: try Self.large(stage)
        case .unknown: try Self.unknown(stage)
        case .heartbeat: try Self.heartbeat(stage)
        case .silence: try Self.silence(stage)
        case .backoff: try Self.backoff(stage)
        case .goodbye: try Self.goodbye(stage)
        case .goodbyeForGood: try Self.goodbyeForGood(stage)
        case .fenced: try Self.fenced(stage)
        case .slowBroker: try Self.slowBroker(stage)
        case .terminate: try Self.terminate(stage)
        case .credit: try Self.credit(stage)
        case .acknowledge: try Self.acknowledge(stage)
        case .deliveryOrder: try Self.deliveryOrder(stage)
        case .redelivery: try Self.redelivery(stage, byKilling: false)
        case .redeliveryAfterKill: try Self.redelivery(stage, byKilling: true)
        case .gaps: try Self.gaps(stage)
        case .kinds: try Self.kinds(stage)
        case .epoch: try Self.epoch(stage)
        case .erasure: try Self.erasure(stage)
        case .send: try Self.send(stage)
        case .sendLost: try Self.sendLost(stage)
        case .sendAnswerLost: try Self.sendAnswerLost(stage)
        case .sendAfterKill: try Self.sendAfterKill(stage)
        case .refusedForNow: try Self.refusedForNow(stage)
        case .refusedForGood: try Self.refusedForGood(stage)
        case .oneUnanswered: try Self.oneUnanswered(stage)
        case .sendOrder: try Self.sendOrder(stage)
        case .subscribe: try Self.subscribe(stage)
        case .resubscribe: try Self.resubscribe(stage, byLagging: false)
        case .lagged: try Self.resubscribe(stage, byLagging: true)
        }
    }
}

extension Stage {
    /// Begins, and waits until the gateway is welcomed and has done what an earlier check left.
    @discardableResult
    func beginWelcomed() throws -> Int {
        try self.begin()
        let connection = try self.welcomed()
        try self.wait("it didn't acknowledge what was delivered before.") { self.isSettled }
        return connection
    }

    /// Whether no delivery waits in the conversation that the checks use.
    private var isSettled: Bool {
        guard let conversation = self.audience.flatMap({ self.broker.conversations[$0] }),
            self.broker.sessions.values.contains(where: { $0.hello.mode == .consumer })
        else { return true }
        return conversation.events.allSatisfy {
            !$0.isForeign || $0.seq <= conversation.handled
        }
    }

    /// Commits an event for the gateway, and waits until it is acknowledged or set aside.
    @discardableResult
    func deliver(
        _ kind: Event.Kind = .message, _ text: String = "", target: Event? = nil,
        isDeleted: Bool = false
    ) throws -> Event? {
        guard let audience = self.audience else { throw Untried("Nobody takes deliveries.") }
        let start = self.transcript.frames.count
        guard
            let event = self.broker.commit(
                kind, text, in: audience, target: target, isDeleted: isDeleted, at: self.now)
        else { throw Untried("The conversation is gone.") }
        try self.wait("it didn't acknowledge an event of kind \"\(kind.text)\".") {
            self.transcript.isHandled(event.seq, of: audience, from: start)
        }
        return event
    }

    /// Whether the gateway works: it acknowledges a message, or says ping where nothing can be
    /// delivered.
    func proveWorking() throws {
        let isConsumer = self.broker.sessions.values.contains { $0.hello.mode == .consumer }
        if self.audience != nil, isConsumer {
            try self.deliver(.message, self.text())
        } else {
            let pings = self.transcript.count(of: Ping.type)
            try self.wait("no ping came.") { self.transcript.count(of: Ping.type) > pings }
        }
    }

    /// Waits until a text stands on the far side once.
    func standsOnce(_ text: String, within milliseconds: Int64 = 5_000) throws {
        let end = self.now + milliseconds
        while true {
            let count = try self.observe(text).count
            if count > 1 { throw Finding("An effect stands \(count) times on the far side.") }
            if count == 1 { return }
            guard self.now < end else {
                throw Finding("The effect of an acknowledged event doesn't stand on the far side.")
            }
            self.play(milliseconds: 50)
        }
    }
}
