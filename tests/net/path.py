# SPDX-License-Identifier: GPL-2.0-or-later
"""A path through the translator: client - relay - target on two wires, with nat64d's device on the relay.

    client eth0 -------- left relay right -------- eth0 target
    fd00:c::2            fd00:c::1 | 100.64.0.1     100.64.0.3
                                nat64

The two wires can have different MTUs. What `nat64-relay up` does on a real node is done here by ip and nft, so that nat64d is tested alone. The client
has a second address, fd00:c::5, that a map ties to 10.99.0.5: the way in for what begins on the IPv4 side.
"""
import json
import socket

from lab import USER, built, run

SETTINGS = """
    tun-device nat64
    prefix fd64:9929::/96
    dynamic-pool {pool}
    device-address 192.168.240.2
    map 10.99.0.5 fd00:c::5
"""


def ask(runtime, command, **arguments):
    """One question to the control socket in nat64d's runtime folder."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(60)
        peer.connect(str(runtime / "sockets" / "nat64d.sock"))
        peer.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
        with peer.makefile() as stream:
            return json.loads(stream.readline())


class Path:
    CLIENT, CLIENT_MAPPED, GATEWAY6 = "fd00:c::2", "fd00:c::5", "fd00:c::1"
    GATEWAY4, TARGET, MAPPED4 = "100.64.0.1", "100.64.0.3", "10.99.0.5"
    TRANSLATOR4, DEVICE4, TRANSLATOR6 = "192.168.240.1", "192.168.240.2", "fd64:9929::c0a8:f001"
    TARGET6 = "fd64:9929::6440:3"

    def __init__(self, lab, pool="192.168.240.0/20"):
        self.lab, self.pool, self.daemon, self.conf = lab, pool, None, None
        self.starter = []  # a command line that goes before nat64d's
        self.client, self.relay, self.target = (lab.node(name) for name in ("client", "relay", "target"))
        lab.connect(self.client, "eth0", self.relay, "left")
        lab.connect(self.relay, "right", self.target, "eth0")
        self.client.address("eth0", self.CLIENT + "/64", self.CLIENT_MAPPED + "/64")
        self.relay.address("left", self.GATEWAY6 + "/64")
        self.relay.address("right", self.GATEWAY4 + "/10")
        self.target.address("eth0", self.TARGET + "/10")
        run([*self.client.ip, "-6", "route", "add", "default", "via", self.GATEWAY6, "src", self.CLIENT])
        self.target.route("10.99.0.0/24", "via", self.GATEWAY4)
        self.relay.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__all__rp_filter=0)
        self.device()
        self.masquerade()

    def device(self, flags="multi_queue vnet_hdr", user=USER):
        """The persistent device with its addresses and routes, as `nat64-relay up` makes it."""
        run([*self.relay.ip, "tuntap", "add", "dev", "nat64", "mode", "tun", *flags.split(), "user", user])
        self.relay.address("nat64", self.DEVICE4 + "/32")
        self.relay.route("fd64:9929::/96", "dev", "nat64")
        self.relay.route(self.pool, "dev", "nat64", "src", self.DEVICE4)
        self.relay.route("10.99.0.0/24", "dev", "nat64")

    def masquerade(self):
        self.relay.run("nft -f -", input=f'table ip test {{ chain out {{ type nat hook postrouting priority srcnat;'
                                         f' ip saddr {self.pool} oifname "right" masquerade; }}; }}')

    def wire(self, left=1500, right=1500):
        """The MTU of each wire."""
        for node, device, mtu in ((self.client, "eth0", left), (self.relay, "left", left), (self.relay, "right", right), (self.target, "eth0", right)):
            run([*node.ip, "link", "set", device, "mtu", mtu])

    def settings(self, extra=""):
        """Write the settings, with more lines."""
        self.conf = self.lab.settings(SETTINGS.format(pool=self.pool) + extra)
        return self.conf

    def start(self, *options):
        """Start nat64d, and wait until it translates."""
        if not self.conf:
            self.settings()
        self.daemon = self.relay.start([*self.starter, built("nat64d"), "-c", self.conf, *options], name=f"nat64d{len(self.lab.processes)}")
        self.daemon.wait_for("translating on nat64")
        return self.daemon

    def data(self, name):
        """A file of the data folder."""
        return self.lab.folder / "relay.data" / name

    def finish(self):
        """End nat64d, unless a test has ended it: in order, and with nothing that a sanitizer found."""
        if self.daemon and self.daemon.alive:
            assert self.daemon.stop() == 0, "nat64d did not end cleanly:\n" + self.daemon.tail()

    def ask(self, command, **arguments):
        """One question to the control socket."""
        return ask(self.lab.folder / "relay.run", command, **arguments)

    def drops(self):
        """The drop reasons that happened."""
        return {reason: count for reason, count in self.ask("counters")["counters"]["drops"].items() if count}

    def leases(self):
        """IPv6 address -> IPv4 address."""
        return {client["ipv6"]: client["ipv4"] for client in self.ask("clients")["clients"]}
