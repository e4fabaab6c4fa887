# SPDX-License-Identifier: GPL-2.0-or-later
"""Uses beyond the relay, each by its file of examples/ and by the commands that stand in there: an IPv6-only server for IPv4 hosts, IPv4 programs on an
IPv6-only host (464XLAT), an IPv6-only data centre (SIIT-DC), several prefixes."""
import json
import re
import socket

import pytest
import traffic
from lab import TOP, Lab, built, need
from example_use import Use
from example_use import PAGE
from upstream import PythonNs, add

HOST4, SITE4 = "198.51.100.7", "10.9.0.5"  # an IPv4 host of the internet, and one of a private network
GLOBAL4 = "9.9.9.9"  # addresses of documentation are no global ones (RFC 6890)
BULK = 3_000_000  # octets


def example(name):
    return (TOP / "examples" / name).read_text()


def commands(text):
    """The commands in the comments of an example, but for the start of nat64d itself."""
    return [line for line in re.findall(r"^#   (.*)$", text, re.M) if not line.startswith("nat64d ")]


def translate(lab, node, name):
    """nat64d by an example, as its head says."""
    text = example(name)
    assert f"#   nat64d -c {name} &\n" in text
    process = node.start([built("nat64d"), "-c", lab.settings(text, f"{node.name}.conf")], name="nat64d")
    process.wait_for("translating on")
    return process


def web(node):
    """A web server whose page is the client's address."""
    node.start(["/usr/bin/python3", "-c", PAGE], name="web").wait_for("ready")


def page(node, url, *options):
    return node.run(["curl", "-sS", "-m", "20", "--retry", "3", "--retry-connrefused", *options, url]).stdout


def pings(node, address, *options, count=2):
    """What ping printed, when an echo comes back; else None."""
    done = node.run(["ping", "-n", "-c", str(count), "-i", "0.2", "-W", "3", *options, address], check=False)
    return done.stdout if done.returncode == 0 else None


def bulk(server, at, client, to, source=None):
    """Three megabytes each way on a connection; checksums hold. Who the client is to the server."""
    near, far = traffic.tcp_pair(server, at, client, to, source)
    with near, far:
        traffic.Transfer(near, far, BULK).finish()
        traffic.Transfer(far, near, BULK).finish()
        return far.getpeername()[0]


@pytest.fixture
def lab():
    need("ip", "nft", "ping", "curl")
    built("nat64d")
    with Lab() as laboratory:
        yield laboratory


# --- 464XLAT ---

@pytest.fixture
def clat(lab):
    """A gateway by gateway.conf, the internet behind it, and a host without IPv4 that has clat.conf and clat.service."""
    need("dig", "tracepath")
    use = Use(lab, "gateway.conf", relay=("2001:db8:1::53/64",), client=("2001:db8:1::2/64",))
    use.internet = lab.node("internet")
    lab.connect(use.relay, "eth0", use.internet, "eth0")
    use.relay.address("eth0", "203.0.113.1/24")
    use.internet.address("eth0", "203.0.113.5/24")
    use.internet.route("0.0.0.0/0", "via", "203.0.113.1")

    def answer(name, message, transport):
        del transport
        if name == "www.example.org" and "IN A" in message.question[0].to_text() and "AAAA" not in message.question[0].to_text():
            add(message, f"{name}. 5 A 203.0.113.5")
    names = PythonNs(use.internet, "203.0.113.5", 53, answer)
    web(use.internet)
    use.client.run("ip -6 route add default via 2001:db8:1::53")
    use.client.resolv_conf("nameserver 2001:db8:1::53\n")
    use.run("upstream-dns . 203.0.113.5\n")
    yield use
    names.close()


def by_hand(use):
    for command in commands(example("clat.conf")):
        if not command.startswith("nat64-relay"):
            use.client.sh(command)
    return translate(use.lab, use.client, "clat.conf")


