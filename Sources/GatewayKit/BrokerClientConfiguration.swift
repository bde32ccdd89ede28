public import Protocol

/// Whom a gateway process speaks for, and how it connects.
public struct GatewayIdentity: Equatable, Sendable {
    /// The box.
    public var box: Name
    /// The service.
    public var service: Name
    /// The process, named anew at each start.
    public var instance: Name
    /// What it connects as.
    public var mode: Mode
    /// How the service names conversations. The first gateway of a service that says so settles it for
    /// good; `nil` leaves it open, and any string will do until then.
    public var peerKind: PeerKind?
    /// Its name and version, 1–128 bytes, for the broker's log.
    public var agent: String

    /// An identity; the instance is random unless it is given.
    public init(
        box: Name, service: Name, instance: Name = .random(), mode: Mode,
        peerKind: PeerKind? = nil, agent: String
    ) {
        self.box = box
        self.service = service
        self.instance = instance
        self.mode = mode
        self.peerKind = peerKind
        self.agent = agent
    }

    /// The first frame of each connection.
    var hello: Hello {
        Hello(
            box: self.box, service: self.service, instance: self.instance, mode: self.mode,
            peerKind: self.peerKind, agent: self.agent)
    }
}

extension Name {
    /// A name of 32 random hexadecimal digits.
    public static func random() -> Name {
        var generator = SystemRandomNumberGenerator()
        let digits = Bits128.random(using: &generator).hexadecimal
        guard let name = Name(digits) else {
            preconditionFailure("32 hexadecimal digits are always a name.")
        }
        return name
    }
}

/// How a client finds its broker, and every time that it keeps.
public struct BrokerClientConfiguration: Sendable {
    /// The broker's Unix socket.
    public var socketPath: String
    /// Whom the process speaks for.
    public var identity: GatewayIdentity
    /// Between two pings at most; 5 s. A broker that asks for more of them gets them.
    public var heartbeat = Duration.seconds(Limits.heartbeatSeconds)
    /// Without a frame for so long, the connection is given up, and without an answered ping no
    /// effect on the far side may begin; 15 s. Where the broker asks for more pings, a connection is
    /// given up after three of them.
    public var silence = Duration.seconds(Limits.brokerSilenceSeconds)
    /// How long a graceful shutdown waits for handlers that run and for their acknowledgements;
    /// 3 s.
    public var drain = Duration.seconds(3)
    /// Between two tries to connect; 0.1 s, doubling to 5 s.
    public var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
    /// After a newer consumer took over; 60 s, doubling to 10 min, never shortened by jitter.
    public var fencedBackoff = Backoff(first: .seconds(60), longest: .seconds(600))
    /// Whether the client ends with ``GatewayError/epochChanged``, before it says anything more, when
    /// it meets another database than before; false. For a gateway that would tell the new one what
    /// only held in the old one, and that its supervisor starts again.
    public var endsWithEpoch = false

    /// Bytes that the address of a Unix socket can hold.
    #if os(Linux)
        public static let socketPathBytes = 107
    #else
        public static let socketPathBytes = 103
    #endif

    /// A configuration with the protocol's times.
    public init(socketPath: String, identity: GatewayIdentity) {
        self.socketPath = socketPath
        self.identity = identity
    }
}
