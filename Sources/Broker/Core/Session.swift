import Protocol

/// One connection's number, never used twice in the life of the process.
struct ConnectionID: Hashable, Sendable {
    var number: UInt64
}

/// Who speaks on a connection, settled by the handshake.
struct Session: Equatable, Sendable {
    /// The connection.
    var connection: ConnectionID
    /// The box.
    var box: Name
    /// The service.
    var service: ServiceRow
    /// What it connected as.
    var mode: Mode
    /// Which consumer of the service it is; 0 for a reader.
    var generation: Int64
}

/// A service of one box, as the database numbers it.
struct ServiceRow: Hashable, Sendable {
    /// Its row.
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
}
