/// Makes exactly one post for a conversation, though Discord offers no way to repeat the making
/// safely.
///
/// That a post is being made is recorded first. Whoever finds the record, or loses the answer,
/// waits until anything still under way has settled, searches our own posts for the card that holds
/// the conversation's uid, and adopts it. This machine says what comes next and does nothing itself.
struct PostCreation: Equatable, Sendable {
    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Keep in the broker that a post is being made.
        case record
        /// Come back when a request of unknown outcome can't arrive any more.
        case settle
        /// Look for the card among our own posts, active ones and then archived ones.
        case search
        /// Make the post; with a name that nobody can object to, if the first was refused.
        case create(neutralName: Bool)
        /// Bind the conversation to this post.
        case bind(Snowflake)
        /// Remove the record. Nothing was made, or it is bound.
        case forget
        /// The post is there. An adopted one may already hold messages of this conversation.
        case finished(Snowflake, adopted: Bool)
        /// Not now.
        case giveUp(after: Duration, reason: String)
        /// There is none, and none is needed.
        case unneeded
    }

    private enum Ending: Equatable {
        case success(Snowflake)
        case unneeded
        case failure(after: Duration, reason: String)
    }

    private var isRecorded: Bool
    private let isInDoubt: Bool
    private let isNeeded: Bool
    private let hasSettled: Bool
    private var triesNeutralName = false
    private var isAdopting = false
    private var ending: Ending?

    /// A making, which somebody may have begun before: `isRecorded` if the broker holds the record,
    /// `mustSearch` if the broker may have forgotten one, `hasSettled` if the settle time has passed
    /// since then. Where no post is needed, because what it was for has been withdrawn, none is made;
    /// but one that was is adopted: operators may have written in it.
    init(
        isRecorded: Bool, isNeeded: Bool = true, mustSearch: Bool = false, hasSettled: Bool = false
    ) {
        self.hasSettled = hasSettled
        self.isRecorded = isRecorded
        self.isNeeded = isNeeded
        self.isInDoubt = isRecorded || mustSearch
    }

    /// The first step.
    func start() -> Step {
        guard self.isInDoubt else { return self.isNeeded ? .record : .unneeded }
        return self.hasSettled ? .search : .settle
    }

    /// The record stands.
    mutating func recorded() -> Step {
        self.isRecorded = true
        return .create(neutralName: self.triesNeutralName)
    }

    /// All our own posts were looked at.
    mutating func searched(found post: Snowflake?) -> Step {
        if let post {
            self.isAdopting = true
            return .bind(post)
        }
        guard self.isNeeded else {
            self.ending = .unneeded
            return .forget
        }
        return self.isRecorded ? .create(neutralName: self.triesNeutralName) : .record
    }

    /// The search couldn't be finished, so it found nothing out. The record stays.
    func searchFailed(after wait: Duration, reason: String) -> Step {
        .giveUp(after: wait, reason: reason)
    }

    /// Discord answered the making, or didn't.
    mutating func created(_ outcome: DiscordOutcome<Snowflake>) -> Step {
        switch outcome {
        case .ok(let post): return .bind(post)
        // The record makes the next try search, in this process or another.
        case .unknown: return .settle
        case .postponed(let wait, let reason): return self.fail(after: wait, reason)
        case .rejected(let rejection):
            if rejection.blamesName, !self.triesNeutralName {
                self.triesNeutralName = true
                return .create(neutralName: true)
            }
            return self.fail(after: .seconds(60), rejection.description)
        }
    }

    /// The broker knows the post.
    mutating func bound(_ post: Snowflake) -> Step {
        self.ending = .success(post)
        return .forget
    }

    /// The record is gone.
    func forgotten() -> Step {
        switch self.ending {
        case .success(let post): .finished(post, adopted: self.isAdopting)
        case .failure(let wait, let reason): .giveUp(after: wait, reason: reason)
        case .unneeded: .unneeded
        case nil: .giveUp(after: .seconds(5), reason: "nothing was begun")
        }
    }

    /// Nothing was made, so the record would only cost the next try a search.
    private mutating func fail(after wait: Duration, _ reason: String) -> Step {
        self.ending = .failure(after: wait, reason: reason)
        return .forget
    }
}

extension DiscordRejection {
    /// The post's name may be what Discord won't take: a malformed or forbidden word.
    var blamesName: Bool { [50_035, 20_031, 200_001].contains(self.code) }
}
