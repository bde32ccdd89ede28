import StrictJSON

/// Channels and threads.
extension RESTResponder {
    func channel(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        let id = try self.call.id("channel")
        _ = try world.parent(of: id)
        switch self.call.route {
        case .channel:
            try world.require(of: self.asker(world), in: id)
            if let channel = world.channels[id] {
                return RESTAnswer(200, world.object(of: channel))
            }
            return RESTAnswer(200, try world.thread(id).json)
        case .createThread: return try self.createThread(id, &world)
        case .createThreadOnMessage: return try self.createThreadOnMessage(id, &world)
        case .updateChannel: return try self.update(id, &world)
        case .deleteChannel: return try self.delete(id, &world)
        case .archivedThreads: return try self.archived(id, world)
        default:
            let thread = try world.thread(id)
            try world.require(of: self.asker(world), in: id)
            guard !thread.isArchived else { throw .threadArchived }
            return RESTAnswer(204, nil)
        }
    }

    private func createThread(
        _ id: Snowflake, _ world: inout SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        guard let channel = world.channels[id] else { throw .wrongChannelType }
        let author = self.author(&world)
        let isPost = channel.kind == .forum
        try world.require(
            isPost ? .sendMessages : .createPublicThreads, of: author, in: id)
        let body = try self.body()
        let draft = try ThreadDraft(body, isPost: isPost)
        if draft.message?.embeds.isEmpty == false {
            try world.require(.embedLinks, of: author, in: id)
        }
        // Without a type Discord makes a private thread, which nobody here may.
        guard isPost || body["type"]?.integer == 11 else { throw .missingPermissions }
        try world.checkRoomForThread()
        let thread = world.openThread(draft, in: id, by: author.id, now: self.now)
        var object = self.object(of: thread, for: author)
        if isPost {
            object["message"] = thread.messages.first.map {
                world.answer(for: $0, to: self.viewer(world))
            }
        }
        return RESTAnswer(201, .object(object))
    }

    private func createThreadOnMessage(
        _ id: Snowflake, _ world: inout SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        guard world.channels[id]?.kind == .text else { throw .wrongChannelType }
        let author = self.author(&world)
        try world.require(.createPublicThreads, of: author, in: id)
        let draft = try ThreadDraft(try self.body(), isPost: false)
        let message = try self.call.id("message")
        _ = try world.message(message, in: id)
        // A thread that is there already counts before the cap does: a repeated call learns of it.
        guard world.threads[message] == nil else { throw .threadExists }
        try world.checkRoomForThread()
        let thread = try world.openThread(
            draft, on: message, in: id, by: author.id, now: self.now)
        return RESTAnswer(201, .object(self.object(of: thread, for: author)))
    }

    private func object(of thread: ChannelThread, for author: User) -> JSONObject {
        var object = thread.object
        if author.isBot { object["member"] = thread.ownMemberJSON }
        return object
    }

    private func update(
        _ id: Snowflake, _ world: inout SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        let thread: ChannelThread
        guard let found = world.threads[id] else { throw .wrongChannelType }
        thread = found
        let author = self.author(&world)
        let patch = try ThreadPatch(try self.body())
        try world.require(of: author, in: id)
        let held = world.permissions(of: author, in: id)
        if !held.contains(.manageThreads) {
            // Whoever may write may also open an archived thread again, unless it is locked.
            let onlyOpens =
                patch.isArchived == false && patch.isLocked == nil && !patch.changesMore
            let mayOpen = onlyOpens && held.contains(.sendMessagesInThreads)
            let mayChange = thread.owner == author.id && patch.isLocked == nil
            guard !thread.isLocked else { throw .threadLocked }
            guard mayOpen || mayChange else { throw .missingPermissions }
        }
        let changed = try world.update(id, patch, by: author.id, now: self.now)
        return RESTAnswer(200, changed.json)
    }

    private func delete(
        _ id: Snowflake, _ world: inout SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        let author = self.author(&world)
        if let channel = world.channels[id] {
            try world.require(.manageChannels, of: author, in: id)
            let object = world.object(of: channel)
            try world.deleteChannel(id)
            return RESTAnswer(200, object)
        }
        try world.require(.manageThreads, of: author, in: id)
        return RESTAnswer(200, try world.deleteThread(id).json)
    }

    private func archived(
        _ id: Snowflake, _ world: SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        guard world.channels[id] != nil else { throw .wrongChannelType }
        try world.require(.readMessageHistory, of: self.asker(world), in: id)
        var errors = FormErrors()
        let limit = self.call.query["limit"].map { Int64($0) ?? 0 } ?? 50
        errors.range(limit, 2...100, ["limit"])
        let before = self.call.query["before"].map { Timestamp.milliseconds($0) }
        if case .some(.none) = before {
            errors.add(["before"], code: "DATE_TIME_TYPE_PARSE", "Could not parse the time.")
        }
        try errors.check()
        let page = world.archivedThreads(in: id, before: before ?? nil, limit: Int(limit))
        return RESTAnswer(200, ThreadListObject.json(page.threads, hasMore: page.hasMore))
    }
}