def test_programs_of_an_ipv6_only_host(clat):
    """A literal IPv4 address in a URL, ping, DNS over IPv4, and streams: as if the host had IPv4."""
    found = clat.client.run([built("nat64-relay"), "detect"]).stdout
    assert re.search(r"^prefix (\S+)", example("clat.conf"), re.M)[1] in found, found
    assert pings(clat.client, "203.0.113.5", count=1) is None, "it has no IPv4 yet"
    by_hand(clat)
    assert page(clat.client, "http://203.0.113.5/", "-4") == "203.0.113.1", "the web server sees the gateway"
    assert page(clat.client, "http://www.example.org/", "-4") == "203.0.113.1", "by name, IPv4 alone"
    assert page(clat.client, "http://www.example.org/", "-6") == "203.0.113.1", "IPv6 goes on as before"
    assert pings(clat.client, "203.0.113.5", "-4")
    assert clat.client.run("dig +short -4 +time=5 A www.example.org @203.0.113.5").stdout == "203.0.113.5\n"
    assert bulk(clat.internet, "203.0.113.5", clat.client, "203.0.113.5") == "203.0.113.1"
    near, far = traffic.tcp_pair(clat.internet, "203.0.113.5", clat.client, "203.0.113.5")
    with near, far:
        assert near.getsockname()[0] == "192.0.0.1"
        traffic.tcp_sizes(near, far, traffic.SIZES[::25])


def test_path_mtu_of_an_ipv6_only_host(clat):
    """20 octets are lost to the longer header. The host learns that, and of narrower wires behind the gateway and before it."""
    by_hand(clat)

    def narrow(mtu, *ends):
        for node, device in ends:
            node.run(["ip", "link", "set", device, "mtu", str(mtu)])
        clat.client.run("ip -6 route flush cache")

    def learns(mtu):
        bulk(clat.internet, "203.0.113.5", clat.client, "203.0.113.5")
        said = clat.client.run("tracepath -n 203.0.113.5").stdout
        assert f"pmtu {mtu} " in said.splitlines()[-1], f"expected a path MTU of {mtu}, got\n{said}"
        assert pings(clat.client, "203.0.113.5", "-M", "do", "-s", str(mtu - 28))
        assert pings(clat.client, "203.0.113.5", "-M", "do", "-s", str(mtu - 27)) is None
    learns(1480)
    narrow(1380, (clat.relay, "eth0"), (clat.internet, "eth0"))
    learns(1380)
    narrow(1300, (clat.relay, "eth1"), (clat.client, "eth0"))
    learns(1280)


def test_clat_service(clat):
    """The commands of clat.service in their order: IPv4 comes, is there again after a restart, and goes without a trace."""
    unit = example("clat.service")
    settings = clat.lab.settings(example("clat.conf"), "clat.conf")
    programs = {"/usr/local/sbin/nat64d": str(built("nat64d")), "/etc/nat64-relay/clat.conf": str(settings)}

    def lines(key):
        found = re.findall(rf"^{key}=(.*)$", unit, re.M)
        assert found, f"clat.service has no {key}"
        return [re.sub("|".join(programs), lambda word: programs[word[0]], line) for line in found]
    before = clat.client.run("ip -4 route").stdout, clat.client.run("ip -br link").stdout
    for _ in range(2):
        for line in lines("ExecStartPre"):
            clat.client.run(line)
        process = clat.client.start(lines("ExecStart")[0], name="nat64d")
        process.wait_for("translating on clat")
        assert pings(clat.client, "203.0.113.5")
        assert process.stop() == 0
        for line in lines("ExecStopPost"):
            clat.client.run(line)
        assert (clat.client.run("ip -4 route").stdout, clat.client.run("ip -br link").stdout) == before
        assert clat.client.run("ip -6 neigh show proxy").stdout == ""


# --- IPv4 for an IPv6-only service ---

class Service:
    """The node of service.conf: one wire to a router that has the internet's IPv4 hosts behind it, and the servers."""

    def __init__(self, lab):
        self.use = Use(lab, "service.conf", relay=("203.0.113.2/24", "2001:db8:5::2/64"), client=("203.0.113.1/24", "2001:db8:5::1/64"))
        self.node, self.router = self.use.relay, self.use.client
        self.host, self.server, self.other = (lab.node(name) for name in ("host", "server", "other"))
        for number, (node, near, far) in enumerate(((self.host, "198.51.100.1/24", HOST4 + "/24"), (self.server, "2001:db8:20::1/124", "2001:db8:20::10/64"),
                                                    (self.other, "2001:db8:20::1/64", "2001:db8:20::11/64"))):
            lab.connect(self.router, f"side{number}", node, "eth0")
            self.router.address(f"side{number}", near)
            node.address("eth0", far)
        self.router.route("2001:db8:20::10/128", "dev", "side1")
        self.router.route("2001:db8:20::11/128", "dev", "side2")
        self.router.route("2001:db8:1:64::/96", "via", "2001:db8:5::2")
        self.router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self.router.run("nft -f -", input="table ip bcp38 { chain in { type filter hook prerouting priority 0; ip saddr 192.168.0.0/16 drop; }; }")
        self.host.route("0.0.0.0/0", "via", "198.51.100.1")
        self.node.route("0.0.0.0/0", "via", "203.0.113.1")
        self.node.route("::/0", "via", "2001:db8:5::1")
        for node in (self.server, self.other):
            node.run("ip -6 route add default via 2001:db8:20::1")
            web(node)
        self.use.run()
        for command in commands(self.use.text):
            self.node.sh(command)


