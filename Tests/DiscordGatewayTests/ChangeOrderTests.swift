import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Edits and deletions in every order with messages, what is told and what isn't, catching up and
/// restarts: each visitor and each operator sees in the end what the other one meant.
@Suite
struct ChangeOrderTests {
    // MARK: Operators

    /// What an operator, Discord's Gateway or the process does.
    private enum Act: CaseIterable {
        case write
        case edit
        case withdraw
        case delete
        /// The oldest thing that wasn't told yet is told.
        case tell
        /// The newest of them is told, before the others.
        case tellNewest
        /// It is told to nobody: the session was lost, and the next one begins with a catch-up.
        case lose
        case catchUp
        case restart
    }

    private struct Scene {
        var bench: Workbench
        var untold: [(Snowflake, PostChange)] = []
        var message: Snowflake?
        var texts: [Snowflake: String?] = [:]
        /// What a message says that was withdrawn once, though perhaps nobody heard of that.
        var unclear: [Snowflake: String] = [:]
        var revision: Int64 = 1_790_000_000_000
        var number: Int64 = 10
        var isNewSession = false

        mutating func act(_ act: Act) async throws {
            let post = try self.bench.post()
            switch act {
            case .write:
                let id = self.bench.discord.write("text \(self.revision)", in: post)
                self.message = id
                self.texts[id] = "text \(self.revision)"
                try self.happened(id) { .written($0) }
                self.revision += 1
            case .edit, .withdraw:
                guard let id = self.message, self.texts[id] != nil else { return }
                self.revision += 1
                let text = act == .edit ? "edit \(self.revision)" : "// \(self.revision)"
                self.bench.discord.edit(id, to: text, at: self.revision)
                // What was withdrawn once stays so.
                if act == .withdraw { self.texts[id] = .some(nil) }
                self.unclear[id] = nil
                if let present = self.texts[id] {
                    if present != nil { self.texts[id] = text } else { self.unclear[id] = text }
                }
                if act == .withdraw { self.unclear[id] = nil }
                try self.happened(id) { .edited($0) }
            case .delete:
                guard let id = self.message, self.texts[id] != nil else { return }
                self.bench.discord.delete(id)
                self.texts[id] = .some(nil)
                self.unclear[id] = nil
                self.untold.append((id, .deleted([id])))
                self.message = nil
            case .tell, .tellNewest:
                guard !self.untold.isEmpty else { return }
                if self.isNewSession { try await self.catchUp() }
                // Messages are told in order; of what happens to them nobody knows when it is told.
                let index =
                    act == .tell
                    ? 0 : self.untold.lastIndex { $0.1.written == nil } ?? 0
                let change = self.untold.remove(at: index)
                self.number += 1
                try self.bench.told(self.number, change.1)
                try await self.bench.readPost()
            case .lose:
                self.untold = []
                self.isNewSession = true
            case .catchUp: try await self.catchUp()
            case .restart:
                self.bench = try await self.bench.restarted()
                self.untold = []
                self.isNewSession = true
            }
        }

