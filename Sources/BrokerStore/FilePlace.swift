package import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where a database lies, judged before it is opened.
package struct FilePlace: Equatable, Sendable {
    /// What lies at the path.
    package enum Kind: Equatable, Sendable {
        case nothing, file, link, other
    }
    /// What lies there.
    var kind: Kind
    /// Its size in bytes.
    var bytes: Int64 = 0
    /// The permission bits of its mode.
    var permissions: UInt32 = 0o600
    /// The number of the user who owns it.
    var owner: UInt32 = 0
    /// The type of the file system that it or its folder is on, as the kernel names it; `nil` if that
    /// isn't known.
    var fileSystem: String?

    /// Looks without opening: closing a descriptor of a database drops SQLite's locks.
    package init(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            self.kind = .nothing
            self.fileSystem = MountedFileSystem.type(of: Self.folder(of: path))
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self.kind = .file
        case S_IFLNK: self.kind = .link
        default: self.kind = .other
        }
        self.bytes = Int64(status.st_size)
        self.permissions = UInt32(status.st_mode & 0o7777)
        self.owner = UInt32(status.st_uid)
        self.fileSystem = MountedFileSystem.type(of: path)
    }

    /// A place of these properties.
    init(
        kind: Kind, bytes: Int64 = 4_096, permissions: UInt32 = 0o600, owner: UInt32 = 0,
        fileSystem: String? = nil
    ) {
        self.kind = kind
        self.bytes = bytes
        self.permissions = permissions
        self.owner = owner
        self.fileSystem = fileSystem
    }

    /// The folder of a path.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether a database has to be made there.
    package var isFree: Bool { self.kind == .nothing }

    /// File systems whose locks or shared memory SQLite's write-ahead log can't rely on
    /// (https://www.sqlite.org/wal.html), or that forget what was synchronized.
    private static let unsafe: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "vfat", "msdos", "exfat", "afs", "ceph",
        "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "glusterfs", "fuse.glusterfs",
    ]
    /// File systems that end with a container or with the machine.
    private static let passing: Set<String> = ["overlay", "tmpfs", "ramfs"]

    /// Judges the place for a database.
    ///
    /// - Parameters:
    ///   - path: for the sentence.
    ///   - user: who will open it.
    /// - Returns: what to warn of, if anything.
    /// - Throws: ``ProcessFailure`` if no database may be kept there.
    package func check(_ path: String, user: UInt32) throws(ProcessFailure) -> String? {
        if let fileSystem, Self.unsafe.contains(fileSystem) {
            throw ProcessFailure(
                .configuration,
                "The database \(path) is on a file system of type \(fileSystem), whose locks "
                    + "SQLite can't rely on. Set CHATBOX_DATABASE to a path on a local disk.")
        }
        switch self.kind {
        case .nothing: break
        case .link:
            throw ProcessFailure(
                .configuration,
                "The database \(path) is a symbolic link, by which two brokers could open one "
                    + "file. Set CHATBOX_DATABASE to the file itself.")
        case .other: throw ProcessFailure(.badData, "The database \(path) is not a file.")
        case .file: try self.checkFile(path, user)
        }
        guard let fileSystem, Self.passing.contains(fileSystem) else { return nil }
        return "\(path) is on a file system of type \(fileSystem): what is kept there ends with "
            + "the container or the machine. Put it on a volume."
    }

    private func checkFile(_ path: String, _ user: UInt32) throws(ProcessFailure) {
        guard self.bytes > 0 else {
            throw ProcessFailure(
                .badData,
                "The database \(path) is empty, so something emptied it. Restore a backup "
                    + "(chatbox restore FILE), or remove it to start anew.")
        }
        guard self.owner == user else {
            throw ProcessFailure(
                .notPermitted,
                "The database \(path) belongs to user \(self.owner) and this process to user "
                    + "\(user). Run it as that user, or give the file to this one (chown).")
        }
        guard self.permissions & 0o002 == 0 else {
            throw ProcessFailure(
                .notPermitted,
                "The database \(path) can be written by every user of this machine. Take that "
                    + "from them: chmod 600 \(path).")
        }
    }
}
