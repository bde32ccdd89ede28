#if os(Linux)
    @_spi(ExperimentalScheduling) import _Concurrency
    import Glibc

    /// Runs the product's tasks on the simulation's thread, one step at a time, in an order that the
    /// seed gives. It is the preferred executor of every task of a simulated process, and of their
    /// child tasks; a sleep becomes an event of the world.
    final class SimulatedExecutor: TaskExecutor, SchedulingExecutor, @unchecked Sendable {
        private unowned let world: World

        init(_ world: World) { self.world = world }

        func enqueue(_ job: consuming ExecutorJob) {
            self.world.ready(.preferring(UnownedJob(job)))
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
        ) {
            let wait = (instant as? ContinuousClock.Instant).map {
                ContinuousClock.now.duration(to: $0)
            }
            self.wake(UnownedJob(job), after: wait ?? .zero)
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
        ) {
            self.wake(UnownedJob(job), after: delay as? Duration ?? .zero)
        }

        private func wake(_ job: UnownedJob, after wait: Duration) {
            let (seconds, attoseconds) = wait.components
            let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            let milliseconds = max(0, min(seconds, 1_000_000) * 1_000 + rest)
            self.world.after(milliseconds) { self.world.ready(.preferring(job)) }
        }
    }

    /// One step of a task.
    enum Step {
        /// Of a task that prefers the simulation's executor.
        case preferring(UnownedJob)
        /// Of anything else that was enqueued on the simulation's thread.
        case global(UnownedJob)
    }

    // What the runtime offers for exactly this: https://github.com/swiftlang/swift,
    // include/swift/Runtime/ConcurrencyHooks.def.
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    @_silgen_name("swift_job_run")
    private func runJob(_ job: UnownedJob, _ executor: UnownedSerialExecutor)

    extension Step {
        /// Runs it until it suspends.
        func run(on executor: UnownedTaskExecutor) {
            switch self {
            case .preferring(let job): job.runSynchronously(on: executor)
            case .global(let job):
                // The executor that stands for "any".
                runJob(job, unsafeBitCast((0, 0), to: UnownedSerialExecutor.self))
            }
        }

        /// Catches what is enqueued on the simulation's thread for the global executor, an actor's
        /// steps for example.
        static func catchGlobalOnes() {
            let hook = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook")
            hook?.assumingMemoryBound(to: Hook?.self).pointee = { job, original in
                if let world = SimulatedThread.current {
                    world.ready(.global(job))
                } else {
                    original(job)
                }
            }
        }
    }
#endif
