/// `okno-agent --install-link [--proxy URL] [--ca FILE] [--backend NAME]` and `okno-agent --remove-link`.
package enum LinkInvocation: Equatable, Sendable {
    case install, remove

    /// nil: another way to start. What follows `--install-link` is what each start by a link is given.
    package static func read(_ arguments: [String]) throws(Invocation.Fault) -> (LinkInvocation, options: [String])? {
        switch arguments.first {
        case "--install-link":
            let options = Array(arguments.dropFirst())
            // Whatever is no way to start with a link is refused now and not at the first link.
            guard !options.contains("--resident"), !options.contains("--autostart"),
                (try? Invocation(options + ["okno://host/0000"]))?.server == "https://host"
            else {
                throw .usage
            }
            return (.install, options)
        case "--remove-link" where arguments.count == 1: return (.remove, [])
        default: return nil
        }
    }
}
