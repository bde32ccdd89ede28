import StrictJSON

/// An answer that refuses, in Discord's form.
struct DiscordError: Error, Equatable, Sendable {
    let status: Int
    /// Discord's own code; 0 where the HTTP status says all.
    let code: Int64
    let message: String
    /// For 50035: which field is wrong, as Discord nests it.
    var errors: JSONValue?

    /// The body.
    var json: JSONValue {
        var object: JSONObject = ["message": .string(self.message), "code": .integer(self.code)]
        object["errors"] = self.errors
        return .object(object)
    }

    static let unauthorized = DiscordError(status: 401, code: 0, message: "401: Unauthorized")
    static let notFound = DiscordError(status: 404, code: 0, message: "404: Not Found")
    static let unknownChannel = DiscordError(status: 404, code: 10003, message: "Unknown Channel")
    static let unknownGuild = DiscordError(status: 404, code: 10004, message: "Unknown Guild")
    static let unknownMember = DiscordError(status: 404, code: 10007, message: "Unknown Member")
    static let unknownMessage = DiscordError(status: 404, code: 10008, message: "Unknown Message")
    static let unknownUser = DiscordError(status: 404, code: 10013, message: "Unknown User")
    static let unknownEmoji = DiscordError(status: 400, code: 10014, message: "Unknown Emoji")
    static let unknownTag = DiscordError(status: 400, code: 10087, message: "Unknown tag")
    static let unknownRole = DiscordError(status: 404, code: 10011, message: "Unknown Role")
    static let tooManyReactions = DiscordError(
        status: 400, code: 30010, message: "Maximum number of reactions reached (20)")
    static let missingAccess = DiscordError(status: 403, code: 50001, message: "Missing Access")
    static let othersMessage = DiscordError(
        status: 403, code: 50005, message: "Cannot edit a message authored by another user")
    static let missingPermissions = DiscordError(
        status: 403, code: 50013, message: "Missing Permissions")
    static let systemMessage = DiscordError(
        status: 403, code: 50021, message: "Cannot execute action on a system message")
    static let tooOldToDelete = DiscordError(
        status: 400, code: 50034,
        message: "You can only bulk delete messages that are under 14 days old.")
    static let replyWithoutHistory = DiscordError(
        status: 400, code: 160002,
        message: "Cannot reply without permission to read message history")
    static let threadExists = DiscordError(
        status: 400, code: 160004, message: "A thread has already been created for this message")
    static let threadLocked = DiscordError(
        status: 400, code: 160005, message: "Thread is locked")
    static let tooManyThreads = DiscordError(
        status: 400, code: 160006, message: "Maximum number of active threads reached")
    static let emptyMessage = DiscordError(
        status: 400, code: 50006, message: "Cannot send an empty message")
    static let wrongChannelType = DiscordError(
        status: 400, code: 50024, message: "Cannot execute action on this channel type")
    static let messageToForum = DiscordError(
        status: 400, code: 40058,
        message:
            "Cannot message this thread until after the post author has sent an initial message.")
    static let threadArchived = DiscordError(
        status: 400, code: 50083, message: "Thread is archived")
    static let invalidJSON = DiscordError(
        status: 400, code: 50109, message: "The request body contains invalid JSON.")
}

/// What is wrong with the fields of a form, collected before anything is done.
struct FormErrors {
    private var root = JSONObject()

    /// Notes what is wrong with the field at a path such as `["message", "content"]`.
    mutating func add(_ path: [String], code: String, _ message: String) {
        let entry: JSONValue = [
            "_errors": [["code": .string(code), "message": .string(message)]]
        ]
        Self.set(entry, at: path[...], in: &self.root)
    }

    /// The refusal, or nothing if no field is wrong.
    func check() throws(DiscordError) {
        guard !self.root.members.isEmpty else { return }
        throw DiscordError(
            status: 400, code: 50035, message: "Invalid Form Body", errors: .object(self.root))
    }

    private static func set(
        _ entry: JSONValue, at path: ArraySlice<String>, in object: inout JSONObject
    ) {
        guard let name = path.first else { return }
        if path.count == 1 {
            object[name] = entry
        } else {
            var inner = object[name]?.object ?? JSONObject()
            self.set(entry, at: path.dropFirst(), in: &inner)
            object[name] = .object(inner)
        }
    }
}

/// Checks of one field, each with Discord's code and sentence.
extension FormErrors {
    mutating func length(
        _ text: String, _ range: ClosedRange<Int>, _ path: [String]
    ) {
        // Discord doesn't say what a character is; the strictest reading is UTF-16 units.
        guard !range.contains(text.utf16.count) else { return }
        if range.lowerBound == 0 {
            self.add(
                path, code: "BASE_TYPE_MAX_LENGTH",
                "Must be \(range.upperBound) or fewer in length.")
        } else {
            self.add(
                path, code: "BASE_TYPE_BAD_LENGTH",
                "Must be between \(range.lowerBound) and \(range.upperBound) in length.")
        }
    }

    mutating func required(_ path: [String]) {
        self.add(path, code: "BASE_TYPE_REQUIRED", "This field is required")
    }

    /// A number in a query or a body that must lie in a range.
    mutating func range(_ value: Int64, _ range: ClosedRange<Int64>, _ path: [String]) {
        if value < range.lowerBound {
            self.add(
                path, code: "NUMBER_TYPE_MIN",
                "int value should be greater than or equal to \(range.lowerBound).")
        } else if value > range.upperBound {
            self.add(
                path, code: "NUMBER_TYPE_MAX",
                "int value should be less than or equal to \(range.upperBound).")
        }
    }
}
