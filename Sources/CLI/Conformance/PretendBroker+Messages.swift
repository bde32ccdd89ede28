import Protocol

// What a gateway says, and what it makes of conversations.
extension PretendBroker {
    /// Stores a message, or finds it stored.
    mutating func stored(_ send: Send, at now: Int64) -> Reply {
        guard var conversation = self.conversations[send.conversation] else {
            return .failure(Self.notFound)
        }
        if conversation.state == .blocked {
            return .failure(Refused(.blocked, "The conversation is blocked."))
        }
        if conversation.reserved.contains(send.key) { return .failure(Self.deleted) }
        if let index = conversation.index(of: send.key) {
            let event = conversation.events[index]
            if event.isDeleted { return .failure(Self.deleted) }
            let isSame =
                event.body == send.body && event.format == send.format
                && event.replyTo == send.replyTo
            guard isSame || event.revision != send.revision else {
                return .failure(
                    Refused(.idempotencyConflict, "The key belongs to another message."))
            }
            return .success(Self.sent(event, isDuplicate: true))
        }
        let event = Event(
            seq: conversation.nextSeq, id: EventID(self.nextBits()), at: now,
            service: self.serviceUnderTest, revision: send.revision, author: send.author,
            body: send.body, format: send.format, replyTo: send.replyTo, sentAt: send.sentAt,
            key: send.key)
        conversation.append(event)
        conversation.move(send.mark)
        self.conversations[send.conversation] = conversation
        return .success(Self.sent(event, isDuplicate: false))
    }

    mutating func edited(_ edit: Edit, at now: Int64) -> Reply {
        guard var conversation = self.conversations[edit.conversation] else {
            return .failure(Self.notFound)
        }
        guard let index = conversation.index(of: edit.target) else {
            return .failure(Refused(.targetNotFound, "No message was sent with that key."))
        }
        var target = conversation.events[index]
        if target.isDeleted { return .failure(Self.deleted) }
        conversation.move(edit.mark)
        guard edit.revision > target.revision else {
            self.conversations[edit.conversation] = conversation
            let made = conversation.events.last {
                $0.kind == .edit && $0.target?.id == target.id && $0.revision == target.revision
            }
            return .success(Self.sent(made ?? target, isDuplicate: true))
        }
        target.revision = edit.revision
        target.body = edit.body
        conversation.events[index] = target
        let event = Event(
            seq: conversation.nextSeq, id: EventID(self.nextBits()), at: now, kind: .edit,
            service: self.serviceUnderTest, revision: edit.revision, author: edit.author,
            body: edit.body, format: edit.format,
            target: Event.Target(seq: target.seq, id: target.id), key: edit.key)
        conversation.append(event)
        self.conversations[edit.conversation] = conversation
        return .success(Self.sent(event, isDuplicate: false))
    }

    mutating func deleted(_ delete: Delete, at now: Int64) -> Reply {
        guard var conversation = self.conversations[delete.conversation] else {
            return .failure(Self.notFound)
        }
        conversation.move(delete.mark)
        defer { self.conversations[delete.conversation] = conversation }
        guard let index = conversation.index(of: delete.target) else {
            conversation.reserved.insert(delete.target)
            return .success(Deleted(event: nil, duplicate: false))
        }
        let target = conversation.events[index]
        if target.isDeleted {
            let done = conversation.events.last {
                $0.kind == .deletion && $0.target?.id == target.id
            }
            return .success(Self.deleted(done ?? target, isDuplicate: true))
        }
        conversation.forget(target)
        let event = self.event(
            .deletion, delete.key, delete.author, in: conversation, target: target, at: now)
        conversation.append(event)
        return .success(Self.deleted(event, isDuplicate: false))
    }

    mutating func set(
        _ state: ConversationState, _ close: Close, at now: Int64
    ) -> Reply {
        guard var conversation = self.conversations[close.conversation] else {
            return .failure(Self.notFound)
        }
        let isDuplicate = conversation.state == state
        if !isDuplicate {
            conversation.append(
                self.event(
                    state == .closed ? .close : .reopen, close.key, close.author,
                    in: conversation, at: now))
            self.conversations[close.conversation] = conversation
        }
        return .success(
            StateSet(state: state, head: conversation.head, duplicate: isDuplicate))
    }

    /// An event of the service under test without a text.
    private mutating func event(
        _ kind: Event.Kind, _ key: IdempotencyKey, _ author: Author,
        in conversation: Conversation, target: Event? = nil, at now: Int64
    ) -> Event {
        Event(
            seq: conversation.nextSeq, id: EventID(self.nextBits()), at: now, kind: kind,
            service: self.serviceUnderTest, author: author,
            target: target.map { Event.Target(seq: $0.seq, id: $0.id) }, key: key)
    }

    mutating func opened(_ open: Open) -> Reply {
        if let found = self.conversations.values.first(where: { $0.peer == open.peer }) {
            guard found.credentials.isEmpty || found.credentials.contains(open.credential ?? "")
            else { return .failure(Refused(.credentialRefused, "The secret is another one.")) }
            return self.change(found.id) { conversation in
                conversation.properties = Self.merged(conversation.properties, open.properties)
                return Self.opened(conversation, isCreated: false)
            }
        }
        guard open.create else { return .failure(Self.notFound) }
        var conversation = Conversation(id: Self.uid("gateway/\(open.peer.text)"))
        conversation.peer = open.peer
        conversation.properties = Self.merged([:], open.properties)
        if let credential = open.credential { conversation.credentials = [credential] }
        self.conversations[conversation.id] = conversation
        return .success(Self.opened(conversation, isCreated: true))
    }

