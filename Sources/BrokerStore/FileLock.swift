package import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Keeps a second broker away from a socket or a database.
///
/// `flock`, not `fcntl`: that one is lost when any descriptor of the file is closed. The file stays
/// when the process ends; only the lock goes.
package struct FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock beside a path; it is held until it is released or the process ends.
    ///
    /// - Throws: ``ProcessFailure`` if another process has it or the file can't be made.
    package init(beside path: String, of what: String) throws(ProcessFailure) {
        let lock = path + ".lock"
        self.descriptor = open(lock, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard self.descriptor >= 0 else {
            throw ProcessFailure(
                .cannotCreate,
                "\(lock) can't be made: \(String(cString: strerror(errno))). Make its folder, or "
                    + "set another path.")
        }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(self.descriptor)
            throw ProcessFailure(
                .temporary,
                "A broker uses the \(what) \(path). Stop that one first, or set another path."
            )
        }
    }

    /// Lets another broker in. Call it once.
    package func release() {
        close(self.descriptor)
    }
}
