import Foundation
import Testing

@testable import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder that is gone with the test.
private final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/chatbox-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        self.path = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func file(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let path = "\(self.path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, mode)
        return path
    }
}

@Suite struct FileTests {
    @Test func `what is no regular file is refused, each with its reason, and nothing waits`()
        throws
    {
        let folder = try Folder()
        let pipe = "\(folder.path)/pipe"
        mkfifo(pipe, 0o600)
        let loop = "\(folder.path)/loop"
        symlink(loop, loop)
        let large = try folder.file("large", String(repeating: "#", count: 11))
        for (path, reason) in [
            ("\(folder.path)/none", "doesn't exist"), (folder.path, "is a folder"),
            (pipe, "is a pipe"), ("/dev/null", "is no regular file"),
            (loop, "is a circle of links"), (large, "is larger than 10 bytes"),
        ] {
            let objection = #expect(throws: SmallFile.Objection.self) {
                try SmallFile.read(path, bytesMax: 10)
            }
            #expect(objection?.reason.hasPrefix(reason) == true, "\(path)")
        }
    }

    @Test func `a file is read whole, with its mode and owner`() throws {
        let folder = try Folder()
        let path = try folder.file("ten", "0123456789", mode: 0o640)
        let file = try SmallFile.read(path, bytesMax: 10)
        #expect(
            file
                == SmallFile(
                    bytes: Array("0123456789".utf8), permissions: 0o640, owner: geteuid()))
    }

    @Test(
        arguments: [
            (0o600, 7, "/etc/t", nil), (0o400, 7, "/etc/t", nil),
            // root:chatbox 0640, and a systemd credential, whose reader is in its access list.
            (0o640, 0, "/etc/t", nil), (0o440, 0, "/etc/t", nil),
            (0o640, 7, "/etc/t", "group"), (0o604, 7, "/etc/t", "every user"),
            (0o644, 0, "/etc/t", "every user"), (0o602, 7, "/etc/t", "written"),
            (0o620, 0, "/etc/t", "written"), (0o444, 0, "/run/secrets/t", nil),
            (0o644, 7, "/run/secrets/t", nil), (0o646, 0, "/run/secrets/t", "written"),
            (0o444, 0, "/run/secretsx/t", "every user"),
        ] as [(UInt32, UInt32, String, String?)])
    func `a secret must not be open to others`(
        permissions: UInt32, owner: UInt32, path: String, word: String?
    ) {
        let file = SmallFile(bytes: [], permissions: permissions, owner: owner)
        let objection = SecretFile.objection(file, path: path, user: 7)
        #expect((objection == nil) == (word == nil))
        if let word { #expect(objection?.contains(word) == true) }
    }

    @Test func `a secret's file is read, or refused with key, path and what to do`() throws {
        let folder = try Folder()
        let good = try folder.file("good", "abc\n")
        let open = try folder.file("open", "abc\n", mode: 0o644)
        #expect(try Settings(environment: ["T_FILE": good]).secretFile("T_FILE") == "abc\n")
        #expect(try Settings(environment: [:]).secretFile("T_FILE") == nil)
        for (path, word) in [(open, "chmod 600"), (folder.path, "is a folder")] {
            let failure = #expect(throws: ProcessFailure.self) {
                try Settings(environment: ["T_FILE": path]).secretFile("T_FILE")
            }
            #expect(failure?.exitCode == .configuration)
            for part in ["T_FILE", path, word] {
                #expect(failure?.sentence.contains(part) == true)
            }
            #expect(failure?.sentence.contains("abc") == false)
        }
    }

    @Test func `a named file that can't be read is refused with who named it`() throws {
        let failure = #expect(throws: ProcessFailure.self) { try Settings(config: "/nowhere/a") }
        #expect(failure?.exitCode == .configuration)
        #expect(
            failure?.sentence.hasPrefix("--config names /nowhere/a, which doesn't exist") == true)
        #expect(throws: ProcessFailure.self) { try Settings(config: "") }
        let folder = try Folder()
        let path = try folder.file("conf", "DISCORD_NOTE_PREFIX=%%\n")
        #expect(try Settings(config: path).text("DISCORD_NOTE_PREFIX") == "%%")
    }
}

@Suite struct SocketPathTests {
    @Test func `a relative path is made absolute, and a long one refused`() throws {
        func path(_ text: String) throws -> String {
            try Settings(environment: ["CHATBOX_SOCKET": text])
                .socketPath("CHATBOX_SOCKET", default: "a")
        }
        let folder = FileManager.default.currentDirectoryPath
        #expect(try path("b/c.sock") == folder + "/b/c.sock")
        #expect(try path("") == folder + "/a")
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(try path(longest) == longest)
        for long in [longest + "a", String(repeating: "a", count: 107)] {
            let failure = #expect(throws: ProcessFailure.self) { try path(long) }
            #expect(failure?.exitCode == .configuration)
            #expect(failure?.sentence.contains("107") == true)
        }
    }
}

@Suite struct SettingCatalogueTests {
    private static let processes = [
        SettingCatalogue.broker, SettingCatalogue.web, SettingCatalogue.discord,
        SettingCatalogue.sandbox,
    ]

    @Test(arguments: processes)
    func `help names every setting with its default and fits a terminal`(settings: [Setting]) {
        let help = Setting.help(settings)
        for setting in settings {
            #expect(help.contains("\n  \(setting.key)"))
            if let standard = setting.standard { #expect(help.contains("(\(standard))")) }
        }
        let lines = help.split(separator: "\n").dropFirst()
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(Set(settings.map(\.key)).count == settings.count)
    }

    @Test func `a wrong secret is refused without its value`() {
        let failure = Settings(environment: [:]).wrong("DISCORD_TOKEN", "abc", "a token")
        #expect(!failure.sentence.contains("abc"))
    }
}
