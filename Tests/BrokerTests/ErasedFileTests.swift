import Foundation
import ProcessShell
import Testing

@testable import BrokerStore

/// What is kept beside the database of erased conversations.
@Suite struct ErasedFileTests {
    let folder: TemporaryFolder
    let file: ErasedFile
    let first: ErasedUID
    let second: ErasedUID

    init() throws {
        self.folder = try TemporaryFolder()
        self.file = ErasedFile(beside: self.folder.file("chatbox.db"))
        self.first = try #require(ErasedUID("5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e"))
        self.second = try #require(ErasedUID(bytes: 0..<16))
    }

    func entry(_ uid: ErasedUID, isDone: Bool = false) -> ErasedFile.Entry {
        ErasedFile.Entry(uid: uid, box: "main", at: 1_790_000_000_123, isDone: isDone)
    }

    func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: self.file.path))
    }

    @Test func `without a file nothing was erased`() throws {
        #expect(try self.file.entries().isEmpty)
    }

    @Test func `what is added stands there, and done counts`() throws {
        try self.file.add([self.entry(self.first), self.entry(self.second)])
        try self.file.add([self.entry(self.first, isDone: true)])
        try self.file.add([self.entry(self.first)])
        #expect(
            try self.file.entries()
                == [self.entry(self.first, isDone: true), self.entry(self.second)])
        let text = try String(contentsOfFile: self.file.path, encoding: .utf8)
        #expect(
            text.hasPrefix(
                "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 1790000000123\n"
                    + "00010203-0405-0607-0809-0a0b0c0d0e0f main 1790000000123\n"))
        let attributes = try FileManager.default.attributesOfItem(atPath: self.file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test(arguments: ["5", "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 17900000"])
    func `a line that was cut off was never answered, and is written over`(cut: String) throws {
        try self.file.add([self.entry(self.second)])
        let whole = try String(contentsOfFile: self.file.path, encoding: .utf8)
        try self.write(whole + cut)
        #expect(try self.file.entries() == [self.entry(self.second)])
        try self.file.add([self.entry(self.first)])
        #expect(try self.file.entries() == [self.entry(self.second), self.entry(self.first)])
    }

    @Test(arguments: [
        "", "x", "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main",
        "5E0C9A4E-7B1F-5D2A-9C3E-2F1A0B9C8D7E main 1",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main -1",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 01",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e  main 1",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 1 undone",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 1 done ", "\u{FEFF}",
        "5e0c9a4e7b1f5d2a9c3e2f1a0b9c8d7e main 1", "g\u{0}",
        "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e main 99999999999999999999",
    ])
    func `anything else is refused with its line`(line: String) throws {
        try self.write("00010203-0405-0607-0809-0a0b0c0d0e0f main 1\n\(line)\n")
        let failure = #expect(throws: ProcessFailure.self) { try self.file.entries() }
        #expect(failure?.exitCode == .badData && failure?.sentence.contains("line 2") == true)
    }

    @Test func `what is no file is left alone`() throws {
        let elsewhere = self.folder.file("elsewhere")
        try Data().write(to: URL(filePath: elsewhere))
        try FileManager.default.createSymbolicLink(
            atPath: self.file.path, withDestinationPath: elsewhere)
        #expect(throws: ProcessFailure.self) { try self.file.entries() }
        #expect(throws: ProcessFailure.self) { try self.file.add([self.entry(self.first)]) }
        #expect(try Data(contentsOf: URL(filePath: elsewhere)).isEmpty)
    }
}
