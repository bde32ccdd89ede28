import Crypto
import Logging
import Protocol
import Synchronization

/// Keeps operators' avatars with the broker, so that no visitor's browser ever asks Discord for one.
///
/// No message waits for it: the first one of an operator may go without.
final class AvatarDesk: Sendable {
    private enum Finding {
        case wanted
        case kept(reference: String)
        case failed(until: ContinuousClock.Instant)
    }

    /// Pictures that are remembered before all are forgotten: a team has fewer.
    private static let findingsMax = 1_000
    /// How long a picture that couldn't be had isn't asked for again.
    private static let failureWait = Duration.seconds(600)
    /// Bytes of the reference's 32 hexadecimal digits.
    private static let referenceBytes = 16

    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let guild: Snowflake?
    private let logger: Logger
    private let findings = Mutex<[AvatarSource: Finding]>([:])
    private let (wanted, wants) = AsyncStream.makeStream(
        of: AvatarSource.self, bufferingPolicy: .bufferingNewest(32))

    /// A desk that knows no picture yet.
    init(
        api: any DiscordAPI, box: any BoxConnection, guild: Snowflake?, logger: Logger
    ) {
        self.api = api
        self.box = box
        self.guild = guild
        self.logger = logger
    }

    /// The reference of somebody's avatar, if the broker has it; else it is fetched meanwhile.
    func reference(for user: DiscordUser) -> String? {
        guard let source = AvatarSource(of: user, on: self.guild) else { return nil }
        return self.findings.withLock { findings in
            switch findings[source] {
            case .kept(let reference): return reference
            case .wanted: return nil
            case .failed(let until) where until > .now: return nil
            case .failed, nil:
                if findings.count >= Self.findingsMax { findings = [:] }
                findings[source] = .wanted
                self.wants.yield(source)
                return nil
            }
        }
    }

    /// Fetches what is wanted, one picture at a time, until cancelled.
    func run() async throws {
        for await source in self.wanted { try await self.fetch(source) }
    }

    /// Fetches one picture.
    func fetch(_ source: AvatarSource) async throws {
        var finding = Finding.failed(until: .now + Self.failureWait)
        defer { self.findings.withLock { $0[source] = finding } }
        guard case .ok(let bytes) = await self.api.picture(of: source),
            let picture = Picture(bytes: bytes),
            let reference = Name(Self.reference(of: bytes))
        else {
            return self.logger.info("an avatar couldn't be had")
        }
        do {
            try await self.box.keep(picture, as: reference)
            finding = .kept(reference: reference.text)
        } catch let refused as Refused {
            self.logger.info("an avatar was refused", metadata: ["code": "\(refused.code)"])
        }
    }

    /// The first half of the bytes' SHA-256: it says nothing of Discord.
    private static func reference(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(self.referenceBytes)
            .map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }
            .joined()
    }
}
