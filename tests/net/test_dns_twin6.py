# SPDX-License-Identifier: GPL-2.0-or-later
"""twin6-prefix in the answers: the addresses of targets that have IPv6 alone, moved, and the names of such addresses. Nothing of the real ones comes out."""
import dns.edns
import dns.reversename
import pytest
from lab import Lab
from resolver import Resolver
from upstream import PythonNs, add

REAL, TWIN = "fd7a:115c:a1e0:", "fd99:9929:1:"
SETTINGS = """
    split-domain 9929 tail1234.ts.net
    split-domain first.internal tail1234.ts.net
    split-domain native.internal tail1234.ts.net
    aaaa-policy first.internal twin6
    native-aaaa native.internal yes
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    twin6-prefix fd99:9929:1::/48
    edge-address fd7a:115c:a1e0::1
    deny-destination fd7a:115c:a1e0:66::/64
    dns-client 100.64.0.0/10
    upstream-dns tail1234.ts.net 127.0.0.1@5300
"""
WORLD = {  # label: (A, AAAA); None: the look-up fails
    "six": ([], [REAL + ":3", REAL + "abcd:1:2:3:4"]),
    "both": (["100.64.0.3"], [REAL + ":3"]),
    "four": (["100.64.0.3"], []),
    "unreached": (["8.8.8.8"], [REAL + ":3"]),
    "outside": ([], ["2001:db8::3"]),
    "magic": ([], [REAL + ":53"]),
    "site": ([], [REAL + "b1a:0:7:a00:1"]),
    "edge": ([], [REAL + ":1"]),
    "own": ([], [REAL + "77::1"]),
    "denied": ([], [REAL + "66::1"]),
    "moved": ([], [TWIN + ":3"]),
    "none": ([], []),
    "failing": (["100.64.0.3"], None),
    "broken": ([], None),
}


def answer(name, message, transport):
    """What the world has; of an alias too, whose records live for a minute, and the name of every address."""
    del transport
    label = name.split(".")[0]
    if name.endswith(".arpa"):
        add(message, f"{name}. 60 PTR six.tail1234.ts.net.")
        return
    if label == "alias":
        add(message, f"{name}. 300 CNAME six.tail1234.ts.net.")
        label, name = "six", "six.tail1234.ts.net"
    if label not in WORLD:
        message.set_rcode(dns.rcode.NXDOMAIN)
        return
    kind = message.question[0].rdtype
    addresses = WORLD[label][kind == dns.rdatatype.AAAA] if kind in (dns.rdatatype.A, dns.rdatatype.AAAA) else []
    if addresses is None:
        message.set_rcode(dns.rcode.SERVFAIL)
    else:
        add(message, *(f"{name}. 86400 {dns.rdatatype.to_text(kind)} {address}" for address in addresses))


@pytest.fixture(scope="module")
def relay():
    with Lab() as lab:
        resolver = Resolver(lab, SETTINGS)
        resolver.relay.run(["ip", "address", "add", REAL + "77::1/128", "dev", "lo"])
        upstream = PythonNs(resolver.relay, "127.0.0.1", 5300, answer)
        yield resolver.start()
        upstream.close()


def codes(answer):
    return [int(option.code) for option in answer.message.options if option.otype == dns.edns.EDE]


def assert_hides(answer):
    wire = answer.message.to_wire()
    assert b"tail1234" not in wire and bytes.fromhex("fd7a115ca1e0") not in wire, answer.message


PREFIXED, MOVED = {"fd64:9929::6440:3"}, {TWIN + ":3"}
EXPECTED = {  # label: what 9929, first.internal are answered with
    "six": ({TWIN + ":3", TWIN + "abcd:1:2:3:4"}, {TWIN + ":3", TWIN + "abcd:1:2:3:4"}),
    "alias": ({TWIN + ":3", TWIN + "abcd:1:2:3:4"}, {TWIN + ":3", TWIN + "abcd:1:2:3:4"}),
    "both": (PREFIXED, MOVED),
    "four": (PREFIXED, PREFIXED),
    "unreached": (MOVED, MOVED),
    "failing": (PREFIXED, PREFIXED),
} | {label: (set(), set()) for label in ("outside", "magic", "site", "edge", "own", "denied", "moved", "none")}


@pytest.mark.parametrize("label", EXPECTED)
def test_addresses(relay, label):
    for domain, expected in zip(("9929", "first.internal"), EXPECTED[label]):
        for kind in ("AAAA", "ANY", "AAAA"):  # the last from the cache
            answer = relay.ask(f"{label}.{domain}", kind, use_edns=0)
            assert (domain, kind, answer.rcode, answer.addresses) == (domain, kind, "NOERROR", expected)
            assert_hides(answer)
        assert relay.ask(f"{label}.{domain}", "A").records == set()
        assert relay.ask(f"{label}.{domain}", "TXT").records == set()


def test_an_address_that_is_left_out_is_explained(relay):
    for label in ("outside", "magic", "site", "edge", "own", "denied"):
        assert codes(relay.ask(f"{label}.9929", use_edns=0)) == [15], label
    assert codes(relay.ask("none.9929", use_edns=0)) == []


def test_what_is_not_there_stays_so(relay):
    for domain in ("9929", "first.internal"):
        answer = relay.ask(f"nobody.{domain}")
        assert (answer.rcode, answer.records) == ("NXDOMAIN", set())
        assert_hides(answer)


def test_failures(relay):
    """AAAA decides, so its failure is one; before A it is not, and the answer lives for a minute."""
    assert relay.ask("broken.9929").rcode == "SERVFAIL"
    assert max(rrset.ttl for rrset in relay.ask("failing.first.internal").message.answer) <= 60
    assert max(rrset.ttl for rrset in relay.ask("failing.9929").message.answer) > 60


def test_native_comes_behind(relay):
    assert relay.ask("six.native.internal").addresses == {TWIN + ":3", TWIN + "abcd:1:2:3:4"}
    assert relay.ask("outside.native.internal").addresses == {"2001:db8::3"}


def test_names_of_addresses(relay):
    answer = relay.ask(dns.reversename.from_address(TWIN + ":3"), "PTR")
    assert {data for _, _, data in answer.records} == {"six.9929."}
    assert_hides(answer)
    for address in (TWIN + ":53", TWIN + "b1a:0:7:a00:1", TWIN + ":1", TWIN + "77::1", TWIN + "66::1"):
        assert (address, relay.ask(dns.reversename.from_address(address), "PTR").rcode) == (address, "NXDOMAIN")
    assert relay.ask("3.0.0.0.1.0.0.0.9.2.9.9.9.9.d.f.ip6.arpa", "PTR").rcode == "NOERROR"
    assert relay.ask("x.1.0.0.0.9.2.9.9.9.9.d.f.ip6.arpa", "PTR").rcode == "NXDOMAIN"
    real = relay.ask(dns.reversename.from_address(REAL + ":3"), "PTR")
    assert real.rcode in ("NXDOMAIN", "REFUSED") and real.records == set()
