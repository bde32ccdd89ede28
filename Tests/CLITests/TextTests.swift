import Protocol
import Testing

@testable import CLI

@Suite struct TextTests {
    @Test func `what would move a terminal is taken out of names`() {
        #expect(PlainText.of("a\u{1B}[2Jb\nc\u{202E}d\u{9B}e\u{7F}é") == "a[2Jbcdeé")
    }

    @Test func `columns line up`() {
        var table = TextTable(["A", "LONG", "B"])
        table.add(["one", "x", "1"])
        table.add(["2", "yy\u{1B}", "3"])
        #expect(table.text == "A    LONG  B\none  x     1\n2    yy    3")
    }

    @Test(arguments: [
        (Int64(0), "0 s"), (119_999, "119 s"), (120_000, "2 min"), (7_200_000, "2 h"),
        (172_800_000, "2 d"), (-5_000, "0 s"),
    ])
    func `an age is one number and a unit`(milliseconds: Int64, text: String) {
        #expect(Age.text(since: 1_000_000_000, now: 1_000_000_000 + milliseconds) == text)
    }

    @Test func `a status shows what waits and how old it is`() throws {
        let name = try #require(Name("discord"))
        let connection = Status.Connection(
            mode: .consumer, instance: name, agent: "chatbox-\u{1B}[31mdiscord/1", since: 0,
            generation: 5)
        let service = Status.Service(
            box: try #require(Name("main")), service: name, isUp: true, since: 0, backlog: 3,
            oldestUnacknowledgedAt: 30_000, deadLetters: 2, possibleDuplicates: 7,
            connections: [connection])
        let status = Status(
            agent: "chatbox-broker/1",
            epoch: try #require(Epoch(String(repeating: "a", count: 32))),
            startedAt: 0, schema: "2 x", databaseBytes: 2_048, conversations: 4, events: 5,
            services: [service])
        let report = StatusReport(status: status, now: 60_000)
        #expect(report.text.contains("up for 60 s"))
        #expect(
            report.text.hasSuffix(
                "main  discord  up for 60 s  3        30 s    2     7            "
                    + "chatbox-[31mdiscord/1 (consumer 5)"))
        #expect(report.text.contains("DEAD  DUPLICATES?  GATEWAYS"))
        #expect(report.json.hasPrefix("{\"agent\":"))
        #expect(report.json.contains("\"possible_duplicates\":7"))
        #expect(!report.json.contains("\u{1B}"))
        #expect(HealthLine.of(status, now: 60_000).isHealthy)
        var troubled = status
        troubled.storage = Status.Storage(code: .storageFull, since: 30_000)
        let told = "NOTHING IS STORED for 30 s: the disk is full (storage_full)"
        #expect(StatusReport(status: troubled, now: 60_000).text.hasSuffix("\n\n" + told))
        let line = HealthLine.of(troubled, now: 60_000)
        #expect(line.text == "unhealthy: " + told && !line.isHealthy)
    }

    // MARK: Erasures

    func erasure(
        _ waiting: [Erasure.Waiting], isOverwritten: Bool = true, copies: [String] = []
    ) throws -> Erasure {
        Erasure(
            conversation: try #require(ConversationID("5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e")),
            at: 0, waiting: waiting, isOverwritten: isOverwritten, copies: copies)
    }

    @Test func `a line says how far an erasure is, and who holds it up`() throws {
        let discord = Erasure.Waiting(service: try #require(Name("discord")))
        var mail = Erasure.Waiting(service: try #require(Name("mail")))
        mail.refused = .init(code: "550", reason: "No \u{1B}[2Jbox.")
        let uid = "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e"
        #expect(ErasureReport.line(try self.erasure([])) == "\(uid): erased everywhere")
        #expect(
            ErasureReport.line(try self.erasure([discord, mail], isOverwritten: false))
                == "\(uid): erased; discord has yet to remove its side; mail won't remove its side "
                + "(550: No [2Jbox.); erase it again to let it try; the file is being overwritten")
    }

    @Test func `copies that hold it still are named once`() throws {
        let one = try self.erasure([], copies: ["/v/chatbox.db.before-1"])
        let both = try self.erasure(
            [], copies: ["/v/chatbox.db.before-1", "/v/chatbox.db.replaced-2"])
        let text = ErasureReport.remains([one, both])
        #expect(text.contains("  /v/chatbox.db.before-1\n  /v/chatbox.db.replaced-2\nBackups"))
        #expect(!ErasureReport.remains([try self.erasure([])]).contains("copies"))
    }

    @Test func `a status names the erasures under way`() throws {
        let discord = Erasure.Waiting(service: try #require(Name("discord")))
        let status = Status(
            agent: "b/1", epoch: try #require(Epoch(String(repeating: "a", count: 32))),
            startedAt: 0, schema: "3", databaseBytes: 0, conversations: 0, events: 0, services: [],
            erasures: 3, erasing: [try self.erasure([discord])])
        let text = StatusReport(status: status, now: 60_000).text
        #expect(
            text.hasSuffix(
                "ERASING                               AGE   HAS YET TO REMOVE ITS SIDE\n"
                    + "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e  60 s  discord\nand 2 more"))
    }
}
