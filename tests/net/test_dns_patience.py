# SPDX-License-Identifier: GPL-2.0-or-later
"""A silent upstream: the client gets SERVFAIL (22) while Unbound goes on asking, and the answer as soon as there is one."""
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
import pytest
from lab import Lab, wait_for
from resolver import RELAY4, Resolver
from upstream import PythonNs, add

REAL = "lab.example"
FINGERPRINT = "ab" * 32
SETTINGS = f"""
    split-domain 9929 {REAL}
    split-domain git.example.com git.example.com
    dns64 fd64:1::/96
    allow-source fd7a:115c:a1e0::/48
    allow-source 100.64.0.0/10
    allow-destination 0.0.0.0/0
    dns-client fd7a:115c:a1e0::/48
    dns-client 100.64.0.0/10
    a-policy 9929 twin
    twin-prefix 10.192.0.0/10
    type-policy 9929 pass SSHFP
    upstream-dns . 127.0.0.1@5301
    prefix fd64:9929::/96 9929 git.example.com
    prefix fd64:1::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""


class Upstream:
    """Drops each question for a name while the name is in silent."""

    def __init__(self):
        self.silent = set()

    def __call__(self, name, message, transport):
        if name in self.silent:
            return False
        data = {dns.rdatatype.A: "A 100.64.1.1" if name.endswith(REAL) else "A 9.29.0.1", dns.rdatatype.SSHFP: f"SSHFP 4 2 {FINGERPRINT}"}.get(message.question[0].rdtype)
        if data:
            add(message, f"{name}. 60 {data}")
        return True


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Resolver(lab, SETTINGS)
        resolver.upstream = Upstream()
        server = PythonNs(resolver.relay, "127.0.0.1", 5301, resolver.upstream)
        # dump_requestlist tells of the first thread alone; Unbound's own errors must not say "stale"
        resolver.generate("server:\n  num-threads: 1\n  ede: yes\n  ede-serve-expired: yes\n")
        yield resolver.start()
        server.close()


def errors(answer):
    """The extended errors of an answer: (code, text)."""
    return [(int(option.code), option.text) for option in answer.message.options if option.otype == dns.edns.EDE]


def is_looked_up(resolver, real):
    """Does Unbound still ask for the name?"""
    return f" {real}. " in resolver.control("dump_requestlist")


def ask_while_silent(resolver, split, real, kind="AAAA", transport="UDP"):
    """What is said of the silent upstream while Unbound still asks it."""
    for _ in range(20):  # Unbound drops an answer that this machine was too busy for
        resolver.control("flush_infra all")
        answer = resolver.ask(split, kind, transport, use_edns=0, timeout=6)
        if answer and is_looked_up(resolver, real):
            return answer
    raise AssertionError(f"no answer for {split} {kind} over {transport} while Unbound asks for {real}")


def assert_silence(answer):
    assert (answer.rcode, errors(answer), answer.records, answer.message.authority) == ("SERVFAIL", [(22, "no upstream answers")], set(), [])
    assert b"example" not in answer.wire[12 + len(answer.message.question[0].name.to_wire()):].lower(), answer.message


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("split, kind, expected", [
    ("{}.9929", "AAAA", "fd64:9929::6440:101"), ("{}.9929", "A", "10.192.1.1"), ("{}.9929", "TXT", None), ("{}.9929", "SSHFP", f"4 2 {FINGERPRINT}"),
    ("{}.git.example.com", "AAAA", "fd64:9929::91d:1"), ("{}.public.example", "AAAA", "fd64:1::91d:1"), ("{}.public.example", "A", "9.29.0.1")])
def test_silence_is_told_and_kept_by_nobody(resolver, split, kind, expected, transport):
    """SERVFAIL with 22 (No Reachable Authority); the answer of the upstream is given once there is one, and stays."""
    name = f"host-{kind}-{transport}".lower()
    split = split.format(name)
    real = split if split.endswith("example") or split.endswith("example.com") else f"{name}.{REAL}"
    resolver.upstream.silent.add(real)
    for _ in range(2):  # who comes later as well
        silent = ask_while_silent(resolver, split, real, kind, transport)
        assert_silence(silent)
    resolver.upstream.silent.remove(real)
    wait_for(lambda: (resolver.ask(split, kind, transport, timeout=6) or silent).rcode == "NOERROR", "an answer", timeout=60)  # Unbound asks in ever longer intervals
    answer = resolver.ask(split, kind, transport, use_edns=0)
    assert (answer.rcode, errors(answer), {data for _, _, data in answer.records}) == ("NOERROR", [], {expected} if expected else set())


def test_all_who_wait_are_told(resolver):
    """Whatever their EDNS options, transport, and bits: each of them has a reply of its own."""
    resolver.upstream.silent.add(f"many.{REAL}")
    ways = [{"transport": transport, **options} for transport in ("UDP", "TCP")
            for options in ({}, {"use_edns": 0}, {"use_edns": 0, "want_dnssec": True}, {"use_edns": 0, "flags": dns.flags.RD | dns.flags.CD})]
    wait_for(lambda: all_are_told(resolver, ways), "SERVFAIL for all", timeout=60)
    resolver.upstream.silent.clear()


def all_are_told(resolver, ways):
    """False when this machine was too busy for one of them. A client that gets an answer gets the right one."""
    resolver.control("flush_infra all")
    with ThreadPoolExecutor(len(ways)) as pool:
        answers = list(pool.map(lambda way: resolver.ask("many.9929", timeout=6, **way), ways))
    for way, answer in zip(ways, answers):
        assert answer is None or (answer.rcode, answer.message.answer) == ("SERVFAIL", []), answer.message
        assert answer is None or errors(answer) == ([(22, "no upstream answers")] if "use_edns" in way else []), answer.message
    return all(answers) and is_looked_up(resolver, f"many.{REAL}")


def flood(resolver, number, sockets):
    """Ask names that nobody has asked for, each from every socket at once: by their ports they come to all threads. The replies of ten seconds at most."""
    for name in range(60):
        for sock in sockets:
            sock.send(dns.message.make_query(f"f{number}-{name}.9929", "AAAA", use_edns=0).to_wire())
    replies, end = [], time.monotonic() + 10
    while time.monotonic() < end and len(replies) < 60 * len(sockets):
        for sock in select.select(sockets, [], [], 1)[0]:
            replies.append(dns.message.from_wire(sock.recv(4096)))
    return replies


def test_no_thread_tells_what_stands_for_silence_in_the_cache(lab):
    """Clients of several threads wait for one name: what one thread has in the cache for a moment is no answer of another's."""
    resolver = Resolver(lab, SETTINGS)
    server = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: False)
    resolver.generate("server:\n  num-threads: 4\n  num-queries-per-thread: 4096\n  discard-timeout: 0\n  wait-limit: 0\n")
    resolver.start()
    with resolver.client.inside():
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(32)]
    for sock in sockets:
        sock.connect((RELAY4, 53))
    told, end = 0, time.monotonic() + 180
    while told < 5000 and time.monotonic() < end:
        resolver.control("flush_infra all")
        for reply in flood(resolver, told, sockets):
            assert (dns.rcode.to_text(reply.rcode()), reply.authority) == ("SERVFAIL", []), reply
            assert [(int(option.code), option.text) for option in reply.options] == [(22, "no upstream answers")], reply
            told += 1
    assert told >= 5000, "clients are told"
    for sock in sockets:
        sock.close()
    server.close()
