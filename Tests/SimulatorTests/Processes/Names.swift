import Protocol

/// The names of the simulated deployment.
enum Names {
    static let box = name("main")
    static let web = name("web")
    static let discord = name("discord")

    private static func name(_ text: String) -> Name {
        guard let name = Name(text) else { fatalError("\(text) is a name.") }
        return name
    }
}
