import Live
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.200.1.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.8", false), ("192.0.2.7", "::ffff:192.0.2.7", true), ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false), ("2001:db8::/65", "2001:db8::1", true),
        ("2001:db8::/65", "2001:db8:0:0:8000::1", false),
        ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true),
    ])
    func aRangeHolds(range: String, address: String, expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(IPAddress(address))) == expected)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "host", "::1/129", "1.2.3.4/-1", "1.2.3.4/8/9"])
    func whatIsNotARangeIsRefused(text: String) { #expect(AddressRange(text) == nil) }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "::1", "0.0.0.0"])
    func anAddressIsWrittenAsItIsRead(text: String) { #expect(IPAddress(text)?.description == text) }
}
