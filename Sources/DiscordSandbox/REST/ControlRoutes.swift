internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// What Discord doesn't have: a look inside and faults on request, for tests and for the page.
struct ControlRoutes: Sendable {
    /// How long the page's question for news may stay open.
    private static let waitMax: Duration = .seconds(25)

    let hub: SandboxHub

    func add(to router: Router<SandboxContext>) {
        router.get("/sandbox/state") { _, _ in RESTAnswer(200, self.hub.currentState()).response }
        router.get("/sandbox/events") { request, _ in
            let after = request.uri.queryParameters["after"].flatMap { Int($0) } ?? 0
            let revision = await self.hub.revision(above: after, waiting: Self.waitMax)
            return RESTAnswer(200, ["revision": .integer(Int64(revision))]).response
        }
        router.post("/sandbox/faults") { request, _ in
            guard let body = try await self.json(request), let fault = Fault(body) else {
                return Self.wrong("route, status (0, 200–599) and count make a fault")
            }
            self.hub.add(fault)
            return RESTAnswer(200, fault.json).response
        }
        router.delete("/sandbox/faults") { _, _ in
            self.hub.clearFaults()
            return RESTAnswer(204, nil).response
        }
        router.post("/sandbox/gateway") { request, _ in
            switch try await self.json(request)?["action"]?.string {
            case "drop": self.hub.dropConnections(forgetting: false)
            case "forget": self.hub.dropConnections(forgetting: true)
            default: return Self.wrong("action must be drop or forget")
            }
            return RESTAnswer(204, nil).response
        }
    }

    private func json(_ request: Request) async throws -> JSONValue? {
        let body = try await request.body.collect(upTo: 65_536)
        // What isn't JSON is refused like what is no fault.
        return try? JSONParser.parse(Array(body.readableBytesView))
    }

    private static func wrong(_ message: String) -> Response {
        RESTAnswer(400, ["message": .string(message), "code": 0]).response
    }
}
