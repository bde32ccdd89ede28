import Protocol

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
