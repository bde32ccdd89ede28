import Protocol
import StrictJSON

extension JSONWriter {
    /// Writes `events` as a page may see them: no service's name, the key only of the visitor's
    /// own, and no address but on this origin.
    mutating func write(_ events: [Event], for service: Name) {
        self.name("events")
        self.array { writer in
            for event in events { writer.object { $0.write(event, for: service) } }
        }
    }

    private mutating func write(_ event: Event, for service: Name) {
        let isOwn = event.service == service
        self.member("seq", event.seq)
        self.member("id", event.id.description)
        self.member("at", event.at)
        self.member("kind", event.kind.text)
        self.member("from", isOwn ? "visitor" : "team")
        self.member("revision", event.revision)
        self.write(event.author)
        self.member("body", event.body)
        self.member("format", event.format.rawValue)
        self.member(ifPresent: "reply_to", event.replyTo?.description)
        if let target = event.target {
            self.name("target")
            self.object { writer in
                writer.member("seq", target.seq)
                writer.member("id", target.id.description)
            }
        }
        if event.isDeleted { self.member("deleted", true) }
        if isOwn { self.member(ifPresent: "key", event.key?.text) }
    }

    private mutating func write(_ author: Author) {
        self.name("author")
        self.object { writer in
            writer.member("id", author.id)
            writer.member("name", author.name)
            // A reference is a name of the key alphabet; anything else, an address say, isn't ours
            // to hand on.
            writer.member(
                ifPresent: "avatar", author.avatar.flatMap { Name($0) }.map { "/avatar/\($0)" })
        }
    }
}
