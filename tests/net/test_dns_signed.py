# SPDX-License-Identifier: GPL-2.0-or-later
"""DNSSEC behind the relay: no client gets a forged answer, whichever path the look-up takes, and whichever client asks first."""
import itertools

import dns.edns
import dns.flags
import dns.message
import pytest
from lab import Lab, need
from resolver import Resolver
from signed_world import FORGED, GOOD, OPEN, Server, sign
from upstream import PythonNs

CD = dns.flags.RD | dns.flags.CD
SETTINGS = """
    split-domain 9929 real.example
    split-domain relayed.test .
    split-domain git.example.com git.example.com
    split-domain signed.test signed.test
    upstream-dns . 127.0.0.1@5300
    prefix fd64:9929::/96 9929 relayed.test git.example.com signed.test
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
    type-policy 9929 pass TXT
    a-policy 9929 twin
    twin-prefix 10.192.0.0/10
"""
GATEWAY = """
    prefix fd64:1::/96
    dns64 fd64:1::/96
    dns-client fd7a:115c:a1e0::/48
    dns-client 100.64.0.0/10
    allow-source fd7a:115c:a1e0::/48
    allow-source 100.64.0.0/10
    allow-destination 0.0.0.0/0
"""
ROWS = {  # the modules in front of the iterator, and whether relay.conf has dns64
    "plain": ("dynlib validator iterator", ""),
    "dns64": ("dynlib dns64 validator iterator", GATEWAY),
    "dns64 by hand": ("dynlib dns64 validator iterator", ""),
    "respip": ("dynlib respip validator iterator", ""),
    "respip first": ("respip dynlib dns64 validator iterator", GATEWAY),
    "subnetcache": ("dynlib subnetcache validator iterator", ""),
    "dns64 first": ("dns64 dynlib validator iterator", ""),
}


def code_of(answer):
    return [int(option.code) for option in answer.message.options if option.otype == dns.edns.EDE]


def shows_forged(answer):
    text = str(answer.message)
    return any(part in text for part in (FORGED, "6440:606", "10.192.6.6", "2001:db8::6", '"forged"'))


class World:
    def __init__(self, lab, settings, row=None, anchor=None):
        self.resolver = Resolver(lab, settings)
        zone, key = sign(lab.folder)
        self.server = Server(zone)
        self.upstream = PythonNs(self.resolver.relay, "127.0.0.1", 5300, self.server)
        more = f"server:\n  trust-anchor: \"{anchor or key}\"\n"
        if row:
            more += f"  module-config: \"{row}\"\n"
        self.resolver.generate(more)
        self.resolver.start()
        self.ask = self.resolver.ask

    def forget(self):
        self.resolver.control("flush_zone .")
        self.resolver.control("flush_bogus")
        self.server.log.clear()

    def assert_denied(self, name, kind="AAAA"):
        """SERVFAIL with 6 (DNSSEC Bogus)."""
        for again in range(2):
            answer = self.ask(name, kind, use_edns=0)
            assert (answer.rcode, code_of(answer)) == ("SERVFAIL", [6]), f"{kind} {name}, question {again + 1}: {answer.message}"


@pytest.fixture(scope="module", params=list(ROWS))
def world(request):
    need("ldns-keygen", "ldns-signzone")
    row, more = ROWS[request.param]
    with Lab() as lab:
        world = World(lab, SETTINGS + more, row)
        yield world
        world.upstream.close()


@pytest.fixture
def fresh(world):
    world.forget()
    return world


FORGERIES = ["alias.9929", "chain.9929", "forged.dname.9929", "absent.9929", "away.9929", "alias.real.example.relayed.test", "forged.signed.test.relayed.test",
             "alias.git.example.com", "forged.signed.test", "chain.git.example.com"]


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_forged_is_told_to_nobody(fresh, name):
    fresh.assert_denied(name)
    if name.endswith("9929"):
        fresh.assert_denied(name, "A")
        fresh.assert_denied(name, "TXT")
    fresh.assert_denied(name, "ANY")


@pytest.mark.parametrize("first", ["AAAA", "A", "TXT", "ANY", "CD"])
def test_what_a_look_up_leaves_is_checked_for_the_next_one(fresh, first):
    """The question under the split name, and then anybody's under the real one; and the other way round."""
    kind, flags = ("AAAA", CD) if first == "CD" else (first, dns.flags.RD)
    real = ("alias.real.example", "A"), ("forged.signed.test.", "A"), ("alias.plain.example", "A"), ("alias.real.example", "AAAA"), ("alias.plain.example", "TXT")
    for name in ("alias.9929", "chain.9929", "alias.real.example.relayed.test", "alias.git.example.com"):
        fresh.ask(name, kind, flags=flags)
    for name, of in real:
        answer = fresh.ask(name, of)
        assert not shows_forged(answer), f"{of} {name} after {first} of the split names: {answer.message}"
        assert answer.rcode == "SERVFAIL" or not answer.message.answer
    for name in ("alias.9929", "chain.9929", "alias.real.example.relayed.test", "alias.git.example.com"):
        fresh.assert_denied(name)


