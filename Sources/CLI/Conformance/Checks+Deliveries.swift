import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// What a consumer is delivered.
extension Check {
    static func credit(_ stage: Stage) throws -> String {
        func hasCredit(_ connection: Int) -> Bool {
            (stage.broker.sessions[connection]?.credit ?? 0) > 0
        }
        let first = try stage.beginWelcomed()
        try stage.wait("it gave no credit.") { hasCredit(first) }
        let credit = stage.broker.sessions[first]?.credit ?? 0
        stage.cut()
        let second = try stage.welcomed(after: first)
        try stage.wait("it gave no credit after a reconnect.") { hasCredit(second) }
        return "\(credit) conversations, and again after a reconnect."
    }

    static func acknowledge(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        let text = stage.text()
        try stage.deliver(.message, text)
        // What it had left for afterwards never happens now.
        stage.end()
        try stage.standsOnce(text)
        return "The effect stood although the process was killed at the acknowledge."
    }

    static func deliveryOrder(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        guard let audience = stage.audience else { throw Untried("Nobody takes deliveries.") }
        let texts = (0..<5).map { _ in stage.text() }
        let start = stage.transcript.frames.count
        let events = texts.compactMap {
            stage.broker.commit(.message, $0, in: audience, at: stage.now)
        }
        for event in events {
            try stage.wait("not every event of \(events.count) was acknowledged.") {
                stage.transcript.isHandled(event.seq, of: audience, from: start)
            }
        }
        for text in texts { try stage.standsOnce(text) }
        let places = try texts.map { try stage.observe($0).place }
        guard places == places.sorted() else {
            throw Finding("The effects stand in another order than the events.")
        }
        return "\(texts.count) events."
    }

    static func redelivery(_ stage: Stage, byKilling: Bool) throws -> String {
        var connection = try stage.beginWelcomed()
        guard let audience = stage.audience else { throw Untried("Nobody takes deliveries.") }
        let text = stage.text()
        stage.broker.conduct.takesAcknowledges = false
        let event = try stage.deliver(.message, text)
        if byKilling {
            stage.end()
            try stage.start()
        } else {
            stage.cut()
        }
        stage.broker.conduct.takesAcknowledges = true
        let start = stage.transcript.frames.count
        connection = try stage.welcomed(after: connection)
        try stage.wait("the event that came again wasn't acknowledged.") {
            stage.transcript.isHandled(event?.seq ?? 0, of: audience, from: start)
        }
        try stage.proveWorking()
        guard stage.options.observation != .nowhere else {
            return "Acknowledged again; --observe would tell whether its effect stands once."
        }
        let count = try stage.observe(text).count
        if byKilling, count > 1, stage.options.mayDouble {
            return "Acknowledged again; the effect stands \(count) times, as --may-double allows."
        }
        try stage.standsOnce(text)
        return "Acknowledged again; the effect stands once."
    }

    static func gaps(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        guard let audience = stage.audience else { throw Untried("Nobody takes deliveries.") }
        stage.broker.conversations[audience]?.nextSeq += 7
        let event = try stage.deliver(.message, stage.text())
        return "Seq \(event?.seq ?? 0) followed, 7 were left out."
    }

    static func kinds(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        let message = try stage.deliver(.message, stage.text())
        try stage.deliver(.edit, stage.text(), target: message)
        try stage.deliver(.deletion, target: message)
        try stage.deliver(.message, isDeleted: true)
        try stage.deliver(.close)
        try stage.deliver(.reopen)
        try stage.deliver(.setAside)
        try stage.deliver(Event.Kind("x_future"))
        try stage.proveWorking()
        return "Each was acknowledged."
    }

    static func epoch(_ stage: Stage) throws -> String {
        let connection = try stage.beginWelcomed()
        let before = stage.text()
        let old = try stage.deliver(.message, before)
        stage.socket.stopListening()
        stage.cut()
        stage.broker.loseDatabase()
        let audience = stage.broker.conversation(openedAs: "rehearsal")
        guard stage.audience == audience else { throw Untried("The conversation is another one.") }
        // The number that the last event of the other epoch had.
        stage.broker.conversations[audience]?.nextSeq = old?.seq ?? 1
        try stage.socket.listen()
        let restart = try Self.welcomed(stage, after: connection)
        let text = stage.text()
        let event = try stage.deliver(.message, text)
        if stage.options.observation != .nowhere { try stage.standsOnce(text) }
        return "Seq \(event?.seq ?? 0) of the new epoch was handled\(restart)."
    }

    static func erasure(_ stage: Stage) throws -> String {
        try stage.beginWelcomed()
        let usual = stage.audience
        defer { stage.audience = usual }
        let conversation = stage.broker.conversation(openedAs: "erased \(stage.now)")
        stage.audience = conversation
        let text = stage.text()
        try stage.deliver(.message, text)
        if stage.options.canForget { try stage.standsOnce(text) }
        try stage.deliver(.erasure)
        stage.broker.conversations[conversation] = nil
        guard stage.options.canForget else {
            return "Acknowledged; whether it is gone can't be seen in what is only added to."
        }
        let count = try stage.observe(text).count
        guard count == 0 else {
            throw Finding("It acknowledged, and what was said still stands on the far side.")
        }
        stage.audience = usual
        try stage.proveWorking()
        return "What was said was gone when it acknowledged."
    }

    /// Waits for a gateway in its new epoch, and starts it again if it ended because of that, as a
    /// supervisor does; the answer says so.
    private static func welcomed(_ stage: Stage, after connection: Int) throws -> String {
        try stage.welcomed(after: connection)
        stage.play(milliseconds: stage.options.heartbeat)
        guard let end = stage.ended else { return "" }
        guard case .exit(let code) = end, code != 0 else {
            throw Finding(
                "It ended in another epoch: \(end). A supervisor starts what fails again.")
        }
        let last = stage.transcript.arrivals.last?.connection ?? 0
        try stage.start()
        try stage.welcomed(after: last)
        return "; it had ended with exit code \(code) and was started again"
    }
}
