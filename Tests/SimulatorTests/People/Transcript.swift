#if os(Linux)
    /// An event as a page was told of it.
    struct PageEvent: Equatable {
        var seq: Int64
        var id: String
        var kind: String
        var isOwn: Bool
        var revision: Int64
        var body: String
        var key: String?
        var target: Int64?
        var isDeleted: Bool
    }

    /// The conversation as a page shows it, after `static/js/transcript.js`: an unbroken run, its
    /// messages in their present state.
    struct Transcript {
        private(set) var run: [PageEvent] = []
        private(set) var beyond: [Int64: PageEvent] = [:]
        private(set) var epoch: String?
        private(set) var head: Int64 = 0
        /// The ids of all that was ever appended since the last clearing, in that order.
        private(set) var appended: [String] = []

        var low: Int64 { self.run.first?.seq ?? 0 }
        var high: Int64 { self.run.last?.seq ?? 0 }

        /// What to ask for, unless it comes by itself.
        var missing: String? {
            let known = max(self.head, self.beyond.keys.max() ?? 0)
            guard known > self.high else { return nil }
            return self.run.isEmpty ? "\"before\":\(known + 1)" : "\"after\":\(self.high)"
        }

        mutating func welcomed(epoch: String, head: Int64, recovered: Bool) {
            if !recovered || epoch != self.epoch { self = Transcript() }
            self.epoch = epoch
            self.head = head
            self.beyond = self.beyond.filter { $0.key <= head }
        }

        /// Takes what came.
        mutating func receive(_ events: [PageEvent], ignoringGaps: Bool = false) {
            for event in events.sorted(by: { $0.seq < $1.seq }) {
                if self.run.isEmpty || event.seq == self.high + 1 {
                    self.append(event)
                } else if event.seq > self.high {
                    if ignoringGaps { self.append(event) } else { self.beyond[event.seq] = event }
                }
            }
            while let next = self.beyond.removeValue(forKey: self.high + 1) { self.append(next) }
        }

        private mutating func append(_ event: PageEvent) {
            self.run.append(event)
            self.appended.append(event.id)
            switch event.kind {
            case "edit", "deletion", "requeue": self.settle(event.target ?? 0)
            default: self.settle(event.seq)
            }
        }

        /// Brings a message into its present state.
        private mutating func settle(_ seq: Int64) {
            guard let index = self.run.firstIndex(where: { $0.seq == seq }) else { return }
            let changes = self.run.filter { $0.target == seq }
            var message = self.run[index]
            if message.isDeleted || changes.contains(where: { $0.kind == "deletion" }) {
                message.isDeleted = true
                message.body = ""
            } else {
                for edit in changes where edit.kind == "edit" && edit.revision > message.revision {
                    (message.body, message.revision) = (edit.body, edit.revision)
                }
            }
            self.run[index] = message
        }
    }
#endif
