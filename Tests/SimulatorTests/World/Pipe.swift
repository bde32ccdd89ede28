#if os(Linux)
    /// One direction of a connection: what goes in comes out in order, after delays, until it ends,
    /// is cut or falls silent.
    final class Pipe<Item> {
        private let world: World
        private let deliver: (Item?) -> Void
        /// What is on its way; `nil` is the end.
        private var items: [Item?] = []
        private var lastTime: Int64 = 0
        private var hasEnded = false
        private var isSilent = false
        private var isLost = false

        /// A direction whose far end is told of what comes, and with `nil` of the end, once.
        init(_ world: World, deliver: @escaping (Item?) -> Void) {
            self.world = world
            self.deliver = deliver
        }

        /// Something goes in.
        func send(_ item: Item) {
            guard !self.hasEnded, !self.isSilent else { return }
            self.push(item)
        }

        /// The near end closes: what was sent before still arrives.
        func end() {
            guard !self.hasEnded else { return }
            self.hasEnded = true
            if !self.isSilent { self.push(nil) }
        }

        /// The connection breaks: what is on its way is lost from some point on, and the far end
        /// learns of it a little later.
        func cut() {
            guard !self.isLost else { return }
            self.isLost = true
            let kept = self.world.chance.below(self.items.count + 1)
            self.items.removeLast(self.items.count - kept)
            self.hasEnded = true
            self.isSilent = false
            self.push(nil)
        }

        /// The connection carries nothing more, and nobody is told.
        func fallSilent() {
            self.isSilent = true
            self.items = []
        }

        private func push(_ item: Item?) {
            self.items.append(item)
            let isSlow = self.world.chance.happens(2)
            let delay = self.world.chance.among(isSlow ? 50...900 : 0...6)
            self.lastTime = max(self.lastTime, self.world.now + delay)
            self.world.after(self.lastTime - self.world.now) { self.arrive() }
        }

        private func arrive() {
            guard !self.items.isEmpty else { return }
            self.deliver(self.items.removeFirst())
        }
    }
#endif
