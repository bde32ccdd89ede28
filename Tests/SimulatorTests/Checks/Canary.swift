#if os(Linux)
    import GRDB

    @testable import Broker

    /// A deliberately broken ChatBox: proof that the checker would see such a fault.
    ///
    /// Each is broken from outside, at a seam of the simulation; the product knows nothing of it.
    enum Canary: String, CaseIterable {
        /// What the broker said was stored is lost with its process: as if it answered before
        /// COMMIT.
        case acknowledgeBeforeCommit
        /// A retry has a key of its own.
        case noDedupe
        /// A delivery is acknowledged before Discord has it.
        case cursorBeforeEffect
        /// A page shows what is pushed although what comes before is missing.
        case liveBeforeCatchUp
        /// SQLite doesn't wait for the disk, and the power is cut.
        case synchronousOff

        /// Discord isn't told by a nonce that a message is a repeated one.
        case noNonce
        /// A database that is put back keeps its epoch, and nothing beside it tells.
        case epochKept
        /// The broker doesn't answer what waits, and says no goodbye, when it is asked to end.
        case rudeEnd

        /// Which promises it breaks, of which one must be seen broken.
        var breaks: Set<String> {
            switch self {
            case .acknowledgeBeforeCommit, .synchronousOff, .epochKept: ["I1 acknowledged loss"]
            case .noDedupe: ["I2 duplicate", "I4 resolution"]
            case .cursorBeforeEffect: ["I6 cursor"]
            case .liveBeforeCatchUp: ["I3 order"]
            case .noNonce: ["I2 duplicate"]
            case .rudeEnd: ["I9 truth"]
            }
        }

        /// How often what is sent to Discord takes effect late, in percent: else the fault would hardly
        /// ever matter.
        var lateness: Int { self == .noNonce ? 30 : 0 }

        /// Weakens a store that was opened.
        func weaken(_ store: Store) throws {
            guard self == .synchronousOff else { return }
            try store.writer.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = OFF")
            }
        }

        /// The key that the page made for what was said under another one.
        static func original(_ key: String) -> String {
            String(key.prefix { $0 != "." })
        }
    }
#endif
