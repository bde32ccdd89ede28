/// A member of a message that isn't what it must be.
public struct FieldError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The member's name, with a path for members of members: `from.seq`.
    public var field: String
    /// What it must be, to be read after "must be".
    public var expectation: String

    /// A member that isn't what it must be.
    public init(_ field: String, _ expectation: String) {
        self.field = field
        self.expectation = expectation
    }

    public var description: String { "\"\(self.field)\" must be \(self.expectation)." }
}
