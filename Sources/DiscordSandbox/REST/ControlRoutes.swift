internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// Puts the controls on the router (`ControlRoute` describes them), and the page's question for news.
struct ControlRoutes: Sendable {
    /// How long the page's question for news may stay open.
    private static let waitMax: Duration = .seconds(25)
    /// Bytes of a request's body.
    private static let bodyBytesMax = 65_536

    let hub: SandboxHub

    func add(to router: Router<SandboxContext>) {
        for route in ControlRoute.allCases {
            let method = HTTPRequest.Method(rawValue: route.method) ?? .get
            router.on("\(route.path)", method: method) { request, context in
                let body = try await request.body.collect(upTo: Self.bodyBytesMax)
                let name = context.parameters.get("name") ?? ""
                // What isn't JSON is refused like any other wrong body.
                let json = try? JSONParser.parse(Array(body.readableBytesView))
                return self.hub.control(
                    route, name: name.percentDecoded ?? name, json ?? nil
                ).response
            }
        }
        router.get("/sandbox/events") { request, _ in
            let after = request.uri.queryParameters["after"].flatMap { Int($0) } ?? 0
            let revision = await self.hub.revision(above: after, waiting: Self.waitMax)
            return RESTAnswer(
                200,
                ["revision": .integer(Int64(revision)), "typing": self.hub.typing()]
            ).response
        }
    }
}
