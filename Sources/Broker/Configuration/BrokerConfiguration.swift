import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The broker's settings.
struct BrokerConfiguration: Sendable {
    /// Where the socket is made.
    var socket: String
    /// The database's file, or `:memory:` for one that ends with the process.
    var database: String
    /// The boxes and their services.
    var boxes: Boxes
    /// The users whose processes may connect; the broker's own unless others are named.
    var allowedUIDs: AllowedUIDs

    init(_ settings: Settings) throws(ProcessFailure) {
        self.socket = try settings.socketPath("CHATBOX_SOCKET", default: "var/run/broker.sock")
        self.database = settings.text("CHATBOX_DATABASE", default: "var/chatbox.db")
        let standard = Boxes(Boxes.standard)
        guard
            let boxes = try settings.value(
                "CHATBOX_BOXES", default: standard, Boxes.expectation, { .some(Boxes($0)) ?? nil })
        else { throw settings.wrong("CHATBOX_BOXES", Boxes.standard, Boxes.expectation) }
        self.boxes = boxes
        self.allowedUIDs = try settings.value(
            "CHATBOX_ALLOWED_UIDS", default: AllowedUIDs(only: geteuid()),
            AllowedUIDs.expectation, { AllowedUIDs($0) })
    }
}
