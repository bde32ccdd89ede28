import GatewayKit
import HTTPTypes
import Hummingbird
import NIOCore
import Protocol
import Synchronization

/// Answers `GET /avatar/<reference>`: the broker keeps the pictures, so that no browser asks the far
/// side for one.
final class PictureDesk: Sendable {
    private struct Memory {
        var shelf = PictureShelf(bytesMax: WebLimits.pictureBytes)
        var asking = 0
    }

    private let client: BrokerClient
    private let memory = Mutex(Memory())

    /// A desk that asks this client's broker.
    init(_ client: BrokerClient) { self.client = client }

    /// The answer for a reference as it stands in the path.
    func response(_ reference: String?) async -> Response {
        guard let name = reference.flatMap({ Name($0) }) else { return Self.missing }
        if let picture = self.memory.withLock({ $0.shelf.picture(name) }) {
            return Self.response(picture)
        }
        guard self.begin() else { return Self.later("Too many pictures are asked for.") }
        let result = await self.ask(name)
        self.memory.withLock { memory in
            memory.asking -= 1
            if case .success(let picture) = result { memory.shelf.keep(picture, as: name) }
        }
        switch result {
        case .success(let picture): return Self.response(picture)
        case .failure(.refused(let refused)) where !refused.retry: return Self.missing
        case .failure: return Self.later("The broker can't be reached.")
        }
    }

    private func begin() -> Bool {
        self.memory.withLock { memory in
            guard memory.asking < WebLimits.pictureRequests else { return false }
            memory.asking += 1
            return true
        }
    }

    private func ask(_ name: Name) async -> Result<Picture, GatewayError> {
        await withCheckedContinuation { continuation in
            self.client.submit(GetPicture(picture: name)) { continuation.resume(returning: $0) }
        }
    }

    private static func response(_ picture: Picture) -> Response {
        var response = Response(
            status: .ok,
            headers: [
                .contentType: picture.mediaType.rawValue,
                .contentLength: "\(picture.bytes.count)",
                .cacheControl: "public, max-age=31536000, immutable",
                // Whatever the bytes are, a browser runs nothing of them.
                .contentSecurityPolicy: "default-src 'none'; sandbox",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") {
            // The chat may stand in another site's page.
            response.headers[name] = "cross-origin"
        }
        return response
    }

    private static var missing: Response {
        WebRoutes.plain(.notFound, "There is no such picture.\n")
    }

    private static func later(_ text: String) -> Response {
        var response = WebRoutes.plain(.serviceUnavailable, text + "\n")
        response.headers[.retryAfter] = "1"
        return response
    }
}
