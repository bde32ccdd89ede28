internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The life of a command that does one thing and ends: settings, an answer, an exit code.
package enum CommandRunner {
    /// Runs a body and ends the process with the code that it answers.
    ///
    /// - Parameters:
    ///   - name: the executable's name, for sentences.
    ///   - config: the file of settings that the command line names.
    ///   - body: throws ``ProcessFailure`` for what stands in the way.
    package static func run(
        _ name: String, config: String?, _ body: (Settings) throws -> ExitCode
    ) -> Never {
        signal(SIGPIPE, SIG_IGN)
        do {
            let check = EnvironmentCheck(ProcessInfo.processInfo.environment.keys)
            if let miss = check.nearMiss {
                throw ProcessFailure(
                    .configuration,
                    "\(miss.found) is in the environment and is no setting; \(miss.meant) is. "
                        + "Correct or remove it and start again.")
            }
            exit(try body(Settings(config: config)).rawValue)
        } catch {
            let failure =
                error as? ProcessFailure ?? ProcessFailure(.inputOutput, "It failed: \(error).")
            ProcessRunner.announce(name, failure.sentence)
            exit(failure.exitCode.rawValue)
        }
    }

    /// Prints a text to standard output. Whoever stopped reading wants no more of it, so that the
    /// process ends quietly then.
    package static func print(_ text: String) throws(ProcessFailure) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE || errno == EBADF {
                exit(ExitCode.ok.rawValue)
            } else if errno != EINTR {
                throw ProcessFailure(
                    .inputOutput,
                    "The output can't be written: \(String(cString: strerror(errno))).")
            }
        }
    }
}
