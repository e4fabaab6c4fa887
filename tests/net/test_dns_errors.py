# SPDX-License-Identifier: GPL-2.0-or-later
"""Truth about failure: what an upstream did can be told from the answer, in codes (RFC 8914) and never in real names."""
import ipaddress

import dns.edns
import dns.flags
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from lab import Lab, wait_for
from resolver import Resolver, unbound_octets
from split_world import assert_negative, name_of_length
from upstream import PythonNs, add

REAL = "lab.example"
SOA = f"{REAL}. 600 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 {{minimum}}"


class Upstream:
    """What it does is the first label of the name."""

    def __init__(self):
        self.serial, self.silent = 0, False

    def __call__(self, name, message, transport):
        if self.silent:
            return False
        return getattr(self, name.split(".")[0].rstrip("0123456789"), self.host)(name, message)

    def host(self, name, message):
        add(message, f"{name}. 60 A 100.64.9.9")

    def outside(self, name, message):
        add(message, f"{name}. 60 A 8.8.8.8", f"{name}. 60 A 127.0.0.1")

    def refused(self, name, message):
        message.set_rcode(dns.rcode.REFUSED)

    def broken(self, name, message):
        message.set_rcode(dns.rcode.SERVFAIL)

    def formerr(self, name, message):
        message.set_rcode(dns.rcode.FORMERR)

    def mute(self, name, message):
        return False

    def garbage(self, name, message):
        octets = bytearray(message.to_wire())
        octets[6:8] = b"\0\1"  # one answer, which is not there
        return bytes(octets)

    def overlong(self, name, message):
        """A DNAME that makes a name of 258 octets (RFC 6672 section 2.2)."""
        message.set_rcode(dns.rcode.YXDOMAIN)
        message.answer.append(dns.rrset.from_text(f"{name.split('.', 1)[1]}.", 60, "IN", "DNAME", ".".join(["x" * 61] * 4) + "."))

    def shortaddress(self, name, message):
        self.addresses(message, b"\x64\x40\x01")

    def longaddress(self, name, message):
        self.addresses(message, b"\x64\x40\x01\x02\x03")

    def noaddress(self, name, message):
        self.addresses(message, b"")

    def shortandsound(self, name, message):
        self.addresses(message, b"\x64\x40\x01", b"\x64\x40\x09\x09")

    def addresses(self, message, *data):
        """A records of whatever length."""
        rrset = dns.rrset.RRset(message.question[0].name, dns.rdataclass.IN, dns.rdatatype.A)
        for octets in data:
            rrset.add(dns.rdata.GenericRdata(dns.rdataclass.IN, dns.rdatatype.A, octets), 60)
        message.answer.append(rrset)

    def aliasback(self, name, message):
        add(message, f"{name}. 60 CNAME host.9929.")

    def aliastozone(self, name, message):
        add(message, f"{name}. 60 CNAME 9929.")

    def aliastoaddress(self, name, message):
        add(message, f"{name}. 60 CNAME {ipaddress.IPv6Address('fd64:9929::6440:909').reverse_pointer}.")

    def dnameback(self, name, message):
        label, parent = name.split(".", 1)
        add(message, f"{parent}. 60 DNAME 9929.", f"{name}. 60 CNAME {label}.9929.")

    def chain(self, name, message):
        """chain7.x.lab.example is an alias of chain6.x.lab.example, and so on: each has to be asked for."""
        label, parent = name.split(".", 1)
        left = int(label.removeprefix("chain"))
        if left == 0:
            self.host(name, message)
        else:
            add(message, f"{name}. 60 CNAME chain{left - 1}.{parent}.")

    def whole(self, name, message):
        """The same, all of it in one answer."""
        label, parent = name.split(".", 1)
        left = int(label.removeprefix("whole"))
        add(message, *(f"whole{link}.{parent}. 60 CNAME whole{link - 1}.{parent}." for link in range(left, 0, -1)), f"whole0.{parent}. 60 A 100.64.9.9")

    def ring(self, name, message):
        add(message, f"{name}. 60 CNAME ring{int(name.split('.')[0].removeprefix('ring')) ^ 1}.{REAL}.")

    def gone(self, name, message, minimum=77):
        message.set_rcode(dns.rcode.NXDOMAIN)
        self.empty(name, message, minimum)

    def goneforlong(self, name, message):
        self.gone(name, message, 86400)

    def empty(self, name, message, minimum=55):
        words = SOA.format(minimum=minimum).split(None, 4)
        message.authority.append(dns.rrset.from_text(words[0], int(words[1]), "IN", "SOA", words[4]))


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Resolver(lab, f"""
            split-domain 9929 {REAL}
            split-domain dead.internal dead.example
            split-domain one.internal {REAL}
            split-domain two.internal {REAL}
            name-labels one.internal 1
            name-labels two.internal 2
            upstream-dns {REAL} 127.0.0.1@5301
            upstream-dns dead.example 127.0.0.1@5303
            upstream-dns . 127.0.0.1@5301
            prefix fd64:9929::/96
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        resolver.upstream = Upstream()
        servers = [PythonNs(resolver.relay, "127.0.0.1", 5301, resolver.upstream), PythonNs(resolver.relay, "127.0.0.1", 5303, lambda *_: False)]
        resolver.upstream_server = servers[0]
        yield resolver.start()
        for server in servers:
            server.close()


def errors(answer):
    """The extended errors of an answer: (code, text). Nothing real may be in them."""
    found = [(int(option.code), option.text) for option in answer.message.options if option.otype == dns.edns.EDE]
    for secret in (b"example", b"lab", b"127.0.0.1", b"5301"):
        assert secret not in answer.wire.lower(), f"{secret} in {answer.message}"
    return found


def codes(answer):
    return [code for code, _ in errors(answer)]


@pytest.mark.parametrize("name, code", [("refused", 22), ("broken", 23), ("formerr", 23), ("garbage", 24)])
def test_an_upstream_that_fails_is_servfail_and_says_how(resolver, name, code):
    answer = resolver.ask(f"{name}.9929", use_edns=0)
    assert (answer.rcode, codes(answer), answer.message.answer, answer.message.authority) == ("SERVFAIL", [code], [], [])


def test_a_name_that_a_dname_makes_too_long(resolver):
    """From the upstream, and from the DNAME in the cache: the same failure."""
    for number in range(8):
        answer = resolver.ask(f"overlong{number // 4}.there.9929", use_edns=0)
        assert (answer.rcode, errors(answer)) == ("SERVFAIL", [(0, "an alias (DNAME) makes a name that is too long")]), number


def test_addresses_of_a_wrong_length(resolver):
    """Unbound 1.26 leaves such records out, and then there is no address."""
    left_out = b"removing type A RR of inappropriate length" in unbound_octets()
    for name in ("shortaddress", "longaddress", "noaddress"):
        for kind in ("AAAA", "AAAA", "ANY"):
            answer = resolver.ask(f"{name}.9929", kind, use_edns=0)
            if left_out:
                assert_negative(answer, "NOERROR")
            else:
                assert (answer.rcode, errors(answer)) == ("SERVFAIL", [(24, "the upstream's answer makes no sense")]), (name, kind)
    answer = resolver.ask("shortandsound.9929", use_edns=0)
    assert (answer.rcode, answer.addresses, errors(answer)) == ("NOERROR", {"fd64:9929::6440:909"}, [])


@pytest.mark.parametrize("name", ["aliasback", "aliastozone", "aliastoaddress", "dnameback1.there"])
def test_an_alias_that_leads_back(resolver, name):
    """Nobody is asked for what the module answers itself, and Unbound remembers for five seconds that it failed."""
    answer = resolver.ask(f"{name}.9929", use_edns=0)
    assert (answer.rcode, errors(answer)) == ("SERVFAIL", [(0, "an alias of this name leads back to the relay")])
    assert codes(resolver.ask(f"{name}.9929", use_edns=0)) == [13]


def test_so_many_aliases_are_followed(resolver):
    """11, Unbound's max-query-restarts; what the cache has of a chain counts as one. More is SERVFAIL that says so."""
    for name in ("chain11.a.9929", "whole11.a.9929", "chain6.c.9929", "chain12.c.9929"):
        answer = resolver.ask(name, use_edns=0)
        assert (answer.rcode, answer.addresses, errors(answer)) == ("NOERROR", {"fd64:9929::6440:909"}, []), name
    for name in ("chain12.b.9929", "whole12.b.9929", "ring0.9929"):
        answer = resolver.ask(name, use_edns=0)
        assert (answer.rcode, errors(answer)) == ("SERVFAIL", [(0, "more aliases in a row than max-query-restarts (default 11)")]), name


def test_a_failure_is_remembered_and_says_so(resolver):
    """Unbound asks nobody for five seconds."""
    resolver.ask("broken1.9929")
    answer = resolver.ask("broken1.9929", use_edns=0)
    assert (answer.rcode, codes(answer)) == ("SERVFAIL", [13])


def test_a_silent_upstream(resolver):
    """Told at once with 22, and for five seconds after Unbound has given up with 13, then it begins anew; test_dns_patience.py has more."""
    seen = set()

    def ask():
        answer = resolver.ask("host.dead.internal", use_edns=0, timeout=6)
        if answer:
            assert answer.rcode == "SERVFAIL", answer.rcode
            seen.add(tuple(codes(answer)))
        return {(22,), (13,)} <= seen
    wait_for(ask, "a failure that is told, and one that is remembered", timeout=90)
    assert seen == {(22,), (13,)}, f"the extended errors of a silent upstream: {seen}"


def test_without_edns_there_is_no_option(resolver):
    for name in ("refused2", "outside2"):
        answer = resolver.ask(f"{name}.9929")
        assert answer.message.edns == -1 and errors(answer) == []


def test_addresses_that_the_relay_does_not_forward_to(resolver):
    """NODATA with 15 (Blocked), instead of an address where packets are lost; from the module and from the cache, and for AAAA alone."""
    for _ in range(3):
        answer = resolver.ask("outside.9929", use_edns=0)
        assert answer.rcode == "NOERROR" and answer.message.answer == [] and codes(answer) == [15]
    assert codes(resolver.ask("outside.9929", "TXT", use_edns=0)) == []
    assert codes(resolver.ask("outside.9929", "A", use_edns=0)) == []
    assert codes(resolver.ask("outside.9929", "ANY", use_edns=0)) == [15]


def test_what_needs_no_excuse_has_none(resolver):
    for name, kind in (("host", "AAAA"), ("host", "A"), ("gone", "AAAA"), ("empty", "AAAA")):
        for _ in range(2):
            assert codes(resolver.ask(f"{name}.9929", kind, use_edns=0)) == []


def test_a_name_that_would_become_too_long(resolver):
    for _ in range(2):
        answer = resolver.ask(name_of_length(250), use_edns=0)
        assert (answer.rcode, errors(answer)) == ("NXDOMAIN", [(0, "this name is too long to look up")])


@pytest.mark.parametrize("kind", ["AAAA", "A", "HTTPS", "TXT", "ANY"])
def test_what_a_search_list_makes_is_asked_of_nobody(resolver, kind):
    """A split domain that is a search domain of clients: NXDOMAIN at once, from the module and from the cache, with the split domain's own SOA."""
    before = dict(resolver.upstream_server.asked)
    for name, zone in ((f"en.wikipedia{kind}.org.one.internal", "one.internal."), (f"en.wikipedia{kind}.org.two.internal", "two.internal."),
                       (f"www.host{kind}.oNe.internal", "one.internal.")):
        for _ in range(2):
            answer = resolver.ask(name, kind, use_edns=0)
            assert_negative(answer, "NXDOMAIN", zone)
            assert errors(answer) == [(0, "names here have fewer parts")], name
    assert resolver.upstream_server.asked == before


def test_names_of_as_many_labels_as_there_may_be_are_asked(resolver):
    for name in ("host.one.internal", "host.two.internal", "host1.host2.two.internal", "a.b.c.d.e.9929"):
        answer = resolver.ask(name, use_edns=0)
        assert (answer.rcode, answer.addresses, errors(answer)) == ("NOERROR", {"fd64:9929::6440:909"}, []), name
    assert_negative(resolver.ask("gone9.one.internal"), "NXDOMAIN", "one.internal.")  # as wpad is
    assert resolver.upstream_server.asked[f"gone9.{REAL}"] > 0
    assert_negative(resolver.ask("one.internal"), "NOERROR", "one.internal.")


def test_negative_answers_keep_the_time_of_the_real_soa(resolver):
    """RFC 2308 section 5: the smaller of the SOA's minimum and its TTL; five minutes at most."""
    for name, rcode, ttl in (("gone", "NXDOMAIN", 77), ("empty", "NOERROR", 55), ("goneforlong", "NXDOMAIN", 300)):
        answer = resolver.ask(f"{name}5.9929")
        assert_negative(answer, rcode)
        assert ttl - 5 <= answer.ttl <= ttl


def test_a_failure_is_no_negative_answer(resolver):
    """A name that cannot be looked up now may be there in a moment: nothing is kept."""
    assert resolver.ask("broken3.9929").rcode == "SERVFAIL"
    resolver.upstream.broken = resolver.upstream.host
    wait_for(lambda: resolver.ask("broken3.9929").addresses == {"fd64:9929::6440:909"}, "the address once the upstream works again", interval=0.3)
    del resolver.upstream.broken


def test_a_target_beside_the_twin(lab):
    """Its AAAA is relayed: A is empty, and is not blocked."""
    resolver = Resolver(lab, f"""
        split-domain 9929 {REAL}
        upstream-dns . 127.0.0.1@5301
        prefix fd64:9929::/96
        allow-destination 100.64.0.0/10
        allow-destination 172.16.0.0/16
        twin-prefix 10.192.0.0/10 100.64.0.0/10
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """)
    addresses = {"inside": "100.64.9.9", "beside": "172.16.1.1", "outside": "8.8.8.8"}
    server = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A {addresses[name.split('.')[0]]}"))
    resolver.start()
    for _ in range(2):
        assert {data for _, _, data in resolver.ask("inside.9929", "A", use_edns=0).records} == {"10.192.9.9"}
        answer = resolver.ask("beside.9929", "A", use_edns=0)
        assert (answer.rcode, answer.records, errors(answer)) == ("NOERROR", set(), [(0, "the IPv4 twin maps no address of this name")])
        answer = resolver.ask("beside.9929", use_edns=0)
        assert (answer.addresses, errors(answer)) == ({"fd64:9929::ac10:101"}, [])
        for kind in ("A", "AAAA"):
            assert codes(resolver.ask("outside.9929", kind, use_edns=0)) == [15]
    server.close()


# --- several upstreams ---

@pytest.mark.parametrize("first", ["silent", "refusing", "closed"])
def test_when_one_upstream_dies_the_next_one_is_asked(lab, first):
    """Measured: how long a client waits while Unbound finds out, and afterwards. It asks again as clients do when they are told that no upstream has answered yet."""
    resolver = Resolver(lab, f"""
        split-domain 9929 {REAL}
        upstream-dns {REAL} 127.0.0.1@5301 127.0.0.2@5302
        upstream-dns . 127.0.0.1@5301
        prefix fd64:9929::/96
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """)
    good, bad = Upstream(), Upstream()
    servers = [PythonNs(resolver.relay, "127.0.0.2", 5302, good)]
    if first != "closed":
        servers.append(PythonNs(resolver.relay, "127.0.0.1", 5301, bad))
    bad.silent = first == "silent"
    if first == "refusing":
        bad.host = bad.refused
    resolver.start()
    waits = []
    for number in range(20):
        answers = (resolver.ask(f"host{number}.9929", use_edns=0, timeout=8) for _ in range(5))
        answer = next((answer for answer in answers if answer and errors(answer) != [(22, "no upstream answers")]), None)
        assert answer is not None, f"no answer to question {number}; waits so far: {waits}"
        assert (answer.rcode, answer.addresses, errors(answer)) == ("NOERROR", {"fd64:9929::6440:909"}, [])
        waits.append(answer.seconds)
    print(f"one of two upstreams is {first}: the longest wait {max(waits):.2f} s, the median {sorted(waits)[10] * 1000:.1f} ms")
    if first == "silent":
        assert len(servers[1].asked) < len(servers[0].asked), "the silent one is asked as often as the one that answers"
    for server in servers:
        server.close()


# --- what the relay forwards to ---

POLICY_ADDRESSES = {"private": "10.0.0.1", "tailnet": "100.64.1.1", "test": "198.51.100.1", "loop": "127.0.0.1", "metadata": "169.254.169.254", "public": "9.9.9.9",
                    "denied": "9.9.9.10"}


@pytest.mark.parametrize("prefix, lines, reached", [
    ("64:ff9b::/96", "", {"public"}),
    ("64:ff9b::/96", "wkpf-strict off", {"private", "tailnet", "test", "public"}),
    ("fd64:9929::/96", "", {"private", "tailnet", "test", "public"}),
])
def test_the_destination_policy(lab, prefix, lines, reached):
    """RFC 6052 section 3.1: nothing that is not global inside the well-known prefix. Nothing is ever answered that would be lost."""
    resolver = Resolver(lab, f"""
        split-domain 9929 {REAL}
        upstream-dns . 127.0.0.1@5301
        prefix {prefix}
        {lines}
        allow-destination 0.0.0.0/0
        deny-destination 9.9.9.10
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """)
    server = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A {POLICY_ADDRESSES[name.split('.')[0]]}") or True)
    resolver.start()
    for name in POLICY_ADDRESSES:
        for _ in range(2):
            answer = resolver.ask(f"{name}.9929", use_edns=0)
            assert (answer.rcode, len(answer.addresses), codes(answer)) == (("NOERROR", 1, []) if name in reached else ("NOERROR", 0, [15])), name
    server.close()
