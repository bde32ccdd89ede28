#if os(Linux)
    // What visitors and operators do.
    extension Simulation {
        // MARK: People

        func planPeople() {
            let count = 1 + self.world.chance.below(3)
            for number in 1...count {
                let device = Device(visitor: number, &self.world.chance)
                let isThere = self.takesPlace("visitor \(number) exists")
                if isThere { self.devices.append(device) }
                self.plan("visitor \(number) comes", after: self.world.chance.among(0...3_000)) {
                    if isThere { self.openTab(device) }
                }
                for _ in 0..<(2 + self.world.chance.below(7)) {
                    let time = self.world.chance.among(500...Self.lively - 500)
                    self.plan("visitor \(number) does something", after: time) {
                        if isThere { self.act(device) }
                    }
                }
            }
        }

        func openTab(_ device: Device) {
            self.lastTab += 1
            self.world.note("visitor \(device.visitor) opens tab \(self.lastTab)")
            self.tabs.append(
                Tab(
                    self.world, device, self.record, self.canary, number: self.lastTab,
                    server: { [weak self] in self?.web }))
        }

        func act(_ device: Device) {
            let tabs = self.tabs.filter { $0.isOpen && $0.visitor == device.visitor }
            guard let tab = self.world.chance.pick(tabs) else { return self.openTab(device) }
            switch self.world.chance.below(100) {
            case ..<55: tab.write(self.words(of: device))
            case ..<70:
                self.change(device) { tab.edit($0.key, to: self.words(of: device), revision: $1) }
            case ..<78: self.change(device) { intent, _ in tab.delete(intent.key) }
            case ..<86:
                self.world.note("visitor \(device.visitor) reloads tab \(tab.number)")
                tab.close()
                self.openTab(device)
            case ..<92: self.openTab(device)
            case ..<96: if tabs.count > 1 { tab.close() }
            default:
                tab.isOnline = false
                tab.loseNetwork()
                self.world.after(self.world.chance.among(500...6_000)) { tab.isOnline = true }
            }
        }

        func words(of device: Device) -> String {
            self.lastWord += 1
            return "visitor \(device.visitor) says \(self.lastWord)"
        }

        /// Changes one of the visitor's messages.
        func change(_ device: Device, _ body: (Record.Intent, Int) -> Void) {
            let own = self.record.intents.values.filter {
                $0.visitor == device.visitor && $0.kind == .send && $0.state != .withdrawn
            }.sorted { $0.key < $1.key }
            guard let message = self.world.chance.pick(own) else { return }
            let isDeleted = self.record.intents.values.contains {
                $0.target == message.key && $0.kind == .delete
            }
            guard !isDeleted else { return }
            let edits = self.record.intents.values.filter {
                $0.target == message.key && $0.kind == .edit
            }
            body(message, edits.count + 1)
        }

        // MARK: Operators

        func planOperators() {
            for _ in 0..<(2 + self.world.chance.below(9)) {
                self.plan(
                    "an operator does something",
                    after: self.world.chance.among(2_000...Self.lively)
                ) { self.operate() }
            }
        }

        func operate() {
            let posts = self.discord.posts.values.sorted { $0.id < $1.id }
            guard let post = self.world.chance.pick(posts) else { return }
            let author = UInt64(40 + self.world.chance.below(2))
            let own = self.record.written.values.filter {
                $0.post == post.id && !$0.isDeleted && !$0.isNote
            }.sorted { $0.message < $1.message }
            self.lastWord += 1
            let words = "operator \(author) says \(self.lastWord)"
            switch self.world.chance.below(100) {
            case ..<58: self.write(words, in: post, by: author, isNote: false)
            case ..<63: self.write("// \(words)", in: post, by: author, isNote: true)
            case ..<78:
                guard let message = self.world.chance.pick(own) else { return }
                // An operator's page takes a post out of the archive first.
                try? self.discord.archive(post.id, false)
                try? self.discord.edit(message.message, in: post.id, to: words, by: author)
                self.record.written[message.message]?.bodies.append(words)
            case ..<86:
                guard let message = self.world.chance.pick(own) else { return }
                try? self.discord.delete(message.message, in: post.id, by: author)
                self.record.written[message.message]?.isDeleted = true
            case ..<91:
                guard let message = self.world.chance.pick(post.messages) else { return }
                self.discord.react(to: message.id, in: post.id, by: author)
            case ..<94: try? self.discord.archive(post.id, true)
            case ..<97:
                guard
                    let message = post.messages.last(where: {
                        $0.author == DiscordModel.bot && !$0.content.isEmpty
                    })
                else { return }
                try? self.discord.delete(message.id, in: post.id, by: author)
            default:
                for message in self.record.written.values where message.post == post.id {
                    self.record.written[message.message]?.isLost = true
                }
                self.discord.deletePost(post.id)
            }
        }

        func write(
            _ words: String, in post: DiscordModel.Post, by author: UInt64, isNote: Bool
        ) {
            guard let message = try? self.discord.write(words, in: post.id, by: author) else {
                return
            }
            self.record.written[message.id] = Record.Written(
                uid: post.uid, post: post.id, message: message.id, bodies: [words], isNote: isNote)
        }
    }
#endif
