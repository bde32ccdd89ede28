import GatewayKit
import Protocol
import Testing

@testable import WebGateway

@Suite struct VisitorHistoryTests {
    func fetch(_ range: History.Range) -> VisitorAction {
        .history(History(conversation: Sample.conversation, range), .catchUp)
    }

    func events(_ seqs: ClosedRange<Int64>) throws -> VisitorAction {
        .write(.events(try Sample.page(seqs).events))
    }

    @Test func `live events wait for the page to catch up`() throws {
        var session = try Phase.catchingUp.session()
        #expect(session.pushed(151) == false)
        let first = session.paged(.success(try Sample.page(51...150)), .catchUp)
        #expect(first.last == self.fetch(.after(150)))
        #expect(
            session.paged(.success(try Sample.page(151...151)), .catchUp)
                == [try self.events(151...151)])
        #expect(session.pushed(152) == true)
    }

    @Test func `a page that lagged gets what it missed, once`() throws {
        var session = try Phase.live.session()
        for seq in 1...5 as ClosedRange<Int64> { #expect(session.pushed(seq) == true) }
        session.lagged()
        #expect(session.pushed(9) == false, "another page's subscribe may be answered first")
        let answer = session.resubscribed(.success(try Sample.subscribed(head: 8)))
        #expect(answer == [self.fetch(.after(5))])
        #expect(session.pushed(9) == false)
        _ = session.paged(.success(try Sample.page(6...8)), .catchUp)
        #expect(
            session.paged(.success(try Sample.page(9...9)), .catchUp)
                == [try self.events(9...9)])
        #expect(session.pushed(10) == true)
    }

    @Test func `a page that lagged and missed nothing is live again`() throws {
        var session = try Phase.live.session()
        _ = session.pushed(1)
        session.lagged()
        #expect(session.resubscribed(.success(try Sample.subscribed(head: 1))) == [])
        #expect(session.pushed(2) == true)
    }

    @Test func `a page that catches up while it lags isn't live too early`() throws {
        var session = try Phase.catchingUp.session()
        session.lagged()
        _ = session.paged(.success(try Sample.page(51...150)), .catchUp)
        #expect(session.pushed(160) == false)
        let answer = session.resubscribed(.success(try Sample.subscribed(head: 160)))
        #expect(answer == [self.fetch(.after(150))])
    }

    @Test func `a subscription that stands again moves the goal of a page on its way`() throws {
        var session = try Phase.catchingUp.session()
        session.lagged()
        #expect(session.resubscribed(.success(try Sample.subscribed(head: 151))) == [])
        let first = session.paged(.success(try Sample.page(51...150)), .catchUp)
        #expect(first.last == self.fetch(.after(150)))
    }

    @Test func `a page in the midst of its own subscribe needs no other`() throws {
        var session = try Phase.subscribing.session()
        session.lagged()
        #expect(session.resubscribed(.success(try Sample.subscribed(head: 3))) == [])
        let arrival = session.subscribed(
            .success(try Sample.subscribed(head: 0)), epoch: Sample.epoch)
        #expect(arrival.count == 4)
        #expect(session.pushed(1) == true)
    }

    @Test func `what changed while nothing was pushed is told with the new subscription`() throws {
        var session = try Phase.lagging.session()
        let answer = session.resubscribed(
            .success(
                try Sample.subscribed(head: 0, delivered: 4, isUp: false, state: .blocked)))
        #expect(
            answer == [
                .write(.receipt(TeamReceipt(deliveredUpTo: 4))),
                .write(.team(TeamPresence(isUp: false, since: 7))), .write(.state(.blocked)),
            ])
    }

    @Test func `questions for history are answered one after the other`() throws {
        var session = try Phase.live.session()
        _ = session.received(.history(.before(20)))
        #expect(session.received(.history(.before(10))) == [])
        let page = try Sample.page(10...19, more: true)
        #expect(
            session.paged(.success(page), .asked) == [
                .write(.history(page.events, more: true)),
                .history(History(conversation: Sample.conversation, .before(10)), .asked),
            ])
    }

    @Test func `a page that asks too much at a time is closed`() throws {
        var session = try Phase.live.session()
        for _ in 0..<VisitorSession.askedMax { _ = session.received(.history(.before(20))) }
        #expect(Outcome(session.received(.history(.before(20)))) == .closed(4400))
    }
}
