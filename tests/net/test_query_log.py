# SPDX-License-Identifier: GPL-2.0-or-later
"""query-log yes: a line for each answer, cached ones too, with client, name, type, answer and reason; and none without it."""
import re
import threading
import time

import pytest
from lab import Lab, wait_for
from resolver import CLIENT4, CLIENT6, RELAY6, Resolver
from upstream import PythonNs, TestNs, add, entry

REAL = "tail1234.ts.net"
SOA = f"{REAL}. 100 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 77"
LONG = ".".join(["x" * 60] * 3 + ["y" * 58])
ZONE = [
    entry(f"my-vps.{REAL}. A", [f"my-vps.{REAL}. 60 IN A 100.64.1.2"]),
    entry(f"many.{REAL}. A", [f"many.{REAL}. 60 IN A 100.64.2.{number}" for number in range(1, 101)]),
    entry(f"outside.{REAL}. A", [f"outside.{REAL}. 60 IN A 8.8.8.8"]),
    entry(f"empty.{REAL}. A", authority=[SOA]),
    entry(f"gone.{REAL}. A", authority=[SOA], rcode="NXDOMAIN"),
    entry(f"broken.{REAL}. A", rcode="SERVFAIL"),
    entry(f"texts.{REAL}. TXT", [f'texts.{REAL}. 60 IN TXT "one"', f'texts.{REAL}. 60 IN TXT "two"']),
    entry("2.1.64.100.in-addr.arpa. PTR", [f"2.1.64.100.in-addr.arpa. 70 IN PTR my-vps.{REAL}."]),
]
SETTINGS = f"""
    split-domain 9929 {REAL}
    split-domain slow.9929 slow.example
    split-domain closed.internal {REAL}
    a-policy closed.internal nxdomain
    type-policy 9929 pass TXT
    upstream-dns {REAL} 127.0.0.1@5300
    upstream-dns slow.example 127.0.0.1@5301
    upstream-dns . 127.0.0.1@5301
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
"""


silent = []  # not empty: brief.slow.example has no answer any more


def slow(name, message, transport):
    if name.endswith("slow.example"):
        time.sleep(0.25)
    if name == "brief.slow.example":
        return len(silent) == 0 and add(message, f"{name}. 1 A 100.64.9.2") is None
    add(message, f"{name}. 60 A 100.64.9.1")
    return True


class Logged(Resolver):
    def __init__(self, lab, text):
        super().__init__(lab, text)
        self.slow = PythonNs(self.relay, "127.0.0.1", 5301, slow)
        TestNs(self.relay, 5300, ZONE)
        self.start()

    def lines(self):
        """What the query log says, without Unbound's stamp."""
        return re.findall(r"info: splitdns: (.*)", self.unbound.text())

    def said(self, name, kind="AAAA", **options):
        """The lines that one question makes."""
        before = len(self.lines())
        answer = (self.ask_again if silent else self.ask)(name, kind, **options)
        assert answer is not None, f"{name} {kind}: no answer"
        time.sleep(0.1)  # a line too many would come now
        return self.lines()[before:]


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Logged(lab, SETTINGS + "query-log yes\n")
        yield resolver
        resolver.slow.close()


NOT_RELAYED = "the relay forwards to no address of this name"


@pytest.mark.parametrize("name, kind, shown, why, reason", [
    ("my-vps.9929", "AAAA", "fd64:9929::6440:102", f"A my-vps.{REAL}.: 100.64.1.2", ""),
    ("my-vps.9929", "A", "no data", f"A my-vps.{REAL}.: 100.64.1.2", ""),
    ("outside.9929", "AAAA", "no data", f"A outside.{REAL}.: 8.8.8.8", NOT_RELAYED),
    ("empty.9929", "AAAA", "no data", f"A empty.{REAL}.: no data", ""),
    ("gone.9929", "TYPE65280", "NXDOMAIN", f"A gone.{REAL}.: NXDOMAIN", ""),
    ("broken.9929", "AAAA", "SERVFAIL", f"A broken.{REAL}.: no answer", "the upstream fails"),
    ("texts.9929", "TXT", "2 of that type", f"TXT texts.{REAL}.: 2 of that type", ""),
    ("9929", "SOA", "1 of that type", "the domain itself", ""),
    ("9929", "AAAA", "no data", "the domain itself", ""),
    (f"{LONG}.9929", "AAAA", "NXDOMAIN", "", "this name is too long to look up"),
    ("my-vps.closed.internal", "A", "NXDOMAIN", "a-policy nxdomain", ""),
    ("2.0.1.0.0.4.4.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa", "PTR", "my-vps.9929.", f"PTR 2.1.64.100.in-addr.arpa.: my-vps.{REAL}.", ""),
    ("1.0.0.0.0.0.f.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa", "PTR", "NXDOMAIN", "no address that is translated", ""),
])
def test_a_line_tells_who_what_and_why(resolver, name, kind, shown, why, reason):
    first, again = resolver.said(name, kind), resolver.said(name, kind)
    begin = f"{CLIENT4} {name}. {kind} -> {shown} ("
    assert len(first) == 1 and first[0].startswith(begin + "; ".join(filter(None, (why, reason))) + "; "), first
    assert re.search(r"; [0-9]+\.[0-9] ms\)$", first[0]), first
    if shown != "SERVFAIL":
        assert again == [begin + "; ".join(filter(None, ("from the cache", reason))) + ")"]


