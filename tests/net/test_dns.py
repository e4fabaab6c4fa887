# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about the split domains: the real private Unbound with the module, a real upstream, one client.

Three split domains: 9929, whose upstream is ldns-testns with the answers of ZONE; lab.9929 below it with a prefix of its own, whose upstream is written
in Python because it must be silent or hostile, and also plays the rest of the world; and slow.9929, whose upstream takes its time. It is a server of
its own, because Unbound learns how fast a server is and asks again when that one takes longer.
"""
import os
import threading
import time

import dns.flags
import dns.name
import dns.reversename
import pytest
from lab import Lab, run, wait_for
from resolver import CLIENT6, RELAY4, RELAY6, STRANGER, Resolver
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


# --- addresses ---

def test_one_address(resolver):
    answer = resolver.ask("my-vps.9929")
    assert (answer.rcode, answer.records) == ("NOERROR", {("my-vps.9929.", "AAAA", "fd64:9929::6440:102")})
    assert answer.message.authority == [] and answer.message.additional == []
    assert answer.has("RA") and not answer.has("AA") and not answer.has("AD")
    assert 55 <= answer.ttl <= 60


def test_every_address(resolver):
    answer = resolver.ask("many.9929", transport="TCP")
    assert answer.addresses == {f"fd64:9929::6440:2{number:02x}" for number in range(1, 101)}


def test_cname_chain_is_followed_inside(resolver):
    """The TTL is the smallest of the chain, here of its middle."""
    answer = resolver.ask("alias.9929")
    assert answer.records == {("alias.9929.", "AAAA", "fd64:9929::6440:102")}
    assert 15 <= answer.ttl <= 20


def test_dname_is_followed_inside(resolver):
    answer = resolver.ask("host.old.9929")
    assert answer.records == {("host.old.9929.", "AAAA", "fd64:9929::6440:104")}
    assert answer.ttl <= 50


def test_most_specific_domain_and_its_prefix(resolver):
    assert resolver.ask("host.lab.9929").records == {("host.lab.9929.", "AAAA", "fd64:1::6440:909")}


def test_addresses_that_are_not_translated_are_left_out(resolver):
    assert resolver.ask("mixed.9929").addresses == {"fd64:9929::6440:105"}
    assert_negative(resolver.ask("outside.9929"), "NOERROR")
    assert_negative(resolver.ask("relay.9929"), "NOERROR")


def test_case_is_echoed(resolver):
    """A client that varies the case (0x20) sees its own spelling, from the module and from the cache."""
    for name in ("mY-VpS.9929", "MY-vps.9929"):
        answer = resolver.ask(name)
        assert answer.wire.count(name.split(".")[0].encode()) == 1
        assert answer.records == {(name + ".", "AAAA", "fd64:9929::6440:102")}


def test_over_ipv6(resolver):
    for transport in ("UDP", "TCP"):
        answer = resolver.ask("my-vps.9929", transport=transport, server=RELAY6, source=CLIENT6)
        assert answer.addresses == {"fd64:9929::6440:102"}


# --- no addresses ---

@pytest.mark.parametrize("kind", NO_DATA_TYPES)
def test_other_types_are_empty(resolver, kind):
    assert_negative(resolver.ask("types.9929", kind), "NOERROR")
    assert_negative(resolver.ask("types.9929", kind, transport="TCP", want_dnssec=True), "NOERROR")


def test_any_gets_the_addresses(resolver):
    """RFC 8482 section 4.1: one rrset is enough."""
    assert resolver.ask("my-vps.9929", "ANY").records == {("my-vps.9929.", "AAAA", "fd64:9929::6440:102")}


@pytest.mark.parametrize("kind", ["AAAA", "A", "TXT", "HTTPS", "DS", "ANY"])
def test_no_such_name(resolver, kind):
    answer = resolver.ask("gone.9929", kind)
    assert_negative(answer, "NXDOMAIN")
    assert answer.ttl <= 77  # RFC 2308 section 5: the SOA's minimum, not its TTL


def test_no_such_name_behind_a_cname(resolver):
    assert_negative(resolver.ask("dangling.9929"), "NXDOMAIN")


def test_no_such_name_without_a_soa(resolver):
    assert_negative(resolver.ask("bare.9929"), "NXDOMAIN")


def test_no_address(resolver):
    assert_negative(resolver.ask("six.9929"), "NOERROR")


def test_negative_ttls_are_kept_apart(resolver):
    """An answer that may be kept for long must not lengthen another one's time."""
    resolver.ask("9929", "NS")
    assert resolver.ask("bare.9929").ttl <= 5
    assert resolver.ask("six.9929").ttl > 20


