import Crypto

/// Who may read the counts: whoever asks from this machine itself, and who knows the token.
struct MetricsAccess: Equatable, Sendable {
    /// What becomes of a request.
    enum Judgement: Equatable, Sendable {
        case allowed
        /// The token is missing or another.
        case unauthorized
        /// There is no token, so that nobody else may.
        case forbidden
    }

    private let token: String?

    /// Access with a token, if there is one.
    init(token: String?) { self.token = token }

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - isForwarded: whether anything says that a proxy passed it on.
    ///   - authorization: the value of its field Authorization.
    func judge(peer: IPAddress?, isForwarded: Bool, authorization: String?) -> Judgement {
        if peer?.isLoopback == true, !isForwarded { return .allowed }
        guard let token = self.token else { return .forbidden }
        guard let authorization, Self.isEqual(authorization, "Bearer \(token)") else {
            return .unauthorized
        }
        return .allowed
    }

    /// Compares hashes, which tells by its time nothing about the texts.
    private static func isEqual(_ one: String, _ other: String) -> Bool {
        SHA256.hash(data: Array(one.utf8)) == SHA256.hash(data: Array(other.utf8))
    }
}
