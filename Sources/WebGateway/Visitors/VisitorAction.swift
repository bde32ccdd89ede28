import Protocol

/// What to do for one page's connection.
enum VisitorAction: Equatable, Sendable {
    /// Tell the page.
    case write(PageMessage)
    /// Ask the broker; the answer goes to the session's function of that name.
    case open(Open)
    case subscribe(Subscribe)
    case history(History, HistoryPurpose)
    /// Hand a message to the conversation's queue.
    case send(Send)
    /// From now on the conversation's pushes concern this page.
    case join(ConversationID)
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
