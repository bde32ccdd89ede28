public import StrictJSON

/// The broker's answer to `hello`: the connection stands.
public struct Welcome: WireMessage {
    public static let type = "welcome"
    /// The version that both sides use from here on.
    public var version: Int64
    /// The database's life.
    public var epoch: Epoch
    /// Grows with each consumer of the box and service, durably; 0 for a reader.
    public var generation: Int64
    /// The broker's name and version, for the log.
    public var agent: String
    /// Milliseconds between the gateway's pings, 10–60,000.
    public var heartbeatMilliseconds: Int64

    /// A welcome.
    public init(
        version: Int64, epoch: Epoch, generation: Int64, agent: String,
        heartbeatMilliseconds: Int64 = Limits.heartbeatSeconds * 1_000
    ) {
        self.version = version
        self.epoch = epoch
        self.generation = generation
        self.agent = agent
        self.heartbeatMilliseconds = heartbeatMilliseconds
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.version = try fields.integer("version", in: ProtocolVersion.supported)
        self.epoch = try fields.value("epoch", "32 lower-case hexadecimal digits") { Epoch($0) }
        self.generation = try fields.integer("generation")
        self.agent = try fields.text("agent", bytes: 1...128)
        self.heartbeatMilliseconds =
            try fields.optionalInteger("heartbeat_ms", in: 10...60_000)
            ?? Limits.heartbeatSeconds * 1_000
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("version", self.version)
        writer.member("epoch", self.epoch.description)
        writer.member("generation", self.generation)
        writer.member("agent", self.agent)
        writer.name("limits")
        writer.object { writer in
            writer.member("frame_bytes", Int64(Limits.frameBytes))
            writer.member("body_bytes", Int64(Limits.bodyBytes))
            writer.member("requests", Int64(Limits.unansweredRequests))
            writer.member("page_events", Int64(Limits.pageEvents))
            writer.member("page_bytes", Int64(Limits.pageBytes))
        }
        writer.member("heartbeat_ms", self.heartbeatMilliseconds)
    }
}
