#if os(Linux)
    import Glibc

    /// What a simulating process is asked to do, by its environment.
    struct Order: Equatable {
        /// The environment's name for it.
        static let variable = "CHATBOX_SIMULATION"

        /// The first seed.
        var seed: UInt64 = 1
        /// How many seeds.
        var runs = 1
        /// What is broken on purpose, if anything.
        var canary: Canary?
        /// Whether everything that happens is told.
        var isTraced = false
        /// Whether it ends with the first seed that breaks a promise.
        var stopsAtFirst = false
        /// What is left out of each seed's plan, and how all else falls.
        var selection = Selection()
        /// Whether the first seed that breaks a promise is made as small as it goes.
        var shrinks = false

        /// The order as the environment holds it.
        var text: String {
            "seed=\(self.seed) runs=\(self.runs) canary=\(self.canary?.rawValue ?? "none") "
                + "trace=\(self.isTraced) first=\(self.stopsAtFirst) "
                + "omit=\(self.selection.omittedText) lot=\(self.selection.lot) "
                + "shrink=\(self.shrinks)"
        }

        /// An order.
        init(seed: UInt64 = 1, runs: Int = 1, canary: Canary? = nil, stopsAtFirst: Bool = false) {
            (self.seed, self.runs, self.canary) = (seed, runs, canary)
            self.stopsAtFirst = stopsAtFirst
        }

        /// Reads an order; members that it lacks are as usual.
        init(_ text: String) {
            for member in text.split(separator: " ") {
                let parts = member.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { continue }
                switch parts[0] {
                case "seed": self.seed = UInt64(parts[1]) ?? self.seed
                case "runs": self.runs = Int(parts[1]) ?? self.runs
                case "canary": self.canary = Canary(rawValue: parts[1])
                case "trace": self.isTraced = parts[1] == "true"
                case "first": self.stopsAtFirst = parts[1] == "true"
                case "omit": self.selection.omitted = Selection.numbers(parts[1])
                case "lot": self.selection.lot = UInt64(parts[1]) ?? 0
                case "shrink": self.shrinks = parts[1] == "true"
                default: break
                }
            }
        }

        /// The order of this process's environment, if it is a simulating one.
        static let given: Order? = getenv(Order.variable).map { Order(String(cString: $0)) }
    }
#endif
