#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Connections are open files, and a process has a limit of them. A process without a free one cannot read its database or even
/// its clock, so that connections must leave some.
enum OpenFiles {
    /// Raises the limit of this process to what the system allows.
    /// - Returns: the limit, at most a million.
    static func raiseLimit() -> Int {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        limit.rlim_cur = min(limit.rlim_max, 1_000_000)
        setrlimit(resource, &limit)
        getrlimit(resource, &limit)
        return Int(min(limit.rlim_cur, 1_000_000))
    }
}
