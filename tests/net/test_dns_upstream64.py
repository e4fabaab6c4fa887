# SPDX-License-Identifier: GPL-2.0-or-later
"""An upstream that is a DNS64 itself, a real Unbound with its dns64: the prefix is noticed, and its addresses do not count."""
import json
import os
import re
import struct
import threading

import dns.rrset
import pytest
from gateway_world import GATEWAY, OPEN, inside
from lab import Lab, built
from resolver import UNBOUND, Resolver
from upstream import PythonNs, add

RELAY = "split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 127.0.0.1@5301\n" + OPEN
OURS, ITS, OTHER = "fd64:1::", "fd00:6464::", "fd00:4646::cb00:7107"
ZONE = {
    "ipv4only.arpa": {"A": ["192.0.0.170", "192.0.0.171"]},
    "v4.example.org": {"A": ["203.0.113.5"]},
    "alias.example.org": {"CNAME": ["v4.example.org."]},
    "other.example.org": {"A": ["203.0.113.7"]},
    "dual.example.org": {"A": ["203.0.113.6"], "AAAA": ["2001:db8:6::6"]},
    "my-vps.tail1234.ts.net": {"A": ["100.64.0.3"]},
}
DNS64 = """
server:
    module-config: "dns64 iterator"
    dns64-prefix: {prefix}/96
    interface: 127.0.0.1@5300
    do-not-query-localhost: no
    use-syslog: no
    username: ""
    chroot: ""
    pidfile: ""
    directory: "{folder}"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@5301
"""


