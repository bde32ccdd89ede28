public import StrictJSON

/// What a gateway connects as.
public enum Mode: String, Sendable {
    /// Gets each event of the other services once and acknowledges it; one at a time per box and
    /// service.
    case consumer
    /// Subscribes to conversations; many at a time.
    case reader
    /// Sees to the whole broker: status and maintenance.
    case admin
}

extension Fields {
    /// A mode.
    func mode() throws(FieldError) -> Mode {
        try self.value("mode", "consumer, reader or admin") { Mode(rawValue: $0) }
    }
}

/// The first frame: who connects, for whom, and what it speaks.
public struct Hello: WireMessage {
    public static let type = "hello"
    /// The oldest and newest version of the protocol that the gateway speaks.
    public var versions: ClosedRange<Int64>
    /// The box.
    public var box: Name
    /// The service it speaks for.
    public var service: Name
    /// The process, named anew at each start; a reconnect keeps it.
    public var instance: Name
    /// What it connects as.
    public var mode: Mode
    /// How the service names conversations; the first hello of a service that says so settles it.
    public var peerKind: PeerKind?
    /// Its name and version, for the log.
    public var agent: String

    /// A hello.
    public init(
        versions: ClosedRange<Int64> = ProtocolVersion.supported, box: Name, service: Name,
        instance: Name, mode: Mode, peerKind: PeerKind? = nil, agent: String
    ) {
        self.versions = versions
        self.box = box
        self.service = service
        self.instance = instance
        self.mode = mode
        self.peerKind = peerKind
        self.agent = agent
    }

    public init(_ fields: Fields) throws(FieldError) {
        let versions = try fields.fields("versions")
        let oldest = try versions.integer("min", in: 1...1_000_000)
        self.versions = oldest...(try versions.integer("max", in: oldest...1_000_000))
        self.box = try fields.name("box")
        self.service = try fields.name("service")
        self.instance = try fields.name("instance")
        self.mode = try fields.mode()
        self.peerKind =
            try fields.optionalValue("peer_kind", "uuid, integer or string") {
                PeerKind(rawValue: $0)
            }
        self.agent = try fields.text("agent", bytes: 1...128)
    }

    public func write(into writer: inout JSONWriter) {
        writer.name("versions")
        writer.object { writer in
            writer.member("min", self.versions.lowerBound)
            writer.member("max", self.versions.upperBound)
        }
        writer.member("box", self.box.text)
        writer.member("service", self.service.text)
        writer.member("instance", self.instance.text)
        writer.member("mode", self.mode.rawValue)
        writer.member(ifPresent: "peer_kind", self.peerKind?.rawValue)
        writer.member("agent", self.agent)
    }
}
