import Protocol
import StrictJSON

@testable import DiscordGateway

/// What must hold of any bytes that Discord's Gateway sends, and of what becomes of them.
enum OperatorTextProperty {
    private static let translation = InboundTranslation(
        bot: Snowflake(1_574_200_000_000_000_000), notePrefix: "//",
        authors: AuthorNames(secret: Array(repeating: 7, count: 32)))

    /// What doesn't hold, or `nil`.
    static func violation(of bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        let translated = OperatorText.translated(text, mentions: [])
        if let token = self.token(in: translated) {
            return "\"\(token)\" stands in the translation"
        }
        if OperatorText.cut(text, toBytes: 100).utf8.count > 100 { return "the cut is too long" }
        guard let value = try? JSONParser.parse(bytes, limits: .service) else { return nil }
        if case .dispatch(_, _, let data)? = GatewayPayload(value) {
            return self.violation(of: data)
        }
        return self.violation(of: value)
    }

    private static func violation(of data: JSONValue) -> String? {
        _ = DiscordChannel(data)
        _ = DiscordUser(data, member: data["member"])
        guard let message = DiscordMessage(data) else { return nil }
        guard
            case .message(let send) = self.translation.translate(
                message, in: ConversationID(Bits128(high: 1, low: 2)))
        else { return nil }
        if !(1...Limits.bodyBytes).contains(send.body.utf8.count) { return "the body is too long" }
        // What the broker would refuse must not be made of what an operator can write.
        guard let object = try? JSONParser.parse(send.encoded()).object,
            let again = try? Send(Fields(object))
        else { return "the broker would refuse it" }
        return again == send ? nil : "the broker reads another message"
    }

    /// A mention or an emoji with its id, written as Discord writes them.
    private static func token(in text: String) -> String? {
        for begin in text.indices where text[begin] == "<" {
            let inside = text[text.index(after: begin)...].prefix(60).prefix { $0 != ">" }
            guard inside.endIndex < text.endIndex, text[inside.endIndex] == ">" else { continue }
            let token = String(inside)
            for prefix in ["@!", "@&", "@", "#"] where token.hasPrefix(prefix) {
                if Snowflake(String(token.dropFirst(prefix.count))) != nil { return "<\(token)>" }
            }
        }
        return nil
    }
}
