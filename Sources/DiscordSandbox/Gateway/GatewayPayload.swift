import StrictJSON

/// The gateway's frames: `{"op", "d", "s", "t"}`.
enum GatewayPayload {
    /// Bytes of a client's frame.
    static let bytesMax = 4096

    static func hello(heartbeatMilliseconds: Int64) -> String {
        self.text(10, ["heartbeat_interval": .integer(heartbeatMilliseconds)])
    }

    static let heartbeatAcknowledged = Self.text(11, nil)

    static func invalidSession(isResumable: Bool) -> String {
        self.text(9, .bool(isResumable))
    }

    static let reconnect = Self.text(7, nil)

    static let heartbeat = Self.text(1, nil)

    static func dispatch(_ name: String, _ data: JSONValue, sequence: Int64) -> String {
        self.text(0, data, sequence: .integer(sequence), name: .string(name))
    }

    private static func text(
        _ op: Int64, _ data: JSONValue?, sequence: JSONValue = nil, name: JSONValue = nil
    ) -> String {
        JSONWriter.text(["t": name, "s": sequence, "op": .integer(op), "d": data ?? nil])
    }
}
