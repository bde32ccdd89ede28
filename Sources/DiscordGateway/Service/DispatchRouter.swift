/// Sorts what Discord's Gateway tells: messages in our posts go to their workers, a new session
/// starts a catch-up, and the rest asks nothing of us yet.
struct DispatchRouter: Sendable {
    /// Which posts are ours.
    var book: PostBook
    /// Where messages wait.
    var desk: InboundDesk

    /// Takes one dispatch; answers whether a new session began with it.
    func route(_ dispatch: GatewayDispatch) -> Bool {
        switch dispatch.event {
        case "READY":
            self.desk.sessionBegan(dispatch.number)
            return true
        case "MESSAGE_CREATE":
            guard let message = DiscordMessage(dispatch.data),
                self.book.entry(of: message.channel) != nil
            else { break }
            self.desk.received(
                LiveMessage(number: dispatch.number, message: message), in: message.channel)
            return false
        default: break
        }
        self.desk.ignored(dispatch.number)
        return false
    }
}
