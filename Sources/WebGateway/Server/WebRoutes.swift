import HTTPTypes
import Hummingbird
import Logging

/// What is answered over plain HTTP: the page's files, and whether the process works.
enum WebRoutes {
    /// The router.
    ///
    /// - Parameters:
    ///   - folder: the page's files.
    ///   - isReady: whether the broker can be reached.
    static func router(
        folder: String, logger: Logger, isReady: @escaping @Sendable () -> Bool
    ) -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: SecurityHeaders())
        router.add(middleware: PlainFiles())
        router.add(
            middleware: FileMiddleware(folder, searchForIndexHtml: true, logger: logger))
        router.get("livez") { _, _ in Self.plain(.ok, "alive\n") }
        router.get("readyz") { _, _ in
            isReady()
                ? Self.plain(.ok, "ready\n")
                : Self.plain(.serviceUnavailable, "The broker can't be reached.\n")
        }
        // A request that came here asked for no WebSocket.
        router.get("ws") { _, _ in
            var response = Self.plain(.upgradeRequired, "Connect with a WebSocket.\n")
            response.headers[.upgrade] = "websocket"
            return response
        }
        return router
    }

    private static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
