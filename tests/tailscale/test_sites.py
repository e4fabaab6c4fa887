# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites that have the same network and the same names of hosts, each behind a relay of its own, as `init --site` makes it; a client reaches both at once.

    client ---- tailnet ---- relay   berlin, fd64:a::/96 ---- 10.0.0.254 eth1 ---- 10.0.0.1 name server, 10.0.0.5 printer
                        `--- relay2  tokyo,  fd64:b::/96 ---- 10.0.0.254 eth1 ---- the very same, of tokyo
"""
import contextlib
import ipaddress
import re
import socket
import threading

import pytest
from lab import built, need, preload, wait_for
from relay import need_tailnet
from tailnet import Plan, Tailnet, reverse_zone
from upstream import PythonNs, add

REAL, NETWORK, PRINTER = "office.example", "10.0.0.0/24", "10.0.0.5"
SITES = {"berlin": ("relay", "fd64:a::/96"), "tokyo": ("relay2", "fd64:b::/96")}


class SitesPlan(Plan):
    def headscale(self, folder):
        """Each site's relay answers for the site's names and the names of its addresses."""
        settings = super().headscale(folder)
        settings["dns"]["nameservers"]["split"] = {
            zone: [f"100.64.0.{number}"] for number, (site, (_, prefix)) in enumerate(SITES.items(), 1) for zone in (site, reverse_zone(prefix))}
        return settings


class Site:
    """The network behind a relay: a name server, and a printer that says where it stands and who has come."""

    def __init__(self, tailnet, name):
        self.name, (node, self.prefix) = name, SITES[name]
        self.node, self.lan = tailnet[node], tailnet.lab.node(f"{name}-lan")
        tailnet.lab.connect(self.node, "eth1", self.lan, "eth0")
        self.node.address("eth1", "10.0.0.254/24")
        self.lan.address("eth0", "10.0.0.1/24", f"{PRINTER}/24")
        self.dns = PythonNs(self.lan, "10.0.0.1", 53, self.answer)
        with self.lan.inside():
            self.listener = socket.create_server((PRINTER, 9100))
        threading.Thread(target=self.serve, daemon=True).start()
        self.settings = self.init(tailnet)
        self.process = self.node.start([built("nat64-relay"), "run", "-c", self.settings], name="nat64-relay", env=preload(built("module/splitdns.so")))
        self.process.wait_for(r"ready after", timeout=60)
        tailnet.announce(node)

    def answer(self, name, message, transport):
        """The printer has one name everywhere; another host has a name in this site alone."""
        kind = message.question[0].rdtype
        if name == "5.0.0.10.in-addr.arpa":
            add(message, f"{name}. 60 PTR printer.{REAL}.")
        elif name not in (f"printer.{REAL}", f"only-{self.name}.{REAL}", f"late-{self.name}.{REAL}"):
            message.set_rcode(3)
        elif kind == 1:
            add(message, f"{name}. 60 A {PRINTER}")

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, (address, _) = self.listener.accept()
                with peer:
                    peer.sendall(f"{self.name} {address}".encode())

    def init(self, tailnet):
        path = tailnet.folder / f"{self.name}.init"
        self.node.run([built("nat64-relay"), "init", "-c", path, "--site", self.name, "--real-suffix", REAL, "--upstream-dns", "10.0.0.1", "--reach", NETWORK,
                       "--prefix", self.prefix, "--socket", self.node.socket])
        self.written = path.read_text()
        return tailnet.lab.settings(self.written, name=f"{self.name}.conf")

    def dropped(self):
        """What the guard has kept from leaving by another interface."""
        said = self.node.run([built("nat64-relay"), "metrics", "-c", self.settings]).stdout
        return int(re.search(r'guard_packets_total\{counter="drop-exit"\} (\d+)', said)[1])

    def close(self):
        self.listener.close()
        self.dns.close()
        assert self.process.stop(timeout=30) == 0, self.process.tail()


@pytest.fixture(scope="module")
def tailnet():
    need_tailnet()
    need("dig")
    with Tailnet(SitesPlan(split=tuple(SITES), nat64=tuple(prefix for _, prefix in SITES.values()), relays=("relay", "relay2"), targets={},
                           other_routes=(NETWORK,))) as tailnet:
        yield tailnet


@pytest.fixture(scope="module")
def sites(tailnet):
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(contextlib.closing(Site(tailnet, name))) for name in SITES}


@pytest.fixture(scope="module")
def client(tailnet, sites):
    """Asked by its own resolver; the routes to both prefixes are there."""
    node = tailnet["client"]
    for site in sites.values():
        wait_for(lambda prefix=site.prefix: prefix in node.run("ip -6 route show table 52").stdout, f"the route to {site.prefix} at the client", timeout=30)
        wait_for(lambda name=site.name: resolve(node, f"printer.{name}"), f"printer.{site.name} at the client", timeout=30)
    return node


def resolve(node, name):
    said = node.run(["getent", "ahostsv6", name], check=False).stdout.split()
    return said[0] if said else None


def inside(prefix, address):
    return str(ipaddress.IPv6Network(prefix)[int(ipaddress.ip_address(address))])


def connect(node, address, timeout=20):
    with node.inside():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect((address, 9100))
    except OSError:
        sock.close()
        raise
    return sock


def test_init_writes_what_a_site_needs(sites):
    for site in sites.values():
        for line in (f"split-domain {site.name} {REAL}", f"upstream-dns {REAL} 10.0.0.1", "upstream-dns 0.0.10.in-addr.arpa 10.0.0.1",
                     f"allow-destination {NETWORK}", "lan-interface eth1"):
            assert f"\n{line}\n" in site.written, site.written


def test_a_client_reaches_both_at_once(sites, client):
    """The same address and the same name at both ends; the site sees its own relay, so a printer without a route back answers."""
    addresses = {name: resolve(client, f"printer.{name}") for name in sites}
    assert addresses == {name: inside(site.prefix, PRINTER) for name, site in sites.items()}
    with contextlib.ExitStack() as stack:
        both = {name: stack.enter_context(connect(client, address)) for name, address in addresses.items()}
        said = {name: sock.recv(100).decode() for name, sock in both.items()}
    assert said == {name: f"{name} 10.0.0.254" for name in sites}


def test_names_are_those_of_the_site(sites, client):
    for name, other in (("berlin", "tokyo"), ("tokyo", "berlin")):
        site = sites[name]
        assert resolve(client, f"only-{name}.{name}") == inside(site.prefix, PRINTER)
        said = client.run(["dig", f"only-{other}.{name}", "AAAA"]).stdout
        assert "status: NXDOMAIN" in said, said
        said = client.run(["dig", "-x", inside(site.prefix, PRINTER), "+short"]).stdout
        assert said == f"printer.{name}.\n"
        for kind in ("AAAA", "A", "TXT", "SOA", "ANY", "SRV"):
            for label in ("printer", "nobody", f"only-{other}"):
                said = client.run(["dig", f"{label}.{name}", kind, "+noquestion"]).stdout
                assert "office" not in said and "10.0.0" not in said, said


def test_nothing_of_one_site_leads_to_the_other(tailnet, sites, client):
    """Berlin's LAN is gone, and tokyo is a subnet router for the same network, whose route berlin accepts: neither a packet nor a question goes there."""
    berlin, tokyo = sites["berlin"], sites["tokyo"]
    tokyo.node.tailscale("set", f"--advertise-routes={NETWORK},{tokyo.prefix}")
    berlin.node.tailscale("set", "--accept-routes")
    berlin.node.run("ip link set eth1 down")
    wait_for(lambda: "tailscale0" in berlin.node.run(f"ip route get {PRINTER}", check=False).stdout, "berlin's route to tokyo's network", timeout=30)
    before = berlin.dropped()
    with pytest.raises(OSError):
        connect(client, inside(berlin.prefix, PRINTER), timeout=4)
    packets = berlin.dropped()
    assert packets > before, "the guard has seen no packet of a client"
    said = client.run(["dig", f"@{berlin.node.addresses()[0]}", "late-tokyo.berlin", "AAAA", "+tries=1", "+time=4"], check=False).stdout
    assert inside(berlin.prefix, PRINTER) not in said and f"late-tokyo.{REAL}" not in tokyo.dns.asked, said
    assert berlin.dropped() > packets, "the guard has seen no question"
    said = berlin.node.run([built("nat64-relay"), "check", "-c", berlin.settings, "printer"], check=False).stdout
    assert f"packets to the site's network {NETWORK} are dropped: the route leads to tailscale0, and lan-interface is eth1" in said, said
    with connect(client, inside(tokyo.prefix, PRINTER)) as sock:
        assert sock.recv(100).decode() == "tokyo 10.0.0.254", "tokyo itself is as it was"
