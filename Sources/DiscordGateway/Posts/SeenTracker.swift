import Protocol

/// Which of the visitor's messages an operator must have seen, because the operator wrote or typed
/// below them, or reacted to them.
struct SeenTracker: Sendable {
    private struct Delivered {
        var seq: Int64
        var newest: Snowflake
    }

    /// Deliveries that are remembered per conversation; the oldest go first.
    private static let rememberedMax = 200

    private var delivered: [ConversationID: [Delivered]] = [:]

    /// An event's parts stand in Discord.
    mutating func delivered(
        _ seq: Int64, as external: [ExternalID], in conversation: ConversationID
    ) {
        guard let newest = external.compactMap({ Snowflake($0) }).max() else { return }
        var list = self.delivered[conversation] ?? []
        list.append(Delivered(seq: seq, newest: newest))
        self.delivered[conversation] = list.suffix(Self.rememberedMax)
    }

    /// An operator saw what stands above a message: the newest event that does so wholly, if that is
    /// news.
    mutating func saw(before message: Snowflake, in conversation: ConversationID) -> Int64? {
        guard let list = self.delivered[conversation] else { return nil }
        let above = list.prefix { $0.newest < message }
        self.delivered[conversation] = Array(list.dropFirst(above.count))
        return above.last?.seq
    }
}