@pytest.fixture
def service(lab):
    return Service(lab)


def test_ipv4_hosts_reach_an_ipv6_only_server(service):
    """A page, pings both ways, streams; the server sees who it is, and nothing of it needs a change on the server."""
    assert page(service.host, "http://203.0.113.10/") == "2001:db8:1:64::c633:6407"
    assert pings(service.host, "203.0.113.10")
    assert pings(service.server, "2001:db8:1:64::c633:6407")
    assert bulk(service.server, "2001:db8:20::10", service.host, "203.0.113.10").startswith("2001:db8:1:64::c633:6407")
    assert bulk(service.host, HOST4, service.server, "2001:db8:1:64::c633:6407") == "203.0.113.10", "the server as a client"


def test_one_port_is_another_servers(service):
    """By DNAT to an address of a map; neither its other ports nor the address itself are open from outside, nor does it get out."""
    assert page(service.host, "http://203.0.113.2:8080/") == "2001:db8:1:64::c633:6407"
    assert service.host.run("curl -m 3 http://203.0.113.2/", check=False).returncode != 0
    assert pings(service.other, "2001:db8:1:64::c633:6407", count=1) is None
    assert service.use.drops("drop-source") > 0


def test_errors_and_path_mtu_of_a_service(service):
    """A closed port is refused at once; a narrow wire before the server is learned, by ICMP from an address that is one."""
    with pytest.raises(ConnectionRefusedError):
        traffic.connect(service.host, "203.0.113.10", 81)
    for node, device in ((service.router, "side1"), (service.router, "side2"), (service.server, "eth0")):
        node.run(["ip", "link", "set", device, "mtu", "1400"])
    assert bulk(service.server, "2001:db8:20::10", service.host, "203.0.113.10")
    said = service.host.run("tracepath -n 203.0.113.10").stdout
    assert "pmtu 1380 " in said.splitlines()[-1] and " 203.0.113.9 " in said, said
    page(service.host, "http://203.0.113.2:8080/", "-H", "Long: " + "x" * 30000)
    assert "mtu 1380" in service.host.run("ip route get 203.0.113.2").stdout, "by DNAT: the error comes from the node's own address"


@pytest.mark.parametrize("line, words", [
    ("map 203.0.113.2 2001:db8:20::12", r"line \d+: map 203\.0\.113\.2 is this machine's own address, on eth0, .* use DNAT"),
    ("ipv4-addr 203.0.113.2", r"line \d+: ipv4-addr 203\.0\.113\.2 is this machine's own address, on eth0"),
    ("map 203.0.113.10 2001:db8:20::12", r"line (\d+): map 203\.0\.113\.10/32 \S+ repeats a network of the map on line"),
    ("map 203.0.113.12 2001:db8:1:64::5", r"line \d+: map 203\.0\.113\.12/32 \S+ overlaps the prefix 2001:db8:1:64::/96"),
    ("map 203.0.113.9 2001:db8:20::9", r"line \d+: map 203\.0\.113\.9/32 \S+ is the translator's own address, ipv4-addr"),
])
def test_a_map_that_cannot_work_is_refused(lab, line, words):
    """Before anything is changed, with file and line: the last one of the file."""
    node = lab.node("node")
    lab.connect(node, "eth0", lab.node("router"), "eth0")
    node.address("eth0", "203.0.113.2/24")
    keyword = line.split()[0]
    text = re.sub(r"^ipv4-addr .*\n", "", example("service.conf"), flags=re.M) if keyword == "ipv4-addr" else example("service.conf")
    settings = lab.settings(text + line + "\n", "service.conf")
    number = settings.read_text().splitlines().index(line) + 1
    done = node.run([built("nat64-relay"), "-c", settings, "up"], check=False)
    assert done.returncode == 2 and re.search(words, done.stderr), done.stdout + done.stderr
    assert f"service.conf: line {number}: " in done.stderr and "nat64" not in node.run("ip -br link").stdout


