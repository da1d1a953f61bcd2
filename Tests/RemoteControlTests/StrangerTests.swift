import AgentProtocol
import Bench
import Kernel
import NIOCore
import NIOPosix
import TestOffice
import Testing

@testable import RemoteControl

/// Anybody may knock at the door of agents: until the greeting there is little that may be said.
@Suite struct StrangerTests {
    @Test func whoHasNotGreetedIsSentAwayForAnythingElse() async throws {
        try await Office.with(.sqlite) { office in
            try await office.serving { port in
                let picture = [AgentMessage.dataType, 0, 0, 0, 1, 7, 7, 7]
                for (message, code) in [
                    (picture, 1002), (AgentMessage.ping(1).encoded(), 1002), ([UInt8](repeating: 0, count: 5000), 1009),
                ] as [([UInt8], UInt16)] {
                    let heard = Received()
                    let stranger = try await RelaySocket.open(
                        port, "/agent/wire", on: .singletonMultiThreadedEventLoopGroup, RelayTalk())
                    try await stranger.pipeline.addHandler(heard, position: .first)
                    var frame = ByteBuffer(bytes: [0x82, 0x80 | 126])
                    frame.writeInteger(UInt16(message.count))
                    frame.writeBytes([0, 0, 0, 0] + message)
                    try await stranger.writeAndFlush(frame)
                    for _ in 0..<1000 where heard.bytes.isEmpty {
                        try await Task.sleep(for: .milliseconds(2))
                    }
                    #expect(heard.bytes == [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)])
                    stranger.close(promise: nil)
                }
            }
        }
    }
}
