import NIOCore
import Protocol

@testable import WebGateway

/// What must hold of any bytes that a page sends.
enum PageProperty {
    /// What doesn't hold, or `nil`.
    static func violation(of bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let name = VisitorName.clean(text) {
            if VisitorName.clean(name) != name { return "a clean name is cleaned" }
            if name.unicodeScalars.count > VisitorName.scalarsMax
                || name.utf8.count > Limits.authorNameBytes
            {
                return "a clean name is too long"
            }
        }
        guard let frame = try? PageFrame(ByteBuffer(bytes: bytes)) else { return nil }
        guard let envelope = try? Envelope(ByteBuffer(bytes: bytes)) else {
            return "it was read, and is no frame"
        }
        switch frame {
        case .request(let request):
            guard let body = request.body, MessageRules.refusal(of: body) == nil else { return nil }
            if body.utf8.count > Limits.bodyBytes { return "the broker would refuse the body" }
        case .hello(let hello):
            if !PeerKind.uuid.accepts(hello.visitor) { return "the visitor's id is none" }
            if hello.credential.hash.utf8.count != 43 { return "the digest is none" }
        case .badRequest, .history, .report, .typing, .visible, .ping, .otherVersion, .unknown:
            break
        }
        return envelope.type.isEmpty && frame != .unknown ? "it has no type" : nil
    }
}
