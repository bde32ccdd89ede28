/// Everything that a gateway may ask of the broker.
public enum GatewayRequest: Equatable, Sendable {
    case open(Open)
    case bind(Bind)
    case send(Send)
    case history(History)
    case subscribe(Subscribe)
    case unsubscribe(Unsubscribe)
    case acknowledge(Acknowledge)
    case negativeAcknowledge(NegativeAcknowledge)
    case deadLetter(DeadLetter)
    case report(Report)
    case mark(SetMark)
    case bindings(ListBindings)
    case put(Put)
    case get(Get)

    /// Reads a request; `nil` if its type isn't known.
    ///
    /// - Throws: `FieldError` if a member isn't what it must be.
    public init?(_ envelope: Envelope) throws(FieldError) {
        let fields = envelope.fields
        switch envelope.type {
        case Open.type: self = .open(try Open(fields))
        case Bind.type: self = .bind(try Bind(fields))
        case Send.type: self = .send(try Send(fields))
        case History.type: self = .history(try History(fields))
        case Subscribe.type: self = .subscribe(try Subscribe(fields))
        case Unsubscribe.type: self = .unsubscribe(try Unsubscribe(fields))
        case Acknowledge.type: self = .acknowledge(try Acknowledge(fields))
        case NegativeAcknowledge.type:
            self = .negativeAcknowledge(try NegativeAcknowledge(fields))
        case DeadLetter.type: self = .deadLetter(try DeadLetter(fields))
        case Report.type: self = .report(try Report(fields))
        case SetMark.type: self = .mark(try SetMark(fields))
        case ListBindings.type: self = .bindings(try ListBindings(fields))
        case Put.type: self = .put(try Put(fields))
        case Get.type: self = .get(try Get(fields))
        default: return nil
        }
    }
}
