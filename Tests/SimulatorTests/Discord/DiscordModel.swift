#if os(Linux)
    import StrictJSON

    /// Discord, as far as a bot in one forum can tell: posts, messages, nonces that are remembered
    /// for a while, and what its Gateway tells of them.
    final class DiscordModel: @unchecked Sendable {
        struct Message {
            var id: UInt64
            var post: UInt64
            var author: UInt64
            var content: String
            var editedAt: Int64?
            var answers: UInt64?
            var embed: JSONValue?
        }

        struct Post {
            var id: UInt64
            var name: String
            /// Stands on the card.
            var uid = ""
            var isArchived = false
            var archivedAt: Int64 = 0
            var messages: [Message] = []
            var lastMessage: UInt64?
        }

        /// Discord's refusal.
        struct Refusal: Error {
            var status: Int
            var code: Int64
            static let unknownChannel = Refusal(status: 404, code: 10_003)
            static let unknownMessage = Refusal(status: 404, code: 10_008)
            static let archived = Refusal(status: 400, code: 50_083)
            static let forbidden = Refusal(status: 403, code: 50_013)
        }

        static let guild: UInt64 = 100
        static let forum: UInt64 = 200
        static let bot: UInt64 = 900
        static let application: UInt64 = 901
        /// How long a nonce is remembered, in milliseconds: "the past few minutes".
        private static let nonceTime: Int64 = 120_000

        let world: World
        private(set) var posts: [UInt64: Post] = [:]
        private var lostUIDs: Set<String> = []
        /// Texts of ours that operators took away.
        private(set) var removedTexts: Set<String> = []
        /// How often a request goes wrong, in percent.
        var trouble = 0
        /// Whether the bot may read the history, and write.
        var mayRead = true
        var mayWrite = true
        /// Every text of ours that ever stood in a conversation's posts, by its uid.
        private(set) var everWritten: [String: Set<String>] = [:]
        /// What Discord counts of us.
        var budget = Budget()
        private(set) lazy var gateway = DiscordGatewayModel(self.world, self)
        private var nonces: [String: (message: UInt64, post: UInt64, at: Int64)] = [:]
        private var lastID: UInt64 = 0

        init(_ world: World) { self.world = world }

        private func newID() -> UInt64 {
            let time = UInt64(self.world.now + 1_790_000_000_000 - 1_420_070_400_000) << 22
            self.lastID = max(self.lastID + 1, time)
            return self.lastID
        }

        // MARK: Changing

        /// Makes a post with its card.
        func makePost(name: String, uid: String, content: String, embed: JSONValue) throws -> Post {
            guard self.mayWrite else { throw Refusal.forbidden }
            let id = self.newID()
            var post = Post(id: id, name: name, uid: uid)
            post.messages = [
                Message(id: id, post: id, author: Self.bot, content: content, embed: embed)
            ]
            post.lastMessage = id
            self.posts[id] = post
            self.gateway.tell("THREAD_CREATE", Self.json(post))
            self.gateway.tell("MESSAGE_CREATE", Self.json(post.messages[0]))
            return post
        }

        /// The bot or an operator writes.
        func write(
            _ content: String, in post: UInt64, by author: UInt64, nonce: String? = nil,
            answers: UInt64? = nil, embed: JSONValue? = nil
        ) throws -> Message {
            guard self.posts[post] != nil else { throw Refusal.unknownChannel }
            guard author != Self.bot || self.mayWrite else { throw Refusal.forbidden }
            if let nonce, let known = self.nonces[nonce], known.post == post,
                self.world.now - known.at < Self.nonceTime
            {
                guard let message = self.message(known.message, in: post) else {
                    throw Refusal.unknownMessage
                }
                return message
            }
            let message = Message(
                id: self.newID(), post: post, author: author, content: content, answers: answers,
                embed: embed)
            if author == Self.bot { self.remember(content, in: post) }
            if let nonce { self.nonces[nonce] = (message.id, post, self.world.now) }
            // To write takes a post out of the archive.
            self.posts[post]?.isArchived = false
            self.posts[post]?.messages.append(message)
            self.posts[post]?.lastMessage = message.id
            self.world.note("discord: \(author) writes \"\(content)\" as \(message.id) in \(post)")
            self.world.mark(Int64(bitPattern: message.id))
            self.gateway.tell("MESSAGE_CREATE", Self.json(message))
            return message
        }

        private func remember(_ content: String, in post: UInt64) {
            guard !content.isEmpty, let uid = self.posts[post]?.uid else { return }
            self.everWritten[uid, default: []].insert(content)
        }

        /// Somebody edits an own message.
        func edit(_ id: UInt64, in post: UInt64, to content: String, by author: UInt64) throws {
            guard let known = self.posts[post] else { throw Refusal.unknownChannel }
            guard author != Self.bot || self.mayWrite else { throw Refusal.forbidden }
            guard !known.isArchived else { throw Refusal.archived }
            guard let index = known.messages.firstIndex(where: { $0.id == id }) else {
                throw Refusal.unknownMessage
            }
            let before = known.messages[index].editedAt ?? 0
            let time = max(before + 1, self.world.now + 1_790_000_000_000)
            if author == Self.bot { self.remember(content, in: post) }
            self.posts[post]?.messages[index].content = content
            self.posts[post]?.messages[index].editedAt = time
            self.world.note("discord: \(author) edits \(id) to \"\(content)\"")
            if let message = self.message(id, in: post) {
                self.gateway.tell("MESSAGE_UPDATE", Self.json(message))
            }
        }

        /// Somebody deletes a message.
        func delete(_ id: UInt64, in post: UInt64, by author: UInt64) throws {
            guard let known = self.posts[post] else { throw Refusal.unknownChannel }
            guard let message = known.messages.first(where: { $0.id == id }) else {
                throw Refusal.unknownMessage
            }
            if message.author == Self.bot, author != Self.bot {
                self.removedTexts.insert(message.content)
            }
            self.posts[post]?.messages.removeAll { $0.id == id }
            self.world.note("discord: \(author) deletes \(id)")
            self.gateway.tell(
                "MESSAGE_DELETE",
                [
                    "id": .string("\(id)"), "channel_id": .string("\(post)"),
                    "guild_id": .string("\(Self.guild)"),
                ])
        }

        /// An operator deletes a post.
        func deletePost(_ post: UInt64) {
            guard let gone = self.posts.removeValue(forKey: post) else { return }
            self.lostUIDs.insert(gone.uid)
            self.world.note("discord: post \(post) is deleted")
            self.gateway.tell(
                "THREAD_DELETE",
                [
                    "id": .string("\(post)"), "guild_id": .string("\(Self.guild)"),
                    "parent_id": .string("\(Self.forum)"), "type": 11,
                ])
        }

        /// Archives a post, or takes it out of the archive.
        func archive(_ post: UInt64, _ isArchived: Bool) throws {
            guard self.posts[post] != nil else { throw Refusal.unknownChannel }
            self.posts[post]?.isArchived = isArchived
            self.posts[post]?.archivedAt = self.world.now + 1_790_000_000_000
        }

        /// Somebody reacts.
        func react(to message: UInt64, in post: UInt64, by author: UInt64) {
            self.gateway.tell(
                "MESSAGE_REACTION_ADD",
                [
                    "user_id": .string("\(author)"), "channel_id": .string("\(post)"),
                    "message_id": .string("\(message)"), "guild_id": .string("\(Self.guild)"),
                    "member": ["user": Self.user(author), "roles": []],
                    "emoji": ["name": "👍", "id": nil],
                ])
        }

        // MARK: Reading

        func message(_ id: UInt64, in post: UInt64) -> Message? {
            self.posts[post]?.messages.first { $0.id == id }
        }

        /// The posts, newest first.
        func threads(archived: Bool) -> [Post] {
            self.posts.values.filter { $0.isArchived == archived }.sorted {
                archived ? ($0.archivedAt, $0.id) > ($1.archivedAt, $1.id) : $0.id > $1.id
            }
        }

        /// What the checker is shown.
        var view: DiscordView {
            var view = DiscordView()
            view.removedTexts = self.removedTexts
            view.lostPosts = self.lostUIDs
            view.posts = self.posts.values.sorted { $0.id < $1.id }.map { post in
                DiscordView.Post(
                    id: post.id, uid: post.uid,
                    messages: post.messages.map { message in
                        DiscordView.Message(
                            id: message.id, isBots: message.author == Self.bot,
                            content: message.content,
                            notice: message.author == Self.bot
                                ? message.embed?["description"]?.string ?? "" : "")
                    })
            }
            return view
        }

        // MARK: Discord's objects

        static func user(_ id: UInt64) -> JSONValue {
            [
                "id": .string("\(id)"), "username": .string("user\(id)"),
                "global_name": .string("User \(id)"), "bot": .bool(id == self.bot),
            ]
        }

        static func json(_ message: Message) -> JSONValue {
            var object: JSONObject = [
                "id": .string("\(message.id)"), "channel_id": .string("\(message.post)"),
                "type": message.answers == nil ? 0 : 19, "author": self.user(message.author),
                "content": .string(message.content),
                "edited_timestamp": message.editedAt.map { .string(self.time($0)) } ?? .null,
                "embeds": .array(message.embed.map { [$0] } ?? []),
            ]
            if let answers = message.answers {
                object["message_reference"] = ["type": 0, "message_id": .string("\(answers)")]
            }
            return .object(object)
        }

        static func json(_ post: Post) -> JSONValue {
            [
                "id": .string("\(post.id)"), "type": 11, "guild_id": .string("\(self.guild)"),
                "parent_id": .string("\(self.forum)"), "owner_id": .string("\(self.bot)"),
                "name": .string(post.name),
                "last_message_id": post.lastMessage.map { .string("\($0)") } ?? .null,
                "thread_metadata": [
                    "archived": .bool(post.isArchived),
                    "archive_timestamp": .string(self.time(post.archivedAt)),
                ],
            ]
        }

        /// A time as Discord spells it.
        static func time(_ milliseconds: Int64) -> String {
            // Days since 1970 to a date: https://howardhinnant.github.io/date_algorithms.html
            let days = milliseconds / 86_400_000 + 719_468
            let era = days / 146_097
            let dayOfEra = days - era * 146_097
            let year =
                (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            let day = dayOfYear - (153 * shifted + 2) / 5 + 1
            let month = shifted < 10 ? shifted + 3 : shifted - 9
            let rest = milliseconds % 86_400_000
            func digits(_ value: Int64, _ count: Int) -> String {
                let text = String(value)
                return String(repeating: "0", count: max(0, count - text.count)) + text
            }
            let date =
                "\(digits(year + era * 400 + (month <= 2 ? 1 : 0), 4))-\(digits(month, 2))-\(digits(day, 2))"
            return "\(date)T\(digits(rest / 3_600_000, 2)):\(digits(rest / 60_000 % 60, 2)):"
                + "\(digits(rest / 1_000 % 60, 2)).\(digits(rest % 1_000, 3))000+00:00"
        }
    }
#endif
