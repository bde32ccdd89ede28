import Protocol

/// What the pages of one conversation share.
struct Room: Sendable {
    /// The pages, in the order in which they came.
    var sockets: [SocketID] = []
    /// What they want stored.
    var requests = RequestQueue()
    /// How far they have got.
    var reports = PageReports()
    /// How often it is told that somebody types.
    var typing = TypingBrake()
    /// The newest event that is known here.
    var head: Int64 = 0

    /// The broker's directives for a change of what the pages say of themselves.
    static func directives(
        for change: PageReports.Change, _ conversation: ConversationID
    ) -> [Directive] {
        var directives: [Directive] = []
        if change.deliveredUpTo != nil || change.seenUpTo != nil {
            directives.append(
                .report(
                    Report(
                        conversation: conversation, deliveredUpTo: change.deliveredUpTo,
                        seenUpTo: change.seenUpTo)))
        }
        if let isPresent = change.isPresent {
            directives.append(
                .signal(Signal(conversation: conversation, kind: .presence(isOn: isPresent))))
        }
        return directives
    }

    /// The directives for a step of the reports.
    static func directives(
        for step: PageReports.Step, _ conversation: ConversationID
    ) -> [Directive] {
        switch step {
        case .nothing: []
        case .tell(let change): self.directives(for: change, conversation)
        case .wait(let wait): [.wait(conversation, wait)]
        }
    }
}
