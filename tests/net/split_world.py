# SPDX-License-Identifier: GPL-2.0-or-later
"""The split domains that most tests of the name service ask about: the real private Unbound with the module, a real upstream, one client.

Three split domains: 9929, whose upstream is ldns-testns with the answers of ZONE; lab.9929 below it with a prefix of its own, whose upstream is written
in Python because it must be silent or hostile, and also plays the rest of the world; and slow.9929, whose upstream takes its time. It is a server of
its own, because Unbound learns how fast a server is and asks again when that one takes longer. open.internal and closed.internal have policies.
"""
import time

import dns.flags
import pytest
from lab import Lab
from resolver import RELAY4, Resolver
from upstream import PythonNs, TestNs, add, entry

REAL = "tail1234.ts.net"
SOA = f"{REAL}. 100 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 77"
SPLIT_SOA = "9929. nobody.invalid. 1 3600 900 604800 300"
NO_DATA_TYPES = ["A", "TXT", "MX", "SRV", "HTTPS", "SVCB", "PTR", "NS", "CNAME", "DNAME", "DS", "DNSKEY", "NSEC", "RRSIG", "SOA", "CAA", "TYPE65280"]

ZONE = [
    entry(f"my-vps.{REAL}. A", [f"my-vps.{REAL}. 60 IN A 100.64.1.2"]),
    entry(f"many.{REAL}. A", [f"many.{REAL}. 60 IN A 100.64.2.{number}" for number in range(1, 101)]),
    entry(f"alias.{REAL}. A", [f"alias.{REAL}. 60 IN CNAME hop.{REAL}.", f"hop.{REAL}. 20 IN CNAME my-vps.{REAL}.",
                               f"my-vps.{REAL}. 40 IN A 100.64.1.2"]),
    entry(f"host.old.{REAL}. A", [f"old.{REAL}. 50 IN DNAME new.{REAL}.", f"host.old.{REAL}. 50 IN CNAME host.new.{REAL}.",
                                  f"host.new.{REAL}. 60 IN A 100.64.1.4"]),
    entry(f"hop.{REAL}. A", [f"hop.{REAL}. 20 IN CNAME my-vps.{REAL}.", f"my-vps.{REAL}. 40 IN A 100.64.1.2"]),
    entry(f"host.new.{REAL}. A", [f"host.new.{REAL}. 60 IN A 100.64.1.4"]),
    entry(f"mixed.{REAL}. A", [f"mixed.{REAL}. 60 IN A 8.8.8.8", f"mixed.{REAL}. 60 IN A 100.64.1.5", f"mixed.{REAL}. 60 IN A 100.100.100.100"]),
    entry(f"relay.{REAL}. A", [f"relay.{REAL}. 60 IN A {RELAY4}"]),
    entry(f"outside.{REAL}. A", [f"outside.{REAL}. 60 IN A 8.8.8.8"]),
    entry(f"six.{REAL}. A", authority=[SOA]),
    entry(f"six.{REAL}. AAAA", [f"six.{REAL}. 30 IN CNAME far.{REAL}.", f"far.{REAL}. 60 IN AAAA 2001:db8::6", f"far.{REAL}. 60 IN AAAA fe80::6",
                               f"far.{REAL}. 60 IN AAAA ::ffff:100.64.1.2", f"far.{REAL}. 60 IN AAAA ::1"]),
    entry(f"far.{REAL}. AAAA", [f"far.{REAL}. 60 IN AAAA 2001:db8::6", f"far.{REAL}. 60 IN AAAA fe80::6",
                               f"far.{REAL}. 60 IN AAAA ::ffff:100.64.1.2", f"far.{REAL}. 60 IN AAAA ::1"]),
    entry(f"texts.{REAL}. AAAA", authority=[SOA]),
    entry(f"my-vps.{REAL}. AAAA", [f"my-vps.{REAL}. 60 IN AAAA 2001:db8::7"]),
    entry(f"outside.{REAL}. AAAA", [f"outside.{REAL}. 60 IN AAAA 2001:db8::8"]),
    entry(f"gone.{REAL}. A", authority=[SOA], rcode="NXDOMAIN"),
    entry(f"dangling.{REAL}. A", [f"dangling.{REAL}. 60 IN CNAME gone.{REAL}."], [SOA], rcode="NXDOMAIN"),
    entry(f"bare.{REAL}. A", rcode="NXDOMAIN"),  # as MagicDNS says it, without a SOA
    entry(f"broken.{REAL}. A", rcode="SERVFAIL"),
    entry(f"refused.{REAL}. A", rcode="REFUSED"),
    entry(f"once.{REAL}. A", [f"once.{REAL}. 60 IN A 100.64.1.6"]),
    entry("2.1.64.100.in-addr.arpa. PTR", [f"2.1.64.100.in-addr.arpa. 70 IN PTR my-vps.{REAL}."]),
    entry("9.9.64.100.in-addr.arpa. PTR", ["9.9.64.100.in-addr.arpa. 70 IN PTR host.lab.example."]),
    entry("3.1.64.100.in-addr.arpa. PTR", ["3.1.64.100.in-addr.arpa. 70 IN PTR host.elsewhere.example.", f"3.1.64.100.in-addr.arpa. 70 IN PTR a.{REAL}.",
                                           f"3.1.64.100.in-addr.arpa. 70 IN PTR {REAL}.", f"3.1.64.100.in-addr.arpa. 70 IN PTR B.{REAL}."]),
    entry("4.1.64.100.in-addr.arpa. PTR", ["4.1.64.100.in-addr.arpa. 70 IN CNAME 4.sub.1.64.100.in-addr.arpa.",
                                           f"4.sub.1.64.100.in-addr.arpa. 30 IN PTR delegated.{REAL}."]),
    entry("4.sub.1.64.100.in-addr.arpa. PTR", [f"4.sub.1.64.100.in-addr.arpa. 30 IN PTR delegated.{REAL}."]),
    entry("5.1.64.100.in-addr.arpa. PTR", ["5.1.64.100.in-addr.arpa. 70 IN PTR host.elsewhere.example."]),
    entry("6.1.64.100.in-addr.arpa. PTR", authority=["64.100.in-addr.arpa. 100 IN SOA ns.example. admin.example. 1 2 3 4 77"], rcode="NXDOMAIN"),
    entry("7.1.64.100.in-addr.arpa. PTR", rcode="REFUSED"),
    entry("8.1.64.100.in-addr.arpa. PTR", ["8.1.64.100.in-addr.arpa. 70 IN PTR " + ".".join(["x" * 50] * 4 + ["y" * 29]) + f".{REAL}."]),
    entry(f"types.{REAL}. A", [f"types.{REAL}. 60 IN A 100.64.1.7"]),
    entry(f"types.{REAL}. TXT", [f'types.{REAL}. 60 IN TXT "a leak of {REAL}"']),
    entry(f"texts.{REAL}. TXT", [f'texts.{REAL}. 60 IN TXT "one" "two"', f'texts.{REAL}. 40 IN TXT "see my-vps.Tail1234.ts.net"']),
    entry(f"texts.{REAL}. A", authority=[SOA]),
    entry(f"texts.{REAL}. SSHFP", [f"texts.{REAL}. 60 IN CNAME types.{REAL}.", f"types.{REAL}. 50 IN SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"]),
    entry(f"types.{REAL}. SSHFP", [f"types.{REAL}. 50 IN SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"]),
    entry(f"types.{REAL}. CAA", authority=[SOA]),
    entry(f"gone.{REAL}. TXT", authority=[SOA], rcode="NXDOMAIN"),
    entry(f"broken.{REAL}. TXT", rcode="SERVFAIL"),
    entry(f"types.{REAL}. MX", [f"types.{REAL}. 60 IN MX 10 mail.{REAL}."]),
    entry(f"types.{REAL}. SRV", [f"types.{REAL}. 60 IN SRV 1 1 80 web.{REAL}."]),
]


