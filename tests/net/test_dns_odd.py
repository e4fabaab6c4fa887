# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions that no honest client asks: each has a sane answer or none, no answer shows the real suffix, and the resolver lives. See split_world.py."""
import random
import socket
import struct

import dns.flags
import dns.rcode
import pytest
from lab import wait_for
from resolver import RELAY4
from split_world import REAL, resolver  # noqa: F401

SPLIT = b"\x049929\x00"
NAME = b"\x06my-vps" + SPLIT
AAAA, TXT, OPT, IXFR, AXFR, ANY = 28, 16, 41, 251, 252, 255
IN, CHAOS, NONE = 1, 3, 254
QUERY, IQUERY, STATUS, NOTIFY, UPDATE, DSO = 0, 1, 2, 4, 5, 6


def question(name=NAME, kind=AAAA, of=IN, opcode=QUERY, flags=dns.flags.RD, count=1, additional=b""):
    """A message; additional: one record behind the questions."""
    return struct.pack("!6H", 929, flags | opcode << 11, count, 0, 0, 1 if additional else 0) + (name + struct.pack("!HH", kind, of)) * count + additional


def opt(version=0, options=b"", owner=b"\0", flags=0, size=1232):
    """An OPT record (RFC 6891 section 6.1.2)."""
    return owner + struct.pack("!HHBBHH", OPT, size, 0, version, flags, len(options)) + options


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


def rcode(reply):
    """The answer's code, the OPT record's part of it left out; None without an answer."""
    return None if reply is None else dns.rcode.to_text(struct.unpack("!H", reply[2:4])[0] & 15)


def ask(resolver, octets, **options):
    reply = resolver.exchange(octets, timeout=4, **options)
    assert reply is None or REAL.split(".")[0].encode() not in reply.lower()
    return reply


@pytest.mark.parametrize("octets, expected", [
    (question(of=CHAOS), "REFUSED"), (question(of=NONE), "REFUSED"), (question(of=ANY), "REFUSED"), (question(of=0), "REFUSED"),
    (question(kind=OPT), "FORMERR"), (question(kind=250), "FORMERR"), (question(kind=AXFR), "REFUSED"), (question(kind=IXFR), "REFUSED"),
    (question(kind=0), "NOERROR"), (question(kind=65535), "NOERROR"), (question(kind=5), "NOERROR"), (question(kind=46), "NOERROR"),
    (question(opcode=IQUERY), "NOTIMP"), (question(opcode=STATUS), "NOTIMP"), (question(opcode=UPDATE), "NOTIMP"), (question(opcode=DSO), "NOTIMP"),
    (question(opcode=NOTIFY), "REFUSED"), (question(flags=0), "REFUSED"), (question(flags=dns.flags.RD | dns.flags.QR), None),
    (question(count=0), "FORMERR"), (question(count=2), "FORMERR"), (question()[:11], None), (question()[:20], "FORMERR"),
    (question(b"\xc0\x0c"), "FORMERR"), (question(b"\x40" + b"z" * 64 + SPLIT), "FORMERR"), (question((b"\x3f" + b"z" * 63) * 4 + SPLIT), "FORMERR"),
])
def test_what_no_question_should_be(resolver, octets, expected):
    for transport in ("UDP", "TCP"):
        if transport == "UDP" or len(octets) > 16:
            assert rcode(ask(resolver, octets, transport=transport)) == expected


@pytest.mark.parametrize("label", [b"a\0b", b"a.b", b"a\\b", b"\n;\r", b"\xff\xfe", b"*", b"9929", f"x.{REAL}".encode(), b"z" * 63])
def test_labels_of_any_octets(resolver, label):
    """The look-up is for the same octets, and so is the answer."""
    name = bytes([len(label)]) + label + b"\x03lab" + SPLIT
    reply = resolver.exchange(question(name))
    assert rcode(reply) == "NOERROR" and reply[12:12 + len(name)] == name and reply.endswith(socket.inet_pton(socket.AF_INET6, "fd64:1::6440:909"))


@pytest.mark.parametrize("record, expected", [
    (opt(version=1), 16), (opt(owner=SPLIT), 1), (opt(flags=0xffff), 0), (opt(size=0), 0),
    (opt(options=option(10, b"12345678")), 0), (opt(options=option(10, b"1")), 0),           # cookies: whole, and too short
    (opt(options=option(3, b"")), 0), (opt(options=option(8, b"\0\1\x18\0\xc0\0\2")), 0),    # NSID; a client subnet
    (opt(options=option(15, b"\0\6" + REAL.encode())), 0), (opt(options=option(65001, b"x" * 200)), 0),
])
def test_options(resolver, record, expected):
    answer = resolver.ask("my-vps.9929", use_edns=0)  # in the cache
    reply = ask(resolver, question(additional=record))
    assert (rcode(reply), answer.addresses) == (dns.rcode.to_text(expected & 15), {"fd64:9929::6440:102"})
    if expected == 16:
        assert reply[-6] == 1, "BADVERS (RFC 6891 section 6.1.3)"


@pytest.mark.parametrize("octets", [question(additional=opt(options=option(12, b"\0" * 65000))), (question() + b"\0" * 65535)[:65535]])
def test_a_question_as_long_as_can_be(resolver, octets):
    assert rcode(ask(resolver, octets, transport="TCP")) == "NOERROR"


def test_ten_thousand_spoilt_questions(resolver):
    choice = random.Random(9929)
    sound = [question(), question(additional=opt()), question(b"\x03a\0b" + SPLIT, TXT), question(kind=ANY, additional=opt(flags=0x8000))]
    with resolver.client.inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.connect((RELAY4, 53))
        sock.settimeout(0.001)
        for _ in range(10000):
            octets = bytearray(choice.choice(sound))
            for _ in range(choice.randint(1, 6)):
                octets[choice.randrange(len(octets))] = choice.choice((0, 1, 255, 0xc0, choice.randrange(256)))
            sock.send(octets[:choice.choice((len(octets), choice.randint(1, len(octets))))])
            try:
                assert REAL.split(".")[0].encode() not in sock.recv(65535).lower()
            except socket.timeout:
                pass
    assert wait_for(lambda: resolver.ask("my-vps.9929"), "an answer").addresses == {"fd64:9929::6440:102"}
    assert resolver.unbound.alive
