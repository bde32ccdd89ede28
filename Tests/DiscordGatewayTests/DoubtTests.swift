import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// What was tried without an answer: every order of crashes, late effects, lost answers, deletions and
/// people who write meanwhile, up to two tries that fail.
@Suite
struct DoubtTests {
    /// One try that fails: the send of one part has a fate, and perhaps the process dies.
    private struct Failure {
        var part: Int
        var fate: PostModel.Fate
        var dies: Bool
    }

    /// What happens between two tries.
    private enum Meanwhile: CaseIterable {
        case nothing
        case landing
        case deletion
        case writing
        case waiting
        case deletionAndWriting
        case deletionAndWaiting
        case writingAndWaiting
        case deletionWritingAndWaiting
        case waitingAndDeletion

        func happen(in post: inout PostModel) {
            switch self {
            case .nothing: break
            case .landing: post.land()
            case .deletion: post.deleteNewest()
            case .writing: post.operatorWrites()
            case .waiting: post.wait()
            case .deletionAndWriting:
                post.deleteNewest()
                post.operatorWrites()
            case .deletionAndWaiting:
                post.deleteNewest()
                post.wait()
            case .writingAndWaiting:
                post.operatorWrites()
                post.wait()
            case .deletionWritingAndWaiting:
                post.deleteNewest()
                post.operatorWrites()
                post.wait()
            case .waitingAndDeletion:
                post.wait()
                post.deleteNewest()
            }
        }
    }

    /// A delivery as its process and the broker know it.
    private struct Attempt {
        var post = PostModel()
        let parts: [MessagePart]
        let at: Int64
        var external: [ExternalID] = []
        /// Whether this event was sent before.
        var wasSent = false
        var processes = 1
        /// Whether the broker was told that it may stand there twice.
        var isMarked = false

        init(_ texts: [String]) {
            self.parts = texts.enumerated().map { MessagePart(content: $1, nonce: "n\($0)") }
            self.at = self.post.now
        }

        /// One try; answers whether it is handled.
        mutating func run(_ failure: Failure?, landing: Int? = nil) -> Bool {
            let isFirst = self.processes == 1 && !self.wasSent
            let doubt = Doubt(
                isOpen: !isFirst, wasTried: self.wasSent || self.processes > 1, at: self.at,
                now: self.post.now)
            var lane = PartDelivery(
                parts: self.parts, post: PostModel.post, external: self.external,
                lastExternal: nil, doubt: doubt)
            var steps = 0
            while true {
                steps += 1
                if steps == landing { self.post.land() }
                switch lane.next() {
                case .readBack(let after): lane.readBack(self.post.reading(after: after))
                case .announce:
                    self.post.announce()
                    lane.announced(.ok(Done()))
                case .send(let part):
                    let index = self.parts.firstIndex(of: part) ?? 0
                    guard let failure, failure.part == index else {
                        lane.sent(self.post.send(part, .answered))
                        continue
                    }
                    let outcome = self.post.send(part, failure.fate)
                    self.wasSent = true
                    if failure.dies {
                        self.processes += 1
                        return false
                    }
                    lane.sent(outcome)
                case .end(.handled(let made)):
                    self.external = made
                    self.isMarked = self.isMarked || lane.isMarked
                    return true
                case .end(.later(_, let made, _)):
                    self.external = made
                    self.isMarked = self.isMarked || lane.isMarked
                    return false
                case .end(.deadLetter), .unarchive, .postIsGone:
                    Issue.record("nothing of that kind happened")
                    return true
                }
            }
        }
    }

    private static func failures(_ count: Int) -> [Failure?] {
        var failures: [Failure?] = [nil]
        for part in 0..<count {
            for fate in PostModel.Fate.allCases {
                failures.append(Failure(part: part, fate: fate, dies: true))
                if fate != .answered {
                    failures.append(Failure(part: part, fate: fate, dies: false))
                }
            }
        }
        return failures
    }

