/// Which names this process answers to, judged by the Host that a browser asked for.
///
/// A page elsewhere can make its own name mean this machine and so reach what listens here for the
/// operator alone; the name that it asks for gives it away. Where the process listens for others
/// and nobody said by which names, any will do: the operator's proxy gives them.
struct HostRules: Equatable, Sendable {
    /// What becomes of a request.
    enum Judgement: Equatable, Sendable {
        case taken
        /// It names no host, more than one, or one that can't be.
        case malformed
        /// Another machine was meant.
        case foreign
    }

    /// Names that are taken; `nil` if any is.
    private let names: Set<String>?

    /// The rules of a process that listens on `host`, for pages of these origins.
    init(listening host: String, origins: OriginRules) {
        let isLoopback = host == "localhost" || IPAddress(host)?.isLoopback == true
        self.names =
            isLoopback || !origins.hosts.isEmpty
            ? origins.hosts.union([host.lowercased(), "localhost"]) : nil
    }

    /// Judges the values of a request's Host fields; only HTTP/1.0 may leave it out.
    func judge(_ hosts: [String], mayBeAbsent: Bool) -> Judgement {
        guard let text = hosts.first else { return mayBeAbsent ? .taken : .malformed }
        guard hosts.count == 1, let origin = Origin("http://\(text)") else { return .malformed }
        guard let names = self.names else { return .taken }
        // An address can't be made to mean another machine.
        let host = origin.host.filter { $0 != "[" && $0 != "]" }
        return names.contains(origin.host) || IPAddress(host) != nil ? .taken : .foreign
    }
}
