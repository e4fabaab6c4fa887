# SPDX-License-Identifier: GPL-2.0-or-later
"""The real suffix ".": any public name below the split domain, asked from the root on."""
import dns.edns
import dns.reversename
from public_world import resolver, world  # noqa: F401
from split_world import assert_negative


def codes(answer):
    return [int(option.code) for option in answer.message.options if option.otype == dns.edns.EDE]


def test_a_public_name(resolver):
    for _ in range(2):
        assert resolver.ask("www.example.com.9929").records == {("www.example.com.9929.", "AAAA", "fd64:9929::950:50")}
        assert_negative(resolver.ask("www.example.com.9929", "A"), "NOERROR")
    assert resolver.ask("www.example.com").addresses == {"2001:db8::80"}


def test_case_is_echoed(resolver):
    for name in ("wWw.ExAmPlE.cOm.9929", "WWW.example.COM.9929"):
        assert resolver.ask(name).records == {(name + ".", "AAAA", "fd64:9929::950:50")}


def test_a_name_that_is_answered_under_its_own_name_too(resolver):
    assert resolver.ask("git.example.com.9929").addresses == {"fd64:9929::91d:7"}
    assert resolver.ask("alias.example.com.9929").addresses == {"fd64:9929::91d:7"}
    assert resolver.ask("git.example.com", "A").records == set()


def test_no_such_name(resolver):
    assert_negative(resolver.ask("gone.example.com.9929"), "NXDOMAIN")
    assert_negative(resolver.ask("com.9929"), "NOERROR")
    assert_negative(resolver.ask("nothing.9929"), "NXDOMAIN")


def test_addresses_that_are_nobodys(resolver):
    answer = resolver.ask("inside.example.com.9929", use_edns=0)
    assert answer.rcode == "NOERROR" and answer.records == set() and codes(answer) == [15]


def test_a_name_below_the_split_domain_twice(resolver, world):
    """x.9929.9929 would lead to x.9929, which is the relay's: nobody is asked."""
    world.root.log.clear()
    for name in ("x.9929.9929", "9929.9929", "a.b.9929.9929.9929"):
        for _ in range(2):
            answer = resolver.ask(name, use_edns=0)
            assert (answer.rcode, answer.records, codes(answer)) == ("NXDOMAIN", set(), [0])
    assert world.root.log == []


def test_the_apex(resolver):
    assert {kind for _, kind, _ in resolver.ask("9929", "SOA").records} == {"SOA"}
    for kind in ("AAAA", "A", "NS", "TXT"):
        assert_negative(resolver.ask("9929", kind), "NOERROR")


def test_the_name_of_a_public_address(resolver):
    answer = resolver.ask(dns.reversename.from_address("fd64:9929::950:50"), "PTR")
    assert {data for _, _, data in answer.records} == {"www.example.com.9929."}
