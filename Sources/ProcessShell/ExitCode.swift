/// How a process of ours ends, after sysexits(3), so that a supervisor can tell what a restart
/// would mend from what it wouldn't.
package enum ExitCode: Int32, Sendable {
    /// It was asked to end, and did.
    case ok = 0
    /// What was asked isn't so: a check's answer, no failure.
    case no = 1
    /// The command line is wrong.
    case usage = 64
    /// A file's content is wrong: a foreign or damaged database.
    case badData = 65
    /// There is no such thing.
    case missing = 66
    /// Something that it needs can't be had: a port in use, a broker that refuses it.
    case unavailable = 69
    /// A file or socket can't be made.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// It may work a little later.
    case temporary = 75
    /// It isn't permitted: a wrong token, a privileged port.
    case notPermitted = 77
    /// A setting is wrong.
    case configuration = 78
}
