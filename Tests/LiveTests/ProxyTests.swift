import Foundation
import Kernel
import Live
import NIOCore
import NIOPosix
import Testing

/// Okno behind the proxies that people use, with connections to it kept alive and shared.
@Suite struct ProxyTests {
    @Test func behindNginxWithKeptConnections() async throws {
        try await TestPort.run {
            $0.trustedProxies = [AddressRange("127.0.0.1")!]
        } _: { port in
            try await Proxy.nginx(to: port.number) { proxy in try await self.pagesAndSockets(port, through: proxy) }
        }
    }

    @Test(arguments: [false, true])
    func behindHAProxyWithKeptConnections(announced: Bool) async throws {
        try await TestPort.run {
            $0.trustedProxies = [AddressRange("127.0.0.1")!]
        } _: { port in
            try await Proxy.haproxy(to: port.number, announced: announced) { proxy in
                try await self.pagesAndSockets(port, through: proxy)
            }
        }
    }

    /// Ordinary requests warm the proxy's connections up; then sockets must open on used ones, and requests go on.
    private func pagesAndSockets(_ port: TestPort, through proxy: Int) async throws {
        for round in 1...3 {
            let browser = try await Wire(proxy)
            for _ in 0..<4 {
                try await browser.get("/")
                await browser.until(shows: "client 127.0.0.1 over http")
                browser.forget()
            }
            let sockets = try await [Wire(proxy), Wire(proxy), Wire(proxy)]
            for socket in sockets { try await socket.watch(["line/1"]) }
            let seq = Int64(10 + round)
            port.hub.publish(Hint(organisation: TestPort.organisation, seq: seq, topics: ["line/1"]))
            for socket in sockets {
                await socket.until(shows: #"{"seq":\#(seq),"topic":"line/1"}"#)
                #expect(!socket.isClosed)
            }
            let refused = try await Wire(proxy)
            try await refused.askSocket(as: "nobody")
            await refused.until(shows: "401")
            try await browser.get("/")
            await browser.until(shows: "client 127.0.0.1 over http")
            for socket in sockets { socket.close() }
            browser.close()
            await browser.until("no socket left") { _ in port.hub.counters.connected == 0 }
        }
    }
}

/// A real proxy as a child process with a configuration of its own. One that is not installed fails the test: `make test` brings it.
enum Proxy {
    static func nginx(to port: Int, _ body: (Int) async throws -> Void) async throws {
        try await withFolder { folder in
            let own = try await freePort()
            try await run(
                "/usr/sbin/nginx", ["-p", folder.path, "-e", "error.log", "-c", "nginx.conf"], port: own, in: folder,
                file: "nginx.conf",
                """
                daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
                events { worker_connections 256; }
                http {
                    access_log off;
                    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
                    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                    upstream okno { server 127.0.0.1:\(port); keepalive 8; }
                    server {
                        listen 127.0.0.1:\(own);
                        location / {
                            proxy_pass http://okno;
                            proxy_http_version 1.1;
                            proxy_set_header Host $http_host;
                            proxy_set_header Upgrade $http_upgrade;
                            proxy_set_header Connection $connection_upgrade;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_set_header X-Forwarded-Proto $scheme;
                        }
                    }
                }
                """, body)
        }
    }

    /// - Parameter announced: the client is named by the PROXY protocol, version 2.
    static func haproxy(to port: Int, announced: Bool, _ body: (Int) async throws -> Void) async throws {
        try await withFolder { folder in
            let own = try await freePort()
            try await run(
                "/usr/sbin/haproxy", ["-db", "-f", "haproxy.cfg"], port: own, in: folder, file: "haproxy.cfg",
                """
                global
                    maxconn 256
                defaults
                    mode http
                    timeout connect 2s
                    timeout client 10s
                    timeout server 10s
                    timeout tunnel 60s
                    http-reuse always
                frontend all
                    bind 127.0.0.1:\(own)
                    option forwardfor
                    default_backend okno
                backend okno
                    server okno 127.0.0.1:\(port) \(announced ? "send-proxy-v2" : "")

                """, body)
        }
    }

    private static func run(
        _ program: String, _ arguments: [String], port: Int, in folder: URL, file: String, _ configuration: String,
        _ body: (Int) async throws -> Void
    ) async throws {
        try configuration.write(to: folder.appending(path: file), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        for _ in 0..<200 {
            if let wire = try? await Wire(port) {
                wire.close()
                return try await body(port)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let log = (try? String(contentsOf: folder.appending(path: "error.log"), encoding: .utf8)) ?? ""
        Issue.record("\(program) did not start: \(log)")
    }

    /// A port that nobody listens on at this moment.
    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}
