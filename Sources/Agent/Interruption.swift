import Glibc
import Synchronization

/// The wish of the system or of a terminal that the program ends. It ends by its loop, which lets go of keys and gives back what it has lent.
package enum Interruption {
    private static let asked = Atomic(false)
    /// As shells tell it.
    static let result: Int32 = 143
    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// At the start of the program, before any thread.
    package static func watch() {
        asked.store(false, ordering: .relaxed)
        var all = sigset_t()
        sigemptyset(&all)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            var present = sigaction()
            sigaction(number, nil, &present)
            // Whoever started it with nohup wants it to go on.
            guard unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) != 1 else { continue }
            sigaddset(&all, number)
            signal(number) { _ in Interruption.asked.store(true, ordering: .relaxed) }
        }
        sigprocmask(SIG_UNBLOCK, &all, nil)
    }
}
