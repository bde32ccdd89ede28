internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The operators' page: some texts from inside the executable.
struct PageRoutes: Sendable {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    func add(to router: Router<SandboxContext>) {
        for (path, text, type) in [
            ("/", OperatorPage.html, "text/html; charset=utf-8"),
            ("/sandbox/page.css", OperatorPage.css, "text/css; charset=utf-8"),
            ("/sandbox/page.js", OperatorPage.javaScript, "text/javascript; charset=utf-8"),
            ("/sandbox/message.js", OperatorPage.messageScript, "text/javascript; charset=utf-8"),
        ] {
            router.get("\(path)") { _, _ in Self.response(text, type) }
        }
        router.get("/favicon.ico") { _, _ in Response(status: .noContent) }
    }

    private static func response(_ text: String, _ type: String) -> Response {
        var fields: HTTPFields = [
            .contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: self.policy,
            .xContentTypeOptions: "nosniff",
        ]
        if let referrer = HTTPField.Name("Referrer-Policy") { fields[referrer] = "no-referrer" }
        return Response(
            status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// The page's texts; each has its own file.
enum OperatorPage {}
