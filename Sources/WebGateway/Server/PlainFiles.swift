import HTTPTypes
import Hummingbird

/// How the page's files are answered: whole, and asked for again each time.
///
/// A range of a file is left out: the files are small, and whole answers are simpler to get right.
/// Their names don't change with their content, so a browser asks whether its copy is still the
/// newest; mostly it hears 304.
struct PlainFiles<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var head = request.head
        head.headerFields[.range] = nil
        var response = try await next(Request(head: head, body: request.body), context)
        response.headers[.acceptRanges] = nil
        if let type = response.headers[.contentType], type.hasPrefix("text/"), !type.contains(";") {
            response.headers[.contentType] = "\(type); charset=utf-8"
        }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-cache" }
        return response
    }
}
