# SPDX-License-Identifier: GPL-2.0-or-later
"""Same-name relaying: git.example.com is answered inside the prefix under its own name, whatever else is asked before, meanwhile and afterwards."""
import random
import threading
import time

import dns.flags
import dns.reversename
import pytest
from lab import wait_for
from public_world import GIT4, GIT6, IN_PREFIX, resolver, world  # noqa: F401

CD = dns.flags.RD | dns.flags.CD


def shows(answer, *addresses):
    """Is one of the addresses anywhere in the answer?"""
    return any(address in str(answer.message) for address in addresses)


def assert_relayed(resolver, name="git.example.com", address=IN_PREFIX, **options):
    """AAAA in the prefix, A empty, HTTPS empty."""
    answer = resolver.ask(name, "A", **options)
    assert (answer.rcode, answer.records) == ("NOERROR", set()), answer.message
    answer = resolver.ask(name, **options)
    assert (answer.rcode, answer.records) == ("NOERROR", {(name + ".", "AAAA", address)}), answer.message
    for kind in ("A", "HTTPS", "SVCB"):
        assert resolver.ask(name, kind, **options).message.answer == []


@pytest.mark.parametrize("options", [{}, {"flags": CD}, {"want_dnssec": True}, {"transport": "TCP"}])
def test_the_name_is_answered_inside_the_prefix(resolver, options):
    for _ in range(3):
        assert_relayed(resolver, **options)
    assert_relayed(resolver, "host.git.example.com", "fd64:9929::91d:8")


def test_repeated_questions_come_from_the_cache(resolver, world):
    for _ in range(5):
        assert resolver.ask("git.example.com").addresses == {IN_PREFIX}
        resolver.ask("git.example.com", "A")
    assert world.git.asked("git.example.com.", "A") == 1 and world.git.asked("git.example.com.", "AAAA") == 0


def test_any_is_answered_as_aaaa(resolver):
    assert resolver.ask("git.example.com", "ANY").addresses == {IN_PREFIX}


def test_other_types_are_the_real_ones(resolver):
    """There is nothing to hide: the name is its own."""
    for kind, data in (("TXT", '"a text"'), ("MX", "10 mail.example.com."), ("NS", "ns1.git.example.com.")):
        for _ in range(2):
            assert {text for _, _, text in resolver.ask("git.example.com", kind).records} == {data}
            assert_relayed(resolver)
    assert not shows(resolver.ask("git.example.com", "HTTPS"), GIT4, GIT6)
    assert not shows(resolver.ask("example.com", "MX"), GIT4, GIT6)


def test_a_name_that_is_not_there_and_one_without_an_address(resolver):
    answer = resolver.ask("gone.git.example.com")
    assert (answer.rcode, answer.records) == ("NXDOMAIN", set())
    answer = resolver.ask("texts.git.example.com")
    assert (answer.rcode, answer.records) == ("NOERROR", set())
    assert resolver.ask("gone.git.example.com", "TXT").rcode == "NXDOMAIN"


def test_other_names_of_the_zone_are_untouched(resolver):
    for _ in range(2):
        assert resolver.ask("www.example.com", "A").records == {("www.example.com.", "A", "9.80.0.80")}
        assert resolver.ask("www.example.com").records == {("www.example.com.", "AAAA", "2001:db8::80")}
        assert_relayed(resolver)


def test_an_alias_elsewhere_is_cached_as_ever(resolver, world):
    """What is put off while Unbound asks is stored in the end."""
    world.example.log.clear()
    for _ in range(3):
        assert resolver.ask("alias.example.com", "A").records == {("alias.example.com.", "CNAME", "git.example.com."), ("git.example.com.", "A", GIT4)}
    assert world.example.asked("alias.example.com.", "A") == 1 and world.git.asked("git.example.com.", "A") == 1


@pytest.mark.parametrize("first", ["alias", "name"])
def test_an_alias_elsewhere_does_not_bring_the_real_addresses_in(resolver, first):
    """Unbound follows alias.example.com to the real addresses itself, and has them in its cache."""
    if first == "name":
        assert_relayed(resolver)
    for kind in ("A", "AAAA"):
        assert resolver.ask("alias.example.com", kind).rcode == "NOERROR"
    for options in ({}, {"flags": CD}):
        assert_relayed(resolver, **options)
        resolver.ask("alias.example.com", "A", **options)
        assert_relayed(resolver, **options)