def test_with_cd_the_client_checks_by_himself(fresh):
    for name in ("alias.9929", "alias.git.example.com", "forged.signed.test"):
        answer = fresh.ask(name, flags=CD)
        assert (answer.rcode, answer.addresses) == ("NOERROR", {"fd64:9929::6440:606"}), answer.message
        fresh.assert_denied(name)


@pytest.mark.parametrize("name, address", [("fine.9929", GOOD), ("good.dname.9929", GOOD), ("opened.9929", OPEN), ("good.signed.test", GOOD), ("fine.git.example.com", GOOD),
                                           ("host.git.example.com", "100.64.1.9"), ("host.9929", "100.64.1.9"), ("host.open.signed.test", OPEN),
                                           ("good.signed.test.relayed.test", GOOD), ("opened.git.example.com", OPEN)])
def test_what_is_true_is_answered(fresh, name, address):
    expected = "fd64:9929::6440:1" + address.rsplit(".", 1)[1].zfill(2)
    for options in ({}, {"want_dnssec": True}, {"flags": CD}, {}):
        answer = fresh.ask(name, **options)
        assert (answer.rcode, answer.addresses) == ("NOERROR", {expected}), answer.message
        assert not answer.has("AD"), "the address is not what was signed"


def test_a_name_that_is_proved_not_to_be(fresh):
    for name in ("nowhere.signed.test", "nowhere.signed.test.relayed.test"):
        assert fresh.ask(name).rcode == "NXDOMAIN"


def test_other_types_under_the_own_name_are_checked_too(fresh):
    assert {data for _, _, data in fresh.ask("good.signed.test", "TXT").records} == {'"good"'}
    assert fresh.ask("forged.signed.test", "TXT").rcode == "SERVFAIL"


@pytest.mark.parametrize("order", list(itertools.permutations(["forged.signed.test/A", "forged.signed.test/AAAA", "away.plain.example/A"])))
def test_the_own_name_in_any_order(fresh, order):
    """The forged address is in no answer, whatever else is asked before."""
    for question in order * 2:
        answer = fresh.ask(*question.split("/"))
        assert not shows_forged(answer), answer.message
        assert answer.rcode == "SERVFAIL"


@pytest.mark.parametrize("policy, expected", [("", "SERVFAIL"), ("dnssec-policy split.test insecure", "NOERROR"), ("dnssec-policy split.test validate", "SERVFAIL")])
def test_an_administrator_switches_it_off(policy, expected):
    """The own name is said to be signed, from its parent on, and is not; what an alias there leads to is its own business."""
    need("ldns-keygen", "ldns-signzone")
    settings = f"""
        split-domain split.test split.test
        {policy}
        upstream-dns . 127.0.0.1@5300
        prefix fd64:9929::/96
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """
    with Lab() as lab:
        world = World(lab, settings, anchor=f"test. DS 12345 13 2 {'ab' * 32}")
        answer = world.ask("host.split.test")
        assert (answer.rcode, answer.addresses) == (expected, {"fd64:9929::6440:109"} if expected == "NOERROR" else set()), answer.message
        assert world.ask("alias.split.test").rcode == "SERVFAIL"
        world.upstream.close()


def test_a_real_suffix_is_validated_when_it_is_said():
    need("ldns-keygen", "ldns-signzone")
    settings = """
        split-domain 9929 signed.test
        dnssec-policy 9929 validate
        upstream-dns . 127.0.0.1@5300
        prefix fd64:9929::/96
        dynamic-pool 192.168.240.0/20
        advertise-prefix none
    """
    with Lab() as lab:
        world = World(lab, settings)
        world.assert_denied("forged.9929")
        assert world.ask("good.9929").addresses == {"fd64:9929::6440:101"}
        for name in ("trustanchor.unbound", "version.bind", "hostname.bind", "id.server"):
            shown = world.resolver.exchange(dns.message.make_query(name, "TXT", rdclass="CH").to_wire())
            assert b"signed" not in shown and not dns.message.from_wire(shown).answer, f"{name}: {shown}"
        world.upstream.close()
