import StrictJSON

/// Who asks.
enum Caller: Equatable, Sendable {
    case bot
    /// A person, played over the same paths.
    case human(name: String)

    /// Names are at most so many characters, as Discord's.
    static let nameMax = 32

    /// Whether a person may be called so.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.count <= Self.nameMax
            && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// Reads an `Authorization` field; nil for a wrong one.
    init?(authorization: String?, token: String?) {
        guard let authorization,
            let space = authorization.firstIndex(of: " ")
        else { return nil }
        let value = String(authorization[authorization.index(after: space)...]).trimmed
        switch authorization[..<space] {
        case "Bot":
            guard !value.isEmpty, token == nil || token == value else { return nil }
            self = .bot
        case "Operator":
            let name = (value.percentDecoded ?? value).trimmed
            guard Self.isName(name) else { return nil }
            self = .human(name: name)
        default: return nil
        }
    }
}

/// A request of the REST API, taken apart.
struct RESTCall: Sendable {
    var route: RESTRoute
    /// Nil if nobody says so rightly.
    var caller: Caller?
    /// The path's parameters by name, as they were written.
    var parameters: [String: String] = [:]
    var query: [String: String] = [:]
    /// Nil if there is none, or if it isn't JSON.
    var body: JSONValue?
    /// What the client called us: the host of the gateway's URL.
    var host = "127.0.0.1"

    /// The parameter that shares out a route's limit: each post has its own.
    var majorParameter: String {
        self.parameters["channel"] ?? self.parameters["guild"] ?? ""
    }

    /// A path's parameter that is an id.
    func id(_ name: String) throws(DiscordError) -> Snowflake {
        let text = self.parameters[name] ?? ""
        if let id = Snowflake(text: text) { return id }
        var errors = FormErrors()
        errors.add(
            ["\(name)_id"], code: "NUMBER_TYPE_COERCE", "Value \"\(text)\" is not snowflake.")
        try errors.check()
        return Snowflake(0)
    }
}

extension RESTCall {
    /// A path's parameter that is an emoji, with or without percent escapes.
    func emoji() throws(DiscordError) -> Emoji {
        let text = self.parameters["emoji"] ?? ""
        guard let emoji = Emoji(text.percentDecoded ?? text) else { throw .unknownEmoji }
        return emoji
    }
}

extension String {
    /// With `%C3%A9` and the like turned into bytes; nil if that is no UTF-8 or no escape.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let text = String(digits), let value = UInt8(text, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
