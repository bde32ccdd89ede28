import BrokerStore
import GRDB
import Logging
import NIOCore
import ProcessShell
import Protocol
import Synchronization

// What becomes of a batch that couldn't be stored, and of a database that isn't there any more.
extension Core {
    /// How often the files are looked at, and a disk in trouble is tried: whoever deletes a database
    /// should hear of it within 5 s, and a page whose text waits goes on within 5 s.
    private static let interval = TimeAmount.seconds(2)

    /// What the core knows of the disk.
    struct Storage {
        var health = StorageHealth()
        /// The database's header at the last look.
        var header: DatabaseHeader?
        /// Whether the broker is about to end, so that nothing is answered any more.
        var isOver = false
    }

    /// Looks after the files from now on.
    func watch() {
        self.loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            self.look()
        }
    }

    /// Looks whether the files are in their place, and whether a disk in trouble can be written
    /// again.
    func look() {
        guard !self.storage.value.isOver else { return }
        defer { if !self.storage.value.isOver { self.tellOfStorage() } }
        do {
            if let fault = try self.store.displacement() ?? self.damage() {
                return self.end(because: fault)
            }
            guard self.storage.value.health.trouble != nil else { return }
            try self.store.write(now: Self.milliseconds()) { try $0.touch() }
            self.tell(self.storage.value.health.stored(at: Self.milliseconds()))
        } catch {
            _ = self.fault(of: error)
        }
    }

    /// An outcome that tells the disk's health, if it is to tell of the broker's.
    func withHealth(_ outcome: Outcome) -> Outcome {
        guard case .status(let session, let number, var stored, let epoch) = outcome else {
            return outcome
        }
        stored.trouble = self.storage.value.health.trouble
        return .status(session, number: number, stored, epoch)
    }

    private func damage() throws -> String? {
        guard let header = try self.store.header() else { return nil }
        defer { self.storage.value.header = header }
        return header.damage(since: self.storage.value.header ?? header)
    }

    /// What became of a batch that couldn't be stored: nothing in memory has changed, and whoever
    /// asked for something is told to try again.
    func notStored(_ inputs: [Input], _ error: any Error) -> [Outcome] {
        let fault = self.fault(of: error)
        guard !self.storage.value.isOver else { return [] }
        switch fault {
        case .ofInput, .full:
            // What is small may find a place where what is large found none.
            if inputs.count > 1 { return inputs.flatMap { self.commit([$0]) } }
        case .failed, .broken: break
        }
        let refusal = Self.refusal(for: fault)
        return inputs.map { Self.outcome(of: $0, refusal, self.store.epoch) }
    }

    /// What an error says of the disk. If what is stored can't be relied on, it is the end.
    private func fault(of error: any Error) -> StorageFault {
        let fault = self.store.fault(of: error)
        self.logger.log(
            level: fault == .ofInput ? .error : .debug, "not stored",
            metadata: ["error": "\(error)"])
        self.tell(self.storage.value.health.failed(fault, at: Self.milliseconds()))
        if case .broken(let what) = fault {
            self.end(because: self.store.displacement() ?? what)
        } else if let what = self.store.displacement() {
            self.end(because: what)
        }
        return fault
    }

    private func tell(_ news: StorageHealth.News?) {
        switch news {
        case .began(let trouble):
            self.logger.error(
                "nothing can be stored until the disk is mended",
                metadata: ["code": "\(trouble.code)", "database": "\(self.store.path)"])
        case .ended(let trouble, let milliseconds):
            self.logger.notice(
                "everything is stored again",
                metadata: ["code": "\(trouble.code)", "after_ms": "\(milliseconds)"])
        case nil: break
        }
    }

    /// Takes and answers nothing more, tells everybody to come again, and lets the process end.
    func end(because what: String) {
        guard !self.storage.value.isOver else { return }
        self.storage.value.isOver = true
        self.inbox.close()
        self.endEveryConnection(
            Goodbye(
                .storageFailed, "The broker's database \(what): it begins anew.", reconnect: true))
        self.onFailure(
            ProcessFailure(
                .inputOutput,
                "The database \(self.store.path) \(what) while the broker ran, so nothing more is "
                    + "stored. Look after the disk and the file; a backup is put in its place by "
                    + "\"chatbox restore FILE\"."))
    }

    /// Says goodbye to everybody.
    func endEveryConnection(_ goodbye: Goodbye) {
        let ports = self.ports.withLock { ports in
            defer { ports = [:] }
            return ports
        }
        for port in ports.values { port.end(goodbye) }
    }

    private static func refusal(for fault: StorageFault) -> Refused {
        fault == .full
            ? Refused(
                .storageFull, retry: true,
                "The broker's disk is full; nothing was stored. Free space and it goes on.")
            : Refused(
                .storageFailed, retry: true,
                "The broker couldn't store this; it may work later.")
    }

    /// What becomes of an input that couldn't be stored.
    private static func outcome(of input: Input, _ refusal: Refused, _ epoch: Epoch) -> Outcome {
        switch input {
        case .request(let session, let number, _):
            return .answered(session, number: number, refusal, [])
        case .status(let session, let number, let stored):
            return .status(session, number: number, stored, epoch)
        case .hello(let connection, _):
            return .turnedAway(
                connection, Goodbye(refusal.code, refusal.message, reconnect: true))
        case .credit(let session, let credit):
            return .happened(.credited(session, credit.conversations))
        case .disconnected(let connection, let wasLost):
            return .happened(.disconnected(connection, wasLost: wasLost))
        case .due(let session, let conversation):
            return .happened(.due(session, conversation: conversation))
        case .stood(let session): return .happened(.stood(session))
        case .room(let session): return .happened(.room(session))
        case .signal, .lost: return .happened(.nothing)
        }
    }

    // MARK: An epoch that ends while the broker runs

    /// Gateways know what the database doesn't: it has another epoch since this batch, and everybody
    /// begins anew.
    func beginAnew(after regressions: [Regression]) {
        guard let last = regressions.last else { return }
        for regression in regressions.prefix(Self.toldRegressions) {
            self.logger.error(
                "history_regressed",
                metadata: [
                    "conversation": "\(regression.conversation)",
                    "events":
                        "\(regression.head + 1)-\(max(regression.known, regression.head + 1))",
                    "epoch": "\(last.epoch)",
                ])
        }
        self.store.begin(last.epoch)
        self.endEveryConnection(
            Goodbye(
                .shutdown,
                "The broker's database has lost events that gateways know: its numbers begin "
                    + "anew.", reconnect: true))
    }

    /// Conversations of which the log hears at a time.
    private static let toldRegressions = 10
}