class Behind(Resolver):
    """A resolver with a clock of the test's, whose upstream on port 5300 is a DNS64; that one asks the server of the test, on port 5301."""

    def __init__(self, lab, settings, prefix, fails):
        super().__init__(lab, settings)
        self.clocks, self.fails, self.silent, self.its = lab.folder / "clocks", threading.Event(), False, None
        if fails:
            self.fails.set()
        self.clock(0)
        self.upstream = PythonNs(self.relay, "127.0.0.1", 5301, self.answer)
        self.dns64(prefix)

    @property
    def environment(self):
        libraries = ":".join(filter(None, (super().environment.get("LD_PRELOAD"), str(built("tests/net/clock-shift.so")))))
        return {**super().environment, "LD_PRELOAD": libraries, "CLOCK_SHIFT": str(self.clocks)}

    def clock(self, seconds):
        """So many are we ahead."""
        with open(os.open(self.clocks, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            file.write(struct.pack("qqq", seconds, 0, 0))

    def dns64(self, prefix):
        """Start the upstream, in the place of the one before."""
        if self.its:
            self.its.stop()
        conf = self.lab.folder / "dns64.conf"
        conf.write_text(DNS64.format(prefix=prefix, folder=self.lab.folder))
        self.its = self.relay.start([UNBOUND, "-d", "-c", conf], name=f"dns64-{prefix.replace(':', '-')}")
        self.its.wait_for("start of service")

    def answer(self, name, message, transport):
        """The whole world, which knows nothing of DNS64."""
        del transport
        kind = re.search(r"IN (\S+)$", message.question[0].to_text())[1]
        if name == "ipv4only.arpa" and self.silent:
            return False
        if name not in ZONE:
            message.set_rcode(3)
        if name == "ipv4only.arpa" and self.fails.is_set():
            message.set_rcode(5)
            return None
        while "CNAME" in ZONE.get(name, {}) and kind != "CNAME":
            add(message, f"{name}. 60 CNAME {ZONE[name]['CNAME'][0]}")
            name = ZONE[name]["CNAME"][0].rstrip(".")
        for record in ZONE.get(name, {}).get(kind, []):
            add(message, f"{name}. 60 {kind} {record}")
        if not message.answer:
            message.authority.append(dns.rrset.from_text(f"{name}.", 60, "IN", "SOA", "ns.invalid. nobody.invalid. 1 60 60 60 60"))
        return None


@pytest.fixture
def world():
    """Call with settings and the upstream's prefix; fails: nobody has ipv4only.arpa."""
    with Lab() as lab:
        servers = []

        def make(settings, prefix=ITS, fails=False):
            resolver = Behind(lab, settings, prefix, fails)
            servers.append(resolver.upstream)
            return resolver.start()
        yield make
        for server in servers:
            server.close()


NAMES = {"v4.example.org": inside(OURS, "203.0.113.5"), "alias.example.org": inside(OURS, "203.0.113.5"), "dual.example.org": {"2001:db8:6::6"}}


@pytest.mark.parametrize("settings", [RELAY, GATEWAY], ids=["relay", "gateway"])
def test_what_the_upstream_makes_up_does_not_count(world, settings):
    """The very first question already: it waits until the upstream has been asked."""
    resolver = world(settings)
    for again in ("first", "from the cache"):
        for name, addresses in NAMES.items():
            assert resolver.ask(name).addresses == addresses, f"{again}: {name}"
    assert resolver.ask("nobody.example.org").rcode == "NXDOMAIN"
    assert f"is a DNS64 itself, with the prefix {ITS}/96" in resolver.unbound.text()
    assert resolver.unbound.text().count("DNS64 itself") == 1 and resolver.upstream.asked["ipv4only.arpa"] == 2, "AAAA and A, for one question"
    assert resolver.ask("ipv4only.arpa").addresses == inside(OURS, "192.0.0.170", "192.0.0.171"), "hosts are told ours"
    if settings is RELAY:
        assert resolver.ask("my-vps.9929").addresses == inside("fd64:9929::", "100.64.0.3")


def test_a_well_known_prefix(world):
    resolver = world(GATEWAY, "64:ff9b::")
    assert resolver.ask("v4.example.org").addresses == inside(OURS, "203.0.113.5")


def test_an_upstream_with_our_own_prefix_is_left_alone(world):
    """A relay beside this one, with the same settings: what it makes is what we would make."""
    resolver = world(GATEWAY, OURS)
    assert resolver.ask("v4.example.org").addresses == inside(OURS, "203.0.113.5")
    assert "DNS64 itself" not in resolver.unbound.text()


def test_another_prefix_is_noticed_the_next_day(world):
    resolver = world(GATEWAY)
    assert resolver.ask("v4.example.org").addresses == inside(OURS, "203.0.113.5")
    resolver.dns64("fd00:4646::")
    resolver.clock(3600)
    assert resolver.ask("other.example.org").addresses == {OTHER}, "nobody has asked again yet"
    resolver.clock(86400 + 10)
    assert resolver.ask("other.example.org").addresses == inside(OURS, "203.0.113.7")
    assert "is a DNS64 itself, with the prefix fd00:4646::/96" in resolver.unbound.text()


def test_an_upstream_that_fails_is_asked_again(world):
    """A name is answered all the same, and a question of a minute later asks again. What was known before stays."""
    resolver = world(GATEWAY, fails=True)
    assert resolver.ask("dual.example.org").addresses == NAMES["dual.example.org"]
    resolver.fails.clear()
    resolver.dns64(ITS)  # the upstream keeps its failure for a while of its own
    resolver.clock(120)
    assert resolver.ask("v4.example.org").addresses == inside(OURS, "203.0.113.5")
    resolver.fails.set()
    resolver.dns64(ITS)
    resolver.clock(86400 + 200)
    assert resolver.ask("other.example.org").addresses == inside(OURS, "203.0.113.7")


def test_an_upstream_that_is_silent_about_the_name_alone(world):
    """It knows all others: nobody waits for long, the first question neither."""
    resolver = world(GATEWAY)
    resolver.silent = True
    assert resolver.ask("dual.example.org").addresses == NAMES["dual.example.org"]
    assert resolver.ask("other.example.org").rcode == "NOERROR"
    assert resolver.unbound.alive


def test_check_names_the_upstream(world):
    """What the resolver leaves out by itself is a note; another zone's upstream takes a line, which check prints and which helps."""
    resolver = world(GATEWAY + "upstream-dns example.org 127.0.0.1@5300\n")

    def told():
        done = resolver.relay.run([built("nat64-relay"), "-c", resolver.settings, "check", "--conflicts", "--json"], check=False)
        return [(one["result"], one["text"], one["advice"]) for one in json.loads(done.stdout)["conflicts"] if one["topic"] == "upstream"]
    note, warning = told()
    assert note[0] == "ok" and note[1].startswith(f"upstream-dns . 127.0.0.1@5300 is a DNS64 itself, with the prefix {ITS}/96: the resolver leaves"), note
    assert warning[0] == "warning" and warning[1].startswith(f"upstream-dns example.org 127.0.0.1@5300 is a DNS64 itself, with the prefix {ITS}/96: names in"), warning
    assert warning[2] == f'write "dns64-exclude {ITS}/96" in relay.conf, then: nat64-relay reload'
    resolver.settings.write_text(resolver.settings.read_text() + f"dns64-exclude {ITS}/96\n")
    assert told() == []
