/// Every number that bounds what a stranger may cost, each with its reason.
///
/// Those of addresses count a client as its IPv4 address or its IPv6 /64, which is what one line
/// of a household or an office gets. They are kept in memory only, as long as they say something.
/// They don't hold for who connects from this machine itself and not through a proxy (`Client`):
/// an operator who tries it, tests, health checks.
///
/// `CHATBOX_LIMIT_FACTOR` multiplies the limits of addresses and of new conversations: a site whose
/// visitors share addresses, a school's say, needs more. 0 takes them away.
enum WebLimits {
    // MARK: Connections

    /// WebSockets of all pages: each costs about 20 KB here and a file.
    static let sockets = 10_000
    /// Connections of every kind: browsers hold a few for files beside their WebSocket.
    static let connections = 15_000
    /// Connections of one address, of every kind: a browser holds up to six for files.
    static let connectionsPerAddress = 100
    /// WebSockets of one address: the tabs of a few people behind it.
    static let socketsPerAddress = 10
    /// New WebSockets of one address: as many at once as it may hold, twice; then one each 3 s. A
    /// page that reconnects with back-off stays far below.
    static let newSocketsPerAddress = TokenBucket(burst: 20, interval: .seconds(3))
    /// WebSockets of one conversation: a visitor's tabs and devices.
    static let socketsPerConversation = 10
    /// Addresses that are remembered at a time, about 10 MB; beyond it those are forgotten that
    /// hold no socket.
    static let addresses = 65_536

    // MARK: New conversations

    /// Of one address: 3 an hour. A visitor needs one, ever.
    static let newPerAddress = TokenBucket(burst: 3, interval: .seconds(20 * 60))
    /// Of one network, an IPv4 /24 or an IPv6 /48: 30 an hour. Whoever rents addresses rents them
    /// side by side.
    static let newPerNetwork = TokenBucket(burst: 30, interval: .seconds(2 * 60))
    /// Of all together: 20 a minute, above what a team can answer, below what fills its forum.
    static let newTogether = TokenBucket(burst: 20, interval: .seconds(3))

    // MARK: What a visitor says

    /// Messages, edits, deletions and requeues of one conversation: ten at once, then 100 a minute.
    static let requests = TokenBucket(burst: 10, interval: .milliseconds(600))
    /// The same over a day: 1,000, more than anybody types.
    static let requestsPerDay = TokenBucket(burst: 1_000, interval: .milliseconds(86_400))
    /// Conversations whose pace is remembered at a time, about 5 MB.
    static let conversations = 32_768
    /// Frames of one WebSocket, pings and fragments too, far above what a page needs: 120 at once,
    /// then 20 a second.
    static let frames = TokenBucket(burst: 120, interval: .milliseconds(50))
    /// How often a page may come back before its time until it counts as a flood.
    static let impatience = 3

    // MARK: Bytes and time

    /// Bytes of one message of a page: four times the longest text, for its escapes.
    static let messageBytes = 32_768
    /// Frames that one message may come in; browsers use one.
    static let messageFrames = 16
    /// Bytes that wait for a page that reads slowly, before it is let go.
    static let outgoingBytes = 1_048_576
    /// Seconds in which a page says hello, once its WebSocket is open.
    static let helloSeconds: Int64 = 5
    /// Seconds between our pings: proxies cut what is silent for 30 to 60 s.
    static let pingSeconds: Int64 = 25
    /// Seconds without anything from a page after which it is gone: two pings went unanswered.
    static let deadSeconds: Int64 = 60
    /// Seconds in which a page answers a close; with them a process ends within 5.
    static let closeSeconds: Int64 = 2
    /// Pictures kept in memory, in bytes: some 200 of the largest.
    static let pictureBytes = 8 * 1_048_576
    /// Questions for pictures on their way to the broker: an eighth of what a gateway may ask, so
    /// that messages always find room.
    static let pictureRequests = 16
}
