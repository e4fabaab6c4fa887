# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about the names of addresses inside a prefix. See split_world.py."""
import time

import dns.reversename
import pytest
from lab import run
from resolver import RELAY4, RELAY6
from split_world import REAL, assert_negative, resolver  # noqa: F401


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
    """Said at once: a wait would be each question's."""
    answers = [reverse(resolver, address, kind) for kind in ("PTR", "ANY", "AAAA")]
    for answer in answers:
        assert_negative(answer, "NXDOMAIN", zone)
        assert answer.ttl <= 77
    assert min(answer.seconds for answer in answers) < 1


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
    """ping asks for the name of each address that answers; that may cost milliseconds, the first time and later. One that is waited for costs 1.8 seconds."""
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
    assert sorted(cost for _, cost in costs)[len(costs) // 2] < 1


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
