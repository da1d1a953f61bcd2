import Agent
import AgentProtocol
import Foundation
import Testing

/// The way to the server: proxies with logins, settings of the desktop, authorities, links.
@Suite(.serialized) struct WayTests {
    let desk: Desk
    let computer: Computer

    init() throws { (desk, computer) = (try Desk(), try Computer()) }

    private var address: String { "http://127.0.0.1:\(desk.port)" }

    private func run(_ program: String, _ arguments: String..., variables: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        process.currentDirectoryURL = computer.home
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func write(_ text: String, _ name: String) throws -> String {
        let path = computer.home.appendingPathComponent(name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func until(listensAt port: UInt16) throws {
        try computer.until("the port") { try computer.run("ss", "-ltnH", "sport = :\(port)").contains("LISTEN") }
    }

    private var squid: String { computer.home.path + "/squid" }

    private func proxy(_ port: UInt16, _ logins: KeyValuePairs<String, String>, variables: [String: String] = [:])
        throws
        -> Process
    {
        // It gives up its rights, and its files with them.
        try FileManager.default.createDirectory(atPath: squid, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: squid)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: computer.home.path)
        let file = try write(
            """
            http_port 127.0.0.1:\(port)
            \(logins.map { "auth_param \($0) program \($1)\nauth_param \($0) children 1" }.joined(separator: "\n"))
            acl known proxy_auth REQUIRED
            http_access allow known
            http_access deny all
            cache deny all
            access_log stdio:\(squid)/passed
            cache_log \(squid)/log
            pid_filename none
            coredump_dir \(squid)
            pinger_enable off
            shutdown_lifetime 0 seconds
            """, "squid.conf")
        let process = try run("/usr/sbin/squid", "-N", "-f", file, "-n", "okno\(port)", variables: variables)
        try until(listensAt: port)
        return process
    }

    @Test func throughABasicLogin() throws {
        let port = try Desk().port
        let passwords = try write(
            "office:\(try computer.run("openssl", "passwd", "-apr1", "pa55").trimmingCharacters(in: .newlines))\n",
            "passwords")
        let process = try proxy(port, ["basic": "/usr/lib/squid/basic_ncsa_auth \(passwords)"])
        defer { kill(process.processIdentifier, SIGKILL) }
        try computer.start(address, "4821-77", "--proxy", "http://office:wrong@127.0.0.1:\(port)")
        try computer.until("words about the login") { computer.said.contains("407") }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        try computer.start(address, "4821-77", "--proxy", "http://office:pa55@127.0.0.1:\(port)")
        #expect(try desk.welcome().proof == .code("482177"))
    }

    @Test func throughAnNTLMLogin() throws {
        let port = try Desk().port
        let process = try proxy(port, ["ntlm": "/usr/lib/squid/ntlm_fake_auth"])
        defer { kill(process.processIdentifier, SIGKILL) }
        try computer.start(address, "4821-77", "--proxy", "http://office:pa55@127.0.0.1:\(port)")
        #expect(try desk.welcome().proof == .code("482177"))
    }

    /// A real Kerberos of its own; the proxy offers Negotiate and, as many do, Basic beside it.
    @Test func throughATicketOrThePasswordBesideIt() throws {
        let port = try Desk().port
        let realm = try Realm(in: computer)
        defer { withExtendedLifetime(realm) {} }
        try realm.add("HTTP/localhost", keytab: computer.home.path + "/keytab")
        try realm.add("anna", password: "ticket")
        let passwords = try write(
            "office:\(try computer.run("openssl", "passwd", "-apr1", "pa55").trimmingCharacters(in: .newlines))\n",
            "passwords")
        let process = try proxy(
            port,
            [
                "negotiate":
                    "/usr/lib/squid/negotiate_kerberos_auth -k \(computer.home.path)/keytab -s HTTP/localhost@\(Realm.name) -t none",
                "basic": "/usr/lib/squid/basic_ncsa_auth \(passwords)",
            ], variables: realm.variables)
        defer { kill(process.processIdentifier, SIGKILL) }
        func passed(_ login: String) -> Bool {
            let lines = (try? String(contentsOfFile: squid + "/passed", encoding: .utf8)) ?? ""
            return lines.split(separator: "\n").contains { $0.contains("/200") && $0.contains(" \(login) ") }
        }

        try computer.start(address, "4821-77", "--proxy", "http://localhost:\(port)", variables: realm.variables)
        try computer.until("words about the ticket") {
            computer.said.contains("407") && computer.said.contains("Kerberos")
        }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }

        try computer.start(
            address, "4821-77", "--proxy", "http://office:pa55@localhost:\(port)", variables: realm.variables)
        #expect(try desk.welcome().proof == .code("482177"))
        desk.cut()
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        // squid writes a line when the way has ended.
        try computer.until("the password's way") { passed("office") }

        try realm.signIn("anna", password: "ticket")
        try computer.start(address, "4821-77", "--proxy", "http://localhost:\(port)", variables: realm.variables)
        #expect(try desk.welcome().proof == .code("482177"))
        desk.cut()
        computer.end()
        try computer.until("the ticket's way") { passed("anna@\(Realm.name)") }
    }

    /// A desktop with a proxy script, which lies on a server as in an office.
    @Test func throughTheProxyOfTheDesktopsScript() throws {
        let (port, web) = (try Desk().port, try Desk().port)
        let file = try write("Port \(port)\nListen 127.0.0.1\nTimeout 60\nConnectPort \(desk.port)\n", "tiny.conf")
        let tinyproxy = try run("/usr/bin/tinyproxy", "-d", "-c", file)
        defer { kill(tinyproxy.processIdentifier, SIGKILL) }
        let pages = try run(
            "/usr/bin/python3", "-m", "http.server", "\(web)", "--bind", "127.0.0.1", "-d", computer.home.path)
        defer { kill(pages.processIdentifier, SIGKILL) }
        try until(listensAt: port)
        try until(listensAt: web)
        _ = try write(
            """
            function FindProxyForURL(url, host) {
                if (isInNet(host, "127.0.0.0", "255.0.0.0")) return "PROXY 127.0.0.1:\(port); DIRECT";
                return "DIRECT";
            }
            """, "proxy.pac")
        let path = try desktop(
            """
            echo "org.gnome.system.proxy mode 'auto'"
            echo "org.gnome.system.proxy autoconfig-url 'http://127.0.0.1:\(web)/proxy.pac'"
            """)
        try computer.start(address, "4821-77", variables: ["PATH": path])
        #expect(try desk.welcome().proof == .code("482177"))
        #expect(try computer.run("ss", "-tnH", "state", "established", "dport = :\(port)").contains("127.0.0.1"))
        desk.cut()
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        // A script that is not there: the person hears that the way is direct.
        try FileManager.default.removeItem(at: computer.home.appendingPathComponent("proxy.pac"))
        try computer.start(address, "4821-77", variables: ["PATH": path])
        #expect(try desk.welcome().proof == .code("482177"))
        #expect(computer.said.contains("PAC"))
    }

    /// Programs of a desktop, whose gsettings says this. Gives where they are looked for.
    private func desktop(_ says: String) throws -> String {
        let folder = computer.home.path + "/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let asked = try write("#!/bin/sh\n" + says, "bin/gsettings")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: asked)
        return "\(folder):/usr/bin:/bin"
    }

    /// A desktop that answers as gsettings does.
    @Test func throughTheProxyOfTheDesktop() throws {
        let port = try Desk().port
        let file = try write("Port \(port)\nListen 127.0.0.1\nTimeout 60\nConnectPort \(desk.port)\n", "tiny.conf")
        let process = try run("/usr/bin/tinyproxy", "-d", "-c", file)
        defer { kill(process.processIdentifier, SIGKILL) }
        try until(listensAt: port)
        let path = try desktop(
            """
            echo "org.gnome.system.proxy mode 'manual'"
            echo "org.gnome.system.proxy.http host '127.0.0.1'"
            echo "org.gnome.system.proxy.http port \(port)"
            """)
        // Reached by no other name, so that it is the proxy that connects.
        try computer.start("http://okno-desk.invalid:\(desk.port)", "4821-77", variables: ["PATH": path])
        try computer.until("the proxy's answer") {
            computer.said.contains("прокси") || computer.said.contains("Прокси")
        }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        // The same with an exception in the environment: directly, and the name is not known.
        try computer.start(
            "http://okno-desk.invalid:\(desk.port)", "4821-77", variables: ["PATH": path, "no_proxy": "*"])
        try computer.until("an unknown name") { computer.said.contains("resolve") }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        try computer.start(address, "4821-77", variables: ["PATH": path])
        #expect(try desk.welcome().proof == .code("482177"))
    }

    @Test func aLinkStartsItAndAnUnknownAuthorityIsRefused() throws {
        let folder = computer.home.path, port = try Desk().port
        try computer.run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/key", "-out", "\(folder)/ca.pem")
        let both =
            try String(contentsOfFile: folder + "/ca.pem", encoding: .utf8)
            + String(contentsOfFile: folder + "/key", encoding: .utf8)
        let file = try write(
            """
            defaults
              mode tcp
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend door
              bind 127.0.0.1:\(port) ssl crt \(try write(both, "both.pem"))
              default_backend desk
            backend desk
              server one 127.0.0.1:\(desk.port)

            """, "haproxy.conf")
        let process = try run("/usr/sbin/haproxy", "-db", "-f", file)
        defer { kill(process.processIdentifier, SIGKILL) }
        try until(listensAt: port)

        try computer.start("okno://127.0.0.1:\(port)/4821-77")
        try computer.until("words about the authority") { computer.said.contains("--ca") }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }

        try computer.start("--install-link", "--ca", "\(folder)/ca.pem")
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 0)
        let entry = "\(folder)/.local/share/applications/okno-agent.desktop"
        #expect(try String(contentsOfFile: entry, encoding: .utf8).contains("MimeType=x-scheme-handler/okno;"))
        // The desktop opens the link with it, and its output must not be waited for.
        #expect(try computer.run("gio", "mime", "x-scheme-handler/okno").contains("okno-agent.desktop"))
        try computer.run("gio", "launch", entry, "okno://127.0.0.1:\(port)/4821-77", input: "")
        #expect(try desk.welcome().proof == .code("482177"))
        desk.send(.end(session: 0, .unknown, words: ""))

        try computer.start("--remove-link")
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(!FileManager.default.fileExists(atPath: entry))
        #expect(try !computer.run("gio", "mime", "x-scheme-handler/okno").contains("okno-agent.desktop"))
    }
}
