#if os(Linux)
    import Dispatch
    import NIOCore

    /// The broker's one thread: what it is given waits a little, as if the disk were busy, so that
    /// inputs share transactions; and nothing runs when its process is gone.
    final class DiskLoop: EventLoop, @unchecked Sendable {
        private let world: World
        private var tasks: [() -> Void] = []
        private var isDead = false

        init(_ world: World) { self.world = world }

        /// The process is gone.
        func die() {
            self.isDead = true
            self.tasks = []
        }

        var inEventLoop: Bool { SimulatedThread.current != nil }

        func execute(_ task: @escaping @Sendable () -> Void) {
            guard !self.isDead else { return }
            self.tasks.append(task)
            guard self.tasks.count == 1 else { return }
            self.world.after(self.world.chance.among(0...7)) { self.drain() }
        }

        private func drain() {
            let tasks = self.tasks
            self.tasks = []
            for task in tasks where !self.isDead { task() }
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
            let state = Cancellation()
            self.world.after(wait.nanoseconds / 1_000_000) {
                guard !state.isCancelled else { return }
                state.isCancelled = true
                guard !self.isDead else { return promise.fail(EventLoopError.cancelled) }
                do {
                    promise.assumeIsolated().succeed(try task())
                } catch {
                    promise.fail(error)
                }
            }
            return Scheduled(promise: promise) { state.isCancelled = true }
        }

        private final class Cancellation: @unchecked Sendable { var isCancelled = false }

        func shutdownGracefully(
            queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void
        ) {
            queue.async { callback(nil) }
        }
    }
#endif
