#if os(Linux)
    import StrictJSON

    @testable import DiscordGateway

    /// Discord's REST API as one process of ours meets it: requests take time, get lost, take
    /// effect although nobody answers, or later than anybody waits.
    final class DiscordDoor: DiscordAPI, @unchecked Sendable {
        private let model: DiscordModel
        private let life: ProcessLife
        private let canary: Canary?

        init(_ model: DiscordModel, _ life: ProcessLife, _ canary: Canary?) {
            self.model = model
            self.life = life
            self.canary = canary
        }

        /// How a request goes.
        private enum Course {
            case well
            case requestLost
            case answerLost
            /// It takes effect when its caller has given up.
            case late
            case limited
        }

        /// Requests whose effect may come late: those that a nonce or a search makes safe.
        private enum Kind {
            case reading
            case changing
            case making
        }

        private func course(_ kind: Kind) -> Course {
            if kind == .making, let lateness = self.canary?.lateness, lateness > 0,
                self.model.world.chance.happens(lateness)
            {
                return .late
            }
            guard self.model.world.chance.happens(self.model.trouble) else { return .well }
            switch self.model.world.chance.below(10) {
            case ..<3: return .requestLost
            case ..<6: return .answerLost
            case ..<8: return .limited
            default: return kind == .making ? .late : .answerLost
            }
        }

        private func serve<Value: Sendable>(
            _ kind: Kind, _ call: StaticString = #function,
            _ body: @escaping (DiscordModel) throws -> Value?
        ) async -> DiscordOutcome<Value> {
            guard self.life.isAlive else { return .unknown(reason: "the process is gone") }
            let (world, model) = (self.model.world, self.model)
            model.budget.requests.append(world.now)
            let course = self.course(kind)
            world.note("discord: asked for \(call), which goes \(course)")
            let answered = Answered<DiscordOutcome<Value>>()
            // The HTTP client ends a request whose task is cancelled.
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    answered.waits(for: continuation)
                    let arrival = world.chance.among(2...(world.chance.happens(5) ? 1_500 : 60))
                    let back = world.chance.among(2...(world.chance.happens(5) ? 1_500 : 60))
                    func answer(_ outcome: DiscordOutcome<Value>, after wait: Int64) {
                        world.after(wait) { answered.is(outcome) }
                    }
                    switch course {
                    case .well, .answerLost:
                        world.after(arrival) {
                            let outcome = Self.outcome { try body(model) }
                            if case .rejected(let rejection) = outcome, rejection.status == 403 {
                                model.budget.refusals.append(world.now)
                            }
                            if course == .well { return answer(outcome, after: back) }
                            answer(.unknown(reason: "the answer was lost"), after: 3_000)
                        }
                    case .requestLost:
                        answer(.unknown(reason: "the request was lost"), after: 3_000)
                    case .late:
                        answer(.unknown(reason: "no answer in time"), after: 3_000)
                        world.after(world.chance.among(3_000...11_000)) { _ = try? body(model) }
                    case .limited:
                        model.budget.refusals.append(world.now)
                        answer(
                            .postponed(
                                after: .milliseconds(world.chance.among(200...6_000)), reason: "429"
                            ), after: back)
                    }
                }
            } onCancel: {
                answered.is(.unknown(reason: "the task was cancelled"))
            }
        }

        private static func outcome<Value: Sendable>(
            _ body: () throws -> Value?
        ) -> DiscordOutcome<Value> {
            do {
                guard let value = try body() else { return .unknown(reason: "unreadable") }
                return .ok(value)
            } catch let refusal as DiscordModel.Refusal {
                return .rejected(
                    DiscordRejection(status: refusal.status, code: refusal.code, message: "refused")
                )
            } catch {
                return .unknown(reason: "\(error)")
            }
        }

        // MARK: Who and where

        func application() async -> DiscordOutcome<DiscordApplication> {
            await self.serve(.reading) { _ in
                DiscordApplication(id: Snowflake(DiscordModel.application), mayReadContent: true)
            }
        }

        func currentUser() async -> DiscordOutcome<DiscordUser> {
            await self.serve(.reading) { _ in DiscordUser(DiscordModel.user(DiscordModel.bot)) }
        }

        func gatewayAddress() async -> DiscordOutcome<GatewayAddress> {
            await self.serve(.reading) { _ in
                GatewayAddress(url: "wss://simulated", sessionsLeft: 900, resetAfter: .seconds(60))
            }
        }

        func channel(_ id: Snowflake) async -> DiscordOutcome<DiscordChannel> {
            await self.serve(.reading) { model in
                if id.value == DiscordModel.forum {
                    return DiscordChannel(["id": "200", "type": 15, "guild_id": "100"])
                }
                guard let post = model.posts[id.value] else {
                    throw DiscordModel.Refusal.unknownChannel
                }
                return DiscordChannel(DiscordModel.json(post))
            }
        }

        func guild(_ id: Snowflake) async -> DiscordOutcome<DiscordGuild> {
            await self.serve(.reading) { model in
                var bits: UInt64 = 1 << 10 | 1 << 14 | 1 << 6 | 1 << 35
                if model.mayRead { bits |= 1 << 16 }
                if model.mayWrite { bits |= 1 << 11 | 1 << 38 }
                return DiscordGuild([
                    "id": "100", "roles": [["id": "100", "permissions": .string("\(bits)")]],
                ])
            }
        }

        func member(
            _ user: Snowflake, of guild: Snowflake
        ) async -> DiscordOutcome<DiscordMember> {
            await self.serve(.reading) { _ in DiscordMember(["roles": [], "nick": nil]) }
        }

        // MARK: Reading

        func activeThreads(of guild: Snowflake) async -> DiscordOutcome<DiscordThreadPage> {
            await self.serve(.reading) { model in
                Self.page(model.threads(archived: false), hasMore: false)
            }
        }

        func archivedThreads(
            of channel: Snowflake, before: String?
        ) async -> DiscordOutcome<DiscordThreadPage> {
            await self.serve(.reading) { model in
                let all = model.threads(archived: true).filter { post in
                    before.map { DiscordModel.time(post.archivedAt) < $0 } ?? true
                }
                return Self.page(Array(all.prefix(2)), hasMore: all.count > 2)
            }
        }

        private static func page(
            _ posts: [DiscordModel.Post], hasMore: Bool
        ) -> DiscordThreadPage? {
            DiscordThreadPage([
                "threads": .array(posts.map { DiscordModel.json($0) }), "has_more": .bool(hasMore),
            ])
        }

        func messages(
            in channel: Snowflake, after: Snowflake
        ) async -> DiscordOutcome<[DiscordMessage]> {
            await self.serve(.reading) { model in
                guard let post = model.posts[channel.value] else {
                    throw DiscordModel.Refusal.unknownChannel
                }
                guard model.mayRead else { return [] }
                return post.messages.filter { $0.id > after.value }.prefix(messagePageSize)
                    .reversed().compactMap { DiscordMessage(DiscordModel.json($0)) }
            }
        }

        func newestMessages(in channel: Snowflake) async -> DiscordOutcome<[DiscordMessage]> {
            await self.serve(.reading) { model in
                guard let post = model.posts[channel.value] else {
                    throw DiscordModel.Refusal.unknownChannel
                }
                guard model.mayRead else { return [] }
                return post.messages.suffix(messagePageSize).reversed()
                    .compactMap { DiscordMessage(DiscordModel.json($0)) }
            }
        }

        func message(
            _ id: Snowflake, in channel: Snowflake
        ) async -> DiscordOutcome<DiscordMessage> {
            await self.serve(.reading) { model in
                guard model.posts[channel.value] != nil else {
                    throw DiscordModel.Refusal.unknownChannel
                }
                guard model.mayRead else { throw DiscordModel.Refusal.forbidden }
                guard let message = model.message(id.value, in: channel.value) else {
                    throw DiscordModel.Refusal.unknownMessage
                }
                return DiscordMessage(DiscordModel.json(message))
            }
        }

        func picture(of avatar: AvatarSource) async -> DiscordOutcome<[UInt8]> {
            .unknown(reason: "there are no pictures")
        }

        // MARK: Writing

        func createPost(
            in channel: Snowflake, name: String, card: Card
        ) async -> DiscordOutcome<DiscordChannel> {
            await self.serve(.making) { model in
                let post = try model.makePost(
                    name: name, uid: card.uid, content: "", embed: Self.embed(of: card))
                return DiscordChannel(DiscordModel.json(post))
            }
        }

        private static func embed(of card: Card) -> JSONValue {
            [
                "title": .string(card.title), "description": .string(card.text),
                "footer": ["text": .string(card.uid)],
            ]
        }

        func createThread(
            in channel: Snowflake, name: String
        ) async -> DiscordOutcome<DiscordChannel> {
            .rejected(DiscordRejection(status: 400, code: 50_024, message: "It is a forum."))
        }

        func createMessage(
            in channel: Snowflake, _ part: MessagePart
        ) async -> DiscordOutcome<DiscordMessage> {
            let nonce = self.canary == .noNonce ? nil : part.nonce
            return await self.serve(.making) { model in
                let message = try model.write(
                    part.content, in: channel.value, by: DiscordModel.bot, nonce: nonce,
                    answers: part.answers?.value)
                return DiscordMessage(DiscordModel.json(message))
            }
        }

        func createNotice(
            in channel: Snowflake, _ notice: Notice
        ) async -> DiscordOutcome<DiscordMessage> {
            await self.serve(.making) { model in
                let message = try model.write(
                    "", in: channel.value, by: DiscordModel.bot, nonce: notice.nonce,
                    embed: notice.card.map(Self.embed) ?? ["description": .string(notice.text)])
                return DiscordMessage(DiscordModel.json(message))
            }
        }

        func editMessage(
            _ id: Snowflake, in channel: Snowflake, content: String
        ) async -> DiscordOutcome<Done> {
            await self.serve(.changing) { model in
                try model.edit(id.value, in: channel.value, to: content, by: DiscordModel.bot)
                return Done()
            }
        }

        func deleteMessage(
            _ id: Snowflake, in channel: Snowflake
        ) async -> DiscordOutcome<Done> {
            await self.serve(.changing) { model in
                try model.delete(id.value, in: channel.value, by: DiscordModel.bot)
                return Done()
            }
        }

        func deletePost(_ post: Snowflake) async -> DiscordOutcome<Done> {
            await self.serve(.changing) { model in
                guard model.posts[post.value] != nil else {
                    throw DiscordModel.Refusal.unknownChannel
                }
                model.deletePost(post.value)
                return Done()
            }
        }

        func archive(_ post: Snowflake, _ isArchived: Bool) async -> DiscordOutcome<Done> {
            await self.serve(.changing) { model in
                try model.archive(post.value, isArchived)
                return Done()
            }
        }

        func react(
            _ reaction: Reaction, to message: Snowflake, in channel: Snowflake, _ isThere: Bool
        ) async -> DiscordOutcome<Done> {
            await self.serve(.changing) { model in
                guard model.message(message.value, in: channel.value) != nil else {
                    throw DiscordModel.Refusal.unknownMessage
                }
                return Done()
            }
        }

        func type(in channel: Snowflake) async -> DiscordOutcome<Done> { .ok(Done()) }
    }
#endif
