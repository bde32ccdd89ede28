import Foundation
import StrictJSON
import Testing

@testable import DiscordSandbox

/// What the file keeps of a post that was deleted.
@Suite struct JournalTests {
    /// A message's line in a thread.
    func message(_ id: UInt64, in channel: UInt64, _ content: String) -> WorldChange {
        .messagePosted(
            Message(
                id: Snowflake(id), channel: Snowflake(channel), author: Fixture.bot,
                kind: Message.Kind.plain, content: content))
    }

    @Test func `nothing that was said in a deleted thread stays in the file`() async throws {
        try await withFolder { folder in
            let (journal, changes) = try Journal.open(folder: folder)
            #expect(changes.isEmpty)
            let stays = self.message(2, in: 20, "stays")
            let stands = journal.append([
                self.message(1, in: 10, "CANARY"), stays, self.message(3, in: 10, "CANARY too"),
            ])
            #expect(stands && journal.append([.threadDeleted(Snowflake(10))]))
            let later = self.message(4, in: 20, "later")
            #expect(journal.append([later]))
            let text = try String(
                contentsOfFile: "\(folder)/journal.jsonl", encoding: .utf8)
            #expect(!text.contains("CANARY") && text.contains("stays") && text.contains("later"))
            #expect(throws: (any Error).self, "it is locked still") {
                try Journal.open(folder: folder)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        }
    }

    @Test func `what stays is read again`() async throws {
        try await withFolder { folder in
            let stays = self.message(2, in: 20, "stays")
            do {
                let (journal, _) = try Journal.open(folder: folder)
                #expect(journal.append([self.message(1, in: 10, "CANARY"), stays]))
                #expect(journal.append([.threadDeleted(Snowflake(10))]))
            }
            let (_, changes) = try Journal.open(folder: folder)
            #expect(changes == [stays, .threadDeleted(Snowflake(10))])
        }
    }
}
