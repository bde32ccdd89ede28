#if os(Linux)
    import Glibc

    /// What must stay below its bound (reliability.md's I7), as far as one thread can tell.
    enum Bounds {
        /// SQLite's log: it is emptied at every 1,000 pages of 4,096 bytes, and one transaction and
        /// what couldn't be emptied while somebody read come on top.
        static let logBytes = 8 << 20
        /// What may be planned when everybody rests: timers of three processes and a few pages.
        static let plannedMax = 250
        /// Lines that a process says in 10 s to whoever reads its log at the usual level: trouble
        /// that lasts is told once.
        static let linesMax = 150

        /// What is wrong with a world at rest.
        static func violations(atRest world: World) -> [Violation] {
            guard world.plannedCount > self.plannedMax else { return [] }
            return [self.broken("\(world.plannedCount) things are planned when all rest")]
        }

        /// What is wrong with a world that has ended.
        static func violations(_ world: World, filesBefore: Int) -> [Violation] {
            var found: [Violation] = []
            let files = OpenFiles.count
            if files > filesBefore {
                found.append(
                    self.broken("\(files) files are open after a run, \(filesBefore) before it"))
            }
            for name in Set(world.remains).sorted() {
                found.append(self.broken("\(name) outlives its process"))
            }
            for (process, lines) in world.mostLines.sorted(by: { $0.key < $1.key })
            where lines > self.linesMax {
                found.append(self.broken("\(process) logs \(lines) lines in 10 s"))
            }
            return found
        }

        private static func broken(_ sentence: String) -> Violation {
            Violation(invariant: "I7 bounds", sentence: sentence)
        }
    }

    /// The files that this process has open.
    enum OpenFiles {
        /// How many there are.
        static var count: Int {
            guard let folder = opendir("/proc/self/fd") else { return 0 }
            defer { closedir(folder) }
            var count = 0
            while readdir(folder) != nil { count += 1 }
            return count
        }
    }
#endif
