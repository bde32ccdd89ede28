import ArgumentParser
import ProcessShell
import Protocol
import StrictJSON

/// What the far sides refused for good.
struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Lists what a far side refused for good, tries it again, or gives it up.",
        subcommands: [ListCommand.self, RetryCommand.self, DropCommand.self])

    /// Every dead letter.
    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists them, the oldest first.")

        @Flag(help: "One JSON object a line instead of a table.") var json = false
        @OptionGroup var options: ProcessOptions

        func run() {
            CommandRunner.run("chatbox", config: self.options.config) { settings in
                let link = try BrokerLink(to: settings.brokerSocket())
                let letters = try DeadLetterBook(link).letters()
                if self.json {
                    for letter in letters { try CommandRunner.print(letter.json) }
                } else {
                    try CommandRunner.print(Self.table(letters, now: WallClock.now))
                }
                return .ok
            }
        }

        /// The table for people.
        static func table(_ letters: [DeadLetters.Entry], now: Int64) -> String {
            guard !letters.isEmpty else { return "There are no dead letters." }
            var table = TextTable(["ID", "BOX", "FROM", "TO", "AGE", "CODE", "REASON"])
            for letter in letters {
                table.add([
                    "\(letter.number)", letter.box.text, letter.from.text, letter.service.text,
                    Age.text(since: letter.at, now: now), letter.code, letter.reason,
                ])
            }
            return table.text
        }
    }

    /// Another try.
    struct RetryCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Tries dead letters again.")

        @Argument(help: "Their ids, as list shows them.") var ids: [Int64]
        @OptionGroup var options: ProcessOptions

        func run() {
            CommandRunner.run("chatbox", config: self.options.config) { settings in
                let link = try BrokerLink(to: settings.brokerSocket())
                for letter in try DeadLetterBook(link).letters(self.ids) {
                    // An erasure is tried again by asking for it again, which changes nothing else.
                    if (try? link.ask(GetErasure(conversation: letter.conversation))) != nil {
                        _ = try link.ask(Erase(conversation: letter.conversation))
                        try CommandRunner.print("\(letter.number): the erasure is tried again")
                        continue
                    }
                    // The same letter always gets the same key: however often it is asked for, it
                    // is tried once.
                    guard let key = IdempotencyKey("chatbox:\(letter.number)") else { continue }
                    let requeue = Requeue(
                        conversation: letter.conversation, service: letter.service,
                        seq: letter.seq, key: key)
                    _ = try link.ask(requeue)
                    try CommandRunner.print("\(letter.number): is tried again")
                }
                return .ok
            }
        }
    }

    /// The end of it.
    struct DropCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: "Gives dead letters up; their senders still see them as failed.")

        @Argument(help: "Their ids, as list shows them.") var ids: [Int64]
        @OptionGroup var options: ProcessOptions

        func run() {
            CommandRunner.run("chatbox", config: self.options.config) { settings in
                let link = try BrokerLink(to: settings.brokerSocket())
                for letter in try DeadLetterBook(link).letters(self.ids) {
                    let drop = DropDeadLetter(
                        conversation: letter.conversation, service: letter.service,
                        seq: letter.seq)
                    _ = try link.ask(drop)
                    try CommandRunner.print("\(letter.number): is given up")
                }
                return .ok
            }
        }
    }
}

/// The broker's dead letters, page by page.
struct DeadLetterBook {
    private let link: BrokerLink

    init(_ link: BrokerLink) {
        self.link = link
    }

    /// All of them, the oldest first.
    func letters() throws -> [DeadLetters.Entry] {
        var letters: [DeadLetters.Entry] = []
        while true {
            let page = try self.link.ask(ListDeadLetters(after: letters.last?.number ?? 0))
            letters += page.entries
            if !page.more || page.entries.isEmpty { return letters }
        }
    }

    /// Those of some ids.
    ///
    /// - Throws: ``ProcessFailure`` if one of them isn't there; nothing was done then.
    func letters(_ ids: [Int64]) throws -> [DeadLetters.Entry] {
        let letters = try self.letters()
        return try ids.map { id in
            guard let letter = letters.first(where: { $0.number == id }) else {
                throw ProcessFailure(
                    .missing,
                    "There is no dead letter \(id): it was delivered, tried again or dropped. "
                        + "\"chatbox dead-letters list\" shows those that there are.")
            }
            return letter
        }
    }
}

extension DeadLetters.Entry {
    /// One JSON object.
    var json: String {
        let page = DeadLetters(entries: [self], more: false)
        let object = try? JSONParser.parse(JSONText.of(page)).object
        return object?["entries"]?.array?.first.map(JSONWriter.text) ?? "{}"
    }
}
