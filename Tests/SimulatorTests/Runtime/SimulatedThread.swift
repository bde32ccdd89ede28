#if os(Linux)
    import CDispatch
    import Glibc
    import Interposition

    /// The one thread on which simulations run: there, and nowhere else, the C library answers with
    /// the world's time, chance and disk.
    ///
    /// Whatever the product calls to learn the time, to draw a number or to write a file passes
    /// through that: not a line of it has to know that it is simulated.
    struct SimulatedThread {
        /// The world that the thread shows. Used on that thread only.
        nonisolated(unsafe) static var world: World?

        /// The world, on the simulation's thread; `nil` on any other.
        static var current: World? { interposition_is_here() != 0 ? self.world : nil }

        private final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }

        /// Runs a body on a thread of its own as the simulation's, and waits for its end.
        static func run(_ body: @escaping @Sendable () -> Void) {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            // Unoptimised code needs deep stacks.
            pthread_attr_setstacksize(&attributes, 64 << 20)
            var thread: pthread_t = 0
            let work = Unmanaged.passRetained(Work(body))
            pthread_create(
                &thread, &attributes,
                { work in
                    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            pthread_join(thread, nil)
        }

        /// Shows a world while a body runs, on the simulation's thread.
        static func showing<Result>(_ world: World, _ body: () -> Result) -> Result {
            self.world = world
            interposition_begin(
                interposition(
                    milliseconds: { isWall in
                        guard let world = SimulatedThread.world else { return 0 }
                        return isWall != 0 ? world.wallTime : world.uptime
                    },
                    fill: { bytes, count in
                        SimulatedThread.world?.chance.fill(
                            UnsafeMutableRawBufferPointer(start: bytes, count: count))
                    },
                    may_write: { file, count, offset in
                        guard let world = SimulatedThread.world else { return 1 }
                        return world.disk.writes(file, count, at: Int(offset)) ? 1 : 0
                    },
                    may_sync: { file in
                        guard let world = SimulatedThread.world else { return 1 }
                        return world.disk.syncs(file) ? 1 : 0
                    }))
            defer {
                interposition_end()
                self.world = nil
            }
            return body()
        }
    }
#endif
