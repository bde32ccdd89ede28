#if os(Linux)
    import NIOCore
    import StrictJSON

    /// One tab of a visitor's browser: what `static/js` does, with its times.
    final class Tab {
        private enum Phase {
            case waiting
            case connecting
            case welcomed
        }

        private let world: World
        private let device: Device
        private let record: Record
        private let canary: Canary?
        private let server: () -> WebProcess?
        /// The tab's number among all of a run.
        let number: Int
        private(set) var transcript = Transcript()
        private var view = 0
        private var socket: PageSocket?
        private var connection = 0
        private var phase = Phase.waiting
        private var attempt = 0
        private var underway: (key: String, said: String, since: Int64)?
        private var heldUntil: Int64 = 0
        private var heardAt: Int64 = 0
        private var reported: Int64 = 0
        private var askedUntil: Int64 = 0
        private var gapSince: Int64?
        private var tries = 0
        /// Whose it is, publicly.
        private(set) var visitorID: String
        /// Whose it is.
        var visitor: Int { self.device.visitor }
        /// Whether it is still there.
        private(set) var isOpen = true
        /// Whether the device has a network.
        var isOnline = true

        private static let answerTime: Int64 = 30_000

        init(
            _ world: World, _ device: Device, _ record: Record, _ canary: Canary?, number: Int,
            server: @escaping () -> WebProcess?
        ) {
            self.world = world
            self.device = device
            self.record = record
            self.canary = canary
            self.number = number
            self.server = server
            self.visitorID = device.id
            self.newView()
            self.connect()
            self.tick()
        }

        /// Whether it shows all there is and has nothing to say.
        var isAtRest: Bool {
            !self.isOpen
                || self.phase == .welcomed && self.underway == nil && self.transcript.missing == nil
                    && self.device.queue.allSatisfy { $0.refusal != nil }
        }

        // MARK: What people do

        /// The visitor writes.
        func write(_ body: String) {
            self.add(.init(key: self.device.newKey(), kind: .send, body: body))
        }

        /// The visitor gives an own message another text.
        func edit(_ target: String, to body: String, revision: Int) {
            self.add(
                .init(
                    key: self.device.newKey(), kind: .edit, body: body, target: target,
                    revision: revision))
        }

        /// The visitor takes an own message back.
        func delete(_ target: String) {
            self.add(.init(key: self.device.newKey(), kind: .delete, target: target))
        }

        private func add(_ entry: Device.Entry) {
            // On the device before anything else happens with it.
            self.device.entries[entry.key] = entry
            self.record.intended(entry, by: self.device.visitor)
            self.drain()
        }

        /// The device loses its network; nobody is told.
        func loseNetwork() { self.socket?.cut() }

        /// The tab is closed, or its browser killed: only what the device keeps is left.
        func close() {
            self.isOpen = false
            self.drop()
        }

        // MARK: The connection

        private func connect() {
            guard self.isOpen, self.phase == .waiting else { return }
            if self.visitorID != self.device.id { self.follow() }
            self.connection += 1
            let connection = self.connection
            self.phase = .connecting
            self.heardAt = self.world.now
            self.world.after(self.world.chance.among(1...20)) { [weak self] in
                guard let self, self.connection == connection, self.isOpen else { return }
                self.socket =
                    self.isOnline
                    ? self.server()?.open { [weak self] word in
                        guard let self, self.connection == connection else { return }
                        self.heard(word)
                    } : nil
                guard let socket = self.socket else { return self.lost() }
                socket.say(self.hello)
            }
        }

        private var hello: String {
            var from = ""
            if let epoch = self.transcript.epoch, let last = self.transcript.run.last {
                from =
                    ",\"from\":{\"epoch\":\"\(epoch)\",\"seq\":\(last.seq),\"id\":\"\(last.id)\"}"
            }
            return
                "{\"type\":\"hello\",\"version\":1,\"visitor\":\"\(self.visitorID)\",\"secret\":\""
                + "\(self.device.secret)\",\"create\":\(self.isNew),\"visible\":true\(from)}"
        }

        /// Whether the page was never welcomed as who it says it is.
        private var isNew: Bool {
            self.visitorID == self.device.id && !self.device.wasWelcomed
        }

        private func lost() {
            self.drop()
            guard self.isOpen else { return }
            self.attempt = min(self.attempt + 1, 6)
            let longest = min(Int64(500) << Int64(self.attempt - 1), 15_000)
            self.world.after(self.world.chance.among(longest / 2...longest)) { [weak self] in
                self?.connect()
            }
        }

        private func drop() {
            self.connection += 1
            self.phase = .waiting
            self.socket?.close()
            self.socket = nil
            self.underway = nil
            self.heldUntil = 0
            self.askedUntil = 0
            self.gapSince = nil
            if self.device.sender === self { self.device.sender = nil }
        }

        private func heard(_ word: PageSocket.Word) {
            switch word {
            case .closed(let code):
                if code == 4_401 || code == 4_410 { self.disown() }
                self.lost()
            case .text(let bytes):
                self.heardAt = self.world.now
                guard let value = try? JSONParser.parse(Array(bytes.readableBytesView)) else {
                    return self.record.fault("A page was told what is no JSON.")
                }
                self.heard(value)
            }
        }

        /// The visitor is unknown: the first tab that hears so makes a new one, and the others follow.
        private func disown() {
            if self.device.id == self.visitorID {
                self.world.note("visitor \(self.visitor) becomes another one")
                self.device.renew(&self.world.chance, self.record)
            }
            self.follow()
        }

        /// Shows who the device is now.
        private func follow() {
            self.visitorID = self.device.id
            self.transcript = Transcript()
            self.reported = 0
            self.newView()
        }

        // MARK: What it hears

        private func heard(_ frame: JSONValue) {
            switch frame["type"]?.string ?? "" {
            case "welcome": self.welcomed(frame)
            case "events", "history":
                if frame["type"]?.string == "history" { self.askedUntil = 0 }
                self.take((frame["events"]?.array ?? []).compactMap(PageEvent.init))
            case "sent": self.sent(frame)
            case "refused": self.refused(frame)
            default: break
            }
        }

        private func welcomed(_ frame: JSONValue) {
            guard let epoch = frame["epoch"]?.string, let head = frame["head"]?["seq"]?.integer,
                let recovered = frame["recovered"]?.bool
            else { return self.record.fault("A welcome lacks something.") }
            self.phase = .welcomed
            self.attempt = 0
            if self.visitorID == self.device.id { self.device.wasWelcomed = true }
            if !recovered || epoch != self.transcript.epoch { self.newView() }
            self.transcript.welcomed(epoch: epoch, head: head, recovered: recovered)
            self.drain()
        }

        private func newView() {
            self.view = self.record.opened(visitor: self.device.visitor, tab: self.number)
        }

        private func take(_ events: [PageEvent]) {
            guard self.canary == .liveBeforeCatchUp, (events.last?.seq ?? 0) <= self.transcript.head
            else { return self.show(events) }
            // What was missed comes after what is live.
            let connection = self.connection
            self.world.after(900) { [weak self] in
                if self?.connection == connection { self?.show(events) }
            }
        }

        private func show(_ events: [PageEvent]) {
            let before = self.transcript.appended.count
            self.transcript.receive(events, ignoringGaps: self.canary == .liveBeforeCatchUp)
            guard self.transcript.appended.count > before else { return }
            for id in self.transcript.appended[before...] {
                guard let event = self.transcript.run.first(where: { $0.id == id }) else {
                    continue
                }
                self.record.saw(event, in: self.view, epoch: self.transcript.epoch ?? "")
                self.world.mark(event.seq)
                if let key = event.key { self.settled(key) }
            }
        }

        /// The conversation has it: nothing more need be said, even if the answer was lost.
        private func settled(_ key: String) {
            let key = Canary.original(key)
            guard self.underway?.key != key, self.device.entries[key] != nil else { return }
            self.device.entries[key] = nil
        }

        private func sent(_ frame: JSONValue) {
            guard let underway = self.underway, frame["key"]?.string == underway.said else {
                return
            }
            self.underway = nil
            self.device.entries[underway.key] = nil
            self.record.acknowledged(
                underway.key, seq: frame["seq"]?.integer, id: frame["id"]?.string,
                epoch: self.transcript.epoch ?? "")
            self.drain()
        }

        private func refused(_ frame: JSONValue) {
            guard let underway = self.underway, frame["key"]?.string == underway.said else {
                return
            }
            self.underway = nil
            if frame["retry"]?.bool == true {
                let wait = frame["retry_after_ms"]?.integer ?? 1_000
                self.heldUntil = self.world.now + min(max(wait, 250), 60_000)
            } else {
                let code = frame["code"]?.string ?? ""
                self.record.refused(underway.key, code)
                if code == "deleted" {
                    self.device.entries[underway.key] = nil
                } else {
                    self.device.entries[underway.key]?.refusal = code
                }
            }
            self.drain()
        }

        // MARK: What it says

        private func drain() {
            guard self.phase == .welcomed, self.underway == nil,
                self.world.now >= self.heldUntil, self.visitorID == self.device.id
            else { return }
            // One tab sends at a time.
            if let sender = self.device.sender, sender !== self { return }
            self.device.sender = self
            for candidate in self.device.queue where candidate.refusal == nil {
                if self.device.entries[candidate.key] == nil { continue }
                if self.device.entries[candidate.target]?.refusal != nil { continue }
                guard var entry = self.merged(candidate) else { continue }
                let isRetry = entry.isTried
                entry.isTried = true
                self.device.entries[entry.key] = entry
                self.tries += 1
                let said =
                    self.canary == .noDedupe && isRetry ? "\(entry.key).\(self.tries)" : entry.key
                self.underway = (entry.key, said, self.world.now)
                self.socket?.say(Self.frame(entry, said))
                return
            }
        }

        /// A message that nobody has been told of yet goes out as it was changed since, or not at
        /// all.
        private func merged(_ entry: Device.Entry) -> Device.Entry? {
            guard entry.kind == .send, !entry.isTried else { return entry }
            var whole = entry
            for change in self.device.queue where change.target == entry.key {
                self.device.entries[change.key] = nil
                self.record.merged(change.key, into: entry.key)
                if change.kind == .delete {
                    self.device.entries[entry.key] = nil
                    self.record.withdrawn(entry.key)
                    return nil
                }
                whole.body = change.body
                self.record.changed(entry.key, to: change.body)
            }
            return whole
        }

        private static func frame(_ entry: Device.Entry, _ key: String) -> String {
            switch entry.kind {
            case .send:
                "{\"type\":\"send\",\"key\":\"\(key)\",\"body\":\"\(entry.body)\"}"
            case .edit:
                "{\"type\":\"edit\",\"key\":\"\(key)\",\"target\":\"\(entry.target)\",\"revision\":"
                    + "\(entry.revision),\"body\":\"\(entry.body)\"}"
            case .delete:
                "{\"type\":\"delete\",\"key\":\"\(key)\",\"target\":\"\(entry.target)\"}"
            }
        }

        // MARK: Time

        private func tick() {
            guard self.isOpen else { return }
            self.world.after(1_000) { [weak self] in self?.tick() }
            if self.visitorID != self.device.id {
                self.follow()
                return self.lost()
            }
            let now = self.world.now
            let isStalled = self.underway.map { now - $0.since >= Self.answerTime } ?? false
            // The real page asks whether a silent server lives: 20 s and 10 s.
            if isStalled || self.phase != .waiting && now - self.heardAt >= 30_000 {
                return self.lost()
            }
            guard self.phase == .welcomed else { return }
            if now - self.heardAt >= 20_000 { self.socket?.say("{\"type\":\"ping\"}") }
            self.drain()
            self.mindGap(now)
            if self.transcript.high > self.reported {
                self.reported = self.transcript.high
                self.socket?.say(
                    "{\"type\":\"report\",\"delivered_upto\":\(self.reported),\"seen_upto\":"
                        + "\(self.reported)}")
            }
        }

        private func mindGap(_ now: Int64) {
            guard let missing = self.transcript.missing else { return self.gapSince = nil }
            let since = self.gapSince ?? now
            self.gapSince = since
            guard now - since >= 1_500, now >= self.askedUntil else { return }
            self.gapSince = now
            self.askedUntil = now + 10_000
            self.socket?.say("{\"type\":\"history\",\(missing)}")
        }
    }

    extension PageEvent {
        /// Reads an event as a page is told of it; `nil` if it is none.
        init?(_ value: JSONValue) {
            guard let seq = value["seq"]?.integer, let id = value["id"]?.string,
                let kind = value["kind"]?.string, let body = value["body"]?.string
            else { return nil }
            self.init(
                seq: seq, id: id, kind: kind, isOwn: value["from"]?.string == "visitor",
                revision: value["revision"]?.integer ?? 0, body: body, key: value["key"]?.string,
                target: value["target"]?["seq"]?.integer,
                isDeleted: value["deleted"]?.bool == true)
        }
    }
#endif
