# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of the name service: killed, started again, an upstream that goes away, answers renewed in time, an Unbound that is not ours."""
import re
import signal
import time

import dns.flags
import dns.rcode
import dns.rdatatype
import dns.reversename
import pytest
from lab import wait_for
from resolver import Resolver, unbound_octets
from upstream import PythonNs, add

LONGEST = 6  # seconds: Unbound is patient with a silent upstream for 1.8, a busy machine adds its own, and without patience it would ask for eleven
SETTINGS = """
    split-domain 9929 lab.example
    upstream-dns lab.example 127.0.0.1@5301
    upstream-dns . 127.0.0.1@5301
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""


class Counter:
    """An upstream whose address counts the questions, until it falls silent or refuses."""

    def __init__(self, ttl):
        self.ttl, self.count, self.silent, self.refuse = ttl, 0, False, False

    def __call__(self, name, message, transport):
        if self.silent:
            return False
        if self.refuse:
            message.set_rcode(dns.rcode.REFUSED)
            return True
        self.count += 1
        add(message, f"{name}. {self.ttl} A 100.64.1.{self.count}")
        return True


@pytest.fixture
def counter(request):
    return Counter(getattr(request, "param", 60))


@pytest.fixture
def resolver(lab, counter):
    resolver = Resolver(lab, SETTINGS)
    resolver.upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, counter)
    yield resolver
    resolver.upstream.close()


def test_killed_and_started_again(resolver):
    resolver.start()
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:101"}
    resolver.unbound.kill()
    assert resolver.ask("my-vps.9929", timeout=0.3) is None
    resolver.start()
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}


def test_ends_well_when_asked_to(resolver):
    """Nothing is left behind: with sanitizers on, deinit frees all."""
    resolver.start()
    resolver.ask("my-vps.9929")
    assert resolver.unbound.stop(signal.SIGTERM) == 0


def test_reload_reads_the_settings_again(resolver):
    resolver.start()
    resolver.ask("my-vps.9929")
    resolver.settings.write_text(resolver.settings.read_text().replace("fd64:9929::/96", "fd64:1::/96"))
    resolver.control("reload")
    wait_for(lambda: (resolver.ask("my-vps.9929", timeout=1) or resolver).__dict__ and
             resolver.ask("my-vps.9929").addresses == {"fd64:1::6440:102"}, "an answer in the new prefix")


@pytest.mark.parametrize("counter", [1], indirect=True)
def test_an_expired_answer_is_better_than_none(resolver, counter):
    resolver.start()
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:101"}
    counter.silent = True
    time.sleep(2.1)
    answer = resolver.ask_again("my-vps.9929")
    assert answer.addresses == {"fd64:9929::6440:101"}
    assert answer.ttl in (30, 1)  # from 1.25 on no longer than its own TTL, which was 1
    counter.silent = False
    wait_for(lambda: resolver.ask("my-vps.9929").addresses != {"fd64:9929::6440:101"}, "a fresh answer", timeout=20, interval=0.5)


@pytest.mark.parametrize("counter", [1], indirect=True)
def test_an_upstream_that_refuses_leaves_the_expired_answer(resolver, counter):
    resolver.start()
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:101"}
    counter.refuse = True
    time.sleep(2.1)
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:101"}


def expired_answers(resolver):
    """How many Unbound has given."""
    return int(re.search(r"^total\.num\.expired=(\d+)", resolver.control("stats_noreset"), re.M)[1])


def renewed_in_time(resolver, counter, name):
    """Whether a name that is asked for all the time has another answer before the first one, of 10 seconds, has expired."""
    before, expired = counter.count, expired_answers(resolver)
    first = resolver.ask(name).addresses
    time.sleep(8.5)
    while (answer := resolver.ask(name)).addresses == first:
        time.sleep(0.1)
    assert counter.count == before + 2, "the renewal did not go to the upstream"
    return expired_answers(resolver) == expired and answer.ttl >= 8


@pytest.mark.parametrize("counter", [10], indirect=True)
def test_an_answer_in_use_is_renewed_before_it_expires(resolver, counter):
    """The renewal must go to the upstream: the A record in the cache is about to expire as well. It begins with the last tenth of the TTL: a machine that
    stands still for this second lets it pass, and tries again with another name."""
    resolver.start()
    assert any(renewed_in_time(resolver, counter, f"host{number}.9929") for number in range(5)), "it was renewed only when it had expired"


def never_too_late():
    """Unbound drops an answer that comes later than 1.9 seconds; its patience is 1.8, and a busy machine adds its own."""
    return "server:\n  discard-timeout: 0\n" if b"discard-timeout" in unbound_octets() else ""


def ping_name(resolver):
    """What a program does before it shows where a packet came from."""
    return resolver.ask(dns.reversename.from_address("fd64:9929::6440:101"), "PTR")


def test_nobody_waits_long_for_the_name_of_an_address(resolver, counter):
    """The upstream is silent: Unbound's patience of 1.8 seconds is the longest wait, and soon there is none at all."""
    resolver.generate(never_too_late())
    resolver.start()
    counter.silent = True
    waits = []
    while not waits or (waits[-1] > 0.2 and len(waits) < 30):
        answer = ping_name(resolver)
        assert answer.rcode == "NXDOMAIN" and not answer.message.answer
        waits.append(answer.seconds)
    print("waits:", " ".join(f"{seconds:.2f}" for seconds in waits))
    assert max(waits) < LONGEST and waits[-1] < 0.2


