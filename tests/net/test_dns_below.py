# SPDX-License-Identifier: GPL-2.0-or-later
"""A split domain that lies below a real suffix: names of addresses lie below the split domain, and show nothing else of the suffix."""
import dns.reversename
import pytest
from lab import Lab
from resolver import Resolver
from upstream import PythonNs, add

NAMES = {"100.64.0.3": "host.real.example.", "100.64.0.4": "host.real.example.real.example.", "100.64.0.5": "x.elsewhere.example."}


def answer(name, message, transport):
    del transport
    labels = name.split(".")
    if name.endswith("in-addr.arpa"):
        add(message, f"{name}. 60 PTR {NAMES['.'.join(labels[3::-1])]}")
    elif name == "host.real.example":
        add(message, f"{name}. 60 A 100.64.0.3")


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Resolver(lab, "split-domain 9929.real.example real.example\nupstream-dns real.example 127.0.0.1@5300\n"
                                 "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n")
        upstream = PythonNs(resolver.relay, "127.0.0.1", 5300, answer)
        yield resolver.start()
        upstream.close()


def pointer(resolver, address):
    said = resolver.ask(dns.reversename.from_address("fd64:9929::" + "%02x%02x:%02x%02x" % tuple(map(int, address.split(".")))), "PTR")
    return said.rcode, {data for _, _, data in said.records}


def test_the_name_of_an_address(resolver):
    assert resolver.ask("host.9929.real.example").addresses == {"fd64:9929::6440:3"}
    for _ in range(2):
        assert pointer(resolver, "100.64.0.3") == ("NOERROR", {"host.9929.real.example."})


def test_a_name_that_shows_the_suffix_stays_hidden(resolver):
    assert pointer(resolver, "100.64.0.4") == ("NXDOMAIN", set())
    assert pointer(resolver, "100.64.0.5") == ("NXDOMAIN", set())
