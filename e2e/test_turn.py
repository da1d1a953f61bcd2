"""The relay answers on the port of the pages, to whoever speaks its language, and to nobody without credentials."""

import socket
import struct

COOKIE = 0x2112A442


def ask(server, method, attributes=b""):
    """A STUN request over a connection of its own: the kind and method of the answer, and its attributes by type."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as wire:
        wire.sendall(struct.pack("!HHI", method, len(attributes), COOKIE) + b"twelve bytes" + attributes)
        head = receive(wire, 20)
        kind, length, cookie = struct.unpack("!HHI", head[:8])
        assert cookie == COOKIE and head[8:] == b"twelve bytes"
        body, found = receive(wire, length), {}
        while body:
            type_, size = struct.unpack("!HH", body[:4])
            found[type_] = body[4:4 + size]
            body = body[4 + size + -size % 4:]
        return kind, found, wire.getsockname()


def receive(wire, count):
    got = b""
    while len(got) < count:
        more = wire.recv(count - len(got))
        assert more, "the connection was closed"
        got += more
    return got


def test_a_binding_tells_the_address_of_whoever_asks(server):
    kind, found, (_, port) = ask(server, 0x0001)
    assert kind == 0x0101
    family, mixed = struct.unpack("!HH", found[0x0020][:4])
    assert (family, mixed ^ COOKIE >> 16) == (1, port)
    assert bytes(a ^ b for a, b in zip(found[0x0020][4:], struct.pack("!I", COOKIE))) == bytes([127, 0, 0, 1])


def test_nobody_relays_without_credentials(server):
    kind, found, _ = ask(server, 0x0003, struct.pack("!HHI", 0x0019, 4, 17 << 24))
    assert kind == 0x0113
    assert found[0x0009][2:4] == bytes([4, 1]) and found[0x0014] == b"okno" and found[0x0015]


def test_garbage_after_the_first_bytes_is_closed(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as wire:
        wire.sendall(struct.pack("!HHI", 1, 0, COOKIE) + b"twelve bytes")
        receive(wire, 32)
        wire.sendall(b"\xff" * 100)
        assert wire.recv(1) == b""
