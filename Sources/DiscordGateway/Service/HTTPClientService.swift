import AsyncHTTPClient
import ServiceLifecycle

/// Keeps the HTTP client until every other service has ended, and shuts it down then.
struct HTTPClientService: Service {
    /// The client.
    let client: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        // A failure here would only hide how the process really ended.
        try? await self.client.shutdown()
    }
}
