import Protocol

// What a gateway sends.
extension Check {
    /// Provokes a text, and waits until it was sent once more than so often.
    @discardableResult
    static func provoked(
        _ text: String, on stage: Stage
    ) throws -> Transcript.Said {
        try stage.provoke(text)
        return try Self.sent(text, on: stage)
    }

    private static func sent(
        _ text: String, on stage: Stage, moreThan count: Int = 0, within milliseconds: Int64? = nil
    ) throws -> Transcript.Said {
        try stage.wait("a message wasn't sent.", within: milliseconds) {
            stage.transcript.sends(of: text).count > count
        }
        guard let said = stage.transcript.sends(of: text).last else {
            throw Finding("Nothing was sent.")
        }
        return said
    }

    private static func stored(
        _ text: String, on stage: Stage, within milliseconds: Int64? = nil
    ) throws {
        try stage.wait("a message was never stored.", within: milliseconds) {
            !stage.broker.said(text).isEmpty
        }
    }

    /// Throws if sends of a text aren't repetitions of one message.
    private static func expectRepetitions(of text: String, on stage: Stage) throws {
        let sends = stage.transcript.sends(of: text)
        if let difference = Transcript.difference(between: sends) { throw Finding(difference) }
        let count = stage.broker.said(text).count
        guard count <= 1 else { throw Finding("A message stands \(count) times.") }
    }

    /// Begins, and waits until a first message is stored and answered: what an earlier check left to
    /// be said has gone before it.
    @discardableResult
    private static func beginSpeaking(_ stage: Stage) throws -> Int {
        try stage.beginWelcomed()
        let text = stage.text()
        try Self.provoked(text, on: stage)
        try Self.stored(text, on: stage)
        // The far side hears of it, too.
        stage.play(milliseconds: 300)
        guard let connection = stage.connection else { throw Finding("It left without a word.") }
        return connection
    }

    static func send(_ stage: Stage) throws -> String {
        try Self.beginSpeaking(stage)
        let text = stage.text()
        let said = try Self.provoked(text, on: stage)
        stage.play(milliseconds: 1_000)
        let count = stage.transcript.sends(of: text).count
        guard count == 1 else {
            throw Finding("A message that was answered at once was sent \(count) times.")
        }
        return "Under the key \(said.send.key), once."
    }

    /// Begins, and breaks off while the broker does this to texts; then it behaves again.
    ///
    /// - Parameters:
    ///   - texts: What is said; the first one was sent before the break.
    ///   - breaking: Ends the connection, and leaves a gateway that comes back.
    private static func interrupted(
        _ stage: Stage, saying texts: [String], while sends: Conduct.Sends,
        by breaking: (Stage) throws -> Void = { $0.cut() }
    ) throws {
        let connection = try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = sends
        for text in texts { try stage.provoke(text) }
        if let first = texts.first { _ = try Self.sent(first, on: stage) }
        try breaking(stage)
        stage.broker.conduct.sends = .stored
        try stage.welcomed(after: connection)
    }

    static func sendLost(_ stage: Stage) throws -> String {
        let text = stage.text()
        try Self.interrupted(stage, saying: [text], while: .held)
        _ = try Self.sent(text, on: stage, moreThan: 1)
        stage.play(milliseconds: 500)
        try Self.expectRepetitions(of: text, on: stage)
        return "Repeated under its key after the reconnect."
    }

    static func sendAnswerLost(_ stage: Stage) throws -> String {
        let text = stage.text()
        try Self.interrupted(stage, saying: [text], while: .storedSilently)
        stage.play(milliseconds: 3_000)
        try Self.expectRepetitions(of: text, on: stage)
        try stage.proveWorking()
        let count = stage.transcript.sends(of: text).count
        return count > 1
            ? "Repeated under its key, and content with \"duplicate\": true."
            : "It found out by itself that the message is stored."
    }

    static func sendAfterKill(_ stage: Stage) throws -> String {
        let text = stage.text()
        try Self.interrupted(stage, saying: [text], while: .held) {
            $0.end()
            try $0.start()
        }
        if stage.options.provocation == .delivery {
            _ = try Self.sent(text, on: stage, moreThan: 1)
        } else {
            stage.play(milliseconds: 5_000)
        }
        try Self.expectRepetitions(of: text, on: stage)
        guard stage.transcript.sends(of: text).count > 1 else {
            throw Untried(
                "What wasn't stored died with the process, so there was no repetition to judge.")
        }
        return "Repeated under its key by the next process."
    }

