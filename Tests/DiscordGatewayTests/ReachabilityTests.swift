import AsyncHTTPClient
import NIOCore
import Testing

@testable import DiscordGateway

/// What is said where no connection to Discord comes to be.
@Suite(.timeLimit(.minutes(1)))
struct ReachabilityTests {
    /// What a request to an address comes to, and what is said about it.
    private func ask(_ url: String) async throws -> (DiscordOutcome<DiscordUser>, said: String) {
        let lines = LogLines()
        let client = HTTPDiscordAPI.makeClient(connectTimeout: .seconds(2))
        let api = HTTPDiscordAPI(
            .init(baseURL: url, token: "t", version: "1", timeout: .seconds(20)),
            client: client, advice: Advice(logger: lines.logger), logger: lines.logger)
        let outcome = await api.currentUser()
        try await client.shutdown()
        return (outcome, lines.text)
    }

    private func isPutOff(_ outcome: DiscordOutcome<DiscordUser>) -> Bool {
        if case .postponed = outcome { true } else { false }
    }

    @Test
    func `a name that can't be resolved is said at once, and nothing was sent`() async throws {
        let (outcome, said) = try await self.ask("https://discord.invalid/api/v10")
        #expect(self.isPutOff(outcome))
        #expect(said.contains("The name discord.invalid can't be resolved"))
    }

    @Test
    func `only what can't be of a connection that stood counts as never sent`() {
        #expect(ConnectFailure(HTTPClientError.tlsHandshakeTimeout) == .security)
        #expect(ConnectFailure(HTTPClientError.connectTimeout) == .unreachable)
        #expect(ConnectFailure(HTTPClientError.readTimeout) == nil)
        #expect(ConnectFailure(HTTPClientError.remoteConnectionClosed) == nil)
    }

    @Test
    func `a service that is being started anew is nothing to say`() async throws {
        var address = ""
        try await ScriptedHTTP.with([]) { _, url in address = url }
        let (outcome, said) = try await self.ask(address)
        #expect(self.isPutOff(outcome))
        #expect(!said.contains("attention needed"))
    }

    @Test
    func `it is mended by any answer`() {
        let lines = LogLines()
        let reachability = Reachability(
            url: "https://discord.com:443/api/v10", advice: Advice(logger: lines.logger))
        reachability.failed(.unreachable)
        #expect(lines.text.isEmpty)
        reachability.failed(.security)
        #expect(lines.text.contains("No safe connection to discord.com:443"))
        reachability.answered()
        #expect(lines.text.contains("mended"))
    }
}
