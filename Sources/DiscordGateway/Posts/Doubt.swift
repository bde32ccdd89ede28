/// What earlier tries of an event may have done in Discord without anybody's noting it.
struct Doubt: Equatable, Sendable {
    /// Whether a send of the event's parts may have happened: then what stands in the post is read
    /// before anything is sent.
    var isOpen: Bool
    /// Nothing of ours that is older can be of the event, which didn't exist yet.
    var notBefore: Snowflake
    /// From here on whatever stands in the post may have followed a part that was made and deleted
    /// since; `nil` where such a part is found by its nonce, or can't have been made.
    var mayHideAfter: Snowflake?

    /// Whether a request of an earlier try may still be under way. A repeated send finds it by its
    /// nonce; whatever else is decided waits until it has settled.
    var mayLand = false
    /// Whether later events of the conversation may stand in the post, too, though none is delivered
    /// yet: after the broker's database was put back.
    var mayHoldLater = false

    /// No earlier try.
    static let none = Doubt(isOpen: false, notBefore: Snowflake(0), mayHideAfter: nil)

    /// How far our clock and Discord's may be apart, in milliseconds, before a message of ours isn't
    /// recognized any more. One that isn't makes its repetition a possible duplicate.
    static let skew: Int64 = 60_000
    /// For so long Discord certainly knows a nonce, in milliseconds; it documents "a few minutes".
    static let nonceLife: Int64 = 60_000
    /// How much older than the event may be what followed it, in milliseconds. Clocks are hardly ever
    /// so far apart, and a greater number would take what an operator asked for what followed.
    private static let margin: Int64 = 2_000

    /// Everything about a try, as it is.
    init(isOpen: Bool, notBefore: Snowflake, mayHideAfter: Snowflake?) {
        self.isOpen = isOpen
        self.notBefore = notBefore
        self.mayHideAfter = mayHideAfter
    }

    /// The doubt about an event that was committed `at`, when it is `now`; both in milliseconds since
    /// 1970 by the same clock. `wasTried` says that an earlier try may have sent something.
    init(isOpen: Bool, wasTried: Bool, at: Int64, now: Int64) {
        let isPastNonces = now < at || now - at > Self.nonceLife
        self.init(
            isOpen: isOpen, notBefore: Snowflake(at: at - Self.skew),
            mayHideAfter: isOpen && wasTried && isPastNonces
                ? Snowflake(at: at - Self.margin) : nil)
        self.mayLand = isOpen && wasTried
    }
}
