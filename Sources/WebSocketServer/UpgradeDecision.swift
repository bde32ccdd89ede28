package import NIOHTTP1

/// What becomes of a request that asks for a WebSocket.
package enum UpgradeDecision: Sendable {
    /// Answer 101 with these further fields.
    case upgrade(headers: HTTPHeaders)
    /// Answer with this status, these further fields and this text, and close.
    case refuse(status: HTTPResponseStatus, headers: HTTPHeaders = [:], text: String)
    /// No WebSocket lives here: treat it as any other request.
    case notHere
}

/// The server's half of RFC 6455, 4.2.1: whether a request is a correct opening handshake.
///
/// SwiftNIO drops a request whose upgrade it refuses, so everything it would refuse is found here
/// first and gets an answer. Pure.
enum OpeningHandshake: Equatable {
    /// Not a request for a WebSocket.
    case absent
    /// A correct one.
    case correct
    /// One that is wrong.
    case wrong(HTTPResponseStatus, String)

    init(_ head: HTTPRequestHead) {
        let protocols = head.headers[canonicalForm: "upgrade"].map { $0.lowercased() }
        guard protocols.contains("websocket") else {
            self = .absent
            return
        }
        let connection = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        let keys = head.headers["Sec-WebSocket-Key"]
        if head.method != .GET || head.version != .http1_1 || !connection.contains("upgrade") {
            self = .wrong(.badRequest, "A WebSocket opens with GET, HTTP/1.1, Connection: Upgrade.")
        } else if head.headers["Sec-WebSocket-Version"] != ["13"] {
            self = .wrong(.upgradeRequired, "Only version 13 of the WebSocket protocol is spoken.")
        } else if keys.count != 1 || !keys.allSatisfy(Self.isKey) {
            self = .wrong(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64.")
        } else if Self.hasBody(head) {
            self = .wrong(.badRequest, "A WebSocket opens without a body.")
        } else {
            self = .correct
        }
    }

    /// 16 bytes in base64 are 22 digits and two signs of padding.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==")
            && text.utf8.dropLast(2).allSatisfy { digit in
                switch digit {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    private static func hasBody(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "Transfer-Encoding")
            || head.headers["Content-Length"].contains { $0 != "0" }
    }
}