    static func sendOrder(_ stage: Stage) throws -> String {
        let texts = (0..<3).map { _ in stage.text() }
        try Self.interrupted(stage, saying: texts, while: .held)
        try Self.expectStored(texts, on: stage)
        return "\(texts.count) messages, each once and in order."
    }

    /// Two texts of one conversation, of which the broker has stored none yet.
    private struct HeldUp {
        var first: String
        var second: String
        var conversation: ConversationID
    }

    /// Begins, and provokes two texts while the broker stores none; so long the second may come.
    private static func heldUp(
        _ stage: Stage, while sends: Conduct.Sends, milliseconds: Int64
    ) throws -> HeldUp {
        try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = sends
        let (first, second) = (stage.text(), stage.text())
        let said = try Self.provoked(first, on: stage)
        try stage.provoke(second)
        stage.play(milliseconds: milliseconds)
        return HeldUp(first: first, second: second, conversation: said.send.conversation)
    }

    /// Throws this sentence if the second text was sent where the first one waits.
    private static func expectTurn(
        _ texts: HeldUp, on stage: Stage, else sentence: String
    ) throws {
        let isEarly = stage.transcript.sends(of: texts.second).contains {
            $0.send.conversation == texts.conversation
        }
        guard !isEarly else { throw Finding(sentence) }
    }

    /// Waits until all texts are stored, and throws if one is twice or they aren't in order.
    private static func expectStored(
        _ texts: [String], on stage: Stage, within milliseconds: Int64? = nil
    ) throws {
        for text in texts { try Self.stored(text, on: stage, within: milliseconds) }
        for text in texts { try Self.expectRepetitions(of: text, on: stage) }
        try Self.expectOrder(texts, on: stage)
    }

    static func refusedForNow(_ stage: Stage) throws -> String {
        let texts = try Self.heldUp(
            stage, while: .refused(.storageFailed, retry: true), milliseconds: 2_000)
        let tries = stage.transcript.sends(of: texts.first).count
        guard tries <= 40 else {
            throw Finding("It repeated a refused message \(tries) times in 2 s: wait in between.")
        }
        try Self.expectTurn(
            texts, on: stage, else: "A later message overtook one that was refused for now.")
        stage.broker.conduct.sends = .stored
        try Self.expectStored(
            [texts.first, texts.second], on: stage, within: max(30_000, stage.options.patience))
        return "\(tries) tries in 2 s, then stored, and the next one after it."
    }

    static func oneUnanswered(_ stage: Stage) throws -> String {
        if stage.options.provocation == .delivery {
            throw Untried("It only answers, and gets nothing more to answer meanwhile.")
        }
        let texts = try Self.heldUp(stage, while: .held, milliseconds: 1_500)
        try Self.expectTurn(
            texts, on: stage, else: "A second message was sent before the first was answered.")
        stage.broker.conduct.sends = .stored
        stage.say(stage.broker.release(at: stage.now))
        try Self.expectStored([texts.first, texts.second], on: stage)
        return "The second one waited for the first one's answer."
    }

    static func refusedForGood(_ stage: Stage) throws -> String {
        try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .refused(.blocked, retry: false)
        let (first, second) = (stage.text(), stage.text())
        try Self.provoked(first, on: stage)
        stage.play(milliseconds: 300)
        stage.broker.conduct.sends = .stored
        try Self.provoked(second, on: stage)
        try Self.stored(second, on: stage)
        stage.play(milliseconds: 2_000)
        let tries = stage.transcript.sends(of: first).count
        guard tries == 1 else {
            throw Finding("It repeated a message \(tries - 1) times that was refused for good.")
        }
        return "It wasn't repeated, and the next one was stored."
    }

    private static func expectOrder(_ texts: [String], on stage: Stage) throws {
        let events = texts.compactMap { stage.broker.said($0).first }
        guard events.map(\.seq) == events.map(\.seq).sorted() else {
            throw Finding("The messages were stored in another order than they were said.")
        }
    }
}
