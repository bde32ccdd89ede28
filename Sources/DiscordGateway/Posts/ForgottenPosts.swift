import Synchronization

/// Whether the broker may have forgotten posts of ours, because its database was put back to an
/// earlier copy: until they are taken up, a new post is made only where a search finds none.
final class ForgottenPosts: Sendable {
    private let mayBe: Mutex<Bool>
    /// Whether a post whose conversation isn't known is one of them; else it may be another box's.
    let areKnownToBeOurs: Bool

    /// What the broker says at start.
    init(mayBe: Bool, areKnownToBeOurs: Bool = true) {
        self.mayBe = Mutex(mayBe)
        self.areKnownToBeOurs = areKnownToBeOurs
    }

    /// Whether there may be some.
    var mayExist: Bool { self.mayBe.withLock { $0 } }

    /// All of them were taken up.
    func settled() { self.mayBe.withLock { $0 = false } }
}
