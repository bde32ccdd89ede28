/// The users whose processes may connect to the broker's socket.
struct AllowedUIDs: Equatable, Sendable {
    private let uids: Set<UInt32>

    /// The uid that stands for every user of another user namespace (user_namespaces(7)): to allow
    /// it would allow them all.
    private static let overflow: UInt32 = 65_534

    /// What the setting must be, to be read after "must be".
    static let expectation =
        "numbers of users with commas between, like \"1000,1001\"; 65534 stands for any user of "
        + "another namespace and can't be allowed"

    /// One user.
    init(only uid: UInt32) {
        self.uids = [uid]
    }

    /// Reads numbers with commas between; `nil` if the text has another form.
    init?(_ text: String) {
        var uids: Set<UInt32> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let uid = UInt32(part.filter { $0 != " " }), uid != Self.overflow else {
                return nil
            }
            uids.insert(uid)
        }
        self.uids = uids
    }

    /// Whether a user may connect.
    func contains(_ uid: UInt32) -> Bool { self.uids.contains(uid) }
}
