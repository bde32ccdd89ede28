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
            oldestUnacknowledgedAt: 30_000, deadLetters: 2, connections: [connection])
        let status = Status(
            agent: "chatbox-broker/1",
            epoch: try #require(Epoch(String(repeating: "a", count: 32))),
            startedAt: 0, schema: "2 x", databaseBytes: 2_048, conversations: 4, events: 5,
            services: [service])
        let report = StatusReport(status: status, now: 60_000)
        #expect(report.text.contains("up for 60 s"))
        #expect(
            report.text.hasSuffix(
                "main  discord  up for 60 s  3        30 s    2     "
                    + "chatbox-[31mdiscord/1 (consumer 5)"))
        #expect(report.json.hasPrefix("{\"agent\":"))
        #expect(!report.json.contains("\u{1B}"))
    }
}
