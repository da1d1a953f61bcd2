import Live
import NIOCore
import NIOPosix
import TestOffice
import Testing
import Web

@testable import OknoApp

/// The office behind a real port, as `okno serve` opens it.
enum OpenPort {
    static func run(
        _ office: Office, certificates: Certificates? = nil, turn: (any TurnSeam)? = nil, hasOwnRelay: Bool = false,
        _ body: (Int) async throws -> Void
    ) async throws {
        try await office.serving(certificates, changing: { if !hasOwnRelay { $0.turn = turn } }, body)
    }
}

/// Answers a Binding request as a relay does, and nothing else.
struct Binding: TurnSeam {
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var answer = Array(unwrapInboundIn(data).readableBytesView)
            answer[0] = 0x01
            answer[1] = 0x01
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
        }
    }
    func accept(_ channel: any Channel, client: IPAddress?) throws {
        try channel.pipeline.syncOperations.addHandler(Handler())
    }
}

/// Passes CONNECT on to where it asks, for whoever has signed in, and counts.
final class ConnectProxy: Sendable {
    let port: Int
    private let channel: any Channel

    init(login: String? = nil) async throws {
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Asked(login))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress!.port!
    }

    func close() async throws { try await channel.close() }

    private final class Asked: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let login: String?
        private var head = "", other: (any Channel)?
        init(_ login: String?) { self.login = login }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let other { return other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
            head += String(buffer: unwrapInboundIn(data))
            guard head.hasSuffix("\r\n\r\n") else { return }
            let words = head.split(separator: " "), target = words[1].split(separator: ":")
            let isWelcome = login.map { head.contains("Proxy-Authorization: Basic \($0)\r\n") } ?? true
            guard words[0] == "CONNECT", isWelcome else {
                let no = ByteBuffer(string: "HTTP/1.1 407 Sign in\r\nContent-Length: 0\r\n\r\n")
                return context.writeAndFlush(wrapOutboundOut(no), promise: nil)
            }
            let near = context.channel
            ClientBootstrap(group: context.eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Passing(near))
                    }
                }
                .connect(host: String(target[0]), port: Int(target[1])!)
                .assumeIsolated().whenSuccess { far in
                    self.other = far
                    near.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Go on\r\n\r\n"), promise: nil)
                }
        }

        func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }
    }

    private final class Passing: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let near: any Channel
        init(_ near: any Channel) { self.near = near }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            near.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }
        func channelInactive(context: ChannelHandlerContext) { near.close(promise: nil) }
    }
}
