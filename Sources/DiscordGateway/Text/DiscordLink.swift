/// Finds addresses at Discord in a text: they hold ids of servers, channels and messages, or lead
/// into rooms that aren't the visitor's.
enum DiscordLink {
    private static let hosts = [
        "discord.com", "discordapp.com", "discordapp.net", "discord.gg", "discord.media",
        "discord.new", "discord.gift", "dis.gd",
    ]

    /// The length in characters of a Discord address at the beginning of a text, or `nil`.
    ///
    /// With a scheme it is one wherever it stands; without one only at the beginning of a word.
    static func length(at text: Substring, after previous: Character?) -> Int? {
        guard let first = text.first, first.isASCII, first.isLetter || first.isNumber else {
            return nil
        }
        if text.hasPrefix("discord://") { return text.prefix(while: self.continues).count }
        let scheme = self.schemeLength(text)
        if scheme == 0, let previous, previous.isLetter || previous.isNumber || previous == "." {
            return nil
        }
        let rest = text.dropFirst(scheme)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && self.continues($0) }
        guard self.isDiscord(authority) else { return nil }
        // A bare name, as in "we are on discord.com", is no address.
        let tail = rest.dropFirst(authority.count).prefix(while: self.continues)
        guard scheme > 0 || tail.count > 1 else { return nil }
        return scheme + authority.count + tail.count
    }

    private static func schemeLength(_ text: Substring) -> Int {
        let head = text.prefix(8).lowercased()
        return ["https://", "http://"].first { head.hasPrefix($0) }?.count ?? 0
    }

    private static func continues(_ character: Character) -> Bool {
        !character.isWhitespace && !"<>()[]\"`|*".contains(character)
    }

    private static func isDiscord(_ authority: Substring) -> Bool {
        // User names and ports can hide the host.
        let host = (authority.split(separator: "@").last ?? "").prefix { $0 != ":" }
        let name = (host.hasSuffix(".") ? host.dropLast() : host).lowercased()
        return self.hosts.contains { name == $0 || name.hasSuffix(".\($0)") }
    }
}
