import Protocol

/// One connection's number, never used twice in the life of the process.
struct ConnectionID: Hashable, Sendable {
    var number: UInt64
}

/// Who speaks on a connection, settled by the handshake.
struct Session: Equatable, Sendable {
    /// The connection.
    var connection: ConnectionID
    /// The box; for an admin, the one that it named.
    var box: Name
    /// The service; for an admin, one without a row.
    var service: ServiceRow
    /// What it connected as.
    var mode: Mode
    /// Which consumer of the service it is; 0 for others.
    var generation: Int64
    /// In which form the service names conversations.
    var peerKind = PeerKind.string
}

/// A service of one box, as the database numbers it.
struct ServiceRow: Hashable, Sendable {
    /// Its row; 0 for an admin, which has none.
    var id: Int64
    /// Its name.
    var name: Name
}

/// A conversation, as the database numbers it.
struct ConversationRow: Hashable, Sendable {
    /// Its row.
    var id: Int64
    /// Its uid.
    var uid: ConversationID
    /// Its box.
    var box: Name
}
