import Kernel
import Testing
import Web

@testable import Connection

@Suite struct WayTests {
    @Test(arguments: [
        ([Step.relay: Outcome.works, .media: .works], Way.relay),
        ([.relay: .fails, .media: .works], .socket), ([.relay: .absent, .media: .slow], .socket),
        ([.relay: .fails, .media: .fails], .pages), ([.address: .works], .pages),
        ([.socket: .fails, .relay: .works, .media: .fails], .pages),
        ([.socket: .works, .relay: .works], .relay),
    ])
    func theBestWayThatWorks(_ results: [Step: Outcome], way: Way) {
        #expect(Way.of(results) == way)
    }

    @Test func nobodyIsTroubledByWhatIsNotOffered() {
        let verdict = Verdict([
            .relay: .absent, .certificate: .absent, .media: .works, .camera: .absent, .microphone: .untried,
            .throughput: .slow, .screen: .insecure,
        ])
        #expect(verdict.troubles == [.camera, .screen, .throughput])
        #expect(verdict.untried == [.microphone])
        #expect(verdict.way == .socket)
    }

    @Test(arguments: [
        ("help.example.ru", true, "help.example.ru", 443), ("help.example.ru", false, "help.example.ru", 80),
        ("localhost:8080", false, "localhost", 8080), ("[::1]:8443", true, "[::1]", 8443),
        ("[::1]", true, "[::1]", 443),
    ])
    func theAddressOfThePage(_ authority: String, isSecure: Bool, host: String, port: Int) {
        let address = PageAddress(authority: authority, isSecure: isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test func theLadderSaysWhereOneStands() {
        let rungs = ResultPart.ladder(.socket, [.relay: .fails, .media: .works])
        #expect(rungs.map(\.state) == ["unknown", "fails", "here", "works"])
        #expect(
            ResultPart.ladder(.relay, [.relay: .works, .media: .works]).map(\.state) == [
                "unknown", "here", "works", "works",
            ])
        #expect(
            ResultPart.ladder(.pages, [.relay: .absent, .media: .fails]).map(\.state) == [
                "unknown", "unknown", "fails", "here",
            ])
    }
}
