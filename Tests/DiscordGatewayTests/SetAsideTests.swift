import Protocol
import Testing

@testable import DiscordGateway

/// What the broker set aside, because processes died of it, is said in its place.
@Suite
struct SetAsideTests {
    private static let reason = "5 times the gateway was lost."

    /// The delivery of something that was set aside.
    private func aside(
        _ bench: Workbench, _ seq: Int64, _ kind: Event.Kind = .message, last: ExternalID? = nil,
        external: [ExternalID] = [], isDeleted: Bool = false, at: Int64 = 0
    ) throws -> Delivery {
        var delivery = try bench.delivery(
            seq, "", .setAside, external: external, last: last, isDeleted: isDeleted, at: at)
        delivery.setAside = SetAside(kind: kind, code: "poison", reason: Self.reason)
        return delivery
    }

    @Test
    func `it is said once, without the text, however often processes die meanwhile`() async throws {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        let delivery = try self.aside(bench, 2, last: first.last)
        bench.discord.strike(.createNotice, .requestLost)
        guard case .later = await bench.operation.deliverer.deliver(delivery) else {
            Issue.record("nothing was said, and it counts as handled")
            return
        }
        bench.discord.strike(.createNotice, .answerLost)
        guard case .later = await bench.operation.deliverer.deliver(delivery) else {
            Issue.record("nobody knows whether it was said")
            return
        }
        bench.discord.forgetNonces()
        // It is said, and the process dies before it is acknowledged.
        for _ in 1...2 {
            let next = try await bench.restarted()
            let verdict = await next.operation.deliverer.deliver(delivery)
            #expect(verdict == .handled([]))
        }
        let post = try bench.post()
        #expect(
            bench.discord.notices(in: post) == [
                "A message of the visitor's (number 2) can't be shown here. \(Self.reason) The "
                    + "visitor can try again; so can `chatbox dead-letters`."
            ])
        #expect(bench.discord.contents(of: post) == ["Hello"])
        try await bench.settle(3, "Bye", last: first.last)
        #expect(bench.discord.contents(of: post) == ["Hello", "Bye"])
    }

    @Test
    func `of two that follow each other both are said`() async throws {
        let bench = try await Workbench.ready()
        for seq in [Int64(2), 3] {
            let verdict = await bench.operation.deliverer.deliver(try self.aside(bench, seq))
            #expect(verdict == .handled([]))
        }
        #expect(bench.discord.notices(in: try bench.post()).count == 2)
    }

    @Test
    func `of a first message it is said in a new post`() async throws {
        let bench = try await Workbench()
        let verdict = await bench.operation.deliverer.deliver(try self.aside(bench, 1))
        #expect(verdict == .handled([]))
        let post = try bench.post()
        #expect(bench.discord.posts == [post])
        #expect(bench.discord.notices(in: post).count == 1)
    }

    @Test
    func
        `in the place of a post that was deleted a new one is made for a message, for nothing else`()
        async throws
    {
        let bench = try await Workbench.ready()
        let gone = try bench.post()
        bench.discord.remove(gone)
        let edit = await bench.operation.deliverer.deliver(try self.aside(bench, 2, .edit))
        #expect(edit == .handled([]))
        #expect(bench.discord.posts.isEmpty)
        let message = await bench.operation.deliverer.deliver(try self.aside(bench, 3))
        #expect(message == .handled([]))
        #expect(bench.discord.posts.count == 1 && bench.discord.posts != [gone])
        #expect(bench.discord.notices(in: try bench.post()).count == 1)
    }

    /// A process after one that made the second message, and died of what came afterwards; with the
    /// post, what the first message is there, and what the second is.
    private func afterDeath() async throws -> (Workbench, Snowflake, ExternalID?, Snowflake) {
        let bench = try await Workbench()
        let first = try await bench.settle(1, "Hello")
        _ = await bench.operation.deliverer.deliver(
            try bench.delivery(2, "deadly", last: first.last))
        let post = try bench.post()
        let made = try #require(bench.discord.newest(in: post))
        return (try await bench.restarted(), post, first.last, made)
    }

    @Test
    func `what an earlier try made is found, so that another try changes it`() async throws {
        let (next, post, last, made) = try await self.afterDeath()
        let delivery = try self.aside(next, 2, last: last)
        let verdict = await next.operation.deliverer.deliver(delivery)
        #expect(verdict == .handled([made].compactMap(\.external)))
        #expect(next.discord.notices(in: post).first?.contains("in part only") == true)
        try await next.settle(3, "deadly", .requeue, targets: [made].compactMap(\.external))
        #expect(next.discord.contents(of: post) == ["Hello", "deadly"])
    }

    @Test
    func `of what was taken back nothing is said, and what stands of it is found`() async throws {
        let (next, post, last, made) = try await self.afterDeath()
        let verdict = await next.operation.deliverer.deliver(
            try self.aside(next, 2, last: last, isDeleted: true))
        #expect(verdict == .handled([made].compactMap(\.external)))
        #expect(next.discord.notices(in: post).isEmpty)
        let bare = try await Workbench()
        let none = await bare.operation.deliverer.deliver(
            try self.aside(bare, 1, isDeleted: true))
        #expect(none == .handled([]) && bare.discord.posts.isEmpty)
    }

    @Test(arguments: [
        (Event.Kind.message, "A message of the visitor's (number 9) can't be shown here."),
        (.requeue, "A message of the visitor's (number 9) can't be shown here."),
        (.edit, "The visitor changed a message, and the change (number 9) can't be shown here."),
        (.deletion, "The visitor took a message back, and it may stand here still (number 9)."),
        (.close, "The visitor's side closed or reopened the conversation, and that (number 9)"),
        (.reopen, "The visitor's side closed or reopened the conversation, and that (number 9)"),
        (Event.Kind("x_future"), "A message of the visitor's (number 9) can't be shown here."),
    ])
    func `every kind has its words`(kind: Event.Kind, text: String) async throws {
        let bench = try await Workbench.ready()
        let verdict = await bench.operation.deliverer.deliver(try self.aside(bench, 9, kind))
        #expect(verdict == .handled([]))
        let notice = try #require(bench.discord.notices(in: try bench.post()).first)
        #expect(notice.hasPrefix(text) && notice.contains(Self.reason))
        #expect(notice.contains("can try again") == (kind != .close && kind != .reopen))
    }

    @Test
    func `whatever stands in the way is waited for, but what Discord refuses to say`() async throws
    {
        let bench = try await Workbench.ready()
        let delivery = try self.aside(bench, 2)
        let forbidden = DiscordRejection(status: 403, code: 50_013, message: "Missing")
        for fault in [FakeDiscord.Fault.rejected(forbidden), .postponed(.seconds(1))] {
            bench.discord.strike(.createNotice, fault)
            guard case .later = await bench.operation.deliverer.deliver(delivery) else {
                Issue.record("it doesn't wait after \(fault)")
                return
            }
        }
        bench.box.fallSilent()
        guard case .later = await bench.operation.deliverer.deliver(delivery) else {
            Issue.record("another process may act")
            return
        }
        #expect(bench.discord.notices(in: try bench.post()).isEmpty)
        let other = try await Workbench.ready()
        let blocked = DiscordRejection(status: 400, code: 200_000, message: "Blocked")
        other.discord.strike(.createNotice, .rejected(blocked))
        let verdict = await other.operation.deliverer.deliver(try self.aside(other, 2))
        #expect(verdict == .handled([]))
    }

    @Test
    func `an archived post is opened for it, a locked one is waited for`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.strike(.createNotice, .rejected(FakeDiscord.archived))
        let verdict = await bench.operation.deliverer.deliver(try self.aside(bench, 2))
        #expect(verdict == .handled([]))
        #expect(bench.discord.notices(in: post).count == 1)
        bench.discord.lock(post)
        bench.discord.strike(.createNotice, .rejected(FakeDiscord.archived))
        guard case .later = await bench.operation.deliverer.deliver(try self.aside(bench, 3)) else {
            Issue.record("it doesn't wait")
            return
        }
        #expect(bench.log.text.contains("Unlock this post"))
    }

    @Test
    func `a kind without its reason asks nothing of Discord`() async throws {
        let bench = try await Workbench.ready()
        let delivery = try bench.delivery(2, "", .setAside)
        #expect(await bench.operation.deliverer.deliver(delivery) == .handled([]))
        #expect(bench.discord.notices(in: try bench.post()).isEmpty)
    }
}
