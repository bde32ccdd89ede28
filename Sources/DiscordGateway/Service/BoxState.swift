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
    private static let present = "present-at"
    /// Deleted posts that are remembered, the newest ones: a value holds 65,536 bytes.
    private static let goneMax = 2_000

    /// What the broker says of its box.
    struct Claim: Equatable, Sendable {
        /// Whether the broker's database was put back to an earlier copy and may have forgotten
        /// posts; until ``BoxState/settle(_:for:epoch:_:)`` says that they are taken up.
        var mayHaveForgotten = false
        /// When that was noticed, in milliseconds since 1970; 0 if it never was.
        var restoredAt: Int64 = 0
        /// Whether nothing says that this channel was the box's before: its copy may be from before it
        /// was joined to Discord, or it is joined only now.
        var isFirst = false
    }

    /// Refuses a box that belongs to another application or channel, and takes one that belongs to
    /// none. `now` is in milliseconds since 1970.
    static func claim(
        _ box: any BoxConnection, for own: Ownership, epoch: Epoch, now: Int64
    ) async throws -> Claim {
        let key = try self.name(self.ownership)
        let stored = try await box.value(of: key)
        guard stored != .null else {
            // Where nobody has got anything yet there was nothing to forget.
            guard try await !box.receipts(after: 0).entries.isEmpty else {
                try await self.settle(Claim(), for: own, epoch: epoch, box)
                return Claim()
            }
            let claim = Claim(mayHaveForgotten: true, restoredAt: now, isFirst: true)
            try await self.notice(claim, for: own, formerly: nil, epoch: epoch, box)
            return claim
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
        let restoredAt = stored["restored_at"]?.integer ?? 0
        if stored["epoch"]?.string == epoch.description { return Claim(restoredAt: restoredAt) }
        let isFirst = stored["epoch"] == nil
        let claim = Claim(mayHaveForgotten: true, restoredAt: now, isFirst: isFirst)
        if stored["noticed"]?.string == epoch.description {
            return Claim(mayHaveForgotten: true, restoredAt: restoredAt, isFirst: isFirst)
        }
        try await self.notice(claim, for: own, formerly: stored["epoch"], epoch: epoch, box)
        return claim
    }

    /// Keeps that posts may be forgotten, until all are taken up.
    private static func notice(
        _ claim: Claim, for own: Ownership, formerly former: JSONValue?, epoch: Epoch,
        _ box: any BoxConnection
    ) async throws {
        var noticed = self.value(of: own, claim)
        if let former { noticed["epoch"] = former }
        noticed["noticed"] = .string(epoch.description)
        try await box.keep(.object(noticed), as: self.name(self.ownership))
    }

    /// Every post of this life of the database is known.
    static func settle(
        _ claim: Claim, for own: Ownership, epoch: Epoch, _ box: any BoxConnection
    ) async throws {
        var value = self.value(of: own, claim)
        value["epoch"] = .string(epoch.description)
        try await box.keep(.object(value), as: self.name(self.ownership))
    }

    private static func value(of own: Ownership, _ claim: Claim) -> JSONObject {
        var value: JSONObject = [
            "application": .string(own.application.description),
            "channel": .string(own.channel.description),
        ]
        if claim.restoredAt > 0 { value["restored_at"] = .integer(claim.restoredAt) }
        return value
    }

    /// When a process last noted that it was there, in milliseconds since 1970.
    static func presence(_ box: any BoxConnection) async throws -> Int64? {
        try await box.value(of: self.name(self.present)).integer
    }

    /// Notes that a process is there.
    static func keep(presence time: Int64, _ box: any BoxConnection) async throws {
        try await box.keep(.integer(time), as: self.name(self.present))
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
    static func session(_ box: any BoxConnection) async throws -> KeptSession? {
        KeptSession(stored: try await box.value(of: self.name(self.session)))
    }

    /// Keeps the session for a later process; `nil`: there is none to continue.
    static func keep(_ session: KeptSession?, _ box: any BoxConnection) async throws {
        try await box.keep(session?.stored ?? .null, as: self.name(self.session))
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
