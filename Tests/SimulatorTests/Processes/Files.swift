#if os(Linux)
    import CDispatch
    import Glibc

    /// A folder in memory for the database's files of one simulation.
    struct Files {
        /// The folder.
        let folder: String

        /// A new folder.
        init() {
            var template = Array("/dev/shm/chatbox-simulation-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { fatalError("There is no place in /dev/shm.") }
            self.folder = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        /// Where the database of a life is.
        func database(_ life: Int) -> String { "\(self.folder)/\(life)/chatbox.db" }

        /// Makes the folder of a life.
        func make(_ life: Int) { mkdir("\(self.folder)/\(life)", 0o700) }

        /// The files that make up a database.
        static let endings = ["", "-wal", ".life"]

        /// Copies a file; nothing if it isn't there.
        static func copy(_ from: String, to: String) {
            let source = open(from, O_RDONLY)
            guard source >= 0 else { return }
            defer { close(source) }
            let target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            guard target >= 0 else { return }
            defer { close(target) }
            var status = stat()
            fstat(source, &status)
            var left = Int(status.st_size)
            while left > 0 {
                let sent = sendfile(target, source, nil, left)
                guard sent > 0 else { return }
                left -= sent
            }
        }

        /// Copies a database as it lies there.
        static func copyDatabase(_ from: String, to: String) {
            for ending in self.endings { self.copy(from + ending, to: to + ending) }
        }

        /// Removes a life's folder.
        func remove(_ life: Int) {
            let path = self.database(life)
            for ending in Self.endings + ["-shm", "-journal", ".new"] { unlink(path + ending) }
            rmdir("\(self.folder)/\(life)")
        }

        /// Removes everything up to a life.
        func removeAll(upTo life: Int) {
            for one in 0...life { self.remove(one) }
            rmdir(self.folder)
        }
    }
#endif
