/// Everything that the suite tries, by the name that `--only` takes and the table shows.
enum Check: String, CaseIterable, Sendable {
    // How it comes.
    case hello
    case nothingBeforeWelcome = "nothing-before-welcome"
    case instance
    case lateBroker = "late-broker"
    // What it reads.
    case byteByByte = "frames-byte-by-byte"
    case joined = "frames-joined"
    case broken = "frames-broken"
    case large = "frame-large"
    case unknown = "unknown-members-and-types"
    // How it lives and ends.
    case heartbeat
    case silence
    case backoff = "back-off"
    case goodbye
    case goodbyeForGood = "goodbye-for-good"
    case fenced
    case slowBroker = "slow-broker"
    case terminate = "sigterm"
    // What it is delivered.
    case credit
    case acknowledge = "acknowledge-after-effect"
    case deliveryOrder = "deliveries-in-order"
    case redelivery
    case redeliveryAfterKill = "redelivery-after-kill"
    case gaps
    case kinds = "edits-deletions-unknown-kinds"
    case epoch = "another-epoch"
    case erasure
    // What it sends.
    case send
    case sendLost = "send-lost"
    case sendAnswerLost = "send-answer-lost"
    case sendAfterKill = "send-after-kill"
    case refusedForNow = "refused-for-now"
    case refusedForGood = "refused-for-good"
    case oneUnanswered = "one-unanswered-send"
    case sendOrder = "sends-in-order"
    // What it subscribes to.
    case subscribe
    case resubscribe
    case lagged

    /// What must be there for it to be tried.
    enum Need: Sendable {
        case consumer, reader, deliveries, provocation, observation
    }

    /// The width of the longest name.
    static let nameWidth = Check.allCases.map(\.rawValue.count).max() ?? 0

    /// What it takes.
    var needs: [Need] {
        switch self {
        case .hello, .nothingBeforeWelcome, .instance, .lateBroker, .byteByByte, .joined, .broken,
            .unknown, .heartbeat, .silence, .backoff, .goodbye, .goodbyeForGood, .slowBroker,
            .terminate:
            []
        case .credit, .fenced: [.consumer]
        case .large, .redeliveryAfterKill, .redelivery, .gaps, .kinds, .epoch, .erasure:
            [.deliveries]
        case .acknowledge, .deliveryOrder: [.deliveries, .observation]
        case .send, .sendLost, .sendAnswerLost, .sendAfterKill, .refusedForNow, .refusedForGood,
            .oneUnanswered, .sendOrder:
            [.provocation]
        case .subscribe, .resubscribe, .lagged: [.reader, .provocation, .observation]
        }
    }

    /// What it asks of a gateway, in a sentence; docs/protocol.md says why.
    var promise: String {
        switch self {
        case .hello: "Says a valid hello within 5 s, for the box that CHATBOX_BOX names."
        case .nothingBeforeWelcome: "Says nothing but hello until it is welcomed."
        case .instance: "Keeps its instance over a reconnect, and makes another at each start."
        case .lateBroker: "Waits for a broker that starts after it."
        case .byteByByte: "Reads frames that come one byte at a time."
        case .joined: "Reads several frames that come at once."
        case .broken: "Leaves a connection with a broken frame, and comes back."
        case .large: "Takes the longest body and the most properties."
        case .unknown: "Ignores members, pushes and values that it doesn't know."
        case .heartbeat: "Pings each heartbeat_ms that welcome named."
        case .silence: "Gives up a broker that is silent for 3 heartbeats, and comes back."
        case .backoff: "Waits longer and longer while it is turned away, and comes back."
        case .goodbye: "Comes back after a goodbye that lets it."
        case .goodbyeForGood: "Doesn't come back after a goodbye with reconnect: false."
        case .fenced: "Stays away after a newer consumer took over, 60 s in full."
        case .slowBroker: "Waits for a broker that doesn't read for a while."
        case .terminate: "Says goodbye on SIGTERM and exits with 0 within 5 s."
        case .credit: "Gives credit after every welcome."
        case .acknowledge: "Acknowledges an event once its effect stands."
        case .deliveryOrder: "Makes the effects of one conversation in order, each once."
        case .redelivery: "Acknowledges an event that comes again, and doesn't double its effect."
        case .redeliveryAfterKill: "The same, if it was killed in between."
        case .gaps: "Takes gaps in seq for granted."
        case .kinds: "Acknowledges edits, deletions, closings and kinds that it doesn't know."
        case .epoch: "Takes low numbers of another epoch for new events."
        case .erasure: "Removes a conversation that was erased, and then acknowledges."
        case .send: "Sends a message with a key, once."
        case .sendLost: "Repeats a message that wasn't stored, with its key and content."
        case .sendAnswerLost: "Doesn't double a message whose answer was lost."
        case .sendAfterKill: "The same key also after it was killed."
        case .refusedForNow: "Repeats what was refused for now; nothing overtakes it."
        case .refusedForGood: "Steps aside with what was refused for good; the next one goes."
        case .oneUnanswered: "Keeps one unanswered send per conversation."
        case .sendOrder: "Sends in order, through a lost connection."
        case .subscribe: "Subscribes to a conversation, and shows what is pushed."
        case .resubscribe: "Subscribes again after a lost connection, and shows what it missed."
        case .lagged: "Subscribes again after lagged, and shows what it missed."
        }
    }
}
