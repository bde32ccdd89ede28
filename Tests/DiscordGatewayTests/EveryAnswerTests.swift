import Protocol
import Testing

@testable import DiscordGateway

/// The two machines that decide what is made in Discord, with every answer to every step.
@Suite
struct EveryAnswerTests {
    private static func outcomes<Value>(_ value: Value) -> [DiscordOutcome<Value>] {
        let rejections: [(Int, Int64)] = [
            (400, 50_035), (400, 50_006), (400, 200_000), (400, 200_001), (400, 240_000), (401, 0),
            (403, 50_001), (403, 50_013), (404, 10_003), (404, 10_008), (400, 50_083),
            (400, 160_005), (400, 160_006), (400, 0), (403, 200_000),
        ]
        return [
            .ok(value), .unknown(reason: "lost"),
            .postponed(after: .seconds(3), reason: "limit"),
        ]
            + rejections.map { status, code in
                .rejected(DiscordRejection(status: status, code: code, message: "no"))
            }
    }

    // MARK: Parts

    /// Follows every answer to the next step, up to so many steps; `blamed` is whether Discord refused
    /// a send because of the message.
    private func follow(
        _ lane: PartDelivery, _ left: Int, isRead: Bool, blamed: Bool,
        _ counts: inout (ends: Int, letters: Int)
    ) {
        guard left > 0 else { return }
        switch lane.next() {
        case .end(let verdict):
            counts.ends += 1
            if case .deadLetter = verdict {
                counts.letters += 1
                #expect(blamed, "set aside without a refusal of the message itself")
            }
        case .postIsGone: counts.ends += 1
        case .readBack:
            #expect(!isRead)
            var read = lane
            read.readBack(.init(messages: [], bot: FakeDiscord.bot, lastSent: Snowflake(.max)))
            self.follow(read, left - 1, isRead: true, blamed: blamed, &counts)
            for outcome in Self.outcomes(Done()).dropFirst() {
                var failed = lane
                failed.readBackFailed(outcome.split().failure)
                self.follow(failed, left - 1, isRead: false, blamed: blamed, &counts)
            }
            var forbidden = lane
            forbidden.forbidden(reason: "no")
            self.follow(forbidden, left - 1, isRead: false, blamed: blamed, &counts)
        case .announce:
            #expect(isRead)
            for outcome in Self.outcomes(Done()) {
                var next = lane
                next.announced(outcome)
                self.follow(next, left - 1, isRead: isRead, blamed: blamed, &counts)
            }
        case .send:
            #expect(isRead, "sent without looking")
            for outcome in Self.outcomes(Snowflake(900)) {
                var next = lane
                next.sent(outcome)
                var blames = blamed
                if case .rejected(let rejection) = outcome {
                    blames = blamed || rejection.blamesMessage
                }
                self.follow(next, left - 1, isRead: isRead, blamed: blames, &counts)
            }
            var paused = lane
            paused.paused(reason: "silent")
            self.follow(paused, left - 1, isRead: isRead, blamed: blamed, &counts)
        case .unarchive:
            for outcome in Self.outcomes(Done()) {
                var next = lane
                next.unarchived(outcome)
                self.follow(next, left - 1, isRead: isRead, blamed: blamed, &counts)
            }
        }
    }

    @Test(arguments: 1...3)
    func `whatever Discord answers, parts are read before they are sent, and only blame sets aside`(
        count: Int
    ) {
        var parts = (0..<count).map { MessagePart(content: "\($0)", nonce: "n\($0)") }
        parts[0].answers = Snowflake(3)
        let doubt = Doubt(isOpen: true, notBefore: Snowflake(0), mayHideAfter: Snowflake(0))
        var counts = (ends: 0, letters: 0)
        self.follow(
            PartDelivery(
                parts: parts, post: Snowflake(2), external: [], lastExternal: nil, doubt: doubt),
            7, isRead: false, blamed: false, &counts)
        #expect(counts.ends > 100)
        #expect(counts.letters > 0)
    }

    // MARK: Posts

    private struct Past {
        var isRecorded: Bool
        var hasSearched = false
        var hasBound = false
        var hasMade = false
        var isInDoubt: Bool
        var isNeeded = true
    }

    private func follow(
        _ creation: PostCreation, _ step: PostCreation.Step, _ past: Past, _ left: Int,
        _ ends: inout Int
    ) {
        guard left > 0 else { return }
        var past = past
        var next = creation
        switch step {
        case .record:
            #expect(!past.isRecorded && past.isNeeded)
            past.isRecorded = true
            self.follow(next, next.recorded(), past, left - 1, &ends)
        case .settle:
            // Who comes back finds the record, unless nothing was ever recorded.
            #expect(past.isRecorded || past.isInDoubt)
            ends += 1
        case .search:
            past.hasSearched = true
            for found in [nil, Snowflake(5)] {
                var next = creation
                self.follow(next, next.searched(found: found), past, left - 1, &ends)
            }
            let failed = creation.searchFailed(after: .seconds(1), reason: "no")
            self.follow(creation, failed, past, left - 1, &ends)
        case .create:
            #expect(past.isNeeded)
            #expect(past.isRecorded, "made without a record")
            #expect(past.hasSearched || !past.isInDoubt, "made without a search")
            for outcome in Self.outcomes(Snowflake(5)) {
                var next = creation
                var past = past
                if case .unknown = outcome { past.isInDoubt = true }
                if case .ok = outcome { past.hasMade = true }
                self.follow(next, next.created(outcome), past, left - 1, &ends)
            }
        case .bind(let post):
            #expect(past.hasMade || past.hasSearched)
            past.hasBound = true
            self.follow(next, next.bound(post), past, left - 1, &ends)
        case .forget:
            #expect(past.hasBound || !past.hasMade, "a made post is forgotten")
            self.follow(next, next.forgotten(), past, left - 1, &ends)
        case .finished:
            #expect(past.hasBound)
            ends += 1
        case .giveUp: ends += 1
        case .unneeded:
            #expect(!past.hasMade)
            ends += 1
        }
    }

    @Test(arguments: [false, true]) func `where no post is needed none is made`(isRecorded: Bool) {
        var ends = 0
        for hasSettled in [false, true] {
            let creation = PostCreation(
                isRecorded: isRecorded, isNeeded: false, hasSettled: hasSettled)
            let past = Past(isRecorded: isRecorded, isInDoubt: isRecorded, isNeeded: false)
            self.follow(creation, creation.start(), past, 8, &ends)
        }
        #expect(ends == (isRecorded ? 4 : 2))
    }

    @Test(arguments: [false, true], [false, true])
    func
        `whatever Discord answers, no post is made without a record, nor in doubt without a search`(
            isRecorded: Bool, mustSearch: Bool
        )
    {
        var ends = 0
        for hasSettled in [false, true] {
            let creation = PostCreation(
                isRecorded: isRecorded, mustSearch: mustSearch, hasSettled: hasSettled)
            let past = Past(isRecorded: isRecorded, isInDoubt: isRecorded || mustSearch)
            self.follow(creation, creation.start(), past, 8, &ends)
        }
        #expect(ends > 10)
    }
}
