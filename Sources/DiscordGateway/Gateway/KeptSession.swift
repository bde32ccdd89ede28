import StrictJSON

/// The session as the broker keeps it, so that a later process goes on with it.
struct KeptSession: Equatable, Sendable {
    /// What it takes to continue it. Everything that the session told up to this number is durable.
    var resumption: GatewayResumption
    /// Whether what was missed before the session began is durable, too. If not, whoever continues it
    /// catches up first: a session tells nothing of what was before it.
    var isCaughtUp = true

    /// The form in which the broker keeps it.
    ///
    /// One that isn't caught up stands under a name of its own: an earlier gateway, which would only
    /// continue it and so miss something, finds none and starts another.
    var stored: JSONValue {
        let session: JSONValue = [
            "id": .string(self.resumption.session), "url": .string(self.resumption.url),
            "seq": .integer(self.resumption.sequence),
        ]
        return self.isCaughtUp ? session : [Self.behind: session]
    }

    /// Reads the broker's form.
    init?(stored value: JSONValue) {
        let behind = value[Self.behind]
        let session = behind ?? value
        guard let id = session["id"]?.string, let url = session["url"]?.string,
            let sequence = session["seq"]?.integer
        else { return nil }
        self.init(
            resumption: GatewayResumption(session: id, url: url, sequence: sequence),
            isCaughtUp: behind == nil)
    }

    /// A session to keep.
    init(resumption: GatewayResumption, isCaughtUp: Bool = true) {
        self.resumption = resumption
        self.isCaughtUp = isCaughtUp
    }

    private static let behind = "catching_up"
}
