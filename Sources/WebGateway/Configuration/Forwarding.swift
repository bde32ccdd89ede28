/// Whether a request was passed on by a proxy, by the signs that proxies leave.
///
/// A proxy on this machine connects from loopback, as the operator does: without a look at these
/// signs, everybody whom it lets in would pass for the operator.
enum Forwarding {
    /// Whether a request shows any such sign.
    ///
    /// - Parameters:
    ///   - fields: the names of its fields, in any case.
    ///   - host: its Host; a proxy that adds no field at all mostly keeps the name that was asked
    ///     for, which isn't this machine's own.
    static func isTold(by fields: some Sequence<String>, host: String?) -> Bool {
        if let host, !self.namesThisMachine(host) { return true }
        return fields.contains { name in
            let name = name.lowercased()
            return name == "forwarded" || name == "via" || name == "x-real-ip"
                || name.hasPrefix("x-forwarded-")
        }
    }

    private static func namesThisMachine(_ host: String) -> Bool {
        guard let name = Origin("http://\(host)")?.host else { return false }
        if name == "localhost" { return true }
        return IPAddress(name.filter { $0 != "[" && $0 != "]" })?.isLoopback == true
    }
}