class World:
    """The Python upstream: lab.example, and every name outside."""

    def __init__(self):
        self.serial, self.hold = 0, None

    def __call__(self, name, message, transport):
        label = name.split(".")[0]
        if label.startswith("plant-"):  # an alias to what follows
            add(message, f"{name}. 60 CNAME {label[6:].replace('-', '.')}.")
            return True
        if not name.endswith("lab.example"):
            add(message, f"{name}. 60 AAAA 2001:db8::1" if message.question[0].rdtype == 28 else f"{name}. 60 A 192.0.2.80")
            return True
        return getattr(self, label.replace("-", "_"), self.host)(name, message, transport)

    def host(self, name, message, transport):
        add(message, f"{name}. 60 A 100.64.9.9")

    def silent(self, name, message, transport):
        return False

    def big(self, name, message, transport):
        if transport == "UDP":
            message.flags |= dns.flags.TC
        else:
            add(message, *(f"{name}. 60 A 100.65.{number // 250}.{number % 250}" for number in range(400)))

    def huge(self, name, message, transport):
        if transport == "UDP":
            message.flags |= dns.flags.TC
        else:
            add(message, *(f"{name}. 60 A 100.66.{number // 250}.{number % 250}" for number in range(4000)))

    def zero(self, name, message, transport):
        self.serial += 1
        add(message, f"{name}. 0 A 100.64.8.{self.serial}")

    def loop(self, name, message, transport):
        add(message, f"{name}. 60 CNAME loop2.lab.example.")

    def loop2(self, name, message, transport):
        add(message, f"{name}. 60 CNAME loop.lab.example.")

    def into_split(self, name, message, transport):
        add(message, f"{name}. 60 CNAME my-vps.9929.")

    def hostile(self, name, message, transport):
        add(message, f"{name}. 60 A 100.64.9.2", "my-vps.9929. 60 AAAA 2001:db8::bad", "evil.9929. 60 A 100.64.6.66")

    def garbage(self, name, message, transport):
        return b"\xff" * 40


