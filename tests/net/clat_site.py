# SPDX-License-Identifier: GPL-2.0-or-later
"""An IPv6-only host behind a NAT64, whose router advertises itself as a test wants it: what the tests of nat64-relay clat share."""
import ipaddress
import json
import socket
import struct
import threading

import pytest
from lab import USER, Lab, built, need, wait_for

FAR4 = "9.9.9.9"  # a host of the internet: RFC 6052 3.1 keeps 64:ff9b::/96 for global addresses
ROUTER, SITE, OLD, ULA = "fe80::1", "2001:db8:1::/64", "2001:db8:2::/64", "fd00:1::/64"
WELL_KNOWN, OWN = "64:ff9b::/96", "2001:db8:64::/96"
CODES = {96: 0, 64: 1, 56: 2, 48: 3, 40: 4, 32: 5}


class Router(threading.Thread):
    """Advertises itself once a second, and whenever it is asked."""

    def __init__(self, node, device="eth1", address=ROUTER):
        super().__init__(daemon=True)
        with node.inside():
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            index = socket.if_nametoindex(device)
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        self.sock.bind((address, 0, 0, index))
        self.to = ("ff02::1", 0, 0, index)
        self.lifetime, self.sent, self.asked = 1800, 0, 0  # as a default router; advertisements and solicitations so far
        self.networks, self.nat64, self.running = {SITE: 600}, {}, True  # network: its preferred lifetime; NAT64 prefix: its lifetime (s)
        self.mtu = None  # of the link, when it says one

    def message(self):
        octets = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, self.lifetime, 0, 0)
        for network, preferred in self.networks.items():
            network = ipaddress.ip_network(network)
            octets += struct.pack("!BBBBIII", 3, 4, network.prefixlen, 0xc0, 1200, preferred, 0) + network.network_address.packed
        if self.mtu:
            octets += struct.pack("!BBHI", 5, 1, 0, self.mtu)
        for prefix, lifetime in self.nat64.items():
            prefix = ipaddress.ip_network(prefix)
            octets += struct.pack("!BBH", 38, 2, lifetime // 8 << 3 | CODES[prefix.prefixlen]) + prefix.network_address.packed[:12]
        return octets

    def run(self):
        self.sock.settimeout(1)
        while self.running:
            self.sock.sendto(self.message(), self.to)
            self.sent += 1
            try:
                while self.sock.recv(2000)[0] != 133:
                    pass
                self.asked += 1
            except TimeoutError:
                pass
        self.sock.close()

    def end(self):
        self.running = False
        self.join()


class Site:
    """internet -- gateway, whose nat64d has two prefixes -- host, which has what the gateway advertises."""

    def __init__(self, lab):
        self.lab = lab
        self.internet, self.gateway, self.host = lab.node("internet"), lab.node("gateway"), lab.node("host")
        self.host.sysctl(net__ipv6__conf__default__accept_ra=1, net__ipv6__conf__default__accept_dad=0)
        lab.connect(self.gateway, "eth0", self.internet, "eth0")
        lab.connect(self.gateway, "eth1", self.host, "eth0")
        self.gateway.address("eth0", "9.9.9.1/24")
        self.internet.address("eth0", f"{FAR4}/24")
        for address in (f"{ROUTER}/64", "2001:db8:1::1/64", "2001:db8:2::1/64", "fd00:1::1/64"):
            self.gateway.run(f"ip address add {address} dev eth1 nodad")
        self.gateway.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self.gateway.sh("nft add table ip site; nft 'add chain ip site out { type nat hook postrouting priority 100; }'; "
                        "nft add rule ip site out oifname eth0 masquerade")
        settings = lab.settings(f"""
            prefix {WELL_KNOWN}
            prefix {OWN}
            dynamic-pool 192.168.240.0/20
            tun-device nat64
            tun-up yes
            tun-ip 192.168.255.254
            tun-route 192.168.240.0/20
            tun-route {WELL_KNOWN}
            tun-route {OWN}
            """, "gateway.conf")
        self.gateway.start([built("nat64d"), "-c", settings], name="nat64d").wait_for("translating on")
        self.router = Router(self.gateway)
        self.folder = lab.folder / "clat"

    def clat(self, verb, *options, check=True, environment=None):
        return self.host.run([built("nat64-relay"), "clat", verb, "--runtime-dir", self.folder, *options], check=check, timeout=90, env=environment)

    def up(self, *options, environment=None):
        said = self.clat("up", "--user", USER, "--translator", built("nat64d"), *options, check=False, environment=environment).stdout
        return said

    def status(self):
        return json.loads(self.clat("status", "--json", check=False).stdout)

    def pings(self, *options):
        return self.host.run(["ping", "-n", "-c", "1", "-W", "3", *options, FAR4], check=False).returncode == 0

    def wait(self, **expected):
        """Until status says so."""
        def said():
            state = self.status()
            return all(state.get(key) == value for key, value in expected.items()) and state
        return wait_for(said, f"{expected} in the status", 20)

    def left(self):
        """What a CLAT may leave: devices, IPv4 routes, proxied neighbours, sysctls."""
        return [self.host.sh(line).stdout for line in (
            "ip -br link | cut -d' ' -f1", "ip -4 route", "ip -6 neigh show proxy", "sysctl net.ipv6.conf.all.forwarding net.ipv6.conf.eth0.accept_ra "
            "net.ipv6.conf.eth0.proxy_ndp net.ipv6.conf.eth0.forwarding")]


@pytest.fixture
def site():
    need("ip", "nft", "ping", "dnsmasq")
    built("nat64d")
    with Lab() as lab:
        made = Site(lab)
        yield made
        made.clat("down", check=False)
        if made.router.is_alive():
            made.router.end()


def advertise(site, nat64=None, networks=None):
    site.router.nat64 = nat64 or {}
    site.router.networks = networks or {SITE: 600}
    site.router.start()
    wanted = [network[:-4] for network in site.router.networks]
    wait_for(lambda: all(text in site.host.run("ip -6 address show dev eth0 scope global").stdout for text in wanted), "the host's addresses", 20)
