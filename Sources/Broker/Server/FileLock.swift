import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps a second broker away from a socket or a database for as long as this process lives.
///
/// `flock`, not `fcntl`: that one is lost when any descriptor of the file is closed. The file stays
/// when the process ends; only the lock goes.
struct FileLock: Sendable {
    /// Takes the lock beside a path; it is held until the process ends.
    ///
    /// - Throws: ``ProcessFailure`` if another process has it or the file can't be made.
    static func take(beside path: String, of what: String) throws(ProcessFailure) {
        let lock = path + ".lock"
        let descriptor = open(lock, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ProcessFailure(
                .cannotCreate,
                "\(lock) can't be made: \(String(cString: strerror(errno))). Make its folder, or "
                    + "set another path.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ProcessFailure(
                .temporary,
                "Another broker uses the \(what) \(path). Stop that one first, or set another path."
            )
        }
    }
}
