import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Tells the browser of every answer what a page from here may do: run its own scripts, load its
/// own files, and nothing else.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = WebRequestContext

    /// Whose word counts about how a request came.
    let proxies: TrustedProxies

    /// The page is built without inline script and style, so that injected text stays text.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    ].joined(separator: "; ")

    /// Two years, as browsers' preload lists ask; for this name only.
    private static let transportSecurity = "max-age=63072000"

    /// The fields of every answer that doesn't say otherwise.
    private static let fields: [(String, String)] = [
        ("Content-Security-Policy", contentSecurityPolicy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    /// The same for what is answered before a router sees the request.
    static var headers: HTTPHeaders { HTTPHeaders(self.fields) }

    func handle(
        _ request: Request, context: WebRequestContext,
        next: (Request, WebRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        } catch {
            // Whoever asks can do nothing with the reason; whoever runs it finds it in the log.
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            response = Response(status: .internalServerError)
        }
        for (text, value) in Self.fields {
            guard let name = HTTPField.Name(text), response.headers[name] == nil else { continue }
            response.headers[name] = value
        }
        if self.cameEncrypted(request, context) {
            response.headers[.strictTransportSecurity] = Self.transportSecurity
        }
        return response
    }

    /// Whether a trusted proxy says that the browser asked it by https. Elsewhere the word would
    /// shut a browser out of a site that has no https.
    private func cameEncrypted(_ request: Request, _ context: WebRequestContext) -> Bool {
        guard self.proxies.contains(context.peer),
            let name = HTTPField.Name("X-Forwarded-Proto")
        else { return false }
        return request.headers[name]?.lowercased() == "https"
    }
}
