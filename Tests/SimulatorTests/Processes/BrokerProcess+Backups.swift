#if os(Linux)
    import BrokerStore
    import FoundationEssentials
    import Glibc
    import GRDB

    @testable import Broker

    /// A copy of the database.
    struct Backup {
        /// How it was made, and comes back.
        enum Way {
            /// By `chatbox backup` and `chatbox restore`.
            case command
            /// As files, by hand: the database with its log, but not what the broker notes beside it.
            case byHand
        }
        var way: Way
        var path: String
    }

    // Copies of the database, and what is lost when one is put back.
    extension BrokerProcess {
        /// Copies the database beside the running broker; `nil` if there is none just now.
        func backUp(_ way: Backup.Way) -> Backup? {
            guard self.isUp, let store = self.store, self.isClaimed else { return nil }
            // Neither name is one that the simulated disk watches.
            let backup = Backup(way: way, path: "\(self.files.folder)/copy")
            switch way {
            case .command:
                guard (try? DatabaseCopy.copy(store.writer, to: backup.path)) != nil else {
                    return nil
                }
            case .byHand:
                for ending in ["", "-wal"] {
                    Files.copy(self.path + ending, to: backup.path + ending)
                }
            }
            return backup
        }

        /// Whether the Discord gateway has ever been there: a copy that is older can't be told from a
        /// fresh installation's.
        private var isClaimed: Bool {
            let claim = try? self.store?.writer.unsafeRead { db in
                try Int.fetchOne(
                    db, sql: "SELECT 1 FROM stored_value WHERE key = 'discord-binding'")
            }
            return claim != nil
        }

        /// Puts a copy in the database's place, while no broker runs.
        func restore(_ backup: Backup) {
            do {
                let before = try self.look(at: self.path)
                let after = try self.look(at: backup.path)
                self.record.losses.append(Record.Loss(from: before, to: after))
                switch backup.way {
                case .command:
                    let restoration = try Restoration(of: backup.path, over: self.path)
                    defer { restoration.release() }
                    _ = try restoration.run(now: self.world.wallTime)
                case .byHand:
                    for ending in ["", "-wal", "-shm", "-journal"] { unlink(self.path + ending) }
                    for ending in ["", "-wal"] {
                        Files.copy(backup.path + ending, to: self.path + ending)
                    }
                }
                if self.canary == .epochKept { try self.keepEpoch(before.epoch) }
            } catch {
                self.record.breaks("I10 database", "a copy can't be put back: \(error)")
            }
            self.forget()
            self.world.disk.forget()
        }

        /// What a database holds that nobody has open, read from a copy so that it stays as it is.
        private func look(at path: String) throws -> Stored {
            let copy = "\(self.files.folder)/look"
            defer { for ending in ["", "-wal", "-shm"] { unlink(copy + ending) } }
            for ending in ["", "-wal"] { Files.copy(path + ending, to: copy + ending) }
            return try Stored(path: copy)
        }

        /// A restore that forgets what it is for.
        private func keepEpoch(_ epoch: String) throws {
            let queue = try DatabaseQueue(path: self.path)
            try queue.write { db in
                try db.execute(
                    sql: "UPDATE life SET epoch = ?",
                    arguments: [
                        Data(
                            stride(from: 0, to: 32, by: 2).compactMap { index in
                                UInt8(epoch.dropFirst(index).prefix(2), radix: 16)
                            })
                    ])
            }
            try queue.close()
            unlink(self.path + ".life")
        }
    }
#endif
