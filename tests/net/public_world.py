# SPDX-License-Identifier: GPL-2.0-or-later
"""A small Internet for the name service: a root, com, example.com and git.example.com, each a server of its own, and a relay that asks from the root on.

    127.0.0.10  the root, arpa        127.0.0.12  example.com, with ns1.example.com
    127.0.0.11  com                   127.0.0.13  git.example.com, with ns1.git.example.com inside itself
    127.0.0.14  other.com and, by a stub-zone, stub.com: their only name server is ns2.git.example.com
    9.29.0.53   far.com, whose only name server is ns3.git.example.com
"""
import threading
import time

import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from lab import Lab
from resolver import Resolver
from upstream import PythonNs

GIT4, GIT6 = "9.29.0.7", "2001:db8::7"
IN_PREFIX = "fd64:9929::91d:7"

ROOT = """
. 600 NS a.root.
a.root. 600 A 127.0.0.10
80.0.80.9.in-addr.arpa. 60 PTR www.example.com.
7.0.29.9.in-addr.arpa. 60 PTR git.example.com.
"""
COM = "com. 600 NS ns.com.\nns.com. 600 A 127.0.0.11"
EXAMPLE = f"""
example.com. 600 NS ns1.example.com.
example.com. 600 MX 10 git.example.com.
ns1.example.com. 600 A 127.0.0.12
www.example.com. 60 A 9.80.0.80
www.example.com. 60 AAAA 2001:db8::80
alias.example.com. 60 CNAME git.example.com.
inside.example.com. 60 A 127.0.0.1
"""
GIT = f"""
git.example.com. 600 NS ns1.git.example.com.
git.example.com. 60 A {GIT4}
git.example.com. 60 AAAA {GIT6}
git.example.com. 60 TXT "a text"
git.example.com. 60 MX 10 mail.example.com.
git.example.com. 60 HTTPS 1 . ipv4hint={GIT4} ipv6hint={GIT6}
ns1.git.example.com. 1 A 127.0.0.13
ns2.git.example.com. 60 A 127.0.0.14
ns3.git.example.com. 60 A 9.29.0.53
host.git.example.com. 60 A 9.29.0.8
host.git.example.com. 60 AAAA 2001:db8::8
short.git.example.com. 1 A 9.29.0.9
ten.git.example.com. 10 A 9.29.0.10
texts.git.example.com. 60 TXT "a text"
""" + "".join(f"many{number}.git.example.com. 60 A 9.29.0.{100 + number}\nmany{number}.git.example.com. 60 AAAA 2001:db8::{number}\n"
              for number in range(20))


OTHER = "other.com. 600 NS ns2.git.example.com.\nwww.other.com. 1 A 9.80.0.81\nwww.stub.com. 1 A 9.80.0.82"
FAR = "far.com. 600 NS ns3.git.example.com.\nwww.far.com. 1 A 9.80.0.83"
STUB = '''
stub-zone:
  name: "stub.com"
  stub-host: "ns2.git.example.com"
'''


def records(text):
    return [line.split(None, 3) for line in text.strip().splitlines()]


class Zone:
    """An authoritative server's answers. delegations: {child: records of its NS and their addresses}. delay: seconds; silent: no answer at all."""

    def __init__(self, apex, text, delegations):
        self.apex, self.records, self.delegations = apex, records(text), {child: records(text) for child, text in delegations.items()}
        self.delay, self.silent, self.log, self.lock = 0, False, [], threading.Lock()

    def asked(self, name, kind):
        return self.log.count((name, kind))

    def __call__(self, name, message, transport):
        name, kind = name.rstrip(".") + ".", dns.rdatatype.to_text(message.question[0].rdtype)
        with self.lock:
            self.log.append((name, kind))
        time.sleep(self.delay)
        if self.silent:
            return False
        message.flags &= ~dns.flags.RA
        for child, glue in self.delegations.items():
            if ("." + name).endswith("." + child):
                self.put(message.authority, [line for line in glue if line[2] == "NS"])
                self.put(message.additional, [line for line in glue if line[2] == "A"])
                return True
        message.flags |= dns.flags.AA
        own = [line for line in self.records if line[0] == name]
        found = [line for line in own if line[2] in (kind, "CNAME")]
        self.put(message.answer, found)
        if not found:
            between = any(line[0].endswith("." + name) for line in self.records) or name == "."
            message.set_rcode(dns.rcode.NOERROR if own or between else dns.rcode.NXDOMAIN)
            self.put(message.authority, [[self.apex, "60", "SOA", "ns.invalid. admin.invalid. 1 2 3 4 60"]])
        return True

    @staticmethod
    def put(section, lines):
        for name, ttl, kind, data in lines:
            rrset = dns.rrset.from_text(name, int(ttl), "IN", kind, data)
            same = [other for other in section if other.name == rrset.name and other.rdtype == rrset.rdtype]
            if same:
                same[0].add(rrset[0])
            else:
                section.append(rrset)


class World:
    """The relay's resolver, and the servers."""

    def __init__(self, lab, text):
        self.resolver = Resolver(lab, text)
        self.root = Zone(".", ROOT, {"com.": COM})
        self.com = Zone("com.", COM, {
            "example.com.": "example.com. 600 NS ns1.example.com.\nns1.example.com. 600 A 127.0.0.12",
            "other.com.": "other.com. 600 NS ns2.git.example.com.",
            "far.com.": "far.com. 600 NS ns3.git.example.com."})
        self.example = Zone("example.com.", EXAMPLE, {
            "git.example.com.": "git.example.com. 600 NS ns1.git.example.com.\nns1.git.example.com. 1 A 127.0.0.13"})
        self.git = Zone("git.example.com.", GIT, {})
        self.other = Zone("other.com.", OTHER, {})
        self.servers = [PythonNs(self.resolver.relay, f"127.0.0.{10 + number}", 53, zone)
                        for number, zone in enumerate((self.root, self.com, self.example, self.git, self.other))]
        far = lab.node("far")  # an address of the relay's own would be left out of every answer
        lab.connect(far, "eth0", self.resolver.relay, "far")
        self.resolver.relay.address("far", "9.29.0.1/24")
        far.address("eth0", "9.29.0.53/24")
        self.servers.append(PythonNs(far, "9.29.0.53", 53, Zone("far.com.", FAR, {})))
        hints = lab.folder / "root.hints"
        hints.write_text(". 600 NS a.root.\na.root. 600 A 127.0.0.10\n")
        hints.chmod(0o644)
        self.resolver.generate(f'server:\n  root-hints: "{hints}"\n  do-not-query-localhost: no\n  prefer-ip6: yes\n{STUB}')
        text = self.resolver.conf.read_text()  # nothing here is signed
        self.resolver.conf.write_text("\n".join(line for line in text.splitlines() if "trust-anchor-file" not in line) + "\n")
        self.resolver.start()

    def close(self):
        for server in self.servers:
            server.close()


SETTINGS = """
    split-domain git.example.com git.example.com
    split-domain 9929 .
    prefix fd64:9929::/96
    allow-destination 0.0.0.0/0
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
    query-log yes
"""


@pytest.fixture(scope="module")
def world():
    with Lab() as lab:
        world = World(lab, SETTINGS)
        yield world
        world.close()


@pytest.fixture
def resolver(world):
    """With an empty cache, and servers that answer at once."""
    for zone in (world.root, world.com, world.example, world.git):
        zone.delay, zone.silent = 0, False
    world.resolver.control("flush_zone .")
    world.git.log.clear()
    return world.resolver
