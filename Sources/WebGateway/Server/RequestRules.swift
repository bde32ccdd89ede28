import NIOHTTP1
import WebSocketServer

/// What every request must be, whatever it asks for: this process gives files and opens WebSockets,
/// and takes nothing else.
struct RequestRules: Equatable, Sendable {
    /// The names that it answers to.
    let hosts: HostRules

    /// Bytes of a request's target: the page asks for short paths without a query.
    static let targetBytesMax = 4_096

    /// What is wrong with a request.
    func refusal(of head: HTTPRequestHead) -> RequestRefusal? {
        guard head.method == .GET || head.method == .HEAD else {
            return RequestRefusal(
                .methodNotAllowed, headers: ["Allow": "GET, HEAD"],
                "Only GET and HEAD are taken here.")
        }
        return self.hostRefusal(of: head) ?? Self.targetRefusal(of: head.uri)
            ?? Self.bodyRefusal(of: head)
    }

    private func hostRefusal(of head: HTTPRequestHead) -> RequestRefusal? {
        switch self.hosts.judge(head.headers["Host"], mayBeAbsent: head.version == .http1_0) {
        case .taken: nil
        case .malformed:
            RequestRefusal(.badRequest, "A request must name one host in its field Host.")
        case .foreign:
            RequestRefusal(
                .misdirectedRequest,
                "Nothing is served under this name. The operator can add its origin to "
                    + "CHATBOX_ALLOWED_ORIGINS.")
        }
    }

    private static func targetRefusal(of target: String) -> RequestRefusal? {
        guard target.utf8.count <= self.targetBytesMax else {
            return RequestRefusal(
                .uriTooLong, "A path has \(self.targetBytesMax) bytes at most.")
        }
        let path = target.prefix { $0 != "?" }
        guard path.utf8.first == UInt8(ascii: "/"), let decoded = self.decoded(path),
            !decoded.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }),
            !decoded.split(separator: UInt8(ascii: "/")).contains(where: {
                $0.elementsEqual("..".utf8)
            })
        else { return RequestRefusal(.badRequest, "This is no path of a file.") }
        return nil
    }

    /// The bytes that a path spells; `nil` if an escape is none.
    private static func decoded(_ path: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = path.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(self.digit),
                let low = rest.popFirst().flatMap(self.digit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8(truncatingIfNeeded: $0) }
    }

    private static func bodyRefusal(of head: HTTPRequestHead) -> RequestRefusal? {
        let expectations = head.headers[canonicalForm: "Expect"].map { $0.lowercased() }
        if expectations.contains(where: { $0 != "100-continue" }) {
            return RequestRefusal(.expectationFailed, "Nothing of that kind can be expected here.")
        }
        let hasBody =
            head.headers.contains(name: "Transfer-Encoding")
            || head.headers["Content-Length"].contains { $0 != "0" }
        return hasBody
            ? RequestRefusal(.payloadTooLarge, "A request comes without a body here.") : nil
    }
}
