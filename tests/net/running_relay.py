# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay by `nat64-relay run` with the real Unbound, module and translator, that client and target reach; ldns-testns on its loopback knows the real names."""
import re

from exposition import Metrics
from lab import ThreeHosts, built, preload
from upstream import TestNs, entry

REAL = "tail1234.ts.net"
SOA = f"{REAL}. 100 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 77"
LONG = ".".join(["x" * 60] * 3 + ["y" * 58])  # with .9929 it is a name, with the real suffix it is too long
ZONE = [
    entry(f"{REAL}. A", authority=[SOA]),  # what watch asks to see whether there is an upstream
    entry("public.example. A", authority=[SOA]),
    entry(f"lasting.{REAL}. A", [f"lasting.{REAL}. 3600 IN A 100.64.0.3"]),
    entry(f"my-vps.{REAL}. A", [f"my-vps.{REAL}. 60 IN A 100.64.0.3"]),
    entry(f"alias.{REAL}. A", [f"alias.{REAL}. 60 IN CNAME hop.{REAL}.", f"hop.{REAL}. 60 IN CNAME my-vps.{REAL}.", f"my-vps.{REAL}. 60 IN A 100.64.0.3"]),
    entry(f"hop.{REAL}. A", [f"hop.{REAL}. 60 IN CNAME my-vps.{REAL}.", f"my-vps.{REAL}. 60 IN A 100.64.0.3"]),
    entry(f"host.old.{REAL}. A", [f"old.{REAL}. 60 IN DNAME new.{REAL}.", f"host.old.{REAL}. 60 IN CNAME host.new.{REAL}.", f"host.new.{REAL}. 60 IN A 100.64.0.4"]),
    entry(f"host.new.{REAL}. A", [f"host.new.{REAL}. 60 IN A 100.64.0.4"]),
    entry(f"mixed.{REAL}. A", [f"mixed.{REAL}. 60 IN A 8.8.8.8", f"mixed.{REAL}. 60 IN A 100.64.0.5", f"mixed.{REAL}. 60 IN A 100.100.100.100"]),
    entry(f"outside.{REAL}. A", [f"outside.{REAL}. 60 IN A 8.8.8.8"]),
    entry(f"gone.{REAL}. A", authority=[SOA], rcode="NXDOMAIN"),
    entry(f"fresh.{REAL}. A", authority=[SOA], rcode="NXDOMAIN"),
    entry(f"brief.{REAL}. A", [f"brief.{REAL}. 1 IN A 100.64.0.7"]),
    entry(f"time.{REAL}. A", [f"time.{REAL}. 60 IN A 100.64.0.6"]),
    entry(f"broken.{REAL}. A", rcode="SERVFAIL"),
    entry(f"texts.{REAL}. TXT", [f'texts.{REAL}. 60 IN TXT "one"', f'texts.{REAL}. 60 IN TXT "see my-vps.{REAL}"']),
    entry("3.0.64.100.in-addr.arpa. PTR", [f"3.0.64.100.in-addr.arpa. 60 IN PTR my-vps.{REAL}.", "3.0.64.100.in-addr.arpa. 60 IN PTR host.elsewhere.example."]),
]


class Relay:
    """Client, relay and target on one switch, and `nat64-relay run`."""

    def __init__(self, lab, more=""):
        self.lab = lab
        hosts = ThreeHosts(lab)
        self.node, self.client, self.target = hosts.relay, hosts.client, hosts.target
        self.program, self.environment = built("nat64-relay"), preload(built("module/splitdns.so"))
        self.settings = lab.settings(f"""
            split-domain 9929 {REAL}
            type-policy 9929 pass TXT
            name-labels 9929 7
            upstream-dns {REAL} 127.0.0.1@5300
            edge-address {ThreeHosts.RELAY4}
            edge-address {ThreeHosts.RELAY6}
            prefix fd64:9929::/96
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
            {more}""")
        self.upstream = TestNs(self.node, 5300, ZONE)
        self.process = None

    def run(self):
        self.process = self.node.start([self.program, "-c", self.settings, "run"], name="nat64-relay", env=self.environment)
        self.process.wait_for("ready after", 40)
        return self

    def command(self, *words, check=True):
        return self.node.run([self.program, "-c", self.settings, *words], check=check, env=self.environment).stdout

    def metrics(self):
        return Metrics(self.command("metrics"))

    def ask(self, name, kind="AAAA", server=ThreeHosts.RELAY6, more=""):
        """The rcode and the answers, as dig has them."""
        said = self.client.run(f"dig +tries=1 +time=20 {more} {name} {kind} @{server}").stdout
        return re.search(r"status: (\w+)", said)[1], re.findall(rf"^[^;]\S*\s+\d+\s+IN\s+{kind}\s+(.*)$", said, re.M)

    def file(self, name):
        return self.lab.folder / "relay.run" / name