def test_apex(resolver):
    answer = resolver.ask("9929", "SOA")
    assert answer.records == {("9929.", "SOA", SPLIT_SOA)}
    for kind in ("AAAA", "A", "NS", "DNSKEY", "DS", "MX"):
        assert_negative(resolver.ask("9929", kind), "NOERROR")
    assert_negative(resolver.ask("lab.9929", "NS"), "NOERROR", "lab.9929.")


@pytest.mark.parametrize("name", ["broken", "refused"])
def test_a_failing_upstream_is_servfail(resolver, name):
    answer = resolver.ask(f"{name}.9929", use_edns=0)
    assert answer.rcode == "SERVFAIL"
    assert not answer.message.answer and not answer.message.authority and not answer.message.options


# --- names of addresses ---

ZONE64, ZONE1 = "0." * 16 + "9.2.9.9.4.6.d.f.ip6.arpa.", "0." * 16 + "1.0.0.0.4.6.d.f.ip6.arpa."


def reverse(resolver, address, kind="PTR", **options):
    return resolver.ask(dns.reversename.from_address(address), kind, **options)


def names_of(answer):
    return {data for _, kind, data in answer.records if kind == "PTR"}


@pytest.mark.parametrize("address, name", [("fd64:9929::6440:102", "my-vps.9929."), ("fd64:1::6440:909", "host.lab.9929."),
                                           ("fd64:9929::6440:104", "delegated.9929.")])
def test_an_address_has_the_split_name(resolver, address, name):
    for _ in range(2):  # from the upstream and from the cache
        answer = reverse(resolver, address)
        assert (answer.rcode, names_of(answer)) == ("NOERROR", {name})
        assert {owner for owner, _, _ in answer.records} == {dns.reversename.from_address(address).to_text()}
        assert answer.message.authority == [] and answer.message.additional == [] and not answer.has("AD") and not answer.has("AA")
        assert answer.ttl <= (30 if name.startswith("delegated") else 70)


def test_an_address_has_every_name_that_fits(resolver):
    """Not a name that is elsewhere, nor the real suffix itself."""
    assert names_of(reverse(resolver, "fd64:9929::6440:103")) == {"a.9929.", "B.9929."}


@pytest.mark.parametrize("address, zone", [
    ("fd64:9929::6440:105", ZONE64),  # its host is elsewhere
    ("fd64:9929::6440:106", ZONE64),  # the upstream knows of none
    ("fd64:9929::6440:107", ZONE64),  # the upstream refuses
    ("fd64:1::6440:102", ZONE1),      # its domain is answered in another prefix
    ("fd64:9929::6440:909", ZONE64),
])
def test_an_address_without_a_name_that_fits(resolver, address, zone):
    for kind in ("PTR", "ANY", "AAAA"):
        answer = reverse(resolver, address, kind)
        assert_negative(answer, "NXDOMAIN", zone)
        assert answer.ttl <= 77 and answer.seconds < 1


def test_the_split_name_may_be_shorter_than_the_real_one(resolver):
    """REAL is 11 octets longer than 9929: the real name has 252 octets, the split one 241."""
    assert {len(name) for name in names_of(reverse(resolver, "fd64:9929::6440:108"))} == {50 * 4 + 29 + 5 + len("9929.")}


@pytest.mark.parametrize("address", ["fd64:9929::808:808", "fd64:9929::6464:6464", "fd64:9929::6440:1", "fd64:9929::a9fe:a9fe"])
def test_an_address_that_is_not_translated_has_no_name(resolver, address):
    """Nobody is asked: 8.8.8.8, MagicDNS, the relay itself, the cloud's metadata."""
    before = len(resolver.testns.queries())
    assert_negative(reverse(resolver, address), "NXDOMAIN", ZONE64)
    assert len(resolver.testns.queries()) == before


