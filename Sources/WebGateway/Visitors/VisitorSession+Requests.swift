import GatewayKit
import Protocol

// What a page hands in to be stored, and what becomes of it.
extension VisitorSession {
    /// The page hands in something to store.
    mutating func submitted(_ request: PageRequest) -> [VisitorAction] {
        guard let visit = self.visit else { return [] }
        if let body = request.body, let reason = MessageRules.refusal(of: body) {
            return [.write(.refused(PageRefusal(key: request.key, reason: reason)))]
        }
        guard let request = Self.request(request, in: visit) else {
            return [.write(.refused(PageRefusal(key: request.key, reason: .nothingToRequeue)))]
        }
        return [.submit(request)]
    }

    private static func request(_ request: PageRequest, in visit: Visit) -> VisitorRequest? {
        let (conversation, key) = (visit.conversation, request.key)
        switch request.content {
        case .send(let body, let replyTo):
            return .send(
                Send(
                    conversation: conversation, key: key, author: visit.author, body: body,
                    replyTo: replyTo))
        case .edit(let target, let revision, let body):
            return .edit(
                Edit(
                    conversation: conversation, key: key, target: target, revision: revision,
                    author: visit.author, body: body))
        case .delete(let target):
            return .delete(
                Delete(conversation: conversation, key: key, target: target, author: visit.author))
        case .requeue(let seq):
            return visit.team.service(requeueing: seq).map { service in
                .requeue(Requeue(conversation: conversation, service: service, seq: seq, key: key))
            }
        }
    }

    /// A request of this page is stored, or isn't.
    mutating func answered(
        _ request: VisitorRequest, _ result: Result<PageStored, GatewayError>
    ) -> [VisitorAction] {
        guard self.visit != nil else { return [] }
        switch result {
        case .success(let stored): return [.write(.stored(request.key, stored))]
        case .failure(.refused(let refused)) where !request.isGone(refused):
            return [.write(.refused(PageRefusal(key: request.key, reason: .init(refused))))]
        case .failure(let error): return self.close(Self.closing(error))
        }
    }

    /// A request of this page isn't taken now.
    func mustWait(_ key: IdempotencyKey, _ reason: PageRefusal.Reason) -> [VisitorAction] {
        guard self.visit != nil else { return [] }
        return [.write(.refused(PageRefusal(key: key, reason: reason)))]
    }
}
