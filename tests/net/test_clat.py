# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay clat: IPv4 on a host that has IPv6 alone. Real packets through a real NAT64; the router's advertisements are made by hand."""
import ipaddress
import json
import shutil
import socket
import struct
import threading

import pytest
import traffic
from lab import USER, Lab, built, need, unbound_program, wait_for

FAR4 = "9.9.9.9"  # a host of the internet: RFC 6052 3.1 keeps 64:ff9b::/96 for global addresses
ROUTER, SITE, OLD, ULA = "fe80::1", "2001:db8:1::/64", "2001:db8:2::/64", "fd00:1::/64"
WELL_KNOWN, OWN = "64:ff9b::/96", "2001:db8:64::/96"
CODES = {96: 0, 64: 1, 56: 2, 48: 3, 40: 4, 32: 5}

DNS64 = """
server:
    module-config: "dns64 iterator"
    dns64-prefix: {prefix}
    interface: 2001:db8:1::1
    access-control: ::/0 allow
    do-not-query-localhost: no
    use-syslog: no
    username: ""
    chroot: ""
    pidfile: ""
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@5301
"""


class Router(threading.Thread):
    """Advertises itself once a second, and whenever it is asked."""

    def __init__(self, node, device="eth1"):
        super().__init__(daemon=True)
        with node.inside():
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            index = socket.if_nametoindex(device)
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        self.sock.bind((ROUTER, 0, 0, index))
        self.to = ("ff02::1", 0, 0, index)
        self.networks, self.nat64, self.running = {SITE: 600}, {}, True  # network: its preferred lifetime; NAT64 prefix: its lifetime (s)

    def message(self):
        octets = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
        for network, preferred in self.networks.items():
            network = ipaddress.ip_network(network)
            octets += struct.pack("!BBBBIII", 3, 4, network.prefixlen, 0xc0, 1200, preferred, 0) + network.network_address.packed
        for prefix, lifetime in self.nat64.items():
            prefix = ipaddress.ip_network(prefix)
            octets += struct.pack("!BBH", 38, 2, lifetime // 8 << 3 | CODES[prefix.prefixlen]) + prefix.network_address.packed[:12]
        return octets

    def run(self):
        self.sock.settimeout(1)
        while self.running:
            self.sock.sendto(self.message(), self.to)
            try:
                while self.sock.recv(2000)[0] != 133:
                    pass
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

    def clat(self, verb, *options, check=True):
        return self.host.run([built("nat64-relay"), "clat", verb, "--runtime-dir", self.folder, *options], check=check, timeout=90)

    def up(self, *options):
        said = self.clat("up", "--user", USER, "--translator", built("nat64d"), *options, check=False).stdout
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


def within(address, network):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def test_a_prefix_of_router_advertisements(site):
    """The well-known prefix: ping, TCP, a large datagram; nothing is left by down."""
    advertise(site, {WELL_KNOWN: 1800})
    before = site.left()
    assert not site.pings(), "it has IPv4 already"
    said = site.up()
    assert f"by the NAT64 {WELL_KNOWN} (router advertisement), over eth0" in said, said
    state = site.status()
    assert within(state["address6"], SITE) and state["address4"] == "192.0.0.1" and state["mtu"] == 1500
    assert "dev clat proto 64 scope link src 192.0.0.1 metric 2048" in site.host.run("ip -4 route show default").stdout
    assert wait_for(site.pings, "an echo")
    near, far = traffic.tcp_pair(site.internet, FAR4, site.host, FAR4)
    with near, far:
        assert far.getpeername()[0] == "9.9.9.1"
        traffic.tcp_sizes(near, far, [1, 1400, 65000])
    assert site.pings("-M", "do", "-s", "1452") and not site.pings("-M", "do", "-s", "1453")
    names = site.gateway.start(["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--listen-address=2001:db8:1::1", "--address=/ipv4only.arpa/192.0.0.170", "--local=/ipv4only.arpa/",
                                "--user=root", "--pid-file="], name="dnsmasq")
    wait_for(lambda: site.host.run([built("nat64-relay"), "detect", "--server", "2001:db8:1::1"], check=False).returncode == 0, "a verdict")
    detected = json.loads(site.host.run([built("nat64-relay"), "detect", "--json", "--server", "2001:db8:1::1"]).stdout)
    assert detected["prefixes"] == [] and detected["pref64"] == [{"prefix": WELL_KNOWN, "lifetime": 1800}]
    names.stop()
    assert site.clat("up", "--foreground", check=False).returncode == 2, "a second one"
    program = site.lab.folder / "nat64-relay-of-a-user"
    shutil.copy(built("nat64-relay"), program)
    site.lab.folder.chmod(0o755)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    said = site.host.run([*user, program, "clat", "status", "--runtime-dir", site.folder]).stdout
    assert f"by the NAT64 {WELL_KNOWN} (router advertisement)" in said, said
    site.clat("down")
    assert site.left() == before
    assert site.status() == {"up": False, "why": "nobody keeps it"}


@pytest.mark.parametrize("networks, expected", [({OLD: 0, SITE: 600}, SITE), ({SITE: 600, OLD: 0}, SITE), ({ULA: 600}, ULA)],
                         ids=["one-deprecated", "the-other-deprecated", "a-ULA-alone"])
def test_the_address_on_the_way(site, networks, expected):
    """In the network that the kernel itself sends from: never in that of a deprecated address."""
    advertise(site, {OWN: 1800}, networks)
    site.up()
    state = site.wait(up=True)
    assert within(state["address6"], expected), state
    assert wait_for(site.pings, "an echo")


def test_a_prefix_found_by_dns_alone(site):
    """RFC 7050: no router advertises one, and the network's resolver is a DNS64. What a router says later comes first (RFC 8781 section 5.1)."""
    advertise(site)
    site.host.resolv_conf("nameserver 2001:db8:1::1\n")
    site.gateway.start(["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--port=5301", "--listen-address=127.0.0.1", "--address=/ipv4only.arpa/192.0.0.170",
                        "--user=root", "--pid-file="], name="dnsmasq")
    conf = site.lab.folder / "dns64.conf"
    conf.write_text(DNS64.format(prefix=OWN))
    site.gateway.start([unbound_program(), "-d", "-c", conf], name="unbound").wait_for("start of service")
    said = site.up()
    assert f"by the NAT64 {OWN} (DNS), over eth0" in said, said
    assert site.wait(up=True, source="DNS")["prefix"] == OWN
    assert wait_for(site.pings, "an echo")
    site.router.nat64 = {WELL_KNOWN: 1800}
    site.wait(up=True, prefix=WELL_KNOWN, source="router advertisement")
    site.router.nat64 = {WELL_KNOWN: 0}
    site.wait(up=True, prefix=OWN, source="DNS")


def test_a_given_prefix(site):
    advertise(site)
    assert f"by the NAT64 {OWN} (given)" in site.up("--prefix", OWN, "--metric", "77")
    assert "metric 77" in site.host.run("ip -4 route show default").stdout
    assert wait_for(site.pings, "an echo")


def test_changes_are_followed(site):
    """Another prefix, another MTU, the network gone and back, a translator that was killed; and nothing where IPv4 is."""
    advertise(site, {WELL_KNOWN: 1800})
    site.up()
    site.wait(up=True, prefix=WELL_KNOWN)
    site.router.nat64 = {WELL_KNOWN: 0, OWN: 1800}
    site.wait(up=True, prefix=OWN)
    assert wait_for(site.pings, "an echo by the other prefix")
    site.host.run("ip link set eth0 mtu 1400")
    wait_for(lambda: "mtu 1380 " in site.host.run("ip link show clat", check=False).stdout, "the device's MTU", 20)
    site.host.run("ip link set eth0 mtu 1500")
    pid = wait_for(lambda: site.host.pid_of("nat64d"), "the translator")
    site.host.run(["kill", "-KILL", str(pid)])
    wait_for(lambda: site.host.pid_of("nat64d") not in (None, pid) and site.pings(), "an echo by another translator", 30)
    site.host.run("ip link set eth0 down")
    site.wait(up=False)
    site.host.run("ip link set eth0 up")
    site.wait(up=True)
    assert wait_for(site.pings, "an echo after the network was gone", 20)
    site.host.sh("ip tuntap add dev other mode tun && ip link set other up && ip address add 192.0.2.2/24 dev other && ip route add default via 192.0.2.1")
    assert site.wait(up=False)["why"] == "IPv4 has a default route by other"
    assert "clat" not in site.host.run("ip -br link").stdout
    site.host.run("ip link del other")
    site.wait(up=True)


def test_without_a_nat64_it_waits(site):
    """And goes on when one is advertised."""
    advertise(site)
    said = site.up()
    assert "The CLAT waits: no NAT64 prefix" in said, said
    site.router.nat64 = {OWN: 1800}
    site.wait(up=True, prefix=OWN, source="router advertisement")


@pytest.mark.parametrize("words, said", [(["sideways"], "up, down or status"), (["up", "--prefix", "64:ff9b::1/96"], "without host bits"),
                                         (["up", "--metric", "0"], "from 1 to"), ([], "up, down or status")])
def test_wrong_words(words, said):
    import subprocess
    done = subprocess.run([built("nat64-relay"), "clat", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr, done
