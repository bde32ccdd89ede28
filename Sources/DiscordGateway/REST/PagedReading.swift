/// Reading all messages after one, over as many pages as it takes.
extension DiscordAPI {
    /// All messages after an id, oldest first.
    ///
    /// Discord hands out each page newest first, also with `after`; the next page continues after
    /// the greatest id. Only a page that isn't full is the last.
    func allMessages(
        in channel: Snowflake, after: Snowflake
    ) async -> DiscordOutcome<[DiscordMessage]> {
        var messages: [DiscordMessage] = []
        var cursor = after
        while true {
            switch await self.messages(in: channel, after: cursor) {
            case .ok(let page):
                messages += page.filter { $0.id > cursor }.sorted { $0.id < $1.id }
                guard page.count >= messagePageSize, let newest = messages.last?.id,
                    newest > cursor
                else { return .ok(messages) }
                cursor = newest
            case .rejected(let rejection): return .rejected(rejection)
            case .postponed(let wait, let reason): return .postponed(after: wait, reason: reason)
            case .unknown(let reason): return .unknown(reason: reason)
            }
        }
    }
}
