/// The messages of a thread or a text channel, in the order of their ids.
struct MessageLog: Equatable, Sendable {
    private(set) var messages: [Message] = []
    /// The highest id that ever stood here: Discord goes on naming it when its message is deleted.
    private(set) var lastID: Snowflake?
    /// How many were sent that count: a post's first message and a thread's type 21 don't.
    private(set) var sentCount: Int64 = 0
    /// How many of those stand here still.
    private(set) var keptCount: Int64 = 0

    /// Adds a message, whose id is higher than all before.
    mutating func append(_ message: Message) {
        self.messages.append(message)
        self.lastID = message.id
        guard message.isCounted else { return }
        self.sentCount += 1
        self.keptCount += 1
    }

    /// Puts a message in the place of the one with its id; nothing happens if there is none.
    mutating func replace(_ message: Message) {
        guard let place = self.place(of: message.id) else { return }
        self.messages[place] = message
    }

    /// Takes a message out.
    mutating func remove(_ id: Snowflake) {
        guard let place = self.place(of: id) else { return }
        if self.messages[place].isCounted { self.keptCount -= 1 }
        self.messages.remove(at: place)
    }

    /// The message of that id.
    func message(_ id: Snowflake) -> Message? {
        self.place(of: id).map { self.messages[$0] }
    }

    /// The position of the first message whose id isn't lower.
    func index(of id: Snowflake) -> Int {
        var (low, high) = (0, self.messages.count)
        while low < high {
            let middle = (low + high) / 2
            if self.messages[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A page, newest first whatever the anchor is.
    func page(_ page: MessagePage) -> [Message] {
        let count = self.messages.count
        let range: Range<Int>
        switch page.anchor {
        case .newest: range = max(0, count - page.limit)..<count
        case .before(let id):
            let end = self.index(of: id)
            range = max(0, end - page.limit)..<end
        case .after(let id):
            // The page holds those that follow the anchor at once, not the newest ones.
            let index = self.index(of: id)
            let start = self.place(of: id) == nil ? index : index + 1
            range = start..<min(count, start + page.limit)
        case .around(let id):
            let start = max(0, self.index(of: id) - page.limit / 2)
            range = start..<min(count, start + page.limit)
        }
        return self.messages[range].reversed()
    }

    private func place(of id: Snowflake) -> Int? {
        let index = self.index(of: id)
        return index < self.messages.count && self.messages[index].id == id ? index : nil
    }
}
