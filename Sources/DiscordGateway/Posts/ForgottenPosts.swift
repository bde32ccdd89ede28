import Synchronization

/// Whether the broker may have forgotten posts of ours, because its database was put back to an
/// earlier copy: until they are taken up, a new post is made only where a search finds none.
final class ForgottenPosts: Sendable {
    private let mayBe: Mutex<Bool>

    /// What the broker says at start.
    init(mayBe: Bool) { self.mayBe = Mutex(mayBe) }

    /// Whether there may be some.
    var mayExist: Bool { self.mayBe.withLock { $0 } }

    /// All of them were taken up.
    func settled() { self.mayBe.withLock { $0 = false } }
}
