#if os(Linux)
    import Glibc

    /// A process of its own that simulates: the interposed clock and the order of hashed
    /// collections must be the same each time, and nobody else's.
    struct Simulator {
        /// A simulating process that ended.
        struct Ended {
            /// All that it said.
            var output: String
            /// What came of it; `nil` if it crashed.
            var result: Series.Result?
        }

        /// Has another process of this program carry an order out.
        static func run(_ order: Order) async throws -> Ended {
            var template = Array("/tmp/chatbox-simulation-XXXXXX".utf8CString)
            let file = mkstemp(&template)
            let path = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer { unlink(path) }
            close(file)
            let process = self.spawn(order, path)
            var status: Int32 = 0
            while waitpid(process, &status, WNOHANG) == 0 {
                try await Task.sleep(for: .milliseconds(50))
            }
            let output = self.content(of: path)
            let line = output.split(separator: "\n").last { $0.hasPrefix(Series.Result.mark) }
            return Ended(output: output, result: line.flatMap { Series.Result(line: $0) })
        }

        private static func spawn(_ order: Order, _ path: String) -> pid_t {
            let arguments = [
                self.program, "--testing-library", "swift-testing", "--filter",
                #"^SimulatorTests\.Simulating"#,
            ]
            var environment = ["\(Order.variable)=\(order.text)", "SWIFT_DETERMINISTIC_HASHING=1"]
            for name in ["PATH", "HOME", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
                if let value = getenv(name) {
                    environment.append("\(name)=\(String(cString: value))")
                }
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            defer { posix_spawn_file_actions_destroy(&actions) }
            var process: pid_t = 0
            let (argv, envp) = (arguments.map { strdup($0) }, environment.map { strdup($0) })
            defer { for text in argv + envp { free(text) } }
            posix_spawn(&process, self.program, &actions, nil, argv + [nil], envp + [nil])
            return process
        }

        private static let program: String = {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let length = buffer.withUnsafeMutableBytes { bytes -> Int in
                guard let base = bytes.bindMemory(to: CChar.self).baseAddress else { return 0 }
                return readlink("/proc/self/exe", base, 4_096)
            }
            return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
        }()

        private static func content(of path: String) -> String {
            guard let file = fopen(path, "r") else { return "" }
            defer { fclose(file) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = fread(&buffer, 1, buffer.count, file)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer.prefix(count)
            }
        }
    }
#endif