def test_a_tailnet_reaches_an_ipv6_only_host(lab):
    """A map in a relay, its IPv4 side advertised: a client without IPv6 reaches a host without IPv4 behind the relay, and not the other way round."""
    use = Use(lab, "relay.conf", relay=("100.101.102.103/10", "fd7a:115c:a1e0::6501:6667/64"), client=("100.64.0.2/10",), magic=("100.100.100.100/10",))
    use.names(use.nodes["magic"], "my-vps.tail1234.ts.net 100.64.0.3")
    server = lab.node("server")
    lab.connect(use.relay, "eth1", server, "eth0")
    use.relay.address("eth1", "2001:db8:20::1/64")
    server.address("eth0", "2001:db8:20::25/64")
    server.route("fd64:9929::/96", "via", "2001:db8:20::1")
    use.client.route("192.0.2.25", "via", "100.101.102.103")
    web(server)
    use.run("map 192.0.2.25 2001:db8:20::25\nadvertise-prefix none\n")
    assert page(use.client, "http://192.0.2.25/") == "fd64:9929::6440:2"
    assert pings(use.client, "192.0.2.25")
    assert pings(server, "fd64:9929::6440:2", count=1) is None and use.drops("drop-entry") > 0


# --- SIIT-DC ---

class DataCentre:
    """Two nodes with siit.conf between an IPv4 host and a router of the data centre, each of which sends by one node and gets by the other."""

    def __init__(self, lab):
        self.lab = lab
        self.host, self.inside, self.server = (lab.node(name) for name in ("host", "inside", "server"))
        self.nodes = [lab.node("first"), lab.node("second")]
        lab.switch("outer", {self.host: "eth0", **{node: "eth4" for node in self.nodes}})
        lab.switch("inner", {self.inside: "eth0", **{node: "eth6" for node in self.nodes}})
        lab.connect(self.inside, "eth1", self.server, "eth0")
        self.host.address("eth0", HOST4 + "/24")
        self.inside.address("eth0", "2001:db8:12::1/64")
        self.inside.address("eth1", "2001:db8:12:34::1/64", "2001:db8:12:35::1/64")
        self.server.address("eth0", "2001:db8:12:34::80/64", "2001:db8:12:35::1f/64")
        for number, node in enumerate(self.nodes, 2):
            node.address("eth4", f"198.51.100.{number}/24")
            node.address("eth6", f"2001:db8:12::{number}/64")
            node.route("2001:db8:12::/48", "via", "2001:db8:12::1")
            translate(lab, node, "siit.conf")
            for command in commands(example("siit.conf")):
                node.sh(command)
        self.inside.sysctl(net__ipv6__conf__all__forwarding=1)
        self.host.route("203.0.113.0/27", "via", "198.51.100.2")
        self.inside.route("2001:db8:46::/96", "via", "2001:db8:12::3")
        self.server.route("::/0", "via", "2001:db8:12:34::1")
        web(self.server)


@pytest.fixture
def data_centre(lab):
    return DataCentre(lab)


def test_a_data_centre_without_ipv4(data_centre):
    """There by one node and back by the other: nothing is remembered. The server is reached, and reaches, by its own IPv4 address."""
    host, server = data_centre.host, data_centre.server
    assert page(host, "http://203.0.113.8/") == "2001:db8:46::c633:6407"
    assert page(host, "http://203.0.113.31/") == "2001:db8:46::c633:6407", "the last of the row"
    assert bulk(server, "2001:db8:12:34::80", host, "203.0.113.8") == "2001:db8:46::c633:6407"
    assert bulk(host, HOST4, server, "2001:db8:46::c633:6407", "2001:db8:12:34::80") == "203.0.113.8"
    assert pings(host, "203.0.113.8") and pings(server, "2001:db8:46::c633:6407")
    assert pings(server, "2001:db8:46::c633:6407", "-I", "2001:db8:12:35::1f")


