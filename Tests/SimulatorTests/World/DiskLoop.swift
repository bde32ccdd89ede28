#if os(Linux)
    import Dispatch
    import NIOCore

    /// The broker's one thread: what it is given waits a little, as if the disk were busy, so that
    /// inputs share transactions; and nothing runs when its process is gone.
    final class DiskLoop: EventLoop, @unchecked Sendable {
        private let world: World
        private var tasks: [() -> Void] = []
        private var isDead = false
        /// What fails each timer that hasn't come yet.
        private var timers: [UInt64: () -> Void] = [:]
        private var lastTimer: UInt64 = 0

        /// Called when the thread has done what waited.
        private let rests: () -> Void

        /// A thread; `rests` is called each time it has done what waited.
        init(_ world: World, rests: @escaping () -> Void = {}) {
            self.world = world
            self.rests = rests
        }

        /// The process is gone.
        func die() {
            self.isDead = true
            self.tasks = []
            let timers = self.timers.sorted { $0.key < $1.key }
            self.timers = [:]
            for (_, cancel) in timers { cancel() }
        }

        var inEventLoop: Bool { SimulatedThread.current != nil }

        func execute(_ task: @escaping @Sendable () -> Void) {
            guard !self.isDead else { return }
            self.tasks.append(task)
            guard self.tasks.count == 1 else { return }
            self.world.after(self.world.chance.among(0...7)) { self.drain() }
        }

        func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
            // Fails with the process, so that nothing waits for it any more.
            self.scheduleTask(in: .zero, task).futureResult
        }

        private func drain() {
            let tasks = self.tasks
            self.tasks = []
            for task in tasks where !self.isDead { task() }
            if !self.isDead { self.rests() }
        }

        @discardableResult
        func scheduleTask<T>(
            deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T
        ) -> Scheduled<T> {
            self.scheduleTask(in: deadline - .now(), task)
        }

        @discardableResult
        func scheduleTask<T>(
            in wait: TimeAmount, _ task: @escaping @Sendable () throws -> T
        ) -> Scheduled<T> {
            let promise = self.world.loop.makePromise(of: T.self)
            self.lastTimer += 1
            let number = self.lastTimer
            self.timers[number] = { promise.fail(EventLoopError.cancelled) }
            self.world.after(wait.nanoseconds / 1_000_000) {
                guard self.timers.removeValue(forKey: number) != nil else { return }
                do {
                    promise.assumeIsolated().succeed(try task())
                } catch {
                    promise.fail(error)
                }
            }
            // A timer that is cancelled fails its promise itself.
            return Scheduled(promise: promise) { self.timers[number] = nil }
        }

        func shutdownGracefully(
            queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void
        ) {
            queue.async { callback(nil) }
        }
    }
#endif
