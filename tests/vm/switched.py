# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay between a client and a target of the laboratory, all three on one switch. No Tailscale."""
import re

from installed import Installed
from lab import Lab, built, wait_for
from relay_state import snapshot
from upstream import TestNs, entry
from whole import disk

NOTHING = ["real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60"]
NO_SUCH_NAME = entry("nobody. A", authority=NOTHING, rcode="NXDOMAIN", match="opcode").replace("copy_id", "copy_id copy_query")


class SwitchedRelay(Installed):
    """client (IPv6 only) - relay, the whole machine - target (IPv4 only, and the name server of the real names), on one switch. No Tailscale."""
    CLIENT6, LATE_CLIENT6, RELAY6 = "fd7a:115c:a1e0::2", "fd7a:115c:a1e0::9", "fd7a:115c:a1e0::1"
    RELAY4, TARGET4 = "100.64.0.1", "100.64.0.3"
    NAME = "my-vps.9929"

    def __init__(self, progress, release):
        super().__init__(progress, Lab(), release)
        self.prefix = self.address = self.bare = self.disk = self.network = self.said = None
        self.client, self.target = self.lab.node("client"), self.lab.node("target")
        switch = self.lab.switch("switch", {self.client: "eth0", self.target: "eth0"})
        self.client.address("eth0", self.CLIENT6 + "/64", self.LATE_CLIENT6 + "/64")
        self.target.address("eth0", self.TARGET4 + "/10")
        TestNs(self.target, 5300, [entry("my-vps.real.test A", [f"my-vps.real.test. IN A {self.TARGET4}"]),
                                   entry("my-vps.real.test AAAA", authority=NOTHING), NO_SUCH_NAME], count=False)
        self.furnish(switch)

    def set_up(self):
        """Boot, and install the earlier version as its user does. What the machine was like before is kept to compare."""
        self.boot(f"{self.RELAY4}/10", f"{self.RELAY6}/64")
        wait_for(lambda: self.client.run(f"ping -n -c 1 -W 1 {self.RELAY6}", check=False).returncode == 0, "the machine on the switch", timeout=60)
        wait_for(self.machine.is_booted, "the end of the boot", timeout=120, interval=0.5)
        self.bare, self.disk, self.network = self.installed(), disk(self.machine), snapshot(self.machine)
        self.progress("apt install")
        self.said = self.install("earlier")

    def init(self):
        """nat64-relay init; what it chose becomes the client's route."""
        self.command("init", "--no-tailscale", "--split-domain", "9929", "--real-suffix", "real.test", "--edge-address", self.RELAY4,
                     "--edge-address", self.RELAY6, "--upstream-dns", f"{self.TARGET4}@5300")
        written = self.machine.run("cat /etc/nat64-relay/relay.conf").stdout
        self.prefix = re.search(r"^prefix (\S+)::/96$", written, re.M)[1]
        self.address = f"{self.prefix}::6440:3"
        self.client.route(f"{self.prefix}::/96", "via", self.RELAY6)

    def translate(self, prefix, address):
        """The target becomes the NAT64 of a network, and is an IPv4 host behind it too. Its address on the switch."""
        near, target = "fd7a:115c:a1e0::3", self.target
        target.address("lo", f"{address}/32")
        target.address("eth0", f"{near}/64")
        target.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        settings = self.lab.settings(f"""
            prefix {prefix}
            dynamic-pool 192.168.240.0/20
            tun-device nat64
            tun-up yes
            tun-ip 192.168.255.254
            tun-route 192.168.240.0/20
            tun-route {prefix}
            """, "gateway.conf")
        target.start([built("nat64d"), "-c", settings], name="nat64d").wait_for("translating on")
        return near

    def ask(self, patience=3):
        """The AAAA records of my-vps.9929, asked by the client, which waits so many seconds for them."""
        said = self.client.run(f"dig +short +tries=1 +time={patience} @{self.RELAY6} {self.NAME} AAAA", check=False).stdout.splitlines()
        return [line for line in said if not line.startswith(";")]

    def ping(self, count=1, source=CLIENT6, patience=5):
        return self.client.run(f"ping -n -c {count} -i 0.2 -W {patience} -I {source} {self.address}", check=False)

    def assert_serves(self):
        """A client's question and its packets. The name server inside may need a moment after its start."""
        answer = wait_for(self.ask, f"an answer for {self.NAME}", timeout=60)
        assert answer == [self.address], f"AAAA of {self.NAME}: expected {self.address}, got {answer}\n{self.journal()}"
        self.assert_carries(self.client, self.CLIENT6, self.target, self.RELAY4, self.address)