def test_errors_from_inside_a_data_centre(data_centre):
    """A router without an IPv4 address speaks by the translator's; the path MTU is learned; a stranger inside and an address of nobody are refused."""
    for node, device in ((data_centre.inside, "eth1"), (data_centre.server, "eth0")):
        node.run(["ip", "link", "set", device, "mtu", "1320"])
    bulk(data_centre.server, "2001:db8:12:34::80", data_centre.host, "203.0.113.8")
    said = data_centre.host.run("tracepath -n 203.0.113.8").stdout
    assert "pmtu 1300 " in said.splitlines()[-1] and " 203.0.113.1 " in said, said
    assert pings(data_centre.inside, "2001:db8:46::c633:6407", "-I", "2001:db8:12::1", count=1) is None
    said = data_centre.host.run("ping -n -c 1 -W 3 203.0.113.4", check=False).stdout
    assert "203.0.113.1 icmp_seq=1 Destination" in said, said


# --- several prefixes ---

@pytest.fixture
def prefixes(lab):
    use = Use(lab, "prefixes.conf", relay=("2001:db8:1::53/64",), client=("2001:db8:1::2/64",), mapped=("2001:db8:1::25/64",))
    use.host, use.site = lab.node("host"), lab.node("site")
    for node, device, near, far in ((use.host, "eth0", "9.9.9.1", GLOBAL4), (use.site, "eth2", "10.9.0.1", SITE4)):
        lab.connect(use.relay, device, node, "eth0")
        use.relay.address(device, near + "/24")
        node.address("eth0", far + "/24")
        node.route("0.0.0.0/0", "via", near)
        web(node)
    for node in (use.client, use.nodes["mapped"]):
        for command in commands(use.text):
            node.sh(command)
    return use.run()


def test_an_answer_comes_from_the_prefix_that_was_asked(prefixes):
    """One client through two prefixes at once; the well-known one holds no private address."""
    assert page(prefixes.client, "http://[64:ff9b::9.9.9.9]/") == "9.9.9.1"
    assert page(prefixes.client, "http://[fd64:9929::9.9.9.9]/") == "9.9.9.1"
    assert page(prefixes.client, "http://[fd64:9929::10.9.0.5]/") == "10.9.0.1"
    assert pings(prefixes.client, "64:ff9b::10.9.0.5", count=1) is None
    with traffic.listen(prefixes.host, GLOBAL4, socket.SOCK_DGRAM) as far, traffic.listen(prefixes.client, "2001:db8:1::2", socket.SOCK_DGRAM) as near:
        for prefix in ("64:ff9b::", "fd64:9929::"):
            near.sendto(prefix.encode(), (prefix + GLOBAL4, far.getsockname()[1]))
        for _ in range(2):
            message, peer = far.recvfrom(100)
            far.sendto(message, peer)
        answers = [near.recvfrom(100) for _ in range(2)]
    assert {(message, peer[0]) for message, peer in answers} == {(b"64:ff9b::", "64:ff9b::909:909"), (b"fd64:9929::", "fd64:9929::909:909")}
    clients = json.loads(prefixes.relay.run([built("nat64-relay"), "-c", prefixes.settings, "clients", "--json"]).stdout)["clients"]
    assert {(entry["ipv6"], entry["prefix"]) for entry in clients} == {("2001:db8:1::2", "64:ff9b::/96"), ("2001:db8:1::2", "fd64:9929::/96")}


def test_a_map_beside_several_prefixes(prefixes):
    """To a mapped host each IPv4 host is in one prefix, both ways; through another it is told so at once, where an answer would come from elsewhere."""
    mapped = prefixes.nodes["mapped"]
    assert bulk(mapped, "2001:db8:1::25", prefixes.host, "198.51.100.25") == "64:ff9b::909:909"
    assert bulk(mapped, "2001:db8:1::25", prefixes.site, "198.51.100.25") == "fd64:9929::a09:5"
    assert page(mapped, "http://[64:ff9b::9.9.9.9]/") == "198.51.100.25"
    assert page(mapped, "http://[fd64:9929::10.9.0.5]/") == "198.51.100.25"
    said = mapped.run(["ping", "-n", "-c", "1", "-W", "3", "fd64:9929::9.9.9.9"], check=False).stdout
    assert "Destination unreachable" in said, said
