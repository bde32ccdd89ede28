import Protocol

/// What to do for one page's connection.
enum VisitorAction: Equatable, Sendable {
    /// Tell the page.
    case write(PageMessage)
    /// Ask the broker; the answer goes to the session's function of that name.
    case open(Open)
    case subscribe(Subscribe)
    case history(History, HistoryPurpose)
    /// Ask for a new conversation, if as many may be made.
    case create(Open)
    /// Hand a request to the conversation's queue.
    case submit(VisitorRequest)
    /// From now on the conversation's pushes concern this page.
    case join(ConversationID)
    /// The subscription stands: this is what the conversation's pages share.
    case joined(Subscribed)
    /// The page says how far it has got.
    case report(PageReport)
    /// The page came into sight, or went out of it.
    case looked
    /// Tell the other services something that isn't kept.
    case signal(Signal)
    /// End the connection.
    case close(PageClose)
}

/// Why a page of events is fetched.
enum HistoryPurpose: Equatable, Sendable {
    /// To bring the page up to date.
    case catchUp
    /// The page asked.
    case asked
}
