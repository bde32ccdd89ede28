import HTTPTypes
import Hummingbird
import Logging

/// What is answered over plain HTTP: the page's files, pictures, and how the process is.
struct WebRoutes: Sendable {
    /// How the process is set up.
    let configuration: WebConfiguration
    /// Where pictures come from.
    let pictures: PictureDesk
    /// What is counted.
    let metrics: Metrics
    /// How it stands with the broker.
    let readiness: @Sendable () -> Readiness
    /// The version that runs.
    let version: String

    /// The router.
    func router(_ logger: Logger) -> Router<WebRequestContext> {
        let router = Router(
            context: WebRequestContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: SecurityHeaders(proxies: self.configuration.proxies))
        router.add(middleware: PlainFiles())
        router.add(
            middleware: FileMiddleware(
                self.configuration.staticFolder, searchForIndexHtml: true, logger: logger))
        router.get("livez") { _, _ in Self.plain(.ok, "alive\n") }
        router.get("readyz") { _, _ in
            let readiness = self.readiness()
            return Self.plain(
                readiness == .ready ? .ok : .serviceUnavailable,
                readiness.sentence(socket: self.configuration.socketPath) + "\n")
        }
        router.get("avatar/:reference") { _, context in
            await self.pictures.response(context.parameters.get("reference"))
        }
        router.get("metrics") { request, context in self.counts(request, context) }
        // A request that came here asked for no WebSocket.
        router.get("ws") { _, _ in
            var response = Self.plain(.upgradeRequired, "Connect with a WebSocket.\n")
            response.headers[.upgrade] = "websocket"
            return response
        }
        return router
    }

    private func counts(_ request: Request, _ context: WebRequestContext) -> Response {
        let judgement = self.configuration.metricsAccess.judge(
            peer: context.peer,
            isForwarded: Forwarding.isTold(
                by: request.headers.lazy.map(\.name.canonicalName), host: request.head.authority),
            authorization: request.headers[.authorization])
        switch judgement {
        case .allowed:
            let text = self.metrics.now.text(self.readiness(), version: self.version)
            var response = Self.plain(.ok, text)
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        case .unauthorized:
            var response = Self.plain(.unauthorized, "Send the token as a bearer token.\n")
            response.headers[.wwwAuthenticate] = "Bearer"
            return response
        case .forbidden:
            return Self.plain(
                .forbidden,
                "These are for this machine only; CHATBOX_METRICS_TOKEN_FILE lets others in.\n")
        }
    }

    /// A sentence, or more of plain text.
    static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
