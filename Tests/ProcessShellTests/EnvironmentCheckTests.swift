import Testing

@testable import ProcessShell

@Suite struct EnvironmentCheckTests {
    @Test(arguments: [
        ("CHATBOX_SOKET", "CHATBOX_SOCKET"), ("CHATBOX_WEB_PROT", "CHATBOX_WEB_PORT"),
        ("DISCORD_TOKENS", "DISCORD_TOKEN"), ("CHATBOX_WEBPORT", "CHATBOX_WEB_PORT"),
    ])
    func `a slip of a known name is found`(found: String, meant: String) {
        let check = EnvironmentCheck(["PATH", found])
        #expect(check.nearMiss == .init(found: found, meant: meant))
        #expect(check.unknown.isEmpty)
    }

    @Test func `other names of ours are listed, and strangers' are not`() {
        let check = EnvironmentCheck(["HOME", "CHATBOX_COLOUR", "DISCORD_BOT_NAME", "CHATBOXES"])
        #expect(check.nearMiss == nil)
        #expect(check.unknown == ["CHATBOX_COLOUR", "DISCORD_BOT_NAME"])
    }

    @Test func `a setting that no process reads yet is not passed over in silence`() {
        // Whoever sets it believes that it keeps somebody out.
        let check = EnvironmentCheck(["DISCORD_REPLY_ONLY", "CHATBOX_RETENTION_DAYS"])
        #expect(check.unknown == ["CHATBOX_RETENTION_DAYS", "DISCORD_REPLY_ONLY"])
    }

    @Test func `known names and the stand-in's pass`() {
        let names = Array(SettingCatalogue.names) + ["DISCORD_SANDBOX_PORT"]
        #expect(EnvironmentCheck(names) == EnvironmentCheck([]))
    }

    @Test(arguments: [("a", "a", 0), ("a", "b", 1), ("ab", "ba", 2), ("", "ab", 2), ("", "abc", 3)])
    func `slips are counted`(left: String, right: String, slips: Int) {
        #expect(EnvironmentCheck.slips(left, right) == slips)
        #expect(EnvironmentCheck.slips(right, left) == slips)
    }
}

@Suite struct SettingsTests {
    @Test func `a key is read by its name, and an empty value counts as absent`() {
        let settings = Settings(environment: ["CHATBOX_SOCKET": "/a", "CHATBOX_BOX": ""])
        #expect(settings.text("CHATBOX_SOCKET") == "/a")
        #expect(settings.text("CHATBOX_BOX") == nil)
        #expect(settings.text("CHATBOX_BOX", default: "main") == "main")
    }

    @Test(arguments: ["0", "65536", "http", "8080 ", "", "-1", "99999999999999999999"])
    func `a wrong number is refused with key, value and range`(text: String) throws {
        let settings = Settings(environment: ["CHATBOX_WEB_PORT": text])
        func port() throws(ProcessFailure) -> Int {
            try settings.integer("CHATBOX_WEB_PORT", default: 8_080, in: 1...65_535)
        }
        guard !text.isEmpty else {
            #expect(try port() == 8_080)
            return
        }
        #expect {
            try port()
        } throws: { error in
            guard let failure = error as? ProcessFailure else { return false }
            return failure.exitCode == .configuration
                && ["CHATBOX_WEB_PORT", "\"\(text)\"", "1–65535"].allSatisfy {
                    failure.sentence.contains($0)
                }
        }
    }
}
