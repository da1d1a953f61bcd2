import Foundation

/// A Kerberos of a company on 127.0.0.1, in the home of a computer; nothing of this machine is changed.
final class Realm {
    static let name = "OKNO.TEST"
    /// For programs that take part in it.
    let variables: [String: String]
    private let computer: Computer
    private let home: String
    private let centre = Process()

    init(in computer: Computer) throws {
        self.computer = computer
        home = computer.home.path
        let port = try Desk().port
        variables = [
            "KRB5_CONFIG": "\(home)/krb5.conf", "KRB5_KDC_PROFILE": "\(home)/kdc.conf",
            "KRB5CCNAME": "FILE:\(home)/tickets",
        ]
        try """
        [libdefaults]
          default_realm = \(Self.name)
          dns_lookup_kdc = false
          dns_canonicalize_hostname = false
          rdns = false
          udp_preference_limit = 1
        [realms]
          \(Self.name) = {
            kdc = 127.0.0.1:\(port)
          }
        [domain_realm]
          localhost = \(Self.name)
        """.write(toFile: "\(home)/krb5.conf", atomically: true, encoding: .utf8)
        try """
        [kdcdefaults]
          kdc_listen = ""
          kdc_tcp_listen = 127.0.0.1:\(port)
        [realms]
          \(Self.name) = {
            database_name = \(home)/principal
            key_stash_file = \(home)/stash
            acl_file = \(home)/acl
          }
        [logging]
          kdc = FILE:\(home)/kdc.log
        """.write(toFile: "\(home)/kdc.conf", atomically: true, encoding: .utf8)
        try run("/usr/sbin/kdb5_util", "create", "-s", "-W", "-P", "master")
        centre.executableURL = URL(fileURLWithPath: "/usr/sbin/krb5kdc")
        centre.arguments = ["-n"]
        centre.environment = variables
        centre.standardOutput = FileHandle.nullDevice
        centre.standardError = FileHandle.nullDevice
        try centre.run()
        try computer.until("the centre of the realm") {
            try computer.run("ss", "-ltnH", "sport = :\(port)").contains("LISTEN")
        }
    }

    deinit { if centre.isRunning { kill(centre.processIdentifier, SIGKILL) } }

    /// A service, whose keys go into a file that a proxy can read.
    func add(_ service: String, keytab: String) throws {
        try run("/usr/sbin/kadmin.local", "-q", "addprinc -randkey \(service)")
        try run("/usr/sbin/kadmin.local", "-q", "ktadd -k \(keytab) \(service)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keytab)
    }

    func add(_ person: String, password: String) throws {
        try run("/usr/sbin/kadmin.local", "-q", "addprinc -pw \(password) \(person)")
    }

    /// Gets the person's ticket.
    func signIn(_ person: String, password: String) throws { try run("kinit", person, input: password + "\n") }

    private func run(_ words: String..., input: String? = nil) throws {
        try computer.run(["env"] + variables.map { "\($0)=\($1)" } + words, input: input)
    }
}
