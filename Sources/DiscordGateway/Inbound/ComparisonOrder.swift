/// What a comparison of a post with what is stored has to find, beside whatever its newest messages
/// show.
struct ComparisonOrder: Equatable, Sendable {
    /// The dispatches that it finishes.
    private(set) var numbers: [DispatchNumber] = []
    /// Messages of which an edit or a deletion was told that couldn't be handled then. They are
    /// looked at however old they are: nobody tells of them again.
    private(set) var messages: Set<Snowflake> = []

    /// Messages that are looked at one by one, beyond which the newest ones must do: 80 KB a post,
    /// and four minutes of questions.
    static let messagesMax = 10_000

    /// An order for changes that couldn't be handled.
    init(_ changes: [LiveChange] = []) {
        self.numbers = changes.map(\.number)
        self.messages = Set(changes.flatMap(\.change.changed).prefix(Self.messagesMax))
    }

    /// An order for nothing special, which finishes a dispatch.
    init(finishing number: DispatchNumber) { self.numbers = [number] }

    /// The same comparison shall find this, too.
    mutating func add(_ other: ComparisonOrder) {
        self.numbers += other.numbers
        let room = Self.messagesMax - self.messages.count
        self.messages.formUnion(other.messages.subtracting(self.messages).prefix(max(room, 0)))
    }
}
