import Protocol

/// Which boxes there are and which services each joins, as configured.
struct Boxes: Equatable, Sendable {
    /// The boxes in the order in which they were written.
    var boxes: [Box]

    /// One box.
    struct Box: Equatable, Sendable {
        var name: Name
        /// Two services as a rule, at least one.
        var services: [Name]
    }

    /// The setting that stands for an absent one.
    static let standard = "main=web,discord"
    /// What the setting must be, to be read after "must be".
    static let expectation =
        "boxes with their services, like \"main=web,discord\" or \"a=x,y;b=x,z\""

    /// Reads `main=web,discord;other=web,matrix`; `nil` if it has another form, or a box or a
    /// service of one box stands in it twice.
    init?(_ text: String) {
        self.boxes = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let name = Name(Self.trimmed(sides[0])) else { return nil }
            var services: [Name] = []
            for service in sides[1].split(separator: ",", omittingEmptySubsequences: false) {
                guard let service = Name(Self.trimmed(service)), !services.contains(service)
                else { return nil }
                services.append(service)
            }
            guard !services.isEmpty, !self.boxes.contains(where: { $0.name == name }) else {
                return nil
            }
            self.boxes.append(Box(name: name, services: services))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
