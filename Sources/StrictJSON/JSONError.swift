/// Why a text isn't the JSON that we take, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: String, Sendable {
        case byteOrderMark = "a byte order mark; send UTF-8 without one"
        case notUTF8 = "bytes that are not UTF-8"
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "a byte that can't stand here"
        case trailingBytes = "bytes after the value"
        case trailingComma = "a comma with nothing after it"
        case controlCharacter = "an unescaped control character in a string"
        case nulCharacter = "a NUL character in a string"
        case invalidEscape = "an escape that JSON doesn't know"
        case loneSurrogate = "half of a surrogate pair"
        case invalidNumber = "a number that JSON doesn't allow"
        case numberOutOfRange = "a number too large to keep"
        case duplicateName = "a name that stands twice in one object"
        case tooDeep = "too many levels of objects and arrays"
        case tooManyMembers = "too many members in one object"
        case tooManyElements = "too many elements in one array"
        case stringTooLong = "a string that is too long"
    }

    /// What is wrong.
    public var problem: Problem
    /// Where, as an offset in bytes from the start of the text.
    public var offset: Int

    /// A problem at an offset.
    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String { "\(self.problem.rawValue), at byte \(self.offset)" }
}
