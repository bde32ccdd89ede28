#if os(Linux)
    import Testing

    /// Each check of the simulation fires where it should: shown by what is doctored here, for what
    /// no canary breaks.
    @Suite(.enabled(if: Order.given == nil)) struct CheckTests {
        private func cursor(_ handled: Int64, _ wanted: Int64, head: Int64) -> Cursor {
            Cursor(
                conversation: 1, service: 2, handled: handled, wanted: wanted, head: head)
        }

        // MARK: I6

        @Test func `a cursor that moves on is told step by step`() {
            var watch = CursorWatch()
            #expect(watch.saw([self.cursor(0, 2, head: 2)]).steps.isEmpty)
            let (steps, broken) = watch.saw([self.cursor(2, 2, head: 2)])
            #expect(steps.map { [$0.from, $0.to] } == [[0, 2]])
            #expect(broken.isEmpty)
            #expect(watch.saw([self.cursor(2, 2, head: 2)]).steps.isEmpty)
        }

        @Test func `a cursor that goes back is seen`() {
            var watch = CursorWatch()
            _ = watch.saw([self.cursor(2, 2, head: 2)])
            #expect(watch.saw([self.cursor(1, 2, head: 2)]).broken.count == 1)
        }

        @Test func `events that disappear are seen`() {
            var watch = CursorWatch()
            _ = watch.saw([self.cursor(0, 3, head: 3)])
            #expect(watch.saw([self.cursor(0, 2, head: 2)]).broken.count == 1)
        }

        @Test(arguments: [(3, 0), (0, 3)])
        func `a cursor beyond the end is seen`(handled: Int64, wanted: Int64) {
            var watch = CursorWatch()
            #expect(watch.saw([self.cursor(handled, wanted, head: 2)]).broken.count == 1)
        }

        @Test(
            arguments: [
                (1, 1, true), (2, 1, true), (1, 2, false), (nil, nil, false), (0, nil, true),
            ] as [(Int64?, Int64?, Bool)])
        func `a delivery to an older consumer is seen`(
            generation: Int64?, newest: Int64?, isRight: Bool
        ) {
            let fault = WireTap.fault(ofDeliveryTo: generation, newest: newest)
            #expect((fault == nil) == isRight)
        }

        // MARK: I7

        @Test func `what outlives its world is seen`() {
            final class Thing {}
            let world = World(seed: 1, isTraced: false)
            let thing = Thing()
            world.follow(thing, "a thing")
            world.follow(Thing(), "another thing")
            let found = Bounds.violations(world, filesBefore: OpenFiles.count)
            withExtendedLifetime(thing) {}
            #expect(found.map(\.sentence) == ["a thing outlives its process"])
        }

        @Test func `files that stay open are seen`() {
            let world = World(seed: 1, isTraced: false)
            let found = Bounds.violations(world, filesBefore: 0)
            #expect(found.count == 1)
        }

        @Test func `a talkative process is seen`() {
            let world = World(seed: 1, isTraced: false)
            for _ in 0..<Bounds.linesMax { world.said("web") }
            #expect(Bounds.violations(world, filesBefore: .max).isEmpty)
            world.said("web")
            #expect(Bounds.violations(world, filesBefore: .max).count == 1)
        }

        @Test func `timers that heap up are seen`() {
            let world = World(seed: 1, isTraced: false)
            for _ in 0..<Bounds.plannedMax { world.after(1) {} }
            #expect(Bounds.violations(atRest: world).isEmpty)
            world.after(1) {}
            #expect(Bounds.violations(atRest: world).count == 1)
        }

        // MARK: I13

        @Test func `what Discord counts is seen beyond its bound`() {
            func isSeen(_ most: Int, _ fill: (inout Budget, [Int64]) -> Void) -> [Bool] {
                [most, most + 1].map { count in
                    var budget = Budget()
                    fill(&budget, Array(repeating: 7, count: count))
                    return !budget.violations(Record()).isEmpty
                }
            }
            #expect(isSeen(Budget.identifiesMax) { $0.identifies = $1 } == [false, true])
            #expect(isSeen(Budget.resumesMax) { $0.resumes = $1 } == [false, true])
            #expect(isSeen(Budget.refusalsMax) { $0.refusals = $1 } == [false, true])
            #expect(isSeen(Budget.requestsMax) { $0.requests = $1 } == [false, true])
        }

        @Test func `a window counts what lies in it`() {
            #expect(Budget.most(of: [], within: 10) == 0)
            #expect(Budget.most(of: [1, 2, 11, 12, 13], within: 10) == 3)
            #expect(Budget.most(of: [1, 10], within: 10) == 2)
            #expect(Budget.most(of: [1, 11], within: 10) == 1)
        }

        // MARK: Databases that are put back

        private func stored(_ bodies: [String]) -> Stored {
            var stored = Stored()
            stored.conversations = [
                Stored.Conversation(
                    row: 1, uid: "u", head: Int64(bodies.count),
                    events: bodies.enumerated().map { index, body in
                        Stored.Event(
                            seq: Int64(index + 1), service: "web", id: "id \(body)",
                            kind: "message", key: "key \(body)", revision: 0, body: body)
                    })
            ]
            return stored
        }

        private func view(_ uid: String, _ contents: [String], notice: String = "") -> DiscordView {
            var messages = contents.enumerated().map { index, content in
                DiscordView.Message(
                    id: UInt64(index + 1), isBots: true, content: content, notice: "")
            }
            messages.append(.init(id: 100, isBots: true, content: "", notice: notice))
            var view = DiscordView()
            view.posts = [.init(id: 9, uid: uid, messages: messages)]
            return view
        }

        @Test func `what a copy lacks is lost`() {
            let record = Record()
            record.losses = [
                Record.Loss(from: self.stored(["a", "b"]), to: self.stored(["a"]))
            ]
            #expect(record.lostIDs == ["id b"])
            #expect(record.lostKeys == ["key b"])
            #expect(record.lost(of: "u").map(\.seq) == [2])
        }

        @Test func `only a message whose deletion is lost may come again, out of order`() {
            let record = Record()
            record.intended(.init(key: "key b", kind: .send, body: "b"), by: 1)
            record.intended(.init(key: "key c", kind: .delete, target: "key a"), by: 1)
            record.losses = [
                Record.Loss(from: self.stored(["a", "b"]), to: self.stored(["a"]))
            ]
            #expect(record.lostDeletions.isEmpty)
            record.losses = [
                Record.Loss(from: self.stored(["a", "c"]), to: self.stored(["a"]))
            ]
            #expect(record.lostDeletions == ["key a"])
        }

        @Test(arguments: [
            ("", 1), ("ChatBox's database was put back to an earlier copy.", 0),
        ])
        func `what stands only in Discord must be said there`(notice: String, count: Int) {
            let record = Record()
            record.losses = [
                Record.Loss(from: self.stored(["a", "b"]), to: self.stored(["a"]))
            ]
            let checker = RestoreChecker(
                record: record, stored: self.stored(["a"]),
                discord: self.view("u", ["a", "b"], notice: notice))
            #expect(checker.unsaid.count == count)
        }

        @Test(arguments: [("", 1), ("This conversation is no more: …", 0)])
        func `a forgotten conversation's post must be closed`(notice: String, count: Int) {
            let checker = RestoreChecker(
                record: Record(), stored: self.stored([]),
                discord: self.view("another", [], notice: notice))
            #expect(checker.unsaid.count == count)
        }

        // MARK: Orders

        @Test func `an order says what is left out`() {
            var order = Order(seed: 5, runs: 2)
            order.selection = Selection(omitted: [3, 1], lot: 7)
            order.shrinks = true
            #expect(Order(order.text) == order)
            #expect(Selection.numbers("none").isEmpty)
        }
    }
#endif
