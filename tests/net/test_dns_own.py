# SPDX-License-Identifier: GPL-2.0-or-later
"""Names whose addresses are the relay's own, or a client's: packets to them would be lost, so no answer holds them."""
import dns.edns
import dns.reversename
import pytest
from lab import Lab, links_of
from resolver import RELAY4, Resolver
from gateway_world import inside
from upstream import PythonNs, add

ELSEWHERE = "198.51.100.200"
NEVER = {  # name: address
    "edge": RELAY4,
    "second": "203.0.113.77",       # of another interface
    "broadcast": "203.0.113.255",   # of its link
    "anyip": "198.18.7.7",          # a local route, and no interface's address
    "translator": "192.168.240.1",
    "device": "192.168.240.2",
    "lease": "192.168.241.5",
    "end": "192.168.255.255",
}
OF_A_RELAY = {"mapped": "198.51.100.5", "twin": "10.193.0.5"}
WORLD = NEVER | OF_A_RELAY | {"neighbour": "203.0.113.78", "other": ELSEWHERE}
OPEN = """
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    map 198.51.100.4/30 2001:db8::/126
    allow-destination 0.0.0.0/0
    allow-source fd7a:115c:a1e0::/48
    dns-client fd7a:115c:a1e0::/48
    dns-client 100.64.0.0/10
    upstream-dns . 127.0.0.1@5300
"""
RELAY = OPEN + """
    split-domain 9929 tail1234.ts.net
    allow-source 100.64.0.0/10
    twin-prefix 10.192.0.0/10
    upstream-dns tail1234.ts.net 127.0.0.1@5300
"""
DNS64 = "dns64 fd64:9929::/96\n"


def answer(name, message, transport):
    """NAME has its address, and NAME-and-other one more."""
    del transport
    first, _, second = name.split(".")[0].partition("-and-")
    kind = message.question[0].rdtype
    if name.endswith("in-addr.arpa"):
        add(message, f"{name}. 60 PTR host.tail1234.ts.net.")
    elif kind == dns.rdatatype.A:
        add(message, *(f"{name}. 60 A {WORLD[label]}" for label in (first, second) if label in WORLD))


@pytest.fixture(scope="module")
def relay(request):
    """Call with settings."""
    with Lab() as lab:
        resolver = Resolver(lab, request.param)
        lab.connect(lab.node("lan"), "eth0", resolver.relay, "lan")
        resolver.relay.address("lan", "203.0.113.77/24")
        resolver.relay.run(["ip", "route", "add", "local", "198.18.7.0/24", "dev", "lo"])
        upstream = PythonNs(resolver.relay, "127.0.0.1", 5300, answer)
        yield resolver.start()
        upstream.close()


def codes(answer):
    return [int(option.code) for option in answer.message.options if option.otype == dns.edns.EDE]


def assert_left_out(relay, names, suffix):
    for label, address in names.items():
        for _ in range(2):  # the second from the cache
            alone = relay.ask(f"{label}.{suffix}", use_edns=0)
            assert (label, alone.rcode, alone.records, codes(alone)) == (label, "NOERROR", set(), [15])
            both = relay.ask(f"{label}-and-other.{suffix}")
            assert (label, both.addresses) == (label, inside("fd64:9929::", ELSEWHERE)), address


split = pytest.mark.parametrize("relay", [RELAY, RELAY + DNS64], indirect=True, ids=["relay", "relay and gateway"])


@split
def test_split_names(relay):
    assert_left_out(relay, NEVER | OF_A_RELAY, "9929")
    assert relay.ask("neighbour.9929").addresses == inside("fd64:9929::", "203.0.113.78")


@split
def test_the_twin(relay):
    """A packet to the twin of the relay's own address would be the relay's as well."""
    assert relay.ask("edge.9929", "A").records == set()


@split
def test_names_of_addresses(relay):
    for address in (NEVER | OF_A_RELAY).values():
        name = dns.reversename.from_address(inside("fd64:9929::", address).pop())
        assert (address, relay.ask(name, "PTR").rcode) == (address, "NXDOMAIN")
    name = dns.reversename.from_address(inside("fd64:9929::", "203.0.113.78").pop())
    assert {data for _, _, data in relay.ask(name, "PTR").records} == {"host.9929."}


@split
def test_an_address_that_comes_and_goes(relay):
    """Each time another name: what is in the cache stays as long as its TTL."""
    label = dict.fromkeys(["before", "while", "after"], "198.18.8.8")
    WORLD.update(label)
    assert relay.ask("before.9929").addresses == inside("fd64:9929::", "198.18.8.8")
    relay.relay.run(["ip", "address", "add", "198.18.8.8/32", "dev", "lan"])
    assert relay.ask("while.9929").addresses == set()
    relay.relay.run(["ip", "address", "del", "198.18.8.8/32", "dev", "lan"])
    assert relay.ask("after.9929").addresses == inside("fd64:9929::", "198.18.8.8")


@split
def test_what_asks_the_kernel_is_kept_and_let_go(relay):
    """No socket for each question, and none left by an earlier life of the module."""
    def sockets():
        inodes = {line.split()[9] for line in relay.relay.run("cat /proc/net/netlink").stdout.splitlines()[1:]}
        links = links_of(relay.unbound.pid)
        return sum(f"socket:[{inode}]" in links for inode in inodes)
    relay.control("reload")
    before = sockets()
    for life in range(3):
        for label in ("neighbour", "other", "second"):
            relay.ask(f"{label}.9929")
        assert sockets() <= before + 2, life  # one a thread
        relay.control("reload")


@pytest.mark.parametrize("relay", [RELAY + DNS64], indirect=True, ids=["relay and gateway"])
def test_names_that_dns64_answers(relay):
    assert_left_out(relay, NEVER | OF_A_RELAY, "example.org")
    assert relay.ask("second.example.org", "A").records == {("second.example.org.", "A", "203.0.113.77")}
    assert relay.ask("neighbour.example.org").addresses == inside("fd64:9929::", "203.0.113.78")


@pytest.mark.parametrize("relay", [OPEN + DNS64], indirect=True, ids=["gateway"])
def test_a_gateway_alone(relay):
    """By the settings: the module is not there. Hosts of maps are reached, by way of the translator alone."""
    for label in ("edge", "translator", "device", "lease", "end"):
        assert (label, relay.ask(f"{label}.example.org").addresses) == (label, set())
        assert relay.ask(f"{label}-and-other.example.org").addresses == inside("fd64:9929::", ELSEWHERE)
    assert relay.ask("mapped.example.org").addresses == inside("fd64:9929::", "198.51.100.5")
