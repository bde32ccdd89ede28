/// Our own posts that no conversation is bound to, as far as this process knows: those that are being
/// followed, with the dispatches that told of them, and those that stay as they are.
struct UnboundPostTable: Sendable {
    private var followed: [Snowflake: [DispatchNumber]] = [:]
    private var leftAlone: Set<Snowflake> = []

    /// A dispatch told of a post. Answers whether it must be followed from now on.
    mutating func appeared(_ post: Snowflake, by number: DispatchNumber) -> Bool {
        defer { self.followed[post, default: []].append(number) }
        return self.followed[post] == nil
    }

    /// An earlier process closed these, as far as a list says.
    mutating func wereLeftAlone(_ posts: [Snowflake]) { self.leftAlone.formUnion(posts) }

    /// Whether a post isn't bound, as far as is known: what is written there asks for another look.
    func contains(_ post: Snowflake) -> Bool {
        self.followed[post] != nil || self.leftAlone.contains(post)
    }

    /// How often a post was told of that is being followed.
    func tellings(of post: Snowflake) -> Int { self.followed[post]?.count ?? 0 }

    /// Nothing is left to do with a post, which stays without a conversation. Answers the dispatches
    /// that this finishes; `nil` if something was told of it since so many tellings: it is followed on.
    mutating func leaveAlone(_ post: Snowflake, since tellings: Int) -> [DispatchNumber]? {
        guard let told = self.followed[post] else { return [] }
        guard told.count <= tellings else { return nil }
        self.leftAlone.insert(post)
        return self.ended(post)
    }

    /// A post needn't be followed any more. Answers the dispatches that this finishes.
    mutating func ended(_ post: Snowflake) -> [DispatchNumber] {
        self.followed.removeValue(forKey: post) ?? []
    }
}