    /// What is wrong in the end, if anything is.
    private func complaint(about attempt: Attempt, _ texts: [String]) -> String? {
        let post = attempt.post
        let isAnnounced = post.announcements > 0
        for text in Set(texts) {
            let wanted = texts.count { $0 == text }
            let there = post.texts.count { $0 == text } + post.deleted.count { $0 == text }
            if there < wanted { return "lost" }
            if there > wanted, !isAnnounced { return "doubled, and nothing said" }
        }
        let isAlike = Set(texts).count < texts.count
        if !isAnnounced, !isAlike, post.texts != texts.filter({ post.texts.contains($0) }) {
            return "not in order"
        }
        if attempt.external.count != texts.count { return "not every part has an id" }
        if isAnnounced != attempt.isMarked { return "said and not counted, or the other way" }
        if post.announcements > 2 { return "said again and again" }
        // Where nobody deleted or wrote anything, or little time has passed, all can be decided.
        let others = post.messages.contains { $0.author == FakeDiscord.person }
        let hasWaited = post.now - attempt.at > 100_000
        if isAnnounced, !hasWaited || (post.deleted.isEmpty && !others && !isAlike) {
            return "said without need"
        }
        return nil
    }

    @Test(arguments: [["a"], ["a", "b"], ["a", "b", "c"], ["x", "x"]])
    func `each part stands once, or it is said that it may stand twice`(texts: [String]) {
        let failures = Self.failures(texts.count)
        var tries = 0
        func judge(_ attempt: Attempt, _ story: @autoclosure () -> String) {
            tries += 1
            guard let complaint = self.complaint(about: attempt, texts) else { return }
            Issue.record(
                """
                \(complaint): \(story()); stands \(attempt.post.texts), \
                deleted \(attempt.post.deleted), said \(attempt.post.announcements)
                """)
        }
        func finish(
            _ attempt: Attempt, _ later: Meanwhile, _ story: @autoclosure () -> String
        ) {
            // What is under way lands before the last reading, or between it and a send.
            for landing in 1...3 {
                var attempt = attempt
                later.happen(in: &attempt.post)
                let hasMore = attempt.post.isUnderWay
                guard attempt.run(nil, landing: landing) else {
                    Issue.record("a try that meets nothing fails: \(story())")
                    return
                }
                attempt.post.land()
                judge(attempt, "\(story()), \(later), landing \(landing)")
                guard hasMore else { return }
            }
        }
        for first in failures {
            var started = Attempt(texts)
            guard !started.run(first) else {
                judge(started, "\(String(describing: first))")
                continue
            }
            for meanwhile in Meanwhile.allCases {
                finish(started, meanwhile, "\(String(describing: first))")
                var between = started
                meanwhile.happen(in: &between.post)
                for second in failures {
                    var again = between
                    guard !again.run(second) else {
                        again.post.land()
                        judge(again, "\(first as Any) \(meanwhile) \(second as Any)")
                        continue
                    }
                    for later in Meanwhile.allCases {
                        finish(again, later, "\(first as Any) \(meanwhile) \(second as Any)")
                    }
                }
            }
        }
        #expect(tries > 300)
    }

    // MARK: Single decisions

    private let part = MessagePart(content: "a", nonce: "n0")

    private func lane(_ doubt: Doubt, isDeleted: Bool = false) -> PartDelivery {
        PartDelivery(
            parts: [self.part, MessagePart(content: "b", nonce: "n1")], post: PostModel.post,
            external: [], lastExternal: nil, doubt: doubt, isDeleted: isDeleted)
    }

    private func old(_ id: UInt64, _ text: String) -> DiscordMessage {
        TestMessage.make(
            id: Snowflake(PostModel.post.value + id), content: text, author: FakeDiscord.bot)
    }