    mutating func bound(_ bind: Bind) -> Reply {
        let holder = self.conversations.values.first { $0.peer == bind.peer }
        guard let conversation = self.conversations[bind.conversation] else {
            return .failure(Self.notFound)
        }
        let isFree = conversation.peer == nil || conversation.peer == bind.replaces
        guard holder?.id == bind.conversation || (holder == nil && isFree) else {
            return .failure(Refused(.bindingConflict, "That id, or that conversation, is bound."))
        }
        return self.change(bind.conversation) {
            if $0.peer != bind.peer { $0.mark = nil }
            $0.peer = bind.peer
            return Bound()
        }
    }

    // MARK: Reading

    func page(_ history: History) -> Reply {
        guard let conversation = self.conversations[history.conversation] else {
            return .failure(Self.notFound)
        }
        let limit = Int(history.limit)
        let events = conversation.events.map { $0.seen(by: self.serviceUnderTest) }
        switch history.range {
        case .after(let seq):
            let wanted = events.filter { $0.seq > seq }
            return .success(
                Page(events: Array(wanted.prefix(limit)), more: wanted.count > limit))
        case .before(let seq):
            let wanted = events.filter { $0.seq < seq }
            return .success(
                Page(events: Array(wanted.suffix(limit)), more: wanted.count > limit))
        }
    }

    mutating func subscribed(_ subscribe: Subscribe, on connection: Int) -> Reply {
        guard let conversation = self.conversations[subscribe.conversation] else {
            return .failure(Self.notFound)
        }
        self.sessions[connection]?.subscriptions.insert(conversation.id)
        let isRecovered = subscribe.from.map { from in
            from.epoch == self.epoch
                && conversation.events.contains { $0.seq == from.seq && $0.id == from.id }
        }
        return .success(
            Subscribed(
                head: conversation.head, recovered: isRecovered ?? false,
                receipts: [Receipt(service: Self.other)], own: conversation.reported,
                state: conversation.state,
                services: [ServiceState(service: Self.other, isUp: true, backlog: 0)]))
    }

    func bindings(_ list: ListBindings) -> Bindings {
        let bound = self.conversations.values.compactMap { conversation in
            conversation.peer.map {
                Bindings.Binding(
                    conversation: conversation.id, peer: $0, mark: conversation.mark,
                    handled: conversation.handled)
            }
        }
        let wanted = bound.sorted { $0.peer < $1.peer }.filter { binding in
            list.after.map { $0 < binding.peer } ?? true
        }
        let limit = Int(list.limit)
        return Bindings(entries: Array(wanted.prefix(limit)), more: wanted.count > limit)
    }

    func known(_ known: Known) -> Reply {
        guard let conversation = self.conversations[known.conversation] else {
            return .failure(Self.notFound)
        }
        var entries: [KnownIDs.Entry] = []
        for id in known.ids {
            for (seq, external) in conversation.external where external.contains(id) {
                entries.append(
                    KnownIDs.Entry(id: id, seq: seq, isOwn: false, revision: 0, isDeleted: false))
            }
            guard let key = IdempotencyKey(id.text) else { continue }
            if let index = conversation.index(of: key) {
                let event = conversation.events[index]
                entries.append(
                    KnownIDs.Entry(
                        id: id, seq: event.seq, isOwn: true, revision: event.revision,
                        isDeleted: event.isDeleted))
            } else if conversation.reserved.contains(key) {
                entries.append(
                    KnownIDs.Entry(id: id, seq: nil, isOwn: true, revision: 0, isDeleted: true))
            }
        }
        return .success(KnownIDs(entries: entries))
    }

    private static func sent(_ event: Event, isDuplicate: Bool) -> Sent {
        Sent(
            seq: event.seq, id: event.id, at: event.at, revision: event.revision,
            duplicate: isDuplicate)
    }

    private static func deleted(_ event: Event, isDuplicate: Bool) -> Deleted {
        Deleted(
            event: .init(seq: event.seq, id: event.id, at: event.at), duplicate: isDuplicate)
    }

    private static func opened(_ conversation: Conversation, isCreated: Bool) -> Opened {
        Opened(
            conversation: conversation.id, created: isCreated, head: conversation.head,
            properties: conversation.properties, state: conversation.state)
    }

    private static let deleted = Refused(.deleted, "The message was deleted, which is final.")
}

extension PretendBroker.Conversation {
    /// Adds an event under the next seq.
    mutating func append(_ event: Event) {
        self.events.append(event)
        self.unpushed.append(event)
        self.nextSeq = event.seq + 1
        switch event.kind {
        case .message, .reopen: self.state = .open
        case .close: self.state = .closed
        default: break
        }
    }

    /// Takes a message's text out of it and of its edits.
    mutating func forget(_ message: Event) {
        for index in self.events.indices
        where self.events[index].id == message.id || self.events[index].target?.id == message.id {
            self.events[index].isDeleted = true
            self.events[index].body = ""
        }
    }

    /// Moves the mark of the service under test, never back.
    mutating func move(_ mark: Mark?) {
        guard let mark else { return }
        self.mark = max(self.mark ?? mark, mark)
    }
}
