import ArgumentParser
import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Erases conversations for good, on both sides.
struct EraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erases conversations for good: what was said, here and on every side.",
        discussion: """
            A conversation is named by its uid, which the card of its Discord post shows, or with \
            --service by what that service calls it: --service discord and the post's id, \
            --service web and the visitor's id.

            Its text and what is known of its visitor are gone when this says so. Gateways that are \
            away remove their side when they come back; "chatbox status" shows who has yet to. \
            Nobody can write in it any more, and a restored backup doesn't bring it back as long as \
            the file DATABASE.erased lies beside the database. Backups hold it still.
            """)

    @Argument(help: "Their uids, or with --service their ids there.") var ids: [String]
    @Option(help: "The service that calls them so.") var service: String?
    @Option(help: "The box of that service.") var box = "main"
    @Flag(help: "Don't ask.") var yes = false
    @Flag(help: "Wait until every side has removed it.") var wait = false
    @OptionGroup var options: ProcessOptions

    /// Seconds that the broker may take: a year's conversation is thousands of rows.
    private static let patience: Int32 = 60
    /// Seconds between two questions how far it is.
    private static let pace: UInt32 = 1

    func run() {
        CommandRunner.run("chatbox", config: self.options.config) { settings in
            let clues = try self.clues()
            let link = try BrokerLink(to: settings.brokerSocket())
            let found = try clues.map { try Self.found($0, link) }
            try CommandRunner.print(ErasureReport.preview(found, now: WallClock.now))
            guard try self.yes || Self.isConfirmed(found) else {
                try CommandRunner.print("Nothing was changed.")
                return .ok
            }
            var erasures: [Erasure] = []
            for conversation in found.map(\.conversation) {
                let erase = Erase(conversation: conversation)
                erasures.append(try link.ask(erase, within: Self.patience))
                try CommandRunner.print(ErasureReport.line(erasures[erasures.count - 1]))
            }
            try CommandRunner.print(ErasureReport.remains(erasures))
            if self.wait { try Self.wait(for: erasures, link) }
            return .ok
        }
    }

    private func clues() throws(ProcessFailure) -> [Find.Clue] {
        var clues: [Find.Clue] = []
        for id in self.ids {
            if let clue = Self.clue(id, service: self.service, box: self.box) {
                clues.append(clue)
            } else if self.service == nil {
                throw ProcessFailure(
                    .usage,
                    "\(PlainText.of(id)) is no conversation's uid, which has the form 5e0c9a4e-7b1f-"
                        + "5d2a-9c3e-2f1a0b9c8d7e. Add --service NAME if a service calls it so.")
            } else {
                throw ProcessFailure(
                    .usage, "--service, --box or an id is of no form that these have.")
            }
        }
        return clues
    }

    /// What an argument says of a conversation; `nil` if it says nothing.
    static func clue(_ id: String, service: String?, box: String) -> Find.Clue? {
        guard let service else { return ConversationID(id).map { .conversation($0) } }
        guard let peer = PeerID(id), let service = Name(service), let box = Name(box) else {
            return nil
        }
        return .peer(peer, service: service, box: box)
    }

    /// The conversation; one that was erased too.
    private static func found(_ clue: Find.Clue, _ link: BrokerLink) throws -> Found {
        try link.ask(Find(clue))
    }

    private static func isConfirmed(_ found: [Found]) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ProcessFailure(.usage, "Nobody is there to be asked. Add --yes to erase this.")
        }
        try CommandRunner.print(
            "This can't be undone. Type yes to erase "
                + (found.count == 1 ? "this conversation:" : "these \(found.count):"))
        return readLine() == "yes"
    }

    private static func wait(for erasures: [Erasure], _ link: BrokerLink) throws {
        for var erasure in erasures {
            var shown = ErasureReport.line(erasure)
            while !erasure.isFinished {
                sleep(Self.pace)
                erasure = try link.ask(GetErasure(conversation: erasure.conversation))
                let line = ErasureReport.line(erasure)
                if line != shown { try CommandRunner.print(line) }
                shown = line
            }
        }
    }
}

/// What is said about erasures, for people.
enum ErasureReport {
    /// The conversations that would be erased.
    static func preview(_ found: [Found], now: Int64) -> String {
        var table = TextTable([
            "CONVERSATION", "BOX", "STATE", "OPENED", "EVENTS", "NEWEST", "NAMES",
        ])
        for one in found {
            let names = one.peers.map { "\($0.service.text) \($0.peer.text)" }
            table.add([
                one.conversation.description, one.box.text, one.state?.rawValue ?? "erased",
                one.openedAt > 0 ? Age.text(since: one.openedAt, now: now) : "-", "\(one.events)",
                one.newestAt.map { Age.text(since: $0, now: now) } ?? "-",
                names.isEmpty ? "-" : names.joined(separator: ", "),
            ])
        }
        return table.text
    }

    /// How far an erasure is.
    static func line(_ erasure: Erasure) -> String {
        var parts: [String] = []
        let waiting = erasure.waiting.filter { $0.refused == nil }.map(\.service.text)
        if !waiting.isEmpty {
            parts.append("\(waiting.joined(separator: ", ")) has yet to remove its side")
        }
        for service in erasure.waiting {
            guard let refused = service.refused else { continue }
            parts.append(
                "\(service.service.text) won't remove its side (\(refused.code): "
                    + "\(refused.reason)); erase it again to let it try")
        }
        if !erasure.isOverwritten { parts.append("the file is being overwritten") }
        let state = parts.isEmpty ? "erased everywhere" : "erased; " + parts.joined(separator: "; ")
        return PlainText.of("\(erasure.conversation): \(state)")
    }

    /// Where it stands still, which ChatBox doesn't touch.
    static func remains(_ erasures: [Erasure]) -> String {
        let backups =
            "Backups made before hold it still. Delete them, or keep DATABASE.erased beside the "
            + "database when you restore one."
        let copies = Set(erasures.flatMap(\.copies)).sorted()
        guard !copies.isEmpty else { return backups }
        return "These copies hold it still; delete them:\n"
            + copies.map { "  \(PlainText.of($0))" }.joined(separator: "\n") + "\n\(backups)"
    }
}
