import ProcessShell
import Protocol
import StrictJSON

/// What this gateway keeps with the broker, beside bindings and marks.
enum BoxState {
    /// To whom the box belongs.
    struct Ownership: Equatable, Sendable {
        /// The application that the bot belongs to.
        var application: Snowflake
        /// The forum.
        var channel: Snowflake
    }

    private static let ownership = "discord-binding"
    private static let secret = "author-secret"
    private static let session = "gateway-session"
    private static let receipts = "receipt-version"
    private static let identified = "identified-at"
    private static let gone = "gone-posts"
    /// Deleted posts that are remembered, the newest ones: a value holds 65,536 bytes.
    private static let goneMax = 2_000

    /// Refuses a box that belongs to another application or channel, and takes one that belongs to
    /// none. Answers whether the broker's database was put back since: it may have forgotten posts.
    static func claim(
        _ box: any BoxConnection, for own: Ownership, epoch: Epoch
    ) async throws -> Bool {
        let key = try self.name(self.ownership)
        let stored = try await box.value(of: key)
        guard stored != .null else {
            try await box.keep(
                [
                    "application": .string(own.application.description),
                    "channel": .string(own.channel.description),
                    "epoch": .string(epoch.description),
                ], as: key)
            return false
        }
        let application = stored["application"]?.string ?? "unknown"
        let channel = stored["channel"]?.string ?? "unknown"
        guard application == own.application.description, channel == own.channel.description else {
            throw ProcessFailure(
                .configuration,
                "This box's conversations live in channel \(channel) of the application "
                    + "\(application), but the settings name channel \(own.channel) and the "
                    + "application \(own.application). Set DISCORD_TOKEN and DISCORD_CHANNEL_ID "
                    + "back, or start with another CHATBOX_DATABASE (`make run` moves a sandbox's "
                    + "state aside by itself).")
        }
        return stored["epoch"]?.string != epoch.description
    }

    /// The secret by which authors' ids are made opaque; made at the first start.
    static func authorSecret(_ box: any BoxConnection) async throws -> [UInt8] {
        let key = try self.name(self.secret)
        let stored = try await box.value(of: key)
        if let bytes = stored.array?.compactMap({ $0.integer.flatMap { UInt8(exactly: $0) } }),
            bytes.count == AuthorNames.secretBytes
        {
            return bytes
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<AuthorNames.secretBytes).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        try await box.keep(.array(bytes.map { .integer(Int64($0)) }), as: key)
        return bytes
    }

    /// The session that an earlier process left.
    static func resumption(_ box: any BoxConnection) async throws -> GatewayResumption? {
        GatewayResumption(stored: try await box.value(of: self.name(self.session)))
    }

    /// Keeps the session for a later process.
    static func keep(_ resumption: GatewayResumption, _ box: any BoxConnection) async throws {
        try await box.keep(resumption.stored, as: self.name(self.session))
    }

    /// Up to which version an earlier process acted on what visitors have got; 0 at the first start.
    static func receiptVersion(_ box: any BoxConnection) async throws -> Int64 {
        try await box.value(of: self.name(self.receipts)).integer ?? 0
    }

    /// Keeps up to which version it was acted on.
    static func keep(receiptVersion version: Int64, _ box: any BoxConnection) async throws {
        try await box.keep(.integer(version), as: self.name(self.receipts))
    }

    /// When sessions were started of late, in milliseconds since 1970.
    static func identifications(_ box: any BoxConnection) async throws -> [Int64] {
        (try await box.value(of: self.name(self.identified)).array ?? []).compactMap(\.integer)
    }

    /// Keeps when sessions were started.
    static func keep(identifications times: [Int64], _ box: any BoxConnection) async throws {
        try await box.keep(.array(times.map { .integer($0) }), as: self.name(self.identified))
    }

    /// Posts that are known to be deleted.
    static func gonePosts(_ box: any BoxConnection) async throws -> [Snowflake] {
        (try await box.value(of: self.name(self.gone)).array ?? []).compactMap { value in
            value.string.flatMap { Snowflake($0) }
        }
    }

    /// Keeps which posts are known to be deleted, so that no later process asks for each of them.
    static func keep(gonePosts posts: Set<Snowflake>, _ box: any BoxConnection) async throws {
        let newest = posts.sorted(by: >).prefix(self.goneMax)
        try await box.keep(
            .array(newest.map { .string($0.description) }), as: self.name(self.gone))
    }

    private static func name(_ text: String) throws -> Name {
        guard let name = Name(text) else {
            throw ProcessFailure(.configuration, "\"\(text)\" is no key of the broker's store.")
        }
        return name
    }
}
