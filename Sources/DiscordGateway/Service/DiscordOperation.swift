import Logging

/// The parts that work together once it is known who and where we are.
struct DiscordOperation: Sendable {
    /// Which posts are ours.
    let book = PostBook()
    /// Where changes that the Gateway tells wait.
    let desk: InboundDesk
    /// Sorts what the Gateway tells.
    let router: DispatchRouter
    /// What the bot may do.
    let permissions: PermissionWatch
    /// Brings visitors' events into posts.
    let deliverer: Deliverer
    /// Reads what operators do.
    let reader: PostReader
    /// Finds what was edited and deleted unheard.
    let comparison: PostComparison
    /// Finds out what was missed.
    let catchUp: CatchUp
    /// Shows operators what became of their messages.
    let marks: MarkDesk
    /// Keeps operators' avatars.
    let avatars: AvatarDesk
    /// Shows each side that the other one types.
    let typing: TypingDesk
    /// Tells the broker what operators have seen.
    let seen: SeenDesk
    /// Takes up posts that the broker has forgotten.
    let recovery: PostRecovery
    /// Takes up posts that nobody bound.
    let unbound: UnboundPosts

    private let settings: DiscordSettings
    private let api: any DiscordAPI
    private let box: any BoxConnection
    /// The session that an earlier process left.
    let session: KeptSession?
    private let advice: Advice
    private let logger: Logger

    /// Parts for this place.
    ///
    /// `past` is what is known of earlier processes, `forgotten` whether the broker may have forgotten
    /// posts, `occasion` what one may be then that isn't bound; `recovered` notes that they are taken
    /// up. `markPace` is how long marks wait for each other, `now` the time of day in milliseconds since
    /// 1970.
    init(
        settings: DiscordSettings, api: any DiscordAPI, box: any BoxConnection,
        place: DiscordEntry.Place, authors: AuthorNames, session: KeptSession?,
        past: EarlierProcesses, forgotten: ForgottenPosts, occasion: PostTakeUp.Occasion,
        recovered: @escaping @Sendable () async throws -> Void,
        markPace: Duration = .seconds(1),
        now: @escaping @Sendable () -> Int64 = { WallTime.milliseconds }, advice: Advice,
        logger: Logger
    ) {
        self.settings = settings
        self.api = api
        self.box = box
        self.session = session
        self.advice = advice
        self.logger = logger
        self.desk = InboundDesk(continuing: session)
        self.permissions = PermissionWatch(
            api: api, bot: place.bot, channel: place.forum.id, notifyRole: settings.notifyRole,
            advice: advice, logger: logger)
        self.seen = SeenDesk(
            api: api, box: box, book: self.book, bot: place.bot, logger: logger)
        self.typing = TypingDesk(api: api, box: box, book: self.book)
        self.avatars = AvatarDesk(api: api, box: box, guild: place.forum.guild, logger: logger)
        self.marks = MarkDesk(
            api: api, box: box, book: self.book, permissions: self.permissions, pace: markPace,
            logger: logger)
        let translation = InboundTranslation(
            bot: place.bot, notePrefix: settings.notePrefix,
            operatorRoles: settings.operatorRoles, authors: authors)
        self.router = DispatchRouter(
            book: self.book, desk: self.desk, permissions: self.permissions,
            translation: translation, typing: self.typing, seen: self.seen,
            forum: place.forum.id)
        let relay = OperatorRelay(
            api: api, box: box, book: self.book,
            people: People(
                api: api, guild: place.forum.guild,
                rolesMatter: !settings.operatorRoles.isEmpty),
            translation: translation, avatars: self.avatars, seen: self.seen, marks: self.marks,
            advice: advice, logger: logger)
        self.reader = PostReader(
            api: api, box: box, book: self.book, desk: self.desk, relay: relay,
            permissions: self.permissions, forum: place.forum.id, logger: logger)
        self.comparison = PostComparison(
            api: api, box: box, book: self.book, desk: self.desk, relay: relay,
            permissions: self.permissions, logger: logger)
        let search = PostSearch(api: api, book: self.book, bot: place.bot, forum: place.forum)
        let duplicates = DuplicatePosts(
            api: api, relay: relay, logger: logger)
        self.catchUp = CatchUp(
            api: api, box: box, book: self.book, desk: self.desk, forum: place.forum,
            search: search, logger: logger)
        let settling = SettleTimes(length: settings.settle)
        let erasure = PostErasure(
            api: api, box: box, book: self.book, permissions: self.permissions, search: search,
            settling: settling, forgotten: forgotten, marks: self.marks, advice: advice,
            logger: logger)
        let taking = PostTakeUp(
            api: api, box: box, book: self.book, desk: self.desk, search: search,
            duplicates: duplicates, erasure: erasure, logger: logger)
        self.unbound = UnboundPosts(
            api: api, book: self.book, desk: self.desk, taking: taking,
            permissions: self.permissions, settle: settings.settle, logger: logger)
        self.recovery = PostRecovery(
            api: api, box: box, book: self.book, search: search, taking: taking,
            permissions: self.permissions, forgotten: forgotten, occasion: occasion,
            settle: settings.settle, finished: recovered, logger: logger)
        let writer = PostWriter(
            api: api, box: box, permissions: self.permissions, settling: settling, bot: place.bot,
            logger: logger)
        self.deliverer = Deliverer(
            messages: MessageDelivery(
                api: api,
                maker: PostMaker(
                    api: api, box: box, book: self.book, desk: self.desk,
                    permissions: self.permissions,
                    bot: place.bot, forum: place.forum, notePrefix: settings.notePrefix,
                    notifyRole: settings.notifyRole,
                    admission: PostAdmission(
                        api: api, bot: place.bot, forum: place.forum,
                        perMinute: settings.postsPerMinute, openMax: settings.openPosts,
                        advice: advice, logger: logger),
                    settling: settling, forgotten: forgotten, advice: advice, logger: logger),
                writer: writer),
            changes: ChangeDelivery(api: api, box: box, writer: writer, settling: settling),
            erasure: erasure, book: self.book, seen: self.seen, past: past, now: now, logger: logger
        )
    }

    /// Learns from the broker which posts are ours.
    ///
    /// Those without a mark are read: whoever bound one may have died before it was read, and a
    /// session that goes on doesn't tell again what was written before it was bound.
    func loadPosts() async throws {
        self.book.load(try await self.box.allBindings())
        self.book.lost(try await BoxState.gonePosts(self.box))
        let gone = self.book.gone
        for entry in self.book.entries where entry.mark == nil && !gone.contains(entry.post) {
            self.desk.readBack(entry.post)
        }
    }

    /// The link to Discord's Gateway, by `dial`; see ``GatewayLink/Listener`` for what it tells.
    func makeLink(
        dial: @escaping GatewayLink.Dial, dispatched: @escaping @Sendable (GatewayDispatch) -> Void,
        ready: @escaping @Sendable (Bool) -> Void, down: @escaping @Sendable () -> Void
    ) -> GatewayLink {
        GatewayLink(
            api: self.api, token: self.settings.token, resumption: self.session?.resumption,
            listener: .init(dispatched: dispatched, ready: ready, down: down),
            budget: IdentifyBudgetKeeper(box: self.box, logger: self.logger), advice: self.advice,
            logger: self.logger, dial: dial)
    }
}
