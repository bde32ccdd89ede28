internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The operators' page: some texts from inside the executable.
struct PageRoutes: Sendable {
    let hub: SandboxHub

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
        // Discord's server of pictures, which asks nobody who they are.
        for path in [
            "/cdn/avatars/{user}/{file}", "/cdn/guilds/{guild}/users/{user}/avatars/{file}",
        ] {
            router.get("\(path)") { _, context in self.picture(context) }
        }
        router.get("/favicon.ico") { _, _ in Response(status: .noContent) }
    }

    private func picture(_ context: SandboxContext) -> Response {
        let hash = (context.parameters.get("file") ?? "").prefix { $0 != "." }
        let user = Snowflake(text: context.parameters.get("user") ?? "")
        guard self.hub.hasPicture(String(hash), of: user) else {
            return Response(status: .notFound)
        }
        let bytes = ByteBuffer(bytes: AvatarPicture.png(String(hash)))
        return Response(
            status: .ok, headers: [.contentType: "image/png"], body: .init(byteBuffer: bytes))
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
