internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Which file system a path is on, by the kernel's list of mounts: Swift's Glibc has no statfs(2).
enum MountedFileSystem {
    /// The type, as `ext4` or `nfs4`; `nil` if the path or the list can't be read.
    static func type(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0,
            let data = FileManager.default.contents(atPath: "/proc/self/mountinfo")
        else { return nil }
        let device = UInt64(status.st_dev)
        // gnu_dev_major and gnu_dev_minor, which are macros.
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        return self.type(
            ofDevice: "\(major):\(minor)", in: String(decoding: data, as: UTF8.self))
    }

    /// The type of a device's file system in the text of proc(5)'s mountinfo.
    static func type(ofDevice device: String, in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[2] == device,
                let separator = fields.firstIndex(of: "-"),
                separator + 1 < fields.count
            else { continue }
            return String(fields[separator + 1])
        }
        return nil
    }
}
