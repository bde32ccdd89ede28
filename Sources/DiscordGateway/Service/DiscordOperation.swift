import Logging

/// The parts that work together once it is known who and where we are.
struct DiscordOperation: Sendable {
    /// Which posts are ours.
    let book = PostBook()
    /// Where messages of the Gateway wait.
    let desk: InboundDesk
    /// Sorts what the Gateway tells.
    let router: DispatchRouter
    /// What the bot may do.
    let permissions: PermissionWatch
    /// Brings visitors' messages into posts.
    let deliverer: Deliverer
    /// Reads operators' messages.
    let reader: PostReader
    /// Finds out what was missed.
    let catchUp: CatchUp

    private let settings: DiscordSettings
    private let api: any DiscordAPI
    private let resumption: GatewayResumption?
    private let advice: Advice
    private let logger: Logger

    /// Parts for this place.
    init(
        settings: DiscordSettings, api: any DiscordAPI, box: any BoxConnection,
        place: DiscordEntry.Place, mustSearch: Bool, authors: AuthorNames,
        resumption: GatewayResumption?, advice: Advice, logger: Logger
    ) {
        self.settings = settings
        self.api = api
        self.resumption = resumption
        self.advice = advice
        self.logger = logger
        self.desk = InboundDesk(finished: resumption?.sequence ?? 0)
        self.router = DispatchRouter(book: self.book, desk: self.desk)
        self.permissions = PermissionWatch(
            api: api, bot: place.bot, channel: place.forum.id, advice: advice)
        let seen = SeenDesk(box: box, logger: logger)
        let maker = PostMaker(
            api: api, box: box, book: self.book, permissions: self.permissions, bot: place.bot,
            forum: place.forum, notePrefix: settings.notePrefix,
            settling: SettleTimes(length: settings.settle),
            mustSearch: mustSearch, logger: logger)
        self.deliverer = Deliverer(
            api: api, maker: maker, desk: self.desk, seen: seen, permissions: self.permissions,
            logger: logger)
        self.reader = PostReader(
            api: api, box: box, book: self.book, desk: self.desk, seen: seen,
            translation: InboundTranslation(
                bot: place.bot, notePrefix: settings.notePrefix, authors: authors),
            permissions: self.permissions, advice: advice, logger: logger)
        self.catchUp = CatchUp(
            api: api, box: box, book: self.book, desk: self.desk, forum: place.forum,
            logger: logger)
    }

    /// The link to Discord's Gateway; see ``GatewayLink/Listener`` for what it tells.
    func makeLink(
        dispatched: @escaping @Sendable (GatewayDispatch) -> Void,
        ready: @escaping @Sendable (Bool) -> Void, down: @escaping @Sendable () -> Void
    ) -> GatewayLink {
        GatewayLink(
            api: self.api, token: self.settings.token, resumption: self.resumption,
            listener: .init(dispatched: dispatched, ready: ready, down: down),
            advice: self.advice, logger: self.logger)
    }
}
