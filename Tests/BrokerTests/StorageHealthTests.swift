import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker
@testable import BrokerStore

@Suite struct StorageHealthTests {
    @Test(arguments: [
        (ResultCode.SQLITE_FULL, Int32(0), StorageFault.full),
        (.SQLITE_IOERR_WRITE, ENOSPC, .full), (.SQLITE_IOERR_WRITE, EFBIG, .full),
        (.SQLITE_IOERR_WRITE, EDQUOT, .full), (.SQLITE_IOERR_WRITE, EIO, .failed),
        (.SQLITE_IOERR_WRITE, EROFS, .failed), (.SQLITE_IOERR_READ, ENOSPC, .failed),
        (.SQLITE_READONLY, 0, .failed), (.SQLITE_CANTOPEN, 0, .failed), (.SQLITE_BUSY, 0, .failed),
        (.SQLITE_NOMEM, 0, .failed), (.SQLITE_CONSTRAINT, 0, .ofInput),
        (.SQLITE_TOOBIG, 0, .ofInput),
    ])
    func `each error says what it means`(code: ResultCode, system: Int32, fault: StorageFault) {
        #expect(StorageFault(code, system: system) == fault)
    }

    @Test(arguments: [
        ResultCode.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_CORRUPT,
        .SQLITE_CORRUPT_VTAB, .SQLITE_NOTADB, .SQLITE_READONLY_DBMOVED,
    ])
    func `what can't be relied on any more ends the process`(code: ResultCode) {
        guard case .broken = StorageFault(code, system: EIO) else {
            Issue.record("\(code) should be the end")
            return
        }
    }

    typealias Trouble = StorageHealth.Trouble

    @Test func `every fault and every success in every state`() {
        let full = Trouble(code: .storageFull, since: 10)
        let failed = Trouble(code: .storageFailed, since: 10)
        func health(_ trouble: Trouble?) -> StorageHealth {
            var health = StorageHealth()
            if let trouble {
                _ = health.failed(trouble == full ? .full : .failed, at: trouble.since)
            }
            return health
        }
        let faults: [StorageFault] = [.ofInput, .full, .failed, .broken("x")]
        let expected: [(Trouble?, [StorageHealth.News?], [Trouble?])] = [
            (
                nil,
                [
                    nil, .began(Trouble(code: .storageFull, since: 20)),
                    .began(Trouble(code: .storageFailed, since: 20)), nil,
                ],
                [
                    nil, Trouble(code: .storageFull, since: 20),
                    Trouble(code: .storageFailed, since: 20), nil,
                ]
            ),
            (full, [nil, nil, .began(failed), nil], [full, full, failed, full]),
            (failed, [nil, .began(full), nil, nil], [failed, full, failed, failed]),
        ]
        for (trouble, news, after) in expected {
            for (index, fault) in faults.enumerated() {
                var health = health(trouble)
                #expect(health.trouble == trouble)
                #expect(health.failed(fault, at: 20) == news[index], "\(fault)")
                #expect(health.trouble == after[index], "\(fault)")
            }
            var health = health(trouble)
            #expect(health.stored(at: 25) == trouble.map { .ended($0, after: 15) })
            #expect(health.trouble == nil)
        }
        var backwards = health(full)
        #expect(backwards.stored(at: 5) == .ended(full, after: 0), "the clock went back")
    }

    @Test func `files are the same by device and number`() {
        let (one, other) = (
            PlacedFiles.Identity(device: 1, number: 1), PlacedFiles.Identity(device: 2, number: 1)
        )
        let placed = PlacedFiles(file: one, log: one)
        #expect(placed.displacement(now: placed) == nil)
        for (file, log, word) in [
            (nil, one, "deleted"), (other, one, "replaced"), (one, nil, "log"), (one, other, "log"),
        ] as [(PlacedFiles.Identity?, PlacedFiles.Identity?, String)] {
            let now = PlacedFiles(file: file, log: log)
            #expect(placed.displacement(now: now)?.contains(word) == true)
        }
    }

    /// A header of 4,096-byte pages.
    private func header(
        pages: UInt8 = 2, counter: UInt32 = 5, valid: UInt32? = nil, size: Int64 = 8_192,
        application: UInt32 = UInt32(bitPattern: Schema.applicationID)
    ) -> DatabaseHeader {
        var bytes = Array("SQLite format 3\0".utf8) + [0x10, 0x00]
        bytes += Array(repeating: 0, count: 82)
        func write(_ number: UInt32, at offset: Int) {
            for index in 0..<4 {
                bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index))
            }
        }
        write(counter, at: 24)
        write(UInt32(pages), at: 28)
        write(application, at: 68)
        write(valid ?? counter, at: 92)
        return DatabaseHeader(bytes, size: size)
    }

    @Test func `a header tells what happened to the file`() {
        let before = self.header()
        #expect(before.damage(since: before) == nil)
        #expect(self.header(counter: 6).damage(since: before) == nil)
        #expect(self.header(size: 12_288).damage(since: before) == nil)
        #expect(self.header(pages: 9, valid: 1).damage(since: before) == nil, "an old count")
        #expect(self.header(size: 0).damage(since: before) == "was emptied")
        #expect(self.header(size: 8_191).damage(since: before) == "was cut")
        #expect(self.header(application: 7).damage(since: before) == "was overwritten")
        #expect(
            DatabaseHeader([UInt8](repeating: 0x20, count: 100), size: 8_192)
                .damage(since: before) == "was overwritten")
        #expect(DatabaseHeader([], size: 8_192).damage(since: before) == "was overwritten")
        #expect(
            self.header(counter: 4).damage(since: before) == "was overwritten with an older copy")
        #expect(self.header(counter: 0).damage(since: self.header(counter: .max)) == nil)
    }

    @Test func `a note follows what is added, and says what is lacking`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        let file = LifeFile(beside: path)
        #expect(file.read() == nil)
        file.add(events: 1, receipts: 1)
        #expect(file.read() == nil, "nothing is written before the first")
        let note = LifeFile.Note(epoch: "e", events: 5, receipts: 7)
        #expect(file.write(note) && file.read() == note)
        file.add(events: 2, receipts: 0)
        file.add(events: 0, receipts: 3)
        file.add(events: 0, receipts: 0)
        let later = LifeFile.Note(epoch: "e", events: 7, receipts: 10)
        #expect(LifeFile(beside: path).read() == later)
        #expect(later.loss(in: later) == nil && note.loss(in: later) == nil)
        #expect(try #require(later.loss(in: note)) == (2, 3))
        #expect(later.loss(in: LifeFile.Note(epoch: "f", events: 0, receipts: 0)) == nil)
        file.close()
        file.add(events: 100, receipts: 0)
        #expect(file.read() == later)
    }
}
