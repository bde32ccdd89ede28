/// Lines that stand for what a message holds beside its text, and that can't be passed on yet.
enum Placeholders {
    /// The most characters of one name, and the most lines of one message: names are the sender's.
    private static let nameMax = 100
    private static let linesMax = 20

    /// A line for each thing. Previews of links in a text that is passed on need none.
    static func lines(for extras: DiscordExtras, withText hasText: Bool) -> [String] {
        var lines: [String] = []
        if let poll = extras.poll {
            lines.append("[poll: \(OperatorText.translated(poll, mentions: []))]")
        }
        if extras.isVoice {
            lines.append("[voice message]")
        } else {
            lines += extras.attachments.map { "[attachment: \(self.label($0))]" }
        }
        lines += extras.stickers.map { "[sticker: \(self.label($0))]" }
        if !hasText, lines.isEmpty {
            lines += extras.embeds.map { $0.isEmpty ? "[embed]" : "[embed: \(self.label($0))]" }
            if lines.isEmpty, extras.hasComponents { lines.append("[components]") }
        }
        return Array(lines.prefix(self.linesMax))
    }

    /// A name as text: it is the sender's, and must not format or link.
    private static func label(_ name: String) -> String {
        let plain = name.filter { !$0.isNewline && !"[]()<>`*|\\".contains($0) }
        let text = OperatorText.translated(String(plain.prefix(self.nameMax)), mentions: [])
        return text.isEmpty ? "unnamed" : text
    }
}