def test_six_and_tcp(resolver):
    resolver.ask("my-vps.9929")
    for transport in ("UDP", "TCP"):
        said = resolver.said("my-vps.9929", server=RELAY6, source=CLIENT6, transport=transport)
        assert said == [f"{CLIENT6} my-vps.9929. AAAA -> fd64:9929::6440:102 (from the cache)"]


def test_the_case_of_the_question(resolver):
    resolver.ask("my-vps.9929")
    assert resolver.said("My-VPS.9929")[0].startswith(f"{CLIENT4} My-VPS.9929. AAAA -> ")


def test_very_many_addresses(resolver):
    said = resolver.said("many.9929", transport="TCP")
    assert len(said) == 1 and said[0].count("fd64:9929::") == 8 and ", and 92 more (A many." in said[0], said


def test_everybody_who_waits_has_a_line(resolver):
    before = len(resolver.lines())
    clients = [threading.Thread(target=resolver.ask, args=("one.slow.9929",), kwargs={"server": server, "source": source})
               for server, source in ((RELAY6, CLIENT6), ("100.64.0.1", CLIENT4))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    wait_for(lambda: len(resolver.lines()) >= before + 2, "both lines")
    said = resolver.lines()[before:]
    assert sorted(line.split()[0] for line in said) == sorted([CLIENT4, CLIENT6]), said
    for line in said:
        assert "-> fd64:9929::6440:901 (A one.slow.example.: 100.64.9.1; " in line and float(re.search(r"([\d.]+) ms", line)[1]) > 100, line


def test_an_expired_answer(resolver):
    fresh = "-> fd64:9929::6440:902 (A brief.slow.example.: "
    assert fresh + "100.64.9.2; " in resolver.said("brief.slow.9929")[0]
    silent.append(True)
    time.sleep(2.2)  # its TTL is a second, and Unbound counts whole ones
    assert fresh + "no answer yet, an expired one is used; " in resolver.said("brief.slow.9929")[0]


def test_nothing_can_forge_a_line(resolver):
    said = resolver.said(r"a\010info\:\032splitdns\:\027[2J%s%n.slow.9929")
    name = "a?info??splitdns???2J?s?n.slow"
    assert len(said) == 1 and said[0].startswith(f"{CLIENT4} {name}.9929. AAAA -> fd64:9929::6440:901 (A {name}.example.: 100.64.9.1; "), said


def test_names_outside_are_not_logged(resolver):
    assert resolver.said("www.example.org", "A") == [] and resolver.said("www.example.org", "A") == []


def test_no_line_unless_asked_for(lab):
    resolver = Logged(lab, SETTINGS)
    assert resolver.said("my-vps.9929") == [] and resolver.said("my-vps.9929") == [] and resolver.said("broken.9929") == []
    resolver.slow.close()


def test_a_reload_takes_the_log_up_and_ends_it(lab):
    resolver = Logged(lab, SETTINGS)
    for word, lines in (("yes", 1), ("no", 0), ("yes", 1)):
        resolver.settings.write_text(re.sub("^query-log .*\n", "", resolver.settings.read_text(), flags=re.M) + f"query-log {word}\n")
        starts = resolver.unbound.text().count("start of service")
        resolver.control("reload")
        wait_for(lambda: resolver.unbound.text().count("start of service") > starts, "the reload")
        assert len(resolver.said("my-vps.9929")) == lines, word
    assert resolver.unbound.stop() == 0
    resolver.slow.close()
