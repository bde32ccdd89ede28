/// A JSON object's members in the order they were written.
///
/// Objects on our wires have a dozen members: a scan of an array beats a dictionary there, and the
/// order makes encoded bytes the same every time.
public struct JSONObject: Sendable {
    /// Names and values, in order. No name stands twice in a parsed object.
    public private(set) var members: [(name: String, value: JSONValue)]

    /// An object of these members.
    public init(_ members: [(String, JSONValue)] = []) {
        self.members = members.map { (name: $0.0, value: $0.1) }
    }

    /// The value of that name; setting `nil` removes the member.
    public subscript(name: String) -> JSONValue? {
        get {
            for member in self.members where member.name == name {
                return member.value
            }
            return nil
        }
        set {
            let index = self.members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): self.members[index].value = value
            case (let index?, nil): self.members.remove(at: index)
            case (nil, let value?): self.members.append((name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds a member whose name is known not to stand in the object yet.
    mutating func append(_ name: String, _ value: JSONValue) {
        self.members.append((name: name, value: value))
    }
}

extension JSONObject: Equatable {
    /// Equal members under equal names; the order doesn't count.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
