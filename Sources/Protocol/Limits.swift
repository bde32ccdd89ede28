/// Every number of the protocol, each with its reason. docs/protocol.md, section 7.
public enum Limits {
    /// The longest frame in bytes, without its length: a page of 256 KiB fits four times.
    public static let frameBytes = 1_048_576
    /// The longest frame before `welcome`, in bytes: a stranger costs little.
    public static let handshakeFrameBytes = 4_096
    /// Unanswered requests of one connection: bounds what one gateway can queue in the broker.
    public static let unansweredRequests = 128
    /// Events of one page.
    public static let pageEvents = 100
    /// Bytes of the events of one page, so that it never fills a socket's buffer for long. A page
    /// holds at least one event, however large.
    public static let pageBytes = 262_144
    /// Events that a reader may have missed and still recover; more is faster as a new page.
    public static let recoveredEvents: Int64 = 500
    /// Seconds between a gateway's pings.
    public static let heartbeatSeconds: Int64 = 5
    /// Seconds without any frame after which a gateway gives its broker up. A consumer must know
    /// within this time that it may act no more.
    public static let brokerSilenceSeconds: Int64 = 15
    /// Seconds without any frame after which the broker lets a gateway go: six lost heartbeats.
    public static let gatewaySilenceSeconds: Int64 = 30
    /// Seconds in which a connection must say `hello`, so that a silent one holds no slot.
    public static let helloSeconds: Int64 = 5
    /// Seconds in which a frame must be whole once its first byte has come: a megabyte crosses a
    /// Unix socket in milliseconds.
    public static let frameSeconds: Int64 = 5
    /// Bytes that wait to be written to one connection before it is let go; it resumes from its
    /// cursor.
    public static let outgoingBytes = 8_388_608

    /// UTF-8 bytes of a message's body; the far sides' own limits are lower.
    public static let bodyBytes = 65_536
    /// Bytes of a value in a service's own store, encoded.
    public static let storedValueBytes = 65_536
    /// Bytes of an idempotency key, a service's or box's name, an instance, and a stored key.
    public static let keyBytes = 64
    /// Bytes of a peer id.
    public static let peerBytes = 128
    /// Bytes of an external id and of a mark.
    public static let externalIDBytes = 64
    /// Ids that one `known` asks for: one page of the far side.
    public static let knownIDs = 100
    /// Bytes of a picture: fits a frame, and an avatar needs less.
    public static let pictureBytes = 49_152
    /// Valid credentials of one conversation in one service: a few devices and links.
    public static let credentials = 16
    /// Signals of one conversation that go on in a second: they are for people, and aren't kept.
    public static let signalsPerSecond = 20
    /// Bytes that wait to be written to a reader before its subscriptions end with `lagged`.
    public static let laggingBytes = 1_048_576
    /// Services that one status lists.
    public static let listedServices = 1_024
    /// Erasures under way that one status lists: whoever has more asks for each.
    public static let listedErasures = 20
    /// Copies of the database that an erasure names; there is one for each new version.
    public static let listedCopies = 64
    /// Connections of one service that one status lists.
    public static let listedConnections = 64
    /// External ids of one event: one for each part that it became on the far side.
    public static let externalIDs = 128
    /// Bytes of an author's opaque id.
    public static let authorIDBytes = 64
    /// Bytes of an author's name.
    public static let authorNameBytes = 128
    /// Bytes of an author's avatar reference.
    public static let avatarBytes = 256
    /// Bytes of a reason or another sentence for people.
    public static let sentenceBytes = 1_024
    /// Properties of a conversation.
    public static let properties = 32
    /// Bytes of a property's value.
    public static let propertyBytes = 1_024
    /// Milliseconds that a negative acknowledge may ask to wait.
    public static let delayMilliseconds: Int64 = 600_000
    /// The greatest number that JavaScript keeps exactly: bounds seq, request numbers and times.
    public static let integer: Int64 = 9_007_199_254_740_991
}

/// The versions of the protocol that this library speaks.
public enum ProtocolVersion {
    /// The newest version.
    public static let current: Int64 = 1
    /// Every version.
    public static let supported: ClosedRange<Int64> = 1...1
}
