import Protocol

// What a gateway sends.
extension Check {
    /// Provokes a text, and waits until it was sent once more than so often.
    @discardableResult
    private static func provoked(
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

    static func sendLost(_ stage: Stage) throws -> String {
        let connection = try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .held
        let text = stage.text()
        try Self.provoked(text, on: stage)
        stage.cut()
        stage.broker.conduct.sends = .stored
        try stage.welcomed(after: connection)
        _ = try Self.sent(text, on: stage, moreThan: 1)
        stage.play(milliseconds: 500)
        try Self.expectRepetitions(of: text, on: stage)
        return "Repeated under its key after the reconnect."
    }

    static func sendAnswerLost(_ stage: Stage) throws -> String {
        let connection = try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .storedSilently
        let text = stage.text()
        try Self.provoked(text, on: stage)
        stage.cut()
        stage.broker.conduct.sends = .stored
        try stage.welcomed(after: connection)
        stage.play(milliseconds: 3_000)
        try Self.expectRepetitions(of: text, on: stage)
        try stage.proveWorking()
        let count = stage.transcript.sends(of: text).count
        return count > 1
            ? "Repeated under its key, and content with \"duplicate\": true."
            : "It found out by itself that the message is stored."
    }

    static func sendAfterKill(_ stage: Stage) throws -> String {
        let connection = try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .held
        let text = stage.text()
        try Self.provoked(text, on: stage)
        stage.end()
        stage.broker.conduct.sends = .stored
        try stage.start()
        try stage.welcomed(after: connection)
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

    static func refusedForNow(_ stage: Stage) throws -> String {
        try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .refused(.storageFailed, retry: true)
        let (first, second) = (stage.text(), stage.text())
        let said = try Self.provoked(first, on: stage)
        try stage.provoke(second)
        stage.play(milliseconds: 2_000)
        let tries = stage.transcript.sends(of: first).count
        guard tries <= 40 else {
            throw Finding("It repeated a refused message \(tries) times in 2 s: wait in between.")
        }
        let overtaken = stage.transcript.sends(of: second).contains {
            $0.send.conversation == said.send.conversation
        }
        guard !overtaken else {
            throw Finding("A later message overtook one that was refused for now.")
        }
        stage.broker.conduct.sends = .stored
        try Self.stored(first, on: stage, within: max(30_000, stage.options.patience))
        try Self.stored(second, on: stage, within: max(30_000, stage.options.patience))
        try Self.expectRepetitions(of: first, on: stage)
        try Self.expectOrder([first, second], on: stage)
        return "\(tries) tries in 2 s, then stored, and the next one after it."
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

    static func oneUnanswered(_ stage: Stage) throws -> String {
        if stage.options.provocation == .delivery {
            throw Untried("It only answers, and gets nothing more to answer meanwhile.")
        }
        try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .held
        let (first, second) = (stage.text(), stage.text())
        let said = try Self.provoked(first, on: stage)
        try stage.provoke(second)
        stage.play(milliseconds: 1_500)
        let early = stage.transcript.sends(of: second).contains {
            $0.send.conversation == said.send.conversation
        }
        guard !early else {
            throw Finding("A second message was sent before the first was answered.")
        }
        stage.broker.conduct.sends = .stored
        stage.say(stage.broker.release(at: stage.now))
        try Self.stored(second, on: stage)
        try Self.expectOrder([first, second], on: stage)
        return "The second one waited for the first one's answer."
    }

    static func sendOrder(_ stage: Stage) throws -> String {
        let connection = try Self.beginSpeaking(stage)
        stage.broker.conduct.sends = .held
        let texts = (0..<3).map { _ in stage.text() }
        for text in texts { try stage.provoke(text) }
        _ = try Self.sent(texts[0], on: stage)
        stage.cut()
        stage.broker.conduct.sends = .stored
        try stage.welcomed(after: connection)
        for text in texts { try Self.stored(text, on: stage) }
        for text in texts { try Self.expectRepetitions(of: text, on: stage) }
        try Self.expectOrder(texts, on: stage)
        return "\(texts.count) messages, each once and in order."
    }

    private static func expectOrder(_ texts: [String], on stage: Stage) throws {
        let events = texts.compactMap { stage.broker.said($0).first }
        guard events.map(\.seq) == events.map(\.seq).sorted() else {
            throw Finding("The messages were stored in another order than they were said.")
        }
    }
}

// What a reader subscribes to.
extension Check {
    private static func subscribed(_ stage: Stage) throws -> ConversationID {
        try stage.beginWelcomed()
        let text = stage.text()
        let said = try Self.provoked(text, on: stage)
        try stage.wait("it didn't subscribe to the conversation in which it sends.") {
            Self.isSubscribed(said.send.conversation, on: stage)
        }
        return said.send.conversation
    }

    private static func isSubscribed(_ conversation: ConversationID, on stage: Stage) -> Bool {
        stage.broker.sessions.values.contains { $0.subscriptions.contains(conversation) }
    }

    private static func push(_ text: String, _ conversation: ConversationID, on stage: Stage) {
        stage.broker.commit(.message, text, in: conversation, at: stage.now)
    }

    static func subscribe(_ stage: Stage) throws -> String {
        let conversation = try Self.subscribed(stage)
        let text = stage.text()
        Self.push(text, conversation, on: stage)
        try stage.standsOnce(text)
        return "What was pushed is shown, once."
    }

    static func resubscribe(_ stage: Stage, byLagging: Bool) throws -> String {
        let conversation = try Self.subscribed(stage)
        let texts = (0..<3).map { _ in stage.text() }
        Self.push(texts[0], conversation, on: stage)
        try stage.standsOnce(texts[0])
        if byLagging, let connection = stage.connection {
            let seen = stage.broker.conversations[conversation]?.head.seq ?? 0
            stage.broker.sessions[connection]?.subscriptions.remove(conversation)
            Self.push(texts[1], conversation, on: stage)
            stage.say(stage.broker.pushes())
            let lagged = Lagged(conversation: conversation, from: seen)
            stage.say([stage.broker.frame(lagged, to: connection)])
        } else {
            stage.cut()
            Self.push(texts[1], conversation, on: stage)
        }
        try stage.wait("it didn't subscribe again.", within: max(30_000, stage.options.patience)) {
            Self.isSubscribed(conversation, on: stage)
        }
        try stage.standsOnce(texts[1])
        Self.push(texts[2], conversation, on: stage)
        for text in texts { try stage.standsOnce(text) }
        let places = try texts.map { try stage.observe($0).place }
        guard places == places.sorted() else {
            throw Finding("Events are shown in another order than they came.")
        }
        return "What it missed is shown, once and in order."
    }
}
