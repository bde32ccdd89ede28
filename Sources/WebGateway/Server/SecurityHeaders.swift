import HTTPTypes
import Hummingbird

/// Tells the browser of every answer what a page from here may do: run its own scripts, load its
/// own files, and nothing else.
struct SecurityHeaders<Context: RequestContext>: RouterMiddleware {
    /// The page is built without inline script and style, so that injected text stays text.
    static var contentSecurityPolicy: String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'",
            "img-src 'self' data:", "connect-src 'self'", "font-src 'self'",
            "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        ].joined(separator: "; ")
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        for (name, value) in Self.fields { response.headers[name] = value }
        return response
    }

    private static var fields: [(HTTPField.Name, String)] {
        [
            (.contentSecurityPolicy, self.contentSecurityPolicy),
            (.xContentTypeOptions, "nosniff"),
            (name("Referrer-Policy"), "no-referrer"),
            (name("X-Frame-Options"), "DENY"),
            (
                name("Permissions-Policy"),
                "camera=(), microphone=(), geolocation=(), payment=()"
            ),
            (name("Cross-Origin-Opener-Policy"), "same-origin"),
            (name("Cross-Origin-Resource-Policy"), "same-origin"),
        ]
    }

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("\(text) is a field's name.")
        }
        return name
    }
}
