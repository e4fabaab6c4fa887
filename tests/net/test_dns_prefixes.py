# SPDX-License-Identifier: GPL-2.0-or-later
"""One split domain, several prefixes of unequal lengths: every answer keeps to one, every prefix knows the names back."""
import ipaddress

import dns.reversename
import pytest
from lab import Lab
from resolver import Resolver
from upstream import PythonNs, add

# the address 100.64.7.N in each of them (RFC 6052 section 2.2)
EMBEDDED = {
    "fd64:20::/32": "fd64:20:6440:7{0:02x}::", "fd64:28::/40": "fd64:28:64:4007:{0:x}::", "fd64:30::/48": "fd64:30:0:6440:7:{0:02x}00::",
    "fd64:38::/56": "fd64:38:0:64:40:7{0:02x}::", "fd64:40::/64": "fd64:40::64:4007:{0:02x}00:0", "fd64:60::/96": "fd64:60::6440:7{0:02x}",
}
HOSTS = 60


def answer(name, message, transport):
    label = name.split(".")[0]
    if name.endswith("in-addr.arpa"):
        add(message, f"{name}. 60 PTR host{label}.lab.example.")
    else:
        number = int("".join(filter(str.isdigit, label)))
        add(message, f"{name}. 60 A 100.64.7.{number}", f"{name}. 60 A 100.64.7.{number + 100}")


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        lines = "\n".join(f"prefix {prefix}" for prefix in EMBEDDED)
        resolver = Resolver(lab, f"""
            split-domain 9929 lab.example
            split-domain first.internal lab.example
            prefix-choice first.internal order
            upstream-dns lab.example 127.0.0.1@5301
            upstream-dns . 127.0.0.1@5301
            {lines}
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        resolver.upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, answer)
        yield resolver.start()
        resolver.upstream.close()


def text(address):
    return str(ipaddress.IPv6Address(address))


def prefix_of(answer, number):
    """The prefix that holds both addresses of host N, which are embedded as they must be."""
    found = [prefix for prefix, form in EMBEDDED.items()
             if answer.addresses == {text(form.format(number)), text(form.format(number + 100))}]
    assert len(found) == 1, f"host{number}: the addresses {answer.addresses} are not those of one prefix"
    return found[0]


def test_every_answer_keeps_to_one_prefix_and_all_have_some(resolver):
    chosen = {number: prefix_of(resolver.ask(f"host{number}.9929"), number) for number in range(1, HOSTS)}
    assert set(chosen.values()) == set(EMBEDDED)
    resolver.control("flush_zone .")
    for number, prefix in chosen.items():
        assert prefix_of(resolver.ask(f"HoSt{number}.9929"), number) == prefix, "another case, another prefix"


def test_by_order_the_first_serves_all(resolver):
    for number in range(1, 20):
        assert prefix_of(resolver.ask(f"host{number}.first.internal"), number) == next(iter(EMBEDDED))


@pytest.mark.parametrize("prefix", EMBEDDED)
def test_an_address_in_any_of_them_has_its_name(resolver, prefix):
    """Also in a prefix that the name itself is not answered in: of old answers, or of another relay's."""
    address = EMBEDDED[prefix].format(7)
    answer = resolver.ask(dns.reversename.from_address(text(address)), "PTR")
    assert (answer.rcode, {data for _, _, data in answer.records}) == ("NOERROR", {"host7.9929."})
