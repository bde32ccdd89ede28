import StrictJSON

@testable import DiscordSandbox

/// A time of the tests' own: 2026-11-23T00:00:00Z in milliseconds since 1970.
let noon: Int64 = 1_795_392_000_000

/// A message as a client would send it.
func draft(_ text: String, nonce: JSONValue? = nil) throws -> MessageDraft {
    var body: JSONObject = ["content": .string(text)]
    body["nonce"] = nonce
    if nonce != nil { body["enforce_nonce"] = true }
    return try MessageDraft(.object(body))
}

/// A post as a client would make it.
func postDraft(_ name: String = "Ann") throws -> ThreadDraft {
    try ThreadDraft(["name": .string(name), "message": ["content": "first"]])
}

extension SandboxWorld {
    /// A world with one post of the bot's, and that post.
    static func withPost() throws -> (SandboxWorld, ForumThread) {
        var world = SandboxWorld()
        let thread = world.openThread(try postDraft(), by: Fixture.bot, now: noon)
        return (world, thread)
    }
}