@pytest.mark.parametrize("minimised", ["yes", "no"])
def test_an_alias_elsewhere_does_not_bring_the_real_hints_in(resolver, minimised):
    """The same for HTTPS, which carries addresses. With CD what the validator has not seen is answered from the cache too."""
    resolver.control(f"set_option qname-minimisation: {minimised}")
    resolver.ask("git.example.com", "TXT")  # so that Unbound knows whom to ask
    assert shows(resolver.ask("alias.example.com", "HTTPS"), GIT4)
    for options in ({"flags": CD}, {}):
        assert resolver.ask("git.example.com", "HTTPS", **options).message.answer == []
    resolver.control("set_option qname-minimisation: yes")


def test_class_any_brings_nothing_in(resolver):
    """Unbound would ask for the name in class IN itself, and keep what it is told."""
    for kind in ("HTTPS", "ANY", "A", "AAAA"):
        assert resolver.ask("git.example.com", kind, rdclass="ANY").rcode == "REFUSED"
        assert not shows(resolver.ask("git.example.com", kind), GIT4, GIT6)
    assert_relayed(resolver)


def test_the_name_server_inside_the_domain_stays_reachable(resolver):
    """Its address in the referral lives for one second; then Unbound must find it again, while clients are told another."""
    for number in range(6):
        for kind in ("A", "AAAA", "A"):
            for options in ({}, {"flags": CD}):
                answer = resolver.ask("ns1.git.example.com", kind, **options)
                assert answer.rcode == "NOERROR" and "A" not in {of for _, of, _ in answer.records}
        answer = resolver.ask(f"many{number}.git.example.com")
        assert answer.addresses == {f"fd64:9929::91d:{100 + number:x}"}, answer.message
        assert_relayed(resolver)
        time.sleep(1.1)


@pytest.mark.parametrize("options", [{}, {"flags": CD}])
def test_another_zone_whose_name_server_is_inside_the_domain(resolver, options):
    """Unbound must find its real address, after and before clients are told that it has none, or one inside the prefix."""
    for kind in ("A", "AAAA"):
        resolver.ask("ns2.git.example.com", kind, **options)
    for _ in range(2):
        assert resolver.ask("www.other.com", "A").records == {("www.other.com.", "A", "9.80.0.81")}
        assert resolver.ask("ns2.git.example.com", "A", **options).records == set()
        answer = resolver.ask("ns2.git.example.com", **options)  # loopback is nothing that the relay forwards to
        assert (answer.rcode, answer.records) == ("NOERROR", set())
        time.sleep(1.1)
    assert "127.0.0.14" in resolver.control("dump_infra") and "fd64:9929:" not in resolver.control("dump_infra")


@pytest.mark.parametrize("options", [{}, {"flags": CD}])
def test_a_stub_whose_name_server_is_inside_the_domain(resolver, options):
    """Of a stub-zone Unbound has nobody to ask again but by that name: an empty A in its cache would be the end of it."""
    assert resolver.ask("ns2.git.example.com", "A", **options).records == set()
    for _ in range(2):
        assert resolver.ask("www.stub.com", "A").records == {("www.stub.com.", "A", "9.80.0.82")}
        assert resolver.ask("ns2.git.example.com", "A", **options).records == set()
        time.sleep(1.1)


def test_unbound_itself_never_goes_through_the_prefix(resolver):
    """It asks for a name server's AAAA with CD, and takes IPv6 before IPv4 here."""
    for options in ({}, {"flags": CD}):
        assert resolver.ask("ns3.git.example.com", **options).addresses == {"fd64:9929::91d:35"}
    assert resolver.ask("www.far.com", "A").records == {("www.far.com.", "A", "9.80.0.83")}
    infra = resolver.control("dump_infra")
    assert "9.29.0.53 " in infra and "fd64:9929:" not in infra


