# SPDX-License-Identifier: GPL-2.0-or-later
"""Not one octet of the real suffix reaches a client.

A zone of 1,000 names is asked whole: plain addresses, chains of CNAME, DNAME, names without an address and names that do not exist; beside them lie MX,
SRV, SVCB, HTTPS and TXT records that all lead to the real suffix. Every name is asked for every type, by turns over UDP and TCP, with and without EDNS,
DO and CD, in changing case, first from the upstream and then from the cache; and every address for its names. Every frame that comes to the client is searched.
"""
import time

import dns.flags
import dns.message
import dns.rdatatype
import dns.reversename
from resolver import CLIENT6, RELAY4, RELAY6, Resolver, Wire
from upstream import TestNs, entry

REAL = "tail1234.ts.net"
REVERSE = "0." * 16 + "9.2.9.9.4.6.d.f.ip6.arpa."
NAMES = 1000
TYPES = ["AAAA", "A", "CNAME", "DNAME", "TXT", "MX", "SRV", "SVCB", "HTTPS", "NS", "SOA", "PTR", "DS", "ANY"]
# as text and as labels on the wire, whatever the case; the hosts behind the aliases and the outside host must not show either
SECRETS = [b"tail1234", b"ts\x03net", b"ts.net", b"hidden", b"elsewhere"]
WAYS = [
    {"transport": "UDP"},
    {"transport": "UDP", "use_edns": 0, "payload": 4096, "want_dnssec": True},
    {"transport": "TCP", "use_edns": 0, "flags": dns.flags.RD | dns.flags.CD},
    {"transport": "UDP", "use_edns": 0, "payload": 512, "server": RELAY6, "source": CLIENT6},
    {"transport": "TCP", "want_dnssec": True, "flags": dns.flags.RD | dns.flags.AD, "server": RELAY6, "source": CLIENT6},
]


def address(number):
    return f"100.64.{number // 250}.{number % 250 + 1}"


def pointer(number, *targets):
    """The names of an address."""
    reverse = dns.reversename.from_address(address(number)).to_text()
    return entry(f"{reverse} PTR", [f"{reverse} 60 IN PTR {target}" for target in targets])


def plain(name, number):
    return [entry(f"{name}.{REAL}. A", [f"{name}.{REAL}. 60 IN A {address(number)}"]), pointer(number, f"{name}.{REAL}.", f"{REAL}.")]


def cname(name, number):
    """Two aliases on the way, and at the end several addresses."""
    first, last = f"hidden{number}.{REAL}.", f"hidden-end{number}.{REAL}."
    end = [f"{last} 60 IN A {address(number)}", f"{last} 60 IN A 100.127.0.1"]
    middle = [f"{first} 60 IN CNAME {last}", *end]
    return [entry(f"{name}.{REAL}. A", [f"{name}.{REAL}. 60 IN CNAME {first}", *middle]), entry(f"{first} A", middle), entry(f"{last} A", end)]


def away(name, number):
    """The alias leads out of the real suffix."""
    target = f"elsewhere{number}.example."
    end = [f"{target} 60 IN A {address(number)}"]
    return [entry(f"{name}.{REAL}. A", [f"{name}.{REAL}. 60 IN CNAME {target}", *end]), entry(f"{target} A", end), pointer(number, target)]


def dname(name, number):
    """Everything below the name has moved. host.NAME is asked too, see names()."""
    target = f"hidden{number}.{REAL}."
    end = [f"host.{target} 60 IN A {address(number)}"]
    return [entry(f"host.{name}.{REAL}. A", [f"{name}.{REAL}. 60 IN DNAME {target}", f"host.{name}.{REAL}. 60 IN CNAME host.{target}", *end]),
            entry(f"host.{target} A", end), entry(f"{name}.{REAL}. A", authority=[soa()])]


def empty(name, number):
    return [entry(f"{name}.{REAL}. A", authority=[soa()])]


def absent(name, number):
    return [entry(f"{name}.{REAL}. A", authority=[soa()], rcode="NXDOMAIN")]


def failing(name, number):
    return [entry(f"{name}.{REAL}. A", rcode="SERVFAIL")]


KINDS = [plain, cname, plain, dname, cname, away, empty, absent, cname, plain]


def soa():
    return f"{REAL}. 60 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 60"


def others(name):
    """Records of other types, all with the real suffix in their data."""
    data = {"MX": f"10 hidden.{REAL}.", "SRV": f"0 0 443 hidden.{REAL}.", "TXT": f'"hidden.{REAL}"', "NS": f"hidden.{REAL}.", "PTR": f"hidden.{REAL}."}
    return [entry(f"{name}.{REAL}. {kind}", [f"{name}.{REAL}. 60 IN {kind} {value}"]) for kind, value in data.items()]


