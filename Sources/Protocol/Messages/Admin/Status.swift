public import StrictJSON

/// Asks how the broker and everybody connected to it are.
public struct GetStatus: WireRequest {
    public typealias Answer = Status
    public static let type = "get_status"
    public static let isRead = true

    /// A question.
    public init() {}
    public init(_ fields: Fields) throws(FieldError) {}
    public func write(into writer: inout JSONWriter) {}
}

/// How the broker and everybody connected to it are.
public struct Status: WireMessage {
    public static let type = "status"
    /// The broker's name and version.
    public var agent: String
    /// Which life of the database this is.
    public var epoch: Epoch
    /// When the broker started, in milliseconds since 1970.
    public var startedAt: Int64
    /// The newest migration of the database.
    public var schema: String
    /// The size of the database in bytes, without its log.
    public var databaseBytes: Int64
    /// How many conversations are kept.
    public var conversations: Int64
    /// How many events are kept.
    public var events: Int64
    /// Every configured service.
    public var services: [Service]
    /// How many erasures services have yet to acknowledge.
    public var erasures: Int64
    /// The oldest of these.
    public var erasing: [Erasure]
    /// Why nothing can be stored just now; `nil` if everything is.
    public var storage: Storage?

    /// Why nothing can be stored.
    public struct Storage: Equatable, Sendable {
        /// The code with which requests are refused: `storage_full` or `storage_failed`.
        public var code: ErrorCode
        /// Since when, in milliseconds since 1970.
        public var since: Int64

        /// Why nothing can be stored.
        public init(code: ErrorCode, since: Int64) {
            self.code = code
            self.since = since
        }
    }

    /// A service of a box.
    public struct Service: Equatable, Sendable {
        /// The box.
        public var box: Name
        /// The service.
        public var service: Name
        /// Whether it can be reached.
        public var isUp: Bool
        /// Since when, in milliseconds since 1970; `nil` if the broker hasn't seen it.
        public var since: Int64?
        /// The conversations with something that it has not acknowledged.
        public var backlog: Int64
        /// When the oldest of these was committed, in milliseconds since 1970.
        public var oldestUnacknowledgedAt: Int64?
        /// Events that it set aside and nobody queued again or dropped.
        public var deadLetters: Int64
        /// Events that may stand on its far side twice, and are marked so there: all that there ever
        /// were.
        public var possibleDuplicates: Int64
        /// Its gateways.
        public var connections: [Connection]

        /// A service.
        public init(
            box: Name, service: Name, isUp: Bool, since: Int64?, backlog: Int64,
            oldestUnacknowledgedAt: Int64?, deadLetters: Int64, possibleDuplicates: Int64 = 0,
            connections: [Connection]
        ) {
            self.box = box
            self.service = service
            self.isUp = isUp
            self.since = since
            self.backlog = backlog
            self.oldestUnacknowledgedAt = oldestUnacknowledgedAt
            self.deadLetters = deadLetters
            self.possibleDuplicates = possibleDuplicates
            self.connections = connections
        }
    }

    /// A gateway that is connected.
    public struct Connection: Equatable, Sendable {
        /// What it connected as.
        public var mode: Mode
        /// The process.
        public var instance: Name
        /// Its name and version.
        public var agent: String
        /// Since when, in milliseconds since 1970.
        public var since: Int64
        /// Which consumer of the service it is; 0 for others.
        public var generation: Int64

        /// A connection.
        public init(mode: Mode, instance: Name, agent: String, since: Int64, generation: Int64) {
            self.mode = mode
            self.instance = instance
            self.agent = agent
            self.since = since
            self.generation = generation
        }
    }

