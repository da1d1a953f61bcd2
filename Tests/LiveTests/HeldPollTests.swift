import Kernel
import Testing

@testable import Live

/// Whom a signal reaches of those who wait without a socket.
@Suite struct HeldPollTests {
    private func poll(_ viewer: LiveViewer, _ topics: String...) -> HeldPoll { HeldPoll(viewer, topics, after: 0) }

    private func hint(_ seq: Int64, _ topics: String..., in organisation: OrganisationID = TestPort.organisation)
        -> LiveSignal
    {
        .hint(Hint(organisation: organisation, seq: seq, topics: topics))
    }

    @Test func aHintWalksPastNobody() {
        var polls = HeldPolls()
        let anna = poll(TestPort.anna, "request/1", "line/1"), boris = poll(TestPort.boris, "request/2")
        let stranger = poll(TestPort.stranger, "request/1")
        for one in [anna, boris, stranger] { polls.add(one) }
        #expect(
            polls.concerned(by: hint(5, "request/1", "notices/x")).map(ObjectIdentifier.init) == [
                ObjectIdentifier(anna)
            ])
        #expect(polls.concerned(by: hint(6, "request/3")).isEmpty)
        #expect(polls.concerned(by: .reload(TestPort.organisation)).count == 2)
        #expect(polls.concerned(by: .reconnect([TestPort.anna.person])).count == 3)
        #expect(polls.concerned(by: .typing(TestPort.organisation, topic: "request/1", person: PersonID("x"))).isEmpty)
        // What nobody of it watched is known to it all the same, and what happens elsewhere is not.
        #expect(polls.remove(boris) == 6)
        #expect(polls.remove(boris) == 0)
        #expect(polls.remove(stranger) == 0)
        #expect(polls.concerned(by: hint(7, "request/2")).isEmpty)
        #expect(polls.remove(anna) == 7)
        #expect(polls.all.isEmpty)
    }

    @Test func thoseOfAPersonAreCounted() {
        var polls = HeldPolls()
        let some = (0..<3).map { _ in poll(TestPort.anna, "line/1") }
        for (place, one) in some.enumerated() {
            polls.add(one)
            #expect(polls.count(of: TestPort.anna.person) == place + 1)
        }
        #expect(polls.count(of: TestPort.boris.person) == 0)
        for one in some { _ = polls.remove(one) }
        #expect(polls.count(of: TestPort.anna.person) == 0)
    }
}