        private mutating func happened(
            _ id: Snowflake, _ change: (DiscordMessage) -> PostChange
        ) throws {
            self.untold.append((id, change(try #require(self.bench.discord.message(id)))))
        }

        mutating func catchUp() async throws {
            self.isNewSession = false
            self.bench.operation.desk.readBack(try self.bench.post())
            try await self.bench.readPost()
            try await self.bench.comparePostOnce()
            try await self.bench.readPost()
        }
    }

    /// Whether a sequence of acts can tell more than a shorter one.
    private func isWorth(_ acts: [Act]) -> Bool {
        guard acts.first == .write else { return false }
        return !zip(acts, acts.dropFirst()).contains { one, next in
            one == next && ![.write, .edit, .tell].contains(one)
        }
    }

    private func expect(_ acts: [Act], from ready: Workbench) async throws {
        var scene = Scene(bench: ready)
        for act in acts { try await scene.act(act) }
        // What is still on its way arrives, and then a session begins anew.
        while !scene.untold.isEmpty { try await scene.act(.tell) }
        try await scene.catchUp()
        let expected = scene.texts.sorted { $0.key < $1.key }.compactMap(\.value)
        var shown = ready.box.texts.filter { text in
            expected.contains(text) || !scene.unclear.values.contains(text)
        }
        // Two that were told the other way round stand the other way round.
        shown.sort()
        if shown != expected.sorted() {
            Issue.record("\(acts): the visitor sees \(ready.box.texts), not \(expected)")
        }
    }

    @Test
    func `whatever operators do, in whatever order it is told, the visitor sees what is meant`()
        async throws
    {
        var sequences: [[Act]] = [[]]
        var count = 0
        for length in 1...4 {
            sequences = sequences.flatMap { acts in Act.allCases.map { acts + [$0] } }
                .filter(self.isWorth)
            guard length > 1 else { continue }
            for acts in sequences {
                count += 1
                try await self.expect(acts, from: try await Workbench.ready())
            }
        }
        #expect(count > 500)
    }

    @Test
    func `so it is with long sequences by chance`() async throws {
        var chance = SeededChance(state: 20_261_123)
        for _ in 0..<300 {
            let acts = [.write] + (0..<12).map { _ in Act.allCases.randomElement(using: &chance) }
            try await self.expect(acts.compactMap { $0 }, from: try await Workbench.ready())
        }
    }

    // MARK: Visitors

    /// What happens between the visitor's message and its end.
    private enum Turn: CaseIterable {
        case edit
        case shorten
        case delete
        case tryIt
        case tryItInVain
        case tryItLate
        case die
        case forget
    }

    /// The broker's part for one message: its events in order, one at a time, each until it is
    /// acknowledged.
    private struct Letterbox {
        var bench: Workbench
        let first: [ExternalID]
        var events: [(kind: Event.Kind, body: String)] = [(.message, Letterbox.long("first"))]
        var handled = 0
        var externals: [[ExternalID]] = []
        var partial: [ExternalID] = []
        var body = Letterbox.long("first")
        var isDeleted = false

        static func long(_ word: String) -> String { String(repeating: "\(word) ", count: 400) }

        var isDone: Bool { self.handled == self.events.count }

        mutating func add(_ kind: Event.Kind, _ body: String) {
            guard !self.isDeleted else { return }
            self.events.append((kind, body))
            self.body = body
            if kind == .deletion { self.isDeleted = true }
        }

        mutating func attempt() async throws {
            guard !self.isDone else { return }
            let event = self.events[self.handled]
            let seq = Int64(self.handled) + 2
            let isDead = self.isDeleted && event.kind != .deletion
            let targets = self.externals.flatMap { $0 }
            let delivery = try self.bench.delivery(
                seq, isDead ? "" : event.body, event.kind, external: self.partial,
                last: self.externals.last { !$0.isEmpty }?.last ?? self.first.last,
                targets: event.kind == .message ? [] : targets, isDeleted: isDead)
            switch await self.bench.operation.deliverer.deliver(delivery) {
            case .handled(let made):
                self.bench.box.deliver(seq, as: made.compactMap { Snowflake($0) })
                self.externals.append(made)
                self.partial = []
                self.handled += 1
            case .later(_, let made, _): self.partial = made
            case .deadLetter: Issue.record("set aside")
            }
        }

        mutating func take(_ turn: Turn) async throws {
            switch turn {
            case .edit: self.add(.edit, Self.long("longer and longer"))
            case .shorten: self.add(.edit, "short")
            case .delete: self.add(.deletion, "")
            case .tryIt: try await self.attempt()
            case .tryItInVain, .tryItLate:
                let fault: FakeDiscord.Fault = turn == .tryItLate ? .late : .answerLost
                self.bench.discord.strike(.createMessage, fault)
                self.bench.discord.strike(.editMessage, .answerLost)
                self.bench.discord.strike(.deleteMessage, .answerLost)
                try await self.attempt()
                self.bench.discord.clearFaults()
            case .die:
                // Whatever the last try made is acknowledged to nobody.
                self.bench = try await self.bench.restarted()
                self.partial = []
            case .forget: self.bench.discord.forgetNonces()
            }
        }
    }

    private func expect(_ turns: [Turn]) async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        bench.box.deliver(1, as: first.compactMap { Snowflake($0) })
        var box = Letterbox(bench: bench, first: first)
        for turn in turns { try await box.take(turn) }
        for _ in 0..<40 where !box.isDone { try await box.attempt() }
        let shown = bench.discord.contents(of: try bench.post()).dropFirst()
        let expected = box.isDeleted ? "" : box.body
        let isRight =
            shown.joined(separator: " ").split(separator: " ")
            == expected.split(separator: " ")
        if !isRight || !box.isDone {
            Issue.record(
                "\(turns): \(shown.map { $0.prefix(30) }) instead of \(expected.prefix(30))")
        }
    }

    @Test
    func `whatever visitors change, however often it is tried, the post shows what is meant`()
        async throws
    {
        var sequences: [[Turn]] = [[]]
        for _ in 1...3 {
            sequences = sequences.flatMap { turns in Turn.allCases.map { turns + [$0] } }
                .filter { turns in
                    !zip(turns, turns.dropFirst()).contains { $0 == $1 && $0 != .tryIt }
                }
            for turns in sequences { try await self.expect(turns) }
        }
        #expect(sequences.count > 300)
        var chance = SeededChance(state: 20_261_123)
        for _ in 0..<200 {
            let turns = (0..<9).compactMap { _ in Turn.allCases.randomElement(using: &chance) }
            try await self.expect(turns)
        }
    }
}

/// A small generator that always says the same (SplitMix64).
struct SeededChance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
