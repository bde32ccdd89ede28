import Protocol

/// What was edited and deleted in a post while nobody listened: Discord keeps no list of that, so
/// its newest messages are compared with what is stored.
struct PostDifferences: Equatable, Sendable {
    /// Messages that have a newer text than the stored one, or of which it isn't known, oldest
    /// first.
    var edited: [DiscordMessage]
    /// Those of the edited ones that the events at hand don't show.
    var unknown: [Snowflake]
    /// Stored messages that aren't there; each must be asked for before that is believed.
    var missing: [Snowflake]

    /// Compares Discord's newest messages, up to the mark, with the conversation's newest events.
    ///
    /// `isWhole` says that the page holds the post's every message.
    init(page: [DiscordMessage], isWhole: Bool, events: [Event], upTo mark: Snowflake) {
        var stored: [Snowflake: (revision: Int64, isDeleted: Bool)] = [:]
        for event in events where event.kind == .message {
            // Only what this service sent has a key here.
            guard let id = event.key.flatMap({ Snowflake($0.text) }) else { continue }
            stored[id] = (event.revision, event.isDeleted)
        }
        self.edited = page.filter { message in
            guard message.isSpoken, message.id <= mark, let revision = message.editedAt else {
                return false
            }
            return stored[message.id].map { !$0.isDeleted && $0.revision < revision } ?? true
        }.sorted { $0.id < $1.id }
        self.unknown = self.edited.map(\.id).filter { stored[$0] == nil }
        let there = Set(page.map(\.id))
        let oldest = isWhole ? Snowflake(0) : (there.min() ?? mark)
        self.missing = stored.filter { id, state in
            !state.isDeleted && id > oldest && !there.contains(id)
        }.keys.sorted()
    }
}