def test_all_at_the_same_time(resolver, world):
    """Clients ask for A and AAAA, with and without CD, while the module's own look-up of the same A is under way."""
    world.git.delay = 0.15
    answers, threads = [], []

    def ask(kind, options):
        answers.append((kind, resolver.ask("git.example.com", kind, **options)))

    for kind in ("AAAA", "A", "A", "AAAA", "ANY", "HTTPS") * 3:
        for options in ({}, {"flags": CD}):
            threads.append(threading.Thread(target=ask, args=(kind, options)))
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    for kind, answer in answers:
        assert answer.rcode == "NOERROR"
        assert answer.addresses == ({IN_PREFIX} if kind in ("AAAA", "ANY") else set())
        assert not shows(answer, GIT4, GIT6)


def test_any_order_of_any_questions(resolver, world):
    """Two thousand questions in an order that a seed decides, by four clients at once: no real address of the domain is ever shown."""
    names = [f"many{number}.git.example.com" for number in range(20)] + ["git.example.com", "ns1.git.example.com", "alias.example.com", "www.other.com"]
    wrong = []

    def client(seed):
        choice = random.Random(seed)
        for _ in range(500):
            name, kind = choice.choice(names), choice.choice(["A", "AAAA", "AAAA", "ANY", "HTTPS", "TXT", "NS", "MX", "DS"])
            answer = resolver.ask(name, kind, **choice.choice([{}, {"flags": CD}, {"want_dnssec": True}]))
            if answer is None or answer.rcode == "SERVFAIL":
                wrong.append((name, kind, "no answer"))
            elif name.endswith("git.example.com") and shows(answer, "9.29.0.", "2001:db8::", "127.0.0."):
                wrong.append((name, kind, str(answer.message)))
            if choice.random() < 0.02:
                resolver.control(f"flush_type {name} {choice.choice(['A', 'AAAA'])}")

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_expired_and_renewed(resolver, world):
    """An expired answer is better than none, and a renewed one comes from the name server, not from the cache."""
    assert resolver.ask("short.git.example.com").addresses == {"fd64:9929::91d:9"}
    world.git.silent = True
    time.sleep(2.1)
    answer = resolver.ask_again("short.git.example.com")
    assert answer.addresses == {"fd64:9929::91d:9"} and answer.ttl <= 30  # Unbound 1.26: no longer than it was at first
    assert resolver.ask_again("short.git.example.com", "A").records == set()
    world.git.silent = False
    before = world.git.asked("short.git.example.com.", "A")
    wait_for(lambda: resolver.ask("short.git.example.com").ttl <= 1 and world.git.asked("short.git.example.com.", "A") > before, "a fresh answer",
             timeout=20, interval=0.3)


def test_renewed_before_it_expires(resolver, world):
    assert resolver.ask("ten.git.example.com").addresses == {"fd64:9929::91d:a"}
    time.sleep(9.05)
    resolver.ask("ten.git.example.com")
    wait_for(lambda: world.git.asked("ten.git.example.com.", "A") == 2, "the renewal")
    wait_for(lambda: resolver.ask("ten.git.example.com").ttl >= 8, "the renewed answer", interval=0.1)
    assert resolver.ask("ten.git.example.com", "A").records == set()


def test_without_recursion_nothing_real_is_shown(resolver):
    assert_relayed(resolver)
    for name in ("git.example.com", "ns1.git.example.com"):
        for kind in ("A", "AAAA", "NS"):
            answer = resolver.ask(name, kind, flags=0)
            assert not shows(answer, GIT4, GIT6, "127.0.0.13")


def test_the_query_log_tells_whose_answer_it_was(resolver):
    for kind, said in (("AAAA", "-> fd64:9929::91d:7 (A git.example.com.: 9.29.0.7; "), ("A", "-> no data (without a look-up; "),
                       ("TXT", "-> 1 of that type (Unbound's own answer)"), ("TXT", "-> 1 of that type (from the cache)")):
        before = len(resolver.unbound.text())
        resolver.ask("git.example.com", kind)
        wait_for(lambda: f" git.example.com. {kind} {said}" in resolver.unbound.text()[before:], f"{kind} {said} in the log")


def test_its_addresses_have_its_name(resolver):
    answer = resolver.ask(dns.reversename.from_address(IN_PREFIX), "PTR")
    assert {data for _, _, data in answer.records} == {"git.example.com."}
