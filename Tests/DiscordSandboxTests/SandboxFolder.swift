import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import StrictJSON

@testable import DiscordSandbox

/// A folder of a test's own, gone when the test ends.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("sandbox-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

extension SandboxHub {
    /// A hub over the journal in a folder.
    static func open(_ folder: String) throws -> SandboxHub {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (journal, changes) = try Journal.open(folder: folder)
        let core = SandboxCore(rules: .init(), world: SandboxWorld(replaying: changes))
        return SandboxHub(
            core: core, journal: journal, logger: logger, now: SystemTime.milliseconds)
    }

    /// The application over this hub.
    var application: some ApplicationProtocol {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return SandboxApplication.build(hub: self, port: 0, logger: logger)
    }
}

extension TestClientProtocol {
    /// Sends a request of the REST API; answers status and body.
    func rest(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil,
        as authorization: String? = "Bot t"
    ) async throws -> (status: Int, body: JSONValue?, headers: HTTPFields) {
        var headers = HTTPFields()
        headers[.authorization] = authorization
        let bytes = body.map { ByteBuffer(bytes: JSONWriter.encode($0)) }
        let answer = try await self.executeRequest(
            uri: "/api/v10\(path)", method: method, headers: headers, body: bytes)
        let json = try? JSONParser.parse(Array(answer.body.readableBytesView))
        return (answer.status.code, json, answer.headers)
    }

    /// Asks the sandbox itself; answers status and body.
    func control(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil
    ) async throws -> (status: Int, body: JSONValue?) {
        let bytes = body.map { ByteBuffer(bytes: JSONWriter.encode($0)) }
        let answer = try await self.executeRequest(
            uri: "/sandbox\(path)", method: method, headers: [:], body: bytes)
        return (
            answer.status.code, try? JSONParser.parse(Array(answer.body.readableBytesView))
        )
    }
}