    @Test
    func `what another event has claimed is no part of this one`() {
        var lane = self.lane(Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: nil))
        let message = self.old(5, "a")
        lane.readBack(.init(messages: [message], bot: FakeDiscord.bot, claimed: [message.id]))
        #expect(lane.next() == .send(self.part))
    }

    @Test
    func `a message from before the event is no part of it`() {
        var lane = self.lane(
            Doubt(isOpen: true, notBefore: Snowflake(PostModel.post.value + 9), mayHideAfter: nil))
        lane.readBack(.init(messages: [self.old(5, "a")], bot: FakeDiscord.bot))
        #expect(lane.next() == .send(self.part))
    }

    @Test
    func `a text of ours that nobody can place makes the repetition a possible duplicate`() {
        var lane = self.lane(
            Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: Snowflake(0)))
        lane.readBack(.init(messages: [self.old(5, "á")], bot: FakeDiscord.bot))
        #expect(lane.next() == .announce(.possibleDuplicate(of: self.part)))
        // Nothing is repeated unsaid.
        lane.announced(.unknown(reason: "lost"))
        guard case .end(.later) = lane.next() else {
            Issue.record("it went on: \(lane.next())")
            return
        }
    }

    @Test(arguments: [true, false])
    func `a line that says so counts for the message that follows it only`(isOthers: Bool) {
        var lane = self.lane(
            Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: Snowflake(0)))
        let said = TestMessage.make(
            id: Snowflake(PostModel.post.value + 4), content: "", author: FakeDiscord.bot,
            extra: ["embeds": [["description": .string(Notice.doubtText)]]])
        let following = self.old(5, isOthers ? "b" : "a")
        lane.readBack(
            .init(
                messages: [said, following], bot: FakeDiscord.bot,
                claimed: isOthers ? [following.id] : []))
        #expect(lane.isMarked == !isOthers)
        // Of the rest nothing is in doubt.
        if isOthers { #expect(lane.next() == .send(self.part)) }
    }

    @Test
    func `of a deleted event any text is found, and nothing is sent`() {
        var lane = self.lane(
            Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: Snowflake(0)),
            isDeleted: true)
        lane.readBack(.init(messages: [self.old(5, "?"), self.old(6, "!")], bot: FakeDiscord.bot))
        guard case .end(.handled(let found)) = lane.next() else {
            Issue.record("it went on: \(lane.next())")
            return
        }
        #expect(found.count == 2)
    }

    @Test
    func `a refusal that may be about what is answered is tried without that`() {
        var answering = self.part
        answering.answers = Snowflake(7)
        var lane = PartDelivery(
            parts: [answering], post: PostModel.post, external: [], lastExternal: nil,
            doubt: .none)
        let refusal = DiscordRejection(status: 400, code: 50_035, message: "no")
        lane.sent(.rejected(refusal))
        #expect(lane.next() == .send(self.part))
        lane.sent(.rejected(refusal))
        guard case .end(.deadLetter) = lane.next() else {
            Issue.record("not a dead letter: \(lane.next())")
            return
        }
    }

    @Test(
        arguments: [
            (false, true, 0, 999_999, false, false), (true, false, 0, 999_999, false, false),
            (true, true, 0, 60_000, true, false), (true, true, 0, 60_001, true, true),
            // A clock that was set back says nothing.
            (true, true, 5, 0, true, true),
        ] as [(Bool, Bool, Int64, Int64, Bool, Bool)])
    func `only what was tried, and whose nonce may be forgotten, can hide`(
        isOpen: Bool, wasTried: Bool, at: Int64, now: Int64, mayLand: Bool, mayHide: Bool
    ) {
        let doubt = Doubt(isOpen: isOpen, wasTried: wasTried, at: at, now: now)
        #expect(doubt.mayLand == mayLand)
        #expect((doubt.mayHideAfter != nil) == mayHide)
    }

    @Test
    func `what came after the end of an earlier process wasn't tried by it`() throws {
        let past = EarlierProcesses(noted: 1_000_000, restoredAt: 0)
        #expect(past.triedUpTo == 1_015_000)
        #expect(EarlierProcesses(noted: nil, restoredAt: 0).triedUpTo == .max)
        #expect(EarlierProcesses(noted: 5, restoredAt: 99_000).triedUpTo == 99_000)
        #expect(EarlierProcesses(noted: .max, restoredAt: 0).triedUpTo == .max)
    }

    @Test(
        arguments: [
            (5, 4, 10, true), (5, 5, 10, false), (5, 10, 10, false),
            // The clock was set back since: it says nothing of what was before what.
            (5, 11, 10, true), (0, 4, 10, false), (0, 11, 10, false),
        ] as [(Int64, Int64, Int64, Bool)])
    func `after a restore what is older, or seems to be of the future, may be forgotten`(
        restoredAt: Int64, at: Int64, now: Int64, mayBe: Bool
    ) {
        let past = EarlierProcesses(noted: 0, restoredAt: restoredAt)
        #expect(past.mayHaveForgotten(eventAt: at, now: now) == mayBe)
    }

    @Test(arguments: [Int64.min, -1, 0, 1_420_070_400_000, .max])
    func `an id of any time can be made`(time: Int64) {
        let id = Snowflake(at: time)
        #expect(id.value & (1 << 22 - 1) == 0)
        if time == 1_420_070_400_000 { #expect(id.value == 0) }
    }
}