def test_names_around_an_address(resolver):
    name = dns.reversename.from_address("fd64:9929::6440:102").to_text()
    assert reverse(resolver, "fd64:9929::6440:102", "ANY").records == {(name, "PTR", "my-vps.9929.")}
    assert_negative(reverse(resolver, "fd64:9929::6440:102", "TXT"), "NOERROR", ZONE64)
    assert_negative(resolver.ask(name[2:], "PTR"), "NOERROR", ZONE64)  # names lie below it (RFC 8020)
    assert_negative(resolver.ask("x." + name, "PTR"), "NXDOMAIN", ZONE64)
    assert_negative(resolver.ask("g" + name[1:], "PTR"), "NXDOMAIN", ZONE64)
    assert_negative(resolver.ask(ZONE64, "NS"), "NOERROR", ZONE64)
    assert {kind for _, kind, _ in resolver.ask(ZONE64, "SOA").records} == {"SOA"}


def test_ping_waits_for_no_name(resolver):
    """ping asks for the name of each address that answers; that may cost milliseconds, the first time and later."""
    run([*resolver.client.ip, "route", "replace", "fd64:9929::/96", "via", RELAY6])
    resolver.relay.address("lo", "fd64:9929::6440:102/128")
    resolver.client.resolv_conf(f"nameserver {RELAY4}\n")
    costs = []
    for _ in range(3):
        resolver.control("flush_zone .")
        for way in ("first", "again"):
            resolver.ask("my-vps.9929")
            seconds = []
            for options in ("-n", ""):
                began = time.monotonic()
                said = resolver.client.sh(f"ping -c 1 {options} my-vps.9929").stdout
                seconds.append(time.monotonic() - began)
                assert "1 received" in said
            assert "from my-vps.9929 (fd64:9929::6440:102)" in said
            costs.append((way, seconds[1] - seconds[0]))
    print("a name in ping costs:", ", ".join(f"{way} {cost * 1000:.1f} ms" for way, cost in costs))
    assert sorted(cost for _, cost in costs)[len(costs) // 2] < 0.1


def test_addresses_elsewhere_are_not_ours(resolver):
    """A unique local address outside of the prefixes, which Unbound itself answers, and one of IPv4."""
    for address in ("fd64:9930::1", "100.64.1.2"):
        answer = reverse(resolver, address)
        assert (answer.rcode, answer.records) == ("NXDOMAIN", set())


@pytest.mark.parametrize("kind", ["AXFR", "IXFR"])
def test_there_is_no_transfer(resolver, kind):
    answer = resolver.ask("9929", kind, transport="TCP")
    assert answer is None or answer.records == set()


def test_another_class_is_not_ours(resolver):
    answer = resolver.ask("my-vps.9929", "A", rdclass="HS", timeout=1)
    assert answer is None or answer.records == set()


# --- policies ---

def test_real_addresses_where_they_are_asked_for(resolver):
    """The same addresses as AAAA has them; those that are not translated are not shown either."""
    for _ in range(2):
        assert resolver.ask("alias.open.internal", "A").records == {("alias.open.internal.", "A", "100.64.1.2")}
    assert resolver.ask("mixed.open.internal", "A").records == {("mixed.open.internal.", "A", "100.64.1.5")}
    assert len(resolver.ask("many.open.internal", "A", transport="TCP").message.answer[0]) == 100
    assert resolver.ask("alias.open.internal").addresses == {"fd64:9929::6440:102"}
    assert_negative(resolver.ask("outside.open.internal", "A"), "NOERROR", "open.internal.")
    assert_negative(resolver.ask("gone.open.internal", "A"), "NXDOMAIN", "open.internal.")
    assert resolver.unbound.text().count("a-policy open.internal real: clients that take the IPv4 address go around the relay") == 1


def test_native_addresses_where_there_are_no_others(resolver):
    """Only of a name without any A record, only under the domain that says so, and only addresses that can be reached."""
    for _ in range(2):
        answer = resolver.ask("six.open.internal")
        assert answer.records == {("six.open.internal.", "AAAA", "2001:db8::6")} and answer.ttl <= 30
    assert resolver.ask("six.open.internal", "ANY").addresses == {"2001:db8::6"}
    assert resolver.ask("my-vps.open.internal").addresses == {"fd64:9929::6440:102"}
    assert_negative(resolver.ask("six.open.internal", "A"), "NOERROR", "open.internal.")
    assert_negative(resolver.ask("outside.open.internal"), "NOERROR", "open.internal.")  # it has an A, which is not translated
    assert_negative(resolver.ask("texts.open.internal"), "NOERROR", "open.internal.")
    assert_negative(resolver.ask("gone.open.internal"), "NXDOMAIN", "open.internal.")
    assert_negative(resolver.ask("six.9929"), "NOERROR")
    assert resolver.testns.asked(f"my-vps.{REAL}", "AAAA") == resolver.testns.asked(f"outside.{REAL}", "AAAA") == 0
    assert resolver.unbound.text().count("native-aaaa open.internal yes: clients go directly to names that have IPv6 addresses alone") == 1


def test_no_ipv4_name_at_all(resolver):
    before = len(resolver.testns.queries())
    assert_negative(resolver.ask("my-vps.closed.internal", "A"), "NXDOMAIN", "closed.internal.")
    assert len(resolver.testns.queries()) == before
    assert resolver.ask("my-vps.closed.internal").addresses == {"fd64:9929::6440:102"}


def test_records_that_are_passed_on(resolver):
    """All but those that show the real suffix, under the name that was asked."""
    for _ in range(2):
        answer = resolver.ask("texts.open.internal", "TXT")
        assert answer.records == {("texts.open.internal.", "TXT", '"one" "two"')} and answer.ttl <= 60
        answer = resolver.ask("texts.open.internal", "SSHFP")
        assert {(name, kind) for name, kind, _ in answer.records} == {("texts.open.internal.", "SSHFP")} and answer.ttl <= 50
    assert_negative(resolver.ask("types.open.internal", "TXT"), "NOERROR", "open.internal.")  # its only text is a leak
    assert_negative(resolver.ask("types.open.internal", "CAA"), "NOERROR", "open.internal.")
    assert_negative(resolver.ask("gone.open.internal", "TXT"), "NXDOMAIN", "open.internal.")
    assert resolver.ask("broken.open.internal", "TXT").rcode == "SERVFAIL"
    for kind in ("MX", "SRV", "LOC", "A"):
        assert resolver.ask("types.open.internal", kind).message.answer == [] or kind == "A"
    assert_negative(resolver.ask("texts.9929", "TXT"), "NOERROR")


# --- limits of names ---

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


def test_a_name_that_would_become_too_long(resolver):
    """REAL takes 11 octets more than 9929: from 245 octets on there is no such real name, and nobody is asked."""
    before = len(resolver.testns.queries())
    for octets in (245, 255):
        assert_negative(resolver.ask(name_of_length(octets)), "NXDOMAIN")
    assert len(resolver.testns.queries()) == before


def test_the_longest_name_is_asked(resolver):
    """A name the upstream does not know gets no reply from it; what counts is that it was asked, at full length."""
    name = name_of_length(244)
    resolver.ask(name, timeout=0.5)
    real = name[:-len("9929")] + REAL
    wait_for(lambda: resolver.testns.asked(real), f"the question for {len(real) + 2} octets")
    assert len(real) + 2 == 255


def test_labels_of_63_octets(resolver):
    assert resolver.ask("y" * 63 + ".lab.9929").addresses == {"fd64:1::6440:909"}


# --- transport ---

def test_truncation_and_tcp(resolver):
    """400 addresses: an upstream that truncates, and a client that must come again by TCP."""
    answer = resolver.ask("big.lab.9929", payload=1232, use_edns=0)
    assert answer.has("TC") and len(answer.wire) <= 1232
    assert len(resolver.ask("big.lab.9929", transport="TCP").addresses) == 400


def test_more_addresses_than_a_message_holds(resolver):
    answer = resolver.ask("huge.lab.9929", transport="TCP")
    assert not answer.has("TC")
    assert len(answer.addresses) == 2300


@pytest.mark.parametrize("payload", [512, 1232, 4096])
def test_edns_size_is_kept(resolver, payload):
    answer = resolver.ask("many.9929", use_edns=0, payload=payload)
    assert answer.has("TC") and len(answer.wire) <= min(payload, 1232)


def test_without_edns(resolver):
    answer = resolver.ask("many.9929")
    assert answer.has("TC") and len(answer.wire) <= 512 and answer.message.edns == -1


@pytest.mark.parametrize("flags", [dns.flags.RD | dns.flags.CD, dns.flags.RD | dns.flags.AD])
def test_dnssec_flags_change_nothing(resolver, flags):
    answer = resolver.ask("my-vps.9929", want_dnssec=True, flags=flags)
    assert answer.addresses == {"fd64:9929::6440:102"} and not answer.has("AD")
    assert {kind for _, kind, _ in answer.records} == {"AAAA"}


# --- the cache ---

def test_second_time_from_the_cache(resolver):
    """The upstream is asked once, whatever is asked of the name afterwards."""
    for _ in range(3):
        for kind in ("AAAA", "TXT", "A"):
            resolver.ask("once.9929", kind)
    assert resolver.testns.asked(f"once.{REAL}") == 1
    assert {kind for _, name, kind in resolver.testns.queries() if name == f"once.{REAL}"} == {"A"}


def test_cached_answers_do_not_enter_the_module(resolver):
    """Unbound counts a hit where it answers without its modules."""
    def hits():
        stats = dict(line.split("=") for line in resolver.control("stats_noreset").split())
        return int(stats["total.num.cachehits"])
    resolver.ask("my-vps.9929")
    before = hits()
    for _ in range(10):
        resolver.ask("my-vps.9929")
    assert hits() - before == 10


def test_ttl_zero_is_not_kept(resolver):
    first, second = resolver.ask("zero.lab.9929"), resolver.ask("zero.lab.9929")
    assert first.ttl == second.ttl == 0
    assert first.addresses != second.addresses


# --- others ---

def test_names_outside_are_untouched(resolver):
    assert resolver.ask("www.example.org").records == {("www.example.org.", "AAAA", "2001:db8::1")}
    assert resolver.ask("www.example.org", "A").records == {("www.example.org.", "A", "192.0.2.80")}
    assert resolver.ask("not9929", "A").records == {("not9929.", "A", "192.0.2.80")}


def test_real_names_are_answered_as_they_are(resolver):
    """my-vps keeps its direct path: the real name has its own A."""
    assert resolver.ask(f"my-vps.{REAL}", "A").records == {(f"my-vps.{REAL}.", "A", "100.64.1.2")}


def test_strangers_are_refused(resolver):
    assert resolver.ask("my-vps.9929", source=STRANGER).rcode == "REFUSED"
    assert resolver.ask("my-vps.9929", source=STRANGER, transport="TCP").rcode == "REFUSED"


def test_a_slow_upstream_holds_up_nobody_else(resolver):
    slow = []
    thread = threading.Thread(target=lambda: slow.append(resolver.ask("a.slow.9929")))
    thread.start()
    wait_for(lambda: resolver.slow.asked.get("a.slow.example"), "the slow question", interval=0.01)
    assert resolver.ask("my-vps.9929").seconds < SLOW / 2
    thread.join()
    assert slow[0].addresses == {"fd64:9929::6440:901"} and slow[0].seconds >= SLOW


def test_one_look_up_for_many_who_wait(resolver):
    """Twelve clients and three types: one question to the upstream."""
    answers = []
    threads = [threading.Thread(target=lambda kind=kind: answers.append(resolver.ask("b.slow.9929", kind)))
               for kind in ("AAAA", "A", "TXT") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(answer.message.answer) for answer in answers) == [0] * 8 + [1] * 4
    # one for each of Unbound's threads, which share the cache and not what is still asked
    assert 1 <= resolver.slow.asked["b.slow.example"] <= os.cpu_count()


@pytest.mark.parametrize("name", ["silent", "garbage"])
def test_an_upstream_without_a_sensible_answer(resolver, name):
    answer = resolver.ask(f"{name}.lab.9929", timeout=1)
    assert answer is None or answer.rcode == "SERVFAIL"
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}


def test_a_cname_loop_ends(resolver):
    answer = resolver.ask("loop.lab.9929", timeout=8)
    assert answer.rcode in ("SERVFAIL", "NOERROR") and answer.records == set()


def test_a_cname_into_the_split_domain_is_harmless(resolver):
    answer = resolver.ask("into-split.lab.9929", timeout=8)
    assert answer.rcode in ("SERVFAIL", "NOERROR", "NXDOMAIN")
    assert all(address.startswith("fd64:1::") for address in answer.addresses)


def test_a_hostile_upstream_cannot_plant_names(resolver):
    assert resolver.ask("hostile.lab.9929").records == {("hostile.lab.9929.", "AAAA", "fd64:1::6440:902")}
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}
