import Protocol
import Testing

@testable import Broker

/// Which secrets open a conversation.
@Suite struct CredentialStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID

    /// The digest of a secret, as far as the broker knows.
    static func digest(_ number: Int) -> String {
        let text = "\(number)"
        return text + String(repeating: "x", count: 43 - text.count)
    }

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1", credential: Self.digest(0)).conversation
    }

    func add(_ number: Int, expiresAt: Int64? = nil, now: Int64 = 2_000) throws {
        let request = AddCredential(
            conversation: self.uid, credential: Self.digest(number), expiresAt: expiresAt)
        try self.fixture.write(now: now) { transaction, _ in
            try transaction.addCredential(request, self.fixture.web)
        }
    }

    func revoke(_ number: Int) throws {
        let request = RevokeCredential(
            conversation: self.uid, credential: Self.digest(number))
        try self.fixture.write(now: 2_000) { transaction, _ in
            try transaction.revokeCredential(request, self.fixture.web)
        }
    }

    func opens(_ number: Int?) throws -> Bool {
        try refusal {
            try self.fixture.open("v1", create: true, credential: number.map(Self.digest))
        } == nil
    }

    @Test func `each valid secret opens, and no other`() throws {
        try self.add(1)
        try self.add(1)
        #expect(try self.opens(0) && self.opens(1))
        #expect(try !self.opens(2) && !self.opens(nil))
        try self.revoke(0)
        try self.revoke(0)
        #expect(try !self.opens(0) && self.opens(1))
    }

    @Test func `a conversation without a valid secret opens for nobody until one is added`() throws
    {
        try self.revoke(0)
        #expect(try !self.opens(0) && !self.opens(nil))
        try self.add(1)
        #expect(try self.opens(1))
    }

    @Test func `a secret opens until it expires`() throws {
        try self.add(1, expiresAt: 2_000)
        #expect(try !self.opens(1), "the fixture opens at 2,000")
        try self.add(1, expiresAt: 2_001)
        #expect(try self.opens(1))
    }

    @Test func `sixteen are the most, and those that expired don't count`() throws {
        try self.add(100, expiresAt: 2_000)
        for number in 1...15 { try self.add(number) }
        #expect(try refusal { try self.add(16) } == .requestInvalid)
        try self.add(15)
        try self.revoke(3)
        try self.add(16)
    }

    @Test func `another service's secrets are its own`() throws {
        let request = AddCredential(conversation: self.uid, credential: Self.digest(9))
        try self.fixture.write { transaction, _ in
            try transaction.addCredential(request, self.fixture.discord)
        }
        #expect(try !self.opens(9))
    }
}