    /// A status.
    public init(
        agent: String, epoch: Epoch, startedAt: Int64, schema: String, databaseBytes: Int64,
        conversations: Int64, events: Int64, services: [Service], erasures: Int64 = 0,
        erasing: [Erasure] = [], storage: Storage? = nil
    ) {
        self.agent = agent
        self.epoch = epoch
        self.startedAt = startedAt
        self.schema = schema
        self.databaseBytes = databaseBytes
        self.conversations = conversations
        self.events = events
        self.services = services
        self.erasures = erasures
        self.erasing = erasing
        self.storage = storage
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.agent = try fields.text("agent", bytes: 1...128)
        self.epoch = try fields.value("epoch", "32 lower-case hexadecimal digits") { Epoch($0) }
        self.startedAt = try fields.integer("started_at")
        self.schema = try fields.text("schema")
        self.databaseBytes = try fields.integer("database_bytes")
        self.conversations = try fields.integer("conversations")
        self.events = try fields.integer("events")
        var services: [Service] = []
        for entry in try fields.list("services", atMost: Limits.listedServices) {
            services.append(try Service(entry))
        }
        self.services = services
        self.erasures = try fields.optionalInteger("erasures") ?? 0
        var erasing: [Erasure] = []
        for entry in try fields.list("erasing", atMost: Limits.listedErasures) {
            erasing.append(try Erasure(entry))
        }
        self.erasing = erasing
        if fields.has("storage") {
            let storage = try fields.fields("storage")
            self.storage = Storage(
                code: ErrorCode(try storage.text("code", bytes: 1...Limits.keyBytes)),
                since: try storage.integer("since"))
        } else {
            self.storage = nil
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("agent", self.agent)
        writer.member("epoch", self.epoch.description)
        writer.member("started_at", self.startedAt)
        writer.member("schema", self.schema)
        writer.member("database_bytes", self.databaseBytes)
        writer.member("conversations", self.conversations)
        writer.member("events", self.events)
        writer.name("services")
        writer.array { writer in
            for service in self.services {
                writer.object { service.write(into: &$0) }
            }
        }
        if let storage = self.storage {
            writer.name("storage")
            writer.object { writer in
                writer.member("code", storage.code.text)
                writer.member("since", storage.since)
            }
        }
        guard self.erasures > 0 || !self.erasing.isEmpty else { return }
        writer.member("erasures", self.erasures)
        writer.name("erasing")
        writer.array { writer in
            for erasure in self.erasing {
                writer.object { erasure.write(into: &$0) }
            }
        }
    }
}

extension Status.Service {
    init(_ fields: Fields) throws(FieldError) {
        self.box = try fields.name("box")
        self.service = try fields.name("service")
        self.isUp = try fields.bool("up")
        self.since = try fields.optionalInteger("since")
        self.backlog = try fields.integer("backlog")
        self.oldestUnacknowledgedAt = try fields.optionalInteger("oldest_unacknowledged_at")
        self.deadLetters = try fields.integer("dead_letters")
        self.possibleDuplicates = try fields.optionalInteger("possible_duplicates") ?? 0
        var connections: [Status.Connection] = []
        for entry in try fields.list("connections", atMost: Limits.listedConnections) {
            connections.append(
                Status.Connection(
                    mode: try entry.mode(), instance: try entry.name("instance"),
                    agent: try entry.text("agent", bytes: 1...128),
                    since: try entry.integer("since"),
                    generation: try entry.integer("generation")))
        }
        self.connections = connections
    }

    func write(into writer: inout JSONWriter) {
        writer.member("box", self.box.text)
        writer.member("service", self.service.text)
        writer.member("up", self.isUp)
        writer.member(ifPresent: "since", self.since)
        writer.member("backlog", self.backlog)
        writer.member(ifPresent: "oldest_unacknowledged_at", self.oldestUnacknowledgedAt)
        writer.member("dead_letters", self.deadLetters)
        writer.member("possible_duplicates", self.possibleDuplicates)
        writer.name("connections")
        writer.array { writer in
            for connection in self.connections {
                writer.object { writer in
                    writer.member("mode", connection.mode.rawValue)
                    writer.member("instance", connection.instance.text)
                    writer.member("agent", connection.agent)
                    writer.member("since", connection.since)
                    writer.member("generation", connection.generation)
                }
            }
        }
    }
}
