internal import FoundationEssentials
import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A process that the suite started: the gateway, or a command that provokes or observes.
///
/// It leads a process group of its own, so that all that it began ends with it.
final class GatewayProcess {
    /// How a process ended.
    enum End: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    private let pid: pid_t
    private let input: Int32
    private var end: End?

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - command: the executable, looked up in PATH, and its arguments.
    ///   - environment: added to this process's own.
    ///   - output: a file that gets what it prints, at its end.
    ///   - errors: a file that gets its standard error, at its end.
    /// - Throws: ``ProcessFailure`` if it can't be started.
    init(
        _ command: [String], environment: [String: String], output: String, errors: String
    ) throws(ProcessFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ProcessFailure(.inputOutput, "No pipe: \(String(cString: strerror(errno))).")
        }
        defer { close(ends[0]) }
        self.input = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = Self.noActions
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
        var attributes = Self.noAttributes
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores SIGPIPE, and what it starts would too.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&attributes, 0)
        let arguments = command.map { strdup($0) } + [nil]
        let variables = Self.variables(environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let error = posix_spawnp(
            &pid, command.first ?? "", &actions, &attributes, arguments, variables)
        guard error == 0 else {
            close(ends[1])
            throw ProcessFailure(
                .missing,
                "\(command.first ?? "") can't be started: \(String(cString: strerror(error))).")
        }
        self.pid = pid
    }

    deinit {
        self.kill()
        close(self.input)
    }

    /// How it ended, if it has.
    var ended: End? {
        if let end = self.end { return end }
        var status: Int32 = 0
        guard waitpid(self.pid, &status, WNOHANG) == self.pid else { return nil }
        // wait(2): the low seven bits are the signal, the next eight the exit code.
        self.end = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
        return self.end
    }

    /// Sends it a signal.
    func signal(_ signal: Int32) {
        if self.ended == nil { _ = Self.send(self.pid, signal) }
    }

    /// Ends it and all that it began, at once.
    func kill() {
        _ = Self.send(-self.pid, SIGKILL)
        guard self.end == nil else { return }
        var status: Int32 = 0
        while waitpid(self.pid, &status, 0) < 0, errno == EINTR {}
        self.end = .signal(SIGKILL)
    }

    /// Types a line into its standard input.
    func type(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(self.input, $0.baseAddress, $0.count) }
    }

    private static func variables(_ added: [String: String]) -> [String] {
        ProcessInfo.processInfo.environment.merging(added) { $1 }.map { "\($0.key)=\($0.value)" }
    }

    private static func send(_ pid: pid_t, _ signal: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.kill(pid, signal)
        #elseif canImport(Musl)
            Musl.kill(pid, signal)
        #else
            Darwin.kill(pid, signal)
        #endif
    }

    #if canImport(Darwin)
        private static var noActions: posix_spawn_file_actions_t? { nil }
        private static var noAttributes: posix_spawnattr_t? { nil }
    #else
        private static var noActions: posix_spawn_file_actions_t { .init() }
        private static var noAttributes: posix_spawnattr_t { .init() }
    #endif
}
