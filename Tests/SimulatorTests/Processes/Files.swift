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
        static let endings = ["", "-wal", "-journal", ".life"]

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

        /// Copies a database as it lies there, with SQLite's log beside it or without.
        static func copyDatabase(_ from: String, to: String, withLog: Bool = true) {
            for ending in self.endings where withLog || !ending.hasPrefix("-") {
                self.copy(from + ending, to: to + ending)
            }
        }

        /// A file's bytes; 0 if there is none.
        static func size(_ path: String) -> Int {
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_size) : 0
        }

        /// Removes a life's folder.
        func remove(_ life: Int) { Self.remove("\(self.folder)/\(life)") }

        /// Removes everything.
        func removeAll() { Self.remove(self.folder) }

        private static func remove(_ path: String) {
            guard let folder = opendir(path) else {
                unlink(path)
                return
            }
            var names: [String] = []
            while let entry = readdir(folder) {
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
                }
            }
            closedir(folder)
            for name in names where name != "." && name != ".." { self.remove("\(path)/\(name)") }
            rmdir(path)
        }
    }
#endif
