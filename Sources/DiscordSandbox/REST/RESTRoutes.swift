internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// Puts Discord's REST API on the router: takes requests apart, writes answers.
struct RESTRoutes: Sendable {
    /// Bytes of a request's body.
    private static let bodyBytesMax = 1 << 20

    let hub: SandboxHub

    func add(to router: Router<SandboxContext>) {
        for route in RESTRoute.allCases {
            let method = HTTPRequest.Method(rawValue: route.method) ?? .get
            router.on("/api/v10\(route.path)", method: method) { request, context in
                try await self.respond(to: request, route, context)
            }
        }
    }

    private func respond(
        to request: Request, _ route: RESTRoute, _ context: SandboxContext
    ) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyBytesMax)
        var call = RESTCall(route: route)
        call.caller = Caller(
            authorization: request.headers[.authorization], token: self.hub.token)
        for (name, value) in context.parameters { call.parameters[String(name)] = String(value) }
        for (name, value) in request.uri.queryParameters {
            call.query[String(name)] = String(value)
        }
        call.body = try? JSONParser.parse(Array(body.readableBytesView))
        call.host = request.head.authority ?? call.host
        var reply = self.hub.handle(call)
        // Discord stands behind Google's proxy; clients take a 429 without this for Cloudflare's.
        if !reply.answer.isForeign { reply.answer.headers.append(["Via", "1.1 google"]) }
        if reply.delayMilliseconds > 0 {
            try await Task.sleep(for: .milliseconds(reply.delayMilliseconds))
        }
        if !reply.isAnswered {
            try? await context.channel.close()
        }
        return reply.answer.response
    }
}

extension RESTAnswer {
    /// The HTTP response; JSON's content type is exactly `application/json`, as clients compare.
    var response: Response {
        var fields = HTTPFields()
        for header in self.headers {
            guard header.count == 2, let name = HTTPField.Name(header[0]) else { continue }
            fields[name] = header[1]
        }
        guard let body = self.body else {
            return Response(status: .init(code: self.status), headers: fields)
        }
        fields[.contentType] = self.isForeign ? "text/html" : "application/json"
        let whole = body.string.map { Array($0.utf8) } ?? JSONWriter.encode(body)
        let bytes = ByteBuffer(bytes: whole.prefix(self.cut ?? whole.count))
        return Response(
            status: .init(code: self.status), headers: fields, body: .init(byteBuffer: bytes))
    }
}

/// Answers errors of the HTTP side under /api in Discord's form.
struct APIErrorMiddleware: RouterMiddleware {
    typealias Context = SandboxContext

    func handle(
        _ request: Request, context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where request.uri.path.hasPrefix("/api/") {
            let status = error.status
            let message = "\(status.code): \(status.reasonPhrase)"
            return RESTAnswer(status.code, ["message": .string(message), "code": 0]).response
        }
    }
}
