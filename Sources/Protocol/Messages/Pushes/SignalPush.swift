public import StrictJSON

/// A signal of another service.
public struct SignalPush: WireMessage {
    public static let type = "signal"
    /// The signal.
    public var signal: Signal
    /// Who gave it.
    public var service: Name
    /// What the receiving consumer calls the conversation; `nil` for a reader, and until `bind`.
    public var peer: PeerID?

    /// A push.
    public init(signal: Signal, service: Name, peer: PeerID? = nil) {
        self.signal = signal
        self.service = service
        self.peer = peer
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.signal = try Signal(fields)
        self.service = try fields.name("service")
        self.peer = fields.has("peer") ? try fields.peer() : nil
    }

    public func write(into writer: inout JSONWriter) {
        self.signal.write(into: &writer)
        writer.member("service", self.service.text)
        writer.member(ifPresent: "peer", self.peer?.text)
    }
}
