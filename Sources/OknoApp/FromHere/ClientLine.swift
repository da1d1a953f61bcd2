import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// One connection of the doctor to the server, through a proxy if there is one: bytes out, and an answer that is waited for.
final class ClientLine: Sendable {
    struct Fault: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Whose certificate is believed, and what was presented.
    enum Trust {
        case system
        /// A PEM file beside the authorities of the system.
        case also(String)
        /// Anything: only to look at what is presented.
        case anything
    }

    private let channel: any Channel
    private let ear: NIOLoopBound<Ear>

    private init(_ channel: any Channel, _ ear: NIOLoopBound<Ear>) { (self.channel, self.ear) = (channel, ear) }

    static func open(_ host: String, port: Int, patience: TimeAmount) async throws -> ClientLine {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(patience)
        let (channel, ear) = try await bootstrap.connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let ear = Ear()
                try channel.pipeline.syncOperations.addHandler(ear)
                return (channel, NIOLoopBound(ear, eventLoop: channel.eventLoop))
            }
        }
        return ClientLine(channel, ear)
    }

    /// TLS from here on; a fault of the handshake is told to whoever waits for the next answer.
    func secure(for host: String, _ trust: Trust) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        switch trust {
        case .system: break
        case .also(let file): configuration.additionalTrustRoots = [.file(file)]
        case .anything: configuration.certificateVerification = .none
        }
        let context = try NIOSSLContext(configuration: configuration)
        let isAddress = PrivateAuthority.bytes(of: host) != nil
        try await channel.eventLoop.submit { [channel] in
            let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }

    /// What the other end presented, in DER.
    func certificate() async throws -> [UInt8]? {
        try await channel.eventLoop.submit { [channel] in
            try channel.pipeline.syncOperations.nioSSL_peerCertificate()?.toDERBytes()
        }.get()
    }

    /// Says something and listens until the answer is whole.
    func ask(
        _ bytes: [UInt8], within patience: TimeAmount, until isWhole: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let answer = try await listen(within: patience, until: isWhole)
        say(bytes)
        return try await answer.get()
    }

    /// Listens to what nobody may have asked for yet: to all that comes after the return.
    func listen(
        within patience: TimeAmount, until isWhole: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> EventLoopFuture<[UInt8]> {
        try await channel.eventLoop.submit { [channel, ear] in
            let promise = channel.eventLoop.makePromise(of: [UInt8].self)
            ear.value.listen(isWhole, promise)
            let alarm = channel.eventLoop.scheduleTask(in: patience) { promise.fail(Fault("no answer")) }
            promise.futureResult.whenComplete { _ in alarm.cancel() }
            return promise.futureResult
        }.get()
    }

    func ask(_ request: String, within patience: TimeAmount) async throws -> HTTPWords {
        let bytes = try await ask(Array(request.utf8), within: patience) { HTTPWords($0) != nil }
        guard let words = HTTPWords(bytes) else { throw Fault("the connection ended in the middle of the answer") }
        return words
    }

    /// Says something and listens to nothing.
    func say(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Changes to a WebSocket by the request given; the line is that socket's from here on.
    func socket(_ request: String, within patience: TimeAmount) async throws -> ClientSocket {
        let answer = try await ask(request, within: patience)
        guard answer.status == 101 else { throw Fault("answered with status \(answer.status)") }
        return try await ClientSocket(on: channel, in: ear)
    }

    func close() { channel.close(promise: nil) }
}

/// Keeps what has come until somebody listens.
final class Ear: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    /// What is more than any answer that is asked for.
    private static let most = 16 << 20

    private var heard: [UInt8] = []
    private var fault: (any Error)?
    private var waiting: (isWhole: ([UInt8]) -> Bool, promise: EventLoopPromise<[UInt8]>)?

    func listen(_ isWhole: @escaping ([UInt8]) -> Bool, _ promise: EventLoopPromise<[UInt8]>) {
        heard = []
        waiting = (isWhole, promise)
        if let fault { promise.fail(fault) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard += unwrapInboundIn(data).readableBytesView
        guard let waiting else { return }
        if waiting.isWhole(heard) {
            self.waiting = nil
            waiting.promise.succeed(heard)
        } else if heard.count > Self.most {
            end(ClientLine.Fault("an answer without end"), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        end(ClientLine.Fault("the connection was closed without an answer"), context)
    }

    private func end(_ error: any Error, _ context: ChannelHandlerContext) {
        fault = fault ?? error
        waiting?.promise.fail(fault ?? error)
        waiting = nil
        context.close(promise: nil)
    }
}
