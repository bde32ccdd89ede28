public import StrictJSON

/// Whether a service can be reached: a consumer of it is connected with a credit above 0.
public struct ServiceState: WireMessage {
    public static let type = "service_state"
    /// The service.
    public var service: Name
    /// Whether it can be reached.
    public var isUp: Bool

    /// A state.
    public init(service: Name, isUp: Bool) {
        self.service = service
        self.isUp = isUp
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.service = try fields.name("service")
        self.isUp = try fields.bool("up")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("service", self.service.text)
        writer.member("up", self.isUp)
    }
}
