# SPDX-License-Identifier: GPL-2.0-or-later
"""How questions and answers travel, what the cache saves, and what is not ours. See split_world.py."""
import os
import threading

import dns.flags
import pytest
from lab import wait_for
from resolver import STRANGER
from split_world import REAL, SLOW, resolver  # noqa: F401


# --- transport ---

def test_truncation_and_tcp(resolver):
    """400 addresses: an upstream that truncates, and a client that must come again by TCP."""
    answer = resolver.ask("big.lab.9929", payload=1232, use_edns=0)
    assert answer.has("TC") and len(answer.wire) <= 1232
    assert len(resolver.ask("big.lab.9929", transport="TCP").addresses) == 400


def test_more_addresses_than_a_message_holds(resolver):
    """The rest is left out; by UDP all are, and TC says so."""
    answer = resolver.ask("huge.lab.9929", transport="TCP")
    assert not answer.has("TC")
    assert len(answer.addresses) == 2300
    assert resolver.ask("huge.lab.9929").has("TC")


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
    assert resolver.ask("my-vps.9929").addresses and not slow
    thread.join()
    assert slow[0].addresses == {"fd64:9929::6440:901"} and slow[0].seconds >= SLOW


def look_ups(resolver, label):
    """How often the upstream is asked for a name that twelve clients ask for at once, by three types."""
    answers = []
    threads = [threading.Thread(target=lambda kind=kind: answers.append(resolver.ask(f"{label}.slow.9929", kind)))
               for kind in ("AAAA", "A", "TXT") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(answer.message.answer) for answer in answers) == [0] * 8 + [1] * 4
    return resolver.slow.asked[f"{label}.slow.example"]


def test_one_look_up_for_many_who_wait(resolver):
    """One question to the upstream from each of Unbound's threads, which share the cache and not what is still asked. Unbound asks again where this machine
    was too busy for the upstream's answer: then another name is taken."""
    assert any(1 <= look_ups(resolver, f"b{number}") <= os.cpu_count() for number in range(5)), resolver.slow.asked


@pytest.mark.parametrize("name", ["silent", "garbage"])
def test_an_upstream_without_a_sensible_answer(resolver, name):
    answer = resolver.ask(f"{name}.lab.9929", timeout=1)
    assert answer is None or answer.rcode == "SERVFAIL"
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}


def test_a_cname_loop_ends(resolver):
    answer = resolver.ask("loop.lab.9929")
    assert answer.rcode in ("SERVFAIL", "NOERROR") and answer.records == set()


def test_a_cname_into_the_split_domain_is_harmless(resolver):
    answer = resolver.ask("into-split.lab.9929")
    assert answer.rcode in ("SERVFAIL", "NOERROR", "NXDOMAIN")
    assert all(address.startswith("fd64:1::") for address in answer.addresses)


def test_an_alias_from_outside_cannot_plant_names(resolver):
    """Unbound would follow it, and keep what anybody says about the split name; a client that sets CD would be given that."""
    for kind, planted in (("AAAA", "mixed.9929"), ("A", "texts.9929")):
        answer = resolver.ask(f"plant-{planted.replace('.', '-')}.example", kind)
        assert answer.rcode == "SERVFAIL" and not answer.addresses
        after = resolver.ask(planted, kind, flags=dns.flags.RD | dns.flags.CD)
        assert all(record[2].startswith("fd64:9929::") for record in after.records), after.message
        assert after.rcode == "NOERROR" and {rrset.name.to_text() for rrset in after.message.authority} <= {"9929."}, after.message


def test_class_any_is_refused(resolver):
    """Unbound would ask nobody for it, and keep that failure for clients of class IN."""
    assert resolver.ask("any-class.lab.9929", rdclass="ANY").rcode == "REFUSED"
    assert resolver.ask("any-class.lab.9929").addresses == {"fd64:1::6440:909"}


def test_a_hostile_upstream_cannot_plant_names(resolver):
    assert resolver.ask("hostile.lab.9929").records == {("hostile.lab.9929.", "AAAA", "fd64:1::6440:902")}
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}
