import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The place of the broker's socket: private to its group, and free of what a killed process left.
enum SocketFile {
    /// The longest path in bytes: `sun_path` holds 108 with its end (unix(7)).
    static let pathBytes = 107

    /// Makes the folder and removes a stale socket. The caller holds the socket's lock.
    ///
    /// - Throws: ``ProcessFailure`` if something else than our socket lies there.
    static func prepare(_ path: String) throws(ProcessFailure) {
        guard path.utf8.count <= self.pathBytes else {
            throw ProcessFailure(
                .configuration,
                "CHATBOX_SOCKET has \(path.utf8.count) bytes and the system allows "
                    + "\(self.pathBytes). Set a shorter path.")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
            throw ProcessFailure(
                .cannotCreate,
                "\(path) is no socket of ours, so it is left alone. Remove it, or set "
                    + "CHATBOX_SOCKET to another path.")
        }
        unlink(path)
    }

    /// Makes the folder of a path, and its parents, readable to our group only.
    static func makeFolder(of path: String) throws(ProcessFailure) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return }
        parts.removeLast()
        var folder = ""
        for part in parts {
            folder += folder.isEmpty && !path.hasPrefix("/") ? String(part) : "/\(part)"
            if folder.isEmpty || folder == "/" { continue }
            if mkdir(folder, 0o700) == 0 {
                // Whatever the process's mask is, our group may go through to the socket.
                chmod(folder, 0o750)
                continue
            }
            guard errno == EEXIST else {
                throw ProcessFailure(
                    .cannotCreate,
                    "The folder \(folder) can't be made: \(String(cString: strerror(errno))).")
            }
        }
    }
}
