/// What is left of a catch-up: which posts are read, and which compared, before it is finished.
struct CatchUpProgress: Sendable {
    /// The dispatch that asked for it, which it finishes.
    let number: DispatchNumber
    private var reading: Set<Snowflake> = []
    private var comparing: Set<Snowflake> = []
    private var isListed = false

    /// A catch-up of which nothing is known yet.
    init(number: DispatchNumber) { self.number = number }

    /// It was decided on a post: whether something was missed there, and whether its newest messages
    /// are compared with what is stored.
    mutating func decided(_ post: Snowflake, readBack: Bool, comparing: Bool) {
        if readBack { self.reading.insert(post) }
        if comparing { self.comparing.insert(post) }
    }

    /// It was decided on every post.
    mutating func listed() { self.isListed = true }

    /// A post was read to its end.
    mutating func finishedReading(_ post: Snowflake) { self.reading.remove(post) }

    /// A post was compared.
    mutating func finishedComparing(_ post: Snowflake) { self.comparing.remove(post) }

    /// Whether nothing is left.
    var isFinished: Bool { self.isListed && self.reading.isEmpty && self.comparing.isEmpty }
}