def zone():
    entries = []
    for number in range(NAMES):
        kind = failing if number % 250 == 249 else KINDS[number % len(KINDS)]
        entries += kind(f"n{number}", number)
        if number % 20 == 0:
            entries += others(f"n{number}")
    return entries


def names():
    """A thousand names of the split domain; those of a DNAME are asked below it."""
    for number in range(NAMES):
        below = "host." if KINDS[number % len(KINDS)] is dname else ""
        yield f"{below}{'N' if number % 3 else 'n'}{number}.9929"


def queries():
    turn = 0
    for name in names():
        for kind in TYPES:
            turn += 1
            options = dict(WAYS[turn % len(WAYS)])
            way = {key: options.pop(key) for key in ("transport", "server", "source") if key in options}
            yield name, kind, dns.message.make_query(name, kind, **options).to_wire(), {"server": RELAY4, **way}


def reverse_queries():
    """The names of the addresses that are answered: those of plain hosts, and of those elsewhere, which have none here."""
    for number in range(NAMES):
        if KINDS[number % len(KINDS)] in (plain, away) and number % 250 != 249:
            name = dns.reversename.from_address("fd64:9929::" + address(number)).to_text()
            for kind in ("PTR", "ANY", "TXT"):
                yield name, kind, dns.message.make_query(name, kind, use_edns=number % 2 - 1).to_wire(), {"server": RELAY4}


def passed_queries():
    """Records that are passed on: each of these holds the real suffix."""
    for number in range(0, NAMES, 20):
        yield f"n{number}.open.internal", "TXT", dns.message.make_query(f"n{number}.open.internal", "TXT").to_wire(), {"server": RELAY4}


def secrets_in(octets):
    lower = octets.lower()
    return [secret for secret in SECRETS if secret in lower]


def ask_all(resolver, all_queries):
    """Ask everything. The number of replies by rcode, and the number of addresses."""
    rcodes, addresses = {}, 0
    for name, kind, wire, way in all_queries:
        reply = resolver.exchange(wire, **way)
        assert reply is not None, f"{name} {kind} by {way}: no reply"
        leaked = secrets_in(reply)
        assert not leaked, f"{name} {kind} by {way}: {leaked} in the reply:\n{dns.message.from_wire(reply)}"
        message = dns.message.from_wire(reply)
        expected, zone = (dns.rdatatype.PTR, REVERSE) if name.endswith(REVERSE) else (dns.rdatatype.AAAA, "9929.")
        assert message.answer == [] or {rrset.rdtype for rrset in message.answer} == {expected}
        assert {rrset.name.to_text() for rrset in message.authority} <= {zone, "open.internal."} and message.additional == []
        rcodes[message.rcode().name] = rcodes.get(message.rcode().name, 0) + 1
        addresses += sum(len(rrset) for rrset in message.answer)
    return rcodes, addresses


def test_no_octet_of_the_real_suffix_reaches_a_client(lab, record_property):
    resolver = Resolver(lab, f"""
        split-domain 9929 {REAL}
        split-domain open.internal {REAL}
        type-policy open.internal pass TXT
        upstream-dns {REAL} 127.0.0.1@5300
        upstream-dns . 127.0.0.1@5300
        prefix fd64:9929::/96
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """)
    TestNs(resolver.relay, 5300, zone(), count=False)
    resolver.start()
    everything = [*queries(), *reverse_queries(), *passed_queries()]
    wire, began = Wire(resolver.client, "eth0"), time.monotonic()
    fresh = ask_all(resolver, everything)
    again = ask_all(resolver, everything)
    seconds, frames = time.monotonic() - began, wire.stop()

    assert len(frames) >= 2 * len(everything), "the frames of every reply must have been seen"
    leaks = [frame for frame in frames if secrets_in(frame)]
    assert leaks == [], f"{len(leaks)} frames with the real suffix, the first: {leaks[0]!r}"
    for rcodes, addresses in (fresh, again):
        assert addresses > NAMES and rcodes["NXDOMAIN"] >= NAMES // 10 * len(TYPES) and rcodes["SERVFAIL"] == 4 * len(TYPES)
    text = (f"{NAMES} names, {2 * len(everything)} questions in {seconds:.0f} s, {len(frames)} frames and {sum(map(len, frames))} octets to the client "
            f"searched for {len(SECRETS)} secrets: 0 found; replies {fresh[0]}")
    record_property("searched", text)
    print(text)


def test_the_search_finds_what_it_should():
    """Both spellings, any case, in the middle of a frame."""
    for octets in (b"..\x06my-vps\x08Tail1234\x02TS\x03net\x00", b"see my-vps.tail1234.ts.net.", b"\x02ts\x03NET"):
        assert secrets_in(b"\x00" * 40 + octets + b"\x00" * 9)
    assert not secrets_in(b"\x06my-vps\x049929\x00")
