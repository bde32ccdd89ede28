#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The users whose processes may connect to the broker's socket.
struct AllowedUIDs: Equatable, Sendable {
    private let uids: Set<UInt32>

    /// The uid that stands for every user of another user namespace (user_namespaces(7)): to allow
    /// it would allow them all.
    private static let overflow: UInt32 = 65_534

    /// What the setting must be, to be read after "must be".
    static let expectation =
        "numbers or names of this system's users with commas between, like \"1000,chatbox-web\"; "
        + "65534 stands for any user of another namespace and can't be allowed"

    /// One user.
    init(only uid: UInt32) {
        self.uids = [uid]
    }

    /// Reads users with commas between; `nil` if the text has another form or names a user that
    /// isn't there.
    ///
    /// - Parameter number: finds the number of a user by name.
    init?(_ text: String, number: (String) -> UInt32? = Self.systemNumber) {
        var uids: Set<UInt32> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let user = part.filter { $0 != " " }
            guard !user.isEmpty, let uid = UInt32(user) ?? number(user), uid != Self.overflow else {
                return nil
            }
            uids.insert(uid)
        }
        self.uids = uids
    }

    /// Whether a user may connect.
    func contains(_ uid: UInt32) -> Bool { self.uids.contains(uid) }

    /// The number of a user of this system.
    private static func systemNumber(_ name: String) -> UInt32? {
        // Longer than any entry: names and folders are bounded by 4 KiB each.
        var strings = [CChar](repeating: 0, count: 16 << 10)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let code = getpwnam_r(name, &entry, &strings, strings.count, &found)
        return code == 0 && found != nil ? UInt32(entry.pw_uid) : nil
    }
}
