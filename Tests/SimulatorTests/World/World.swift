#if os(Linux)
    import NIOCore
    import NIOEmbedded

    /// Time, chance, disk and the order of everything in one simulation.
    ///
    /// Nothing runs beside it: whatever the processes, the network and the people do is a step of a
    /// task, a task of the loop or an entry of the agenda, and all of them run here, one by one.
    final class World: @unchecked Sendable {
        /// Where choices come from.
        var chance: Chance
        /// The database's files.
        let disk = Disk()
        /// The event loop of every channel. One serves all processes: it has no time of its own.
        let loop = EmbeddedEventLoop()
        /// Milliseconds since the world began.
        private(set) var now: Int64 = 0
        /// What was noted, if somebody wants to read it.
        private(set) var trace: [String] = []
        /// How many steps, tasks and entries there were.
        private(set) var steps = 0
        /// A digest of what happened and when, by which two runs are compared.
        private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        /// How far the wall's clock is off, in milliseconds.
        var wallOffset: Int64 = 0
        /// The executor of every task.
        private(set) lazy var executor = SimulatedExecutor(self)

        /// What is to be gone when its process is.
        private var followed: [(thing: Weak, name: String)] = []

        /// When each process said something in its log.
        private var lines: [String: [Int64]] = [:]

        /// Whether what happens is noted.
        let isTraced: Bool
        private var agenda = Agenda()
        private var readySteps: [Step] = []

        /// The longest that the loop's timers are late, in milliseconds.
        private static let tick: Int64 = 100

        /// A world of a seed.
        init(seed: UInt64, isTraced: Bool) {
            self.chance = Chance(seed: seed)
            self.isTraced = isTraced
        }

        /// Milliseconds since 1970, as the wall's clock shows it.
        var wallTime: Int64 { 1_790_000_000_000 + self.now + self.wallOffset }

        /// Milliseconds of a clock that never jumps.
        var uptime: Int64 { 5_000_000 + self.now }

        /// Has something happen after so many milliseconds.
        func after(_ milliseconds: Int64, _ action: @escaping () -> Void) {
            self.agenda.add(
                .init(
                    time: self.now + max(0, milliseconds), lot: self.chance.next(), action: action))
        }

        /// How many things are planned.
        var plannedCount: Int { self.agenda.count }

        private final class Weak {
            weak var thing: AnyObject?
            init(_ thing: AnyObject) { self.thing = thing }
        }

        /// Something that must be gone when the world has ended.
        func follow(_ thing: AnyObject, _ name: String) {
            self.followed.append((Weak(thing), name))
        }

        /// What is still there of that, by name.
        var remains: [String] { self.followed.filter { $0.thing.thing != nil }.map(\.name) }

        /// A process says a line in its log.
        func said(_ process: String) { self.lines[process, default: []].append(self.now) }

        /// How many lines each process said in 10 s at most.
        var mostLines: [String: Int] {
            self.lines.mapValues { Budget.most(of: $0, within: 10_000) }
        }

        /// A task's step can be done.
        func ready(_ step: Step) { self.readySteps.append(step) }

        /// Notes what happens.
        func note(_ line: @autoclosure () -> String) {
            guard self.isTraced else { return }
            self.trace.append("\(self.now) \(line())")
        }

        /// Notes that something happened, for the digest.
        func mark(_ value: Int64) {
            self.digest = (self.digest ^ UInt64(bitPattern: value)) &* 0x100_0000_01B3
        }

        /// Nothing happens any more.
        func end() {
            self.agenda = Agenda()
            try? self.loop.syncShutdownGracefully()
        }

        /// Lets the world go on until a time, or until `isOver`.
        func run(until end: Int64, isOver: () -> Bool = { false }) {
            let executor = self.executor.asUnownedTaskExecutor()
            while true {
                self.loop.advanceTime(to: .uptimeNanoseconds(UInt64(self.now) * 1_000_000))
                if !self.readySteps.isEmpty {
                    let last = self.readySteps.count - 1
                    self.readySteps.swapAt(self.chance.below(last + 1), last)
                    self.steps += 1
                    self.readySteps.removeLast().run(on: executor)
                    continue
                }
                let next = min(self.agenda.nextTime ?? .max, self.now + Self.tick)
                if next > self.now {
                    guard self.now < end, !isOver() else { return }
                    self.now = next
                    continue
                }
                guard let entry = self.agenda.takeNext() else { continue }
                self.steps += 1
                self.mark(self.now)
                entry.action()
            }
        }
    }
#endif
