import Testing

@testable import ProcessShell

@Suite struct SettingsFileTests {
    private func file(_ text: String) throws -> SettingsFile {
        try SettingsFile(Array(text.utf8), path: "/etc/a.conf")
    }

    @Test func `keys, comments, spaces and quotes are read`() throws {
        let file = try self.file(
            """
            # ChatBox

              CHATBOX_WEB_PORT = 9000\u{20}
            CHATBOX_BOXES="main=web,discord"
            DISCORD_NOTE_PREFIX='# '
            CHATBOX_STATIC=
            CHATBOX_DATABASE=/a b/ä#.db
            """)
        #expect(
            file.entries == [
                "CHATBOX_WEB_PORT": .init(value: "9000", line: 3),
                "CHATBOX_BOXES": .init(value: "main=web,discord", line: 4),
                "DISCORD_NOTE_PREFIX": .init(value: "# ", line: 5),
                "CHATBOX_STATIC": .init(value: "", line: 6),
                "CHATBOX_DATABASE": .init(value: "/a b/ä#.db", line: 7),
            ])
    }

    @Test func `a file of comments alone sets nothing`() throws {
        #expect(try self.file("# nothing yet\n\t\n").entries.isEmpty)
    }

    /// Each slip, and words of the sentence that says what it is and what to do.
    static let slips: [(String, [String])] = [
        ("", ["/etc/a.conf is empty", "Write settings"]),
        ("\u{FEFF}CHATBOX_BOX=a", ["byte order mark", "without one"]),
        ("# a\r\nCHATBOX_BOX=a\r\n", ["Line 1 of /etc/a.conf", "Windows", "sed"]),
        ("\n CHATBOX_BOX\t=a", ["Line 2", "tab"]),
        ("CHATBOX_BOX=a\u{0}", ["Line 1", "control character"]),
        ("CHATBOX_BOX=a\u{1B}[2J", ["Line 1", "control character"]),
        ("\n\nCHATBOX_BOX", ["Line 3", "no KEY=VALUE"]),
        ("export CHATBOX_BOX=a", ["Line 1", "export", "leave it out"]),
        ("CHATBOX_BOX=a\n#\nCHATBOX_BOX=b", ["Line 3", "line 1", "CHATBOX_BOX"]),
        ("CHATBOX_BXO=a", ["Line 1", "\"CHATBOX_BXO\"", "did you mean CHATBOX_BOX?"]),
        ("chatbox_web_port=1", ["\"chatbox_web_port\"", "did you mean CHATBOX_WEB_PORT?"]),
        ("maxx_len=1", ["\"maxx_len\"", "no setting", "--help"]),
        ("=a", ["Line 1", "\"\"", "no setting"]),
        ("CHATBOX_BIN=a", ["CHATBOX_BIN", "no setting"]),
        ("CHATBOX_CONFIG=a", ["Line 1", "Only the environment"]),
        ("CHATBOX_WEB_PORT=80 # http", ["Line 1", "line of its own"]),
        ("CHATBOX_BOX=\"a", ["Line 1", "quote"]),
        ("CHATBOX_BOX=\"", ["Line 1", "quote"]),
        ("CHATBOX_BOX=\"a\" b\"", ["Line 1", "quote"]),
        ("DISCORD_TOKEN=MTk4.Cl2FMQ.ZnCjm1XVW7vRze4b", ["DISCORD_TOKEN", "DISCORD_TOKEN_FILE"]),
    ]

    @Test(arguments: slips)
    func `a slip is refused with a sentence of its own`(text: String, words: [String]) {
        let failure = #expect(throws: ProcessFailure.self) { try self.file(text) }
        #expect(failure?.exitCode == .configuration)
        let sentence = failure?.sentence ?? ""
        for word in words { #expect(sentence.contains(word)) }
        #expect(!sentence.contains("ZnCjm1XVW7vRze4b"))
        #expect(sentence.utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test func `every slip has another sentence`() throws {
        let sentences = Self.slips.compactMap { text, _ -> String? in
            do {
                _ = try self.file(text)
                return nil
            } catch {
                return "\(error)"
            }
        }
        // Two control characters and three halves of quotes say the same.
        #expect(Set(sentences).count >= Self.slips.count - 3)
    }

    @Test func `bytes that are no UTF-8 are refused with their line`() {
        let failure = #expect(throws: ProcessFailure.self) {
            try SettingsFile(Array("#\nCHATBOX_BOX=".utf8) + [0xFF, 0xFE], path: "/a")
        }
        #expect(failure?.sentence.contains("Line 2 of /a is not UTF-8") == true)
    }

    @Test func `the environment wins over the file, and an empty variable counts as absent`() throws
    {
        let settings = Settings(
            environment: ["CHATBOX_WEB_PORT": "1", "CHATBOX_WEB_HOST": ""],
            file: try self.file("CHATBOX_WEB_PORT=2\nCHATBOX_WEB_HOST=::\nCHATBOX_BOX=b"))
        #expect(settings.text("CHATBOX_WEB_PORT") == "1")
        #expect(settings.text("CHATBOX_WEB_HOST") == "::")
        #expect(settings.text("CHATBOX_BOX") == "b")
        #expect(settings.text("CHATBOX_STATIC") == nil)
    }

    @Test func `a wrong value is refused with its place in the file`() throws {
        let settings = Settings(
            environment: [:], file: try self.file("#\nCHATBOX_WEB_PORT=10 m"))
        let failure = #expect(throws: ProcessFailure.self) {
            try settings.integer("CHATBOX_WEB_PORT", default: 1, in: 0...65_535)
        }
        for word in ["CHATBOX_WEB_PORT", "\"10 m\"", "line 2 of /etc/a.conf", "0–65535"] {
            #expect(failure?.sentence.contains(word) == true)
        }
    }

    @Test func `a wrong value of the environment is not blamed on the file`() throws {
        let settings = Settings(
            environment: ["CHATBOX_WEB_PORT": "x"], file: try self.file("CHATBOX_WEB_PORT=1"))
        #expect(!settings.wrong("CHATBOX_WEB_PORT", "x", "y").sentence.contains("a.conf"))
    }
}