@pytest.mark.parametrize("counter", [1], indirect=True)
def test_an_expired_name_of_an_address_is_better_than_none(resolver, counter):
    resolver.generate(never_too_late())
    resolver.start()
    resolver.upstream.answer = lambda name, message, transport: add(message, f"{name}. 1 PTR host.lab.example.")
    assert ping_name(resolver).message.answer[0][0].to_text() == "host.9929."
    for broken in ("silent", "refuse"):
        setattr(counter, broken, True)
        resolver.upstream.answer = counter
        time.sleep(2.1)
        answer = ping_name(resolver)
        assert (answer.rcode, answer.seconds < LONGEST) == ("NOERROR", True)
        assert answer.message.answer[0][0].to_text() == "host.9929."
        counter.silent = False


def test_no_name_in_an_extended_error(resolver, counter):
    """RFC 8914: an answer may carry text. None of it may come from the look-up."""
    resolver.generate("server:\n  ede: yes\n  val-log-level: 2\n  log-servfail: yes\n")
    resolver.start()
    counter.refuse = True
    answer = resolver.ask("my-vps.9929", use_edns=0)
    assert answer.rcode == "SERVFAIL"
    assert b"lab" not in answer.wire.lower() and b"example" not in answer.wire.lower()


def test_what_fails_dnssec_is_for_those_who_check_themselves(resolver):
    """The alias leads into a signed zone, whose signatures are missing. CD gets the answer, and nobody else does, before or after."""
    resolver.generate("server:\n  trust-anchor: \"signed.test. DS 1 13 2 " + "ab" * 32 + "\"\n")
    resolver.upstream.answer = alias_into_signed
    resolver.start()
    assert resolver.ask("alias.9929").rcode == "SERVFAIL"
    for kind, expected in (("AAAA", {"fd64:9929::6440:505"}), ("TXT", set())):
        answer = resolver.ask("alias.9929", kind, flags=dns.flags.RD | dns.flags.CD)
        assert (answer.rcode, answer.addresses) == ("NOERROR", expected)
        assert resolver.ask("alias.9929", kind).rcode == "SERVFAIL"


def alias_into_signed(name, message, transport):
    if message.question[0].rdtype == dns.rdatatype.A:
        add(message, *(["alias.lab.example. 60 CNAME host.signed.test."] if name == "alias.lab.example" else []),
            "host.signed.test. 60 A 100.64.5.5")


# --- refusals ---

def patched(lab, old, new):
    """A copy of Unbound with a text in it changed to another of the same length."""
    octets = unbound_octets()
    assert octets.count(old) >= 1 and len(old) == len(new)
    copy = lab.folder / "unbound-patched"
    copy.write_bytes(octets.replace(old, new))
    copy.chmod(0o755)
    return str(copy)


def version():
    return re.search(rb"unbound \d+\.\d+\.\d+\0", unbound_octets())[0]


@pytest.mark.parametrize("old, new, expected", [
    (version, lambda text: text[:-2] + b"~\0", "is another version"),
    (lambda: b"--with-dynlibmodule", lambda text: b"--with-dynlibmodulX", "was configured differently"),
])
def test_another_unbound_is_refused(lab, counter, old, new, expected):
    """One clear line and an end, instead of a crash on the first question."""
    resolver = Resolver(lab, SETTINGS, program=patched(lab, old(), new(old())))
    process = resolver.launch()
    assert process.wait(timeout=10) not in (0, None)
    lines = [line for line in process.text().splitlines() if "splitdns:" in line]
    assert len(lines) == 1 and expected in lines[0] and "--with-unbound-source" in lines[0]


def test_missing_settings_are_named(resolver):
    resolver.settings.unlink()
    process = resolver.launch()
    assert process.wait(timeout=10) not in (0, None)
    assert f"splitdns: cannot use {resolver.settings}" in process.text()


def test_unreadable_settings_are_named(resolver):
    """Unbound has become another user when the module reads them."""
    resolver.settings.chmod(0o600)
    process = resolver.launch()
    assert process.wait(timeout=10) not in (0, None)
    assert "check that Unbound's user may read it" in process.text()


def test_a_real_suffix_below_the_split_domain_is_refused(resolver):
    """It would make the look-up wait for itself. unbound.conf was made before the mistake."""
    resolver.settings.write_text(resolver.settings.read_text().replace("9929 lab.example", "9929 lab.9929"))
    process = resolver.launch()
    assert process.wait(timeout=10) not in (0, None)
    assert re.search(r"splitdns: .*lab\.9929", process.text())


def test_a_suffix_that_only_nat64_relay_knows_is_refused(resolver):
    """nat64-relay writes what auto stands for into its copy of the settings: this is another file."""
    resolver.settings.write_text(resolver.settings.read_text().replace("9929 lab.example", "9929 auto"))
    process = resolver.launch()
    assert process.wait(timeout=10) not in (0, None)
    assert re.search(r'line \d+: "auto" is a value that only nat64-relay resolves: name its copy, \S+/relay\.conf', process.text()), process.text()
