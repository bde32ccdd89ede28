/// How a body is to be read.
public enum Format: String, Sendable {
    /// As it stands.
    case plain
    /// With Discord's Markdown.
    case markdown
}
