/// What the agent has to know of the computer and the person's session, read from the environment by the program.
package struct Surroundings: Sendable {
    package var display: String
    package var isWayland: Bool
    package var home: String
    package var configuration: String
    /// Where files go.
    package var downloads: String
    package var language: String
    package var login: String
    package var computer: String
    /// For the back end: what an X program needs and nothing else.
    package var variables: [String]
    /// A folder of this user alone, `XDG_RUNTIME_DIR`; empty: none.
    package var runtime: String
    /// The environment names a proxy, which libcurl then uses by itself.
    package var namesProxy: Bool
    /// For programs that ask the desktop for its settings.
    package var desktopVariables: [String]

    package init(
        display: String, isWayland: Bool, home: String, configuration: String, downloads: String, language: String,
        login: String, computer: String, variables: [String],
        runtime: String, namesProxy: Bool, desktopVariables: [String]
    ) {
        (self.display, self.isWayland, self.home, self.configuration) = (display, isWayland, home, configuration)
        (self.downloads, self.language, self.login, self.computer) = (downloads, language, login, computer)
        (self.variables, self.runtime, self.namesProxy) = (variables, runtime, namesProxy)
        self.desktopVariables = desktopVariables
    }
}
