#if os(Linux)
    import CDispatch
    import Glibc

    /// What the disk has of the files that SQLite writes: the writes since the last sync are undone
    /// by a power cut, some of them or all.
    ///
    /// The files themselves are real, in memory, so that SQLite's own code decides what a crash
    /// means.
    final class Disk {
        /// A write that no sync followed yet, and what stood there before.
        private struct Unsynced {
            var path: String
            var offset: Int
            var count: Int
            var before: [UInt8]
        }

        /// What the next syncs or writes do.
        enum Fault {
            /// The next so many syncs fail, as a dying disk's.
            case syncsFail(Int)
            /// There is no room for so many writes.
            case full(Int)
        }

        /// What is wrong with it.
        var fault: Fault?
        /// Called before a sync takes effect, and after it. The first may forbid it.
        var onSync: ((_ path: String) -> Bool)?
        /// Whether what is written stays in the process, so that its death takes it too.
        var keepsBack = false
        /// How often SQLite's log was synced: whatever is committed follows such a sync.
        private(set) var commits = 0
        /// How long SQLite's log has become.
        private(set) var logBytes = 0
        private var unsynced: [Unsynced] = []
        private var paths: [Int32: (inode: UInt64, path: String)] = [:]

        /// A write is about to happen; whether there is room.
        func writes(_ file: Int32, _ count: Int, at offset: Int) -> Bool {
            guard let path = self.path(of: file) else { return true }
            if case .full(let left)? = self.fault {
                self.fault = left > 1 ? .full(left - 1) : nil
                return false
            }
            if path.hasSuffix("-wal") { self.logBytes = max(self.logBytes, offset + count) }
            var before = [UInt8](repeating: 0, count: count)
            let read = before.withUnsafeMutableBytes {
                pread(file, $0.baseAddress, count, off_t(offset))
            }
            before.removeLast(count - max(0, read))
            self.unsynced.append(
                .init(path: path, offset: offset, count: count, before: before))
            return true
        }

        /// A sync is about to happen; whether it succeeds.
        func syncs(_ file: Int32) -> Bool {
            guard let path = self.path(of: file) else { return true }
            if case .syncsFail(let left)? = self.fault {
                self.fault = left > 1 ? .syncsFail(left - 1) : nil
                return false
            }
            guard self.onSync?(path) ?? true else { return false }
            if path.hasSuffix("-wal") { self.commits += 1 }
            if self.keepsBack {
                self.unsynced.removeFirst(max(0, self.unsynced.count - 40))
            } else {
                self.unsynced.removeAll { $0.path == path }
            }
            return true
        }

        /// Takes back, in a copy of the files, the newest writes, which never left the process.
        func takeBack(_ copies: [String: String], _ chance: inout Chance) {
            let count = chance.below(self.unsynced.count + 1)
            for write in self.unsynced.suffix(count).reversed() { Self.undo(write, in: copies) }
            self.unsynced = []
        }

        /// Takes back, in a copy of the files, what a power cut takes: of the unsynced writes the
        /// newest ones, or any of them.
        func cutPower(_ copies: [String: String], _ chance: inout Chance) {
            let keepsSome = chance.happens(50)
            for write in self.unsynced.reversed() where !(keepsSome && chance.happens(50)) {
                Self.undo(write, in: copies)
            }
            self.unsynced = []
        }

        private static func undo(_ write: Unsynced, in copies: [String: String]) {
            guard let copy = copies[write.path] else { return }
            let file = open(copy, O_RDWR)
            guard file >= 0 else { return }
            // What had no length before reads as zeros: SQLite takes that for no frame.
            let bytes =
                write.before + [UInt8](repeating: 0, count: write.count - write.before.count)
            _ = bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress, $0.count, off_t(write.offset))
            }
            Glibc.close(file)
        }

        /// The files are another life's now.
        func forget() {
            self.unsynced = []
            self.paths = [:]
            self.logBytes = 0
        }

        /// Only the database and its logs are watched.
        private func path(of file: Int32) -> String? {
            var status = stat()
            guard fstat(file, &status) == 0 else { return nil }
            if let known = self.paths[file], known.inode == UInt64(status.st_ino) {
                return known.path
            }
            var buffer = [CChar](repeating: 0, count: 256)
            let length = readlink("/proc/self/fd/\(file)", &buffer, 255)
            guard length > 0 else { return nil }
            let path = String(
                decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard [".db", ".db-wal", ".db-journal"].contains(where: path.hasSuffix) else {
                return nil
            }
            self.paths[file] = (UInt64(status.st_ino), path)
            return path
        }
    }
#endif