SLOW = 0.25  # seconds; Unbound waits 0.376 for a server it does not know


def slow_answer(name, message, transport):
    time.sleep(SLOW)
    add(message, f"{name}. 60 A 100.64.9.1")


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Resolver(lab, f"""
            split-domain 9929 {REAL}
            split-domain lab.9929 lab.example
            upstream-dns {REAL} 127.0.0.1@5300
            upstream-dns lab.example 127.0.0.1@5301
            split-domain slow.9929 slow.example
            upstream-dns slow.example 127.0.0.1@5302
            split-domain open.internal {REAL}
            a-policy open.internal real
            type-policy open.internal pass TXT SSHFP CAA
            native-aaaa open.internal yes
            split-domain closed.internal {REAL}
            a-policy closed.internal nxdomain
            upstream-dns . 127.0.0.1@5301
            prefix fd64:9929::/96
            prefix fd64:1::/96 lab.9929
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        resolver.testns = TestNs(resolver.relay, 5300, ZONE)
        resolver.world = World()
        resolver.outside = PythonNs(resolver.relay, "127.0.0.1", 5301, resolver.world)
        resolver.slow = PythonNs(resolver.relay, "127.0.0.1", 5302, slow_answer)
        yield resolver.start()
        resolver.outside.close()
        resolver.slow.close()


def assert_negative(answer, rcode, zone="9929."):
    """Nothing but one SOA of the split domain."""
    assert answer.rcode == rcode
    assert answer.message.answer == [] and answer.message.additional == []
    assert [rrset.name.to_text().lower() for rrset in answer.message.authority] == [zone]
    assert [record.to_text().lower() for record in answer.message.authority[0]] == [SPLIT_SOA.replace("9929.", zone, 1)]


def name_of_length(octets):
    """A name below 9929 of so many octets in wire form."""
    suffix, labels = len(b"\x049929\x00"), []
    room = octets - suffix
    while room > 0:
        size = min(63, room - 1)
        if room - 1 - size == 1:  # a lone length octet cannot be
            size -= 1
        labels.append("x" * size)
        room -= 1 + size
    return ".".join([*labels, "9929"])
