public import StrictJSON

/// Whether a service can be reached: a consumer of it is connected with a credit above 0.
public struct ServiceState: WireMessage {
    public static let type = "service_state"
    /// The service.
    public var service: Name
    /// Whether it can be reached.
    public var isUp: Bool
    /// When that began, in milliseconds since 1970; `nil` if the broker hasn't seen it.
    public var since: Int64?
    /// The conversations with something that it has not acknowledged.
    public var backlog: Int64?

    /// A state.
    public init(service: Name, isUp: Bool, since: Int64? = nil, backlog: Int64? = nil) {
        self.service = service
        self.isUp = isUp
        self.since = since
        self.backlog = backlog
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.service = try fields.name("service")
        self.isUp = try fields.bool("up")
        self.since = try fields.optionalInteger("since")
        self.backlog = try fields.optionalInteger("backlog")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("service", self.service.text)
        writer.member("up", self.isUp)
        writer.member(ifPresent: "since", self.since)
        writer.member(ifPresent: "backlog", self.backlog)
    }
}
