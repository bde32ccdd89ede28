import Protocol
import Testing

@testable import Broker

/// Conversations that are closed, reopened and blocked.
@Suite struct StateStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let author = Author(id: "op", name: "Sam")

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1").conversation
    }

    /// What may happen to a conversation.
    enum Act: String, CaseIterable { case message, edit, close, reopen, block, unblock }

    /// Does it as a service, with a new key.
    func act(_ act: Act, as session: Session, key: String) throws {
        let key = try #require(IdempotencyKey(key))
        try self.fixture.write { transaction, id in
            switch act {
            case .message:
                let send = Send(
                    conversation: self.uid, key: key, author: self.author, body: "b")
                _ = try transaction.send(send, id: id, session)
            case .edit:
                let target = try #require(IdempotencyKey("first-\(session.service.name)"))
                let edit = Edit(
                    conversation: self.uid, key: key, target: target, revision: 1,
                    author: self.author, body: "c")
                _ = try transaction.edit(edit, id: id, session)
            case .close:
                let close = Close(conversation: self.uid, key: key, author: self.author)
                _ = try transaction.close(close, id: id, session)
            case .reopen:
                let reopen = Reopen(conversation: self.uid, key: key, author: self.author)
                _ = try transaction.reopen(reopen, id: id, session)
            case .block, .unblock:
                let block = Block(conversation: self.uid, isBlocked: act == .block)
                _ = try transaction.block(block, session)
            }
        }
    }

    func state() throws -> ConversationState { try self.fixture.open("v1").state }
    func kinds() throws -> [String] {
        try self.fixture.page(self.uid, .after(0)).events.map(\.kind.text)
    }

    /// Brings the conversation into a state that Discord made, with a message of each service.
    func bring(to state: ConversationState) throws {
        try self.fixture.send("a", key: "first-web", in: self.uid)
        try self.fixture.send("a", key: "first-discord", in: self.uid, as: self.fixture.discord)
        if state == .closed { try self.act(.close, as: self.fixture.discord, key: "c") }
        if state == .blocked { try self.act(.block, as: self.fixture.discord, key: "b") }
    }

    @Test(arguments: [
        (ConversationState.open, Act.message, "open", "message"), (.open, .edit, "open", "edit"),
        (.open, .close, "closed", "close"), (.open, .reopen, "open", ""),
        (.open, .block, "blocked", ""), (.open, .unblock, "open", ""),
        (.closed, .message, "open", "message"), (.closed, .edit, "closed", "edit"),
        (.closed, .close, "closed", ""), (.closed, .reopen, "open", "reopen"),
        (.closed, .block, "blocked", ""), (.closed, .unblock, "closed", ""),
        (.blocked, .message, "refused", ""), (.blocked, .edit, "refused", ""),
        (.blocked, .close, "blocked", "close"), (.blocked, .reopen, "refused", ""),
        (.blocked, .block, "blocked", ""), (.blocked, .unblock, "blocked", ""),
    ])
    func `every state and what the visitor's side does`(
        before: ConversationState, act: Act, after: String, event: String
    ) throws {
        try self.bring(to: before)
        let count = try self.kinds().count
        let code = try refusal { try self.act(act, as: self.fixture.web, key: "new") }
        #expect(code == (after == "refused" ? .blocked : nil))
        let state = after == "refused" ? "blocked" : after
        #expect(try self.state().rawValue == state)
        #expect(try self.kinds().dropFirst(count).joined() == event)
    }

    @Test func `who blocks may still write, and takes it back`() throws {
        try self.bring(to: .blocked)
        try self.act(.message, as: self.fixture.discord, key: "m")
        try self.act(.edit, as: self.fixture.discord, key: "e")
        #expect(try self.state() == .blocked)
        try self.act(.unblock, as: self.fixture.discord, key: "u")
        #expect(try self.state() == .open)
    }

    @Test func `what was stored before a block is still answered as stored`() throws {
        try self.bring(to: .blocked)
        #expect(try self.fixture.send("a", key: "first-web", in: self.uid).duplicate)
    }

    @Test func `closing twice stores one event`() throws {
        let close = Close(
            conversation: self.uid, key: try #require(IdempotencyKey("c")), author: self.author)
        func answer() throws -> StateSet {
            try self.fixture.write { try $0.close(close, id: $1, self.fixture.discord).1 }
        }
        let first = try answer()
        #expect(first.state == .closed && first.head.seq == 1 && !first.duplicate)
        #expect(try answer().duplicate)
        try self.fixture.send("a", key: "m", in: self.uid)
        let late = try answer()
        #expect(late.duplicate && late.state == .open && late.head.seq == 2)
    }
}
