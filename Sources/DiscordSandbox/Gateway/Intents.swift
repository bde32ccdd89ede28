/// The gateway's switches for kinds of events.
struct Intents: Equatable, Sendable {
    static let guilds: Int64 = 1 << 0
    static let guildMembers: Int64 = 1 << 1
    static let guildMessages: Int64 = 1 << 9
    static let guildReactions: Int64 = 1 << 10
    static let guildTyping: Int64 = 1 << 11
    static let messageContent: Int64 = 1 << 15
    /// Every bit that Discord gives a meaning.
    private static let known: Int64 = 0b11_0011_0001_1111_1111_1111_1111

    let rawValue: Int64

    /// Nil if a bit has no meaning.
    init?(_ rawValue: Int64) {
        guard rawValue & ~Self.known == 0 else { return nil }
        self.rawValue = rawValue
    }

    func has(_ intent: Int64) -> Bool { self.rawValue & intent != 0 }
}
