/// What Discord's rate limits are counted by: the kind of a request and what it is done to.
struct DiscordRoute: Hashable, Sendable {
    /// Method and path without ids, such as `POST /channels/*/messages`.
    var template: String
    /// The channel, server or webhook in the path, by which limits are apart; empty if there is
    /// none. A post is a channel, so each conversation has a limit of its own.
    var major: String
}

/// One request to Discord, without what all of them share.
struct DiscordRequest: Sendable {
    /// The method.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// The method.
    var method: Method
    /// The path below the API's address, with its query; begins with a slash.
    var path: String
    /// What its limits are counted by.
    var route: DiscordRoute
    /// A JSON body.
    var body: [UInt8]?
    /// How long it may be held back for a rate limit before it is given back instead: a conversation
    /// that waits longer gives its place to others.
    var patience: Duration = .seconds(5)
}
