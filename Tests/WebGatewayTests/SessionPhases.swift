import GatewayKit
import Protocol

@testable import WebGateway

/// Sessions in each state, and what a list of actions comes to.
enum Phase: CaseIterable, Sendable {
    case awaitingHello, opening, creating, subscribing, catchingUp, live, lagging, closed

    func session(from: Int64? = nil, isVisible: Bool = true) throws -> VisitorSession {
        var session = VisitorSession(service: try Sample.name("web"), page: Sample.page)
        if self == .awaitingHello { return session }
        if self == .closed {
            _ = session.turnedAway(.badMessage("x"))
            return session
        }
        _ = session.received(.hello(try Sample.hello(from: from, isVisible: isVisible)))
        if self == .opening { return session }
        if self == .creating {
            _ = session.opened(Sample.notFound)
            return session
        }
        _ = session.opened(.success(Sample.opened))
        if self == .subscribing { return session }
        let head: Int64 = self == .catchingUp ? 150 : 0
        _ = session.subscribed(
            .success(try Sample.subscribed(head: head)), epoch: Sample.epoch)
        if self == .lagging { session.lagged() }
        return session
    }
}

enum Outcome: Equatable, Sendable {
    case nothing, pong, refused, open, create, subscribe, fetch, answer, submit, told
    case report, looked, signal
    case closed(UInt16)

    init(_ actions: [VisitorAction]) {
        self =
            switch actions.last {
            case nil: .nothing
            case .close(let close): .closed(close.code)
            case .write(.pong): .pong
            case .write(.refused): .refused
            case .write(.history): .answer
            case .write: .told
            case .open: .open
            case .create: .create
            case .subscribe, .join: .subscribe
            case .history: .fetch
            case .submit: .submit
            case .report: .report
            case .looked, .joined: .looked
            case .signal: .signal
            }
    }
}
