# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about names of the split domains: addresses, none, and how long a name may be. See split_world.py."""
import time

import pytest
from lab import wait_for
from resolver import CLIENT6, RELAY6
from split_world import NO_DATA_TYPES, REAL, SPLIT_SOA, assert_negative, name_of_length, resolver  # noqa: F401


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
    assert not answer.message.answer and not answer.message.authority


# --- limits of names ---


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
    assert resolver.unbound.text().count("a-policy open.internal real: clients that use the IPv4 address bypass the relay") == 1


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
    assert resolver.unbound.text().count("native-aaaa open.internal yes: clients reach names with only IPv6 addresses directly") == 1


def test_no_ipv4_name_at_all(resolver):
    for name in ("my-vps", "never-asked"):
        assert_negative(resolver.ask(f"{name}.closed.internal", "A"), "NXDOMAIN", "closed.internal.")
    assert resolver.testns.asked(f"never-asked.{REAL}") == 0
    assert resolver.ask("my-vps.closed.internal").addresses == {"fd64:9929::6440:102"}
    assert resolver.unbound.text().count("a-policy closed.internal nxdomain: a resolver between client and relay may conclude that the name has no") == 1


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
