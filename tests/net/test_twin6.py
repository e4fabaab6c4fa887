# SPDX-License-Identifier: GPL-2.0-or-later
"""The IPv6 twin in the kernel, with packets really sent: what passes, as whom, and what is closed and counted. test_twin.py has the same of IPv4.

    client fd7a:115c:a1e0::2 ---+
                                +--- tailscale0 relay eth1 --- outsider fd55::9
    target fd7a:115c:a1e0::3 ---+

No translator runs: the twin6 needs none.
"""
import socket

import pytest
from lab import ThreeHosts, wait_for
from packets import send_raw, icmp, udp
from relay_state import RelayState, differences, snapshot

CLIENT, RELAY, TARGET, STRANGER = ThreeHosts.CLIENT6, ThreeHosts.RELAY6, "fd7a:115c:a1e0::3", "fd33::9"
TWIN = "twin6-prefix fd99:9929:1::/48\nedge-address fd7a:115c:a1e0::1\n"
TARGET_TWIN, RELAY_TWIN, CLIENT_TWIN, MAGIC_TWIN, SITE_TWIN = (f"fd99:9929:1:{host}" for host in (":3", ":1", ":2", ":53", "b1a:0:7:a00:5"))
OUTSIDER, EXIT = "fd55::9", "fd55::1"
ECHO_REQUEST, ECHO_REPLY, UNREACHABLE = 128, 129, 1


class Twin6:
    """The hosts, all of IPv6, and the rules in place."""

    def __init__(self, lab, hosts, extra=TWIN):
        self.lab = lab
        self.client, self.relay, self.target, self.outsider = hosts.client, hosts.relay, hosts.target, lab.node("outsider")
        lab.connect(self.relay, "eth1", self.outsider, "eth0")
        self.relay.address("eth1", EXIT + "/64")
        self.outsider.address("eth0", OUTSIDER + "/64")
        self.outsider.route("::/0", "via", EXIT)
        self.relay.route("::/0", "via", OUTSIDER)
        self.target.address("eth0", TARGET + "/64")
        self.client.route("fd99:9929:1::/48", "via", RELAY)
        self.state = RelayState(lab, self.relay, extra)
        self.state.up()

    def moved(self, before):
        """The counters that moved since: name -> by how much."""
        return {name: count - before[name] for name, count in self.state.counters().items()
                if count != before[name] and name != "drop-multicast"}

    def ping(self, node, address, count=1, *options):
        return node.run(["ping", "-n", "-c", str(count), "-i", "0.2", "-W", "1", *options, address], check=False).returncode == 0

    def udp(self, node, address, port):
        with node.inside():
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind((address, port))
        sock.settimeout(3)
        return sock


@pytest.fixture
def twin(lab, hosts):
    return Twin6(lab, hosts)


def exchange(twin, client, address, seen_as):
    """A datagram there and one back; the target sees the relay."""
    with twin.udp(twin.target, TARGET, 7) as target:
        client.sendto(b"question", (address, 7))
        data, peer = target.recvfrom(100)
        assert (data, peer[0]) == (b"question", seen_as)
        target.sendto(b"answer", peer)
    data, peer = client.recvfrom(100)
    assert (data, peer[:2]) == (b"answer", (address, 7)), "the answer did not come from the twin6's address"


def test_udp_there_and_back(twin):
    before = twin.state.counters()
    with twin.udp(twin.client, CLIENT, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
    assert twin.moved(before) == {"twin6-moved": 1, "masqueraded": 1}


def test_ping_and_fragments(twin):
    before = twin.state.counters()
    assert twin.ping(twin.client, TARGET_TWIN, 3)
    assert twin.ping(twin.client, TARGET_TWIN, 1, "-s", "4000")
    assert twin.moved(before) == {"twin6-moved": 2, "masqueraded": 2}


def test_tcp_both_ways(twin):
    with twin.target.inside():
        server = socket.create_server((TARGET, 0), family=socket.AF_INET6)
    with twin.client.inside():
        client = socket.create_connection((TARGET_TWIN, server.getsockname()[1]), 10)
    with server, client:
        peer, address = server.accept()
        with peer:
            assert address[0] == RELAY
            for sender, receiver in ((client, peer), (peer, client)):
                sender.sendall(b"x" * 50000)
                receiver.settimeout(10)
                left = 50000
                while left:
                    part = receiver.recv(left)
                    assert part
                    left -= len(part)


def test_an_error_comes_back_from_the_twin6(twin):
    """A closed port: the client's own socket hears of it, so the error quotes what the client sent."""
    with twin.udp(twin.client, CLIENT, 5) as client:
        client.connect((TARGET_TWIN, 999))
        client.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            client.recv(100)


def test_path_mtu_is_learned(twin):
    """What is too long for the way to the target: the relay says so to the client, about the address that the client used."""
    twin.relay.route(TARGET + "/128", "dev", "tailscale0", "mtu", "lock", "1280")
    with twin.udp(twin.client, CLIENT, 5) as client:
        client.setsockopt(socket.IPPROTO_IPV6, 23, 2)  # IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO
        client.connect((TARGET_TWIN, 7))
        client.send(bytes(1400))
        wait_for(lambda: client.getsockopt(socket.IPPROTO_IPV6, 24) == 1280, "the path MTU of 1280")  # IPV6_MTU


def test_the_relay_is_its_own_client(twin):
    before = twin.state.counters()
    with twin.udp(twin.relay, RELAY, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
    assert twin.ping(twin.relay, TARGET_TWIN)
    assert twin.moved(before) == {"twin6-moved": 2, "masqueraded": 2}


def test_a_client_reaches_itself(twin):
    assert twin.ping(twin.client, CLIENT_TWIN)


def test_an_answer_comes_by_the_overlay_alone(twin):
    """A host of the relay's LAN answers in the place of the target, and reports an error about what the client sent: neither comes to the client."""
    with twin.udp(twin.client, CLIENT, 5) as client, twin.udp(twin.target, TARGET, 7) as target:
        client.connect((TARGET_TWIN, 7))
        client.send(b"question")
        peer = target.recvfrom(100)[1]
        before = twin.state.counters()
        send_raw(twin.outsider, udp(TARGET, RELAY, 7, peer[1], b"forged"))
        send_raw(twin.outsider, icmp(OUTSIDER, RELAY, UNREACHABLE, 4, data=udp(RELAY, TARGET, peer[1], 7)))
        wait_for(lambda: twin.moved(before) == {"drop-not-by-overlay": 2}, f"two forged packets, got {twin.moved(before)}", 5)
        target.sendto(b"answer", peer)
        assert client.recv(100) == b"answer"


CLOSED = {
    "MagicDNS": ("client", icmp(CLIENT, MAGIC_TWIN, ECHO_REQUEST, 0), {"drop-denied": 1}),
    "a network behind a node (4via6)": ("client", icmp(CLIENT, SITE_TWIN, ECHO_REQUEST, 0), {"drop-denied": 1}),
    "the relay's own address": ("client", icmp(CLIENT, RELAY_TWIN, ECHO_REQUEST, 0), {"drop-to-relay": 1}),
    "the relay's own address, as the relay's": ("relay", icmp(RELAY, RELAY_TWIN, ECHO_REQUEST, 0), {"drop-to-relay": 1}),
    "the relay's resolver": ("client", udp(CLIENT, RELAY_TWIN, 5, 53), {"drop-to-relay": 1}),
    "a source that is not allowed": ("client", udp(STRANGER, TARGET_TWIN, 5, 7), {"drop-source": 1}),
    "a source in the twin6": ("client", udp("fd99:9929:1::9", TARGET_TWIN, 5, 7), {"drop-forged": 1}),
    "a source in the twin6, to the relay": ("outsider", udp("fd99:9929:1::9", EXIT, 5, 7), {"drop-forged": 1}),
    "from another interface": ("outsider", udp(OUTSIDER, TARGET_TWIN, 5, 7), {"drop-entry": 1}),
    "from another interface, as a client": ("outsider", udp(CLIENT, TARGET_TWIN, 5, 7), {"drop-not-by-overlay": 1}),
    "past the overlay": ("client", udp(CLIENT, "fd99:9929:1:99::1", 5, 7), {"drop-exit": 1}),
    "an answer to nothing": ("client", icmp(CLIENT, TARGET_TWIN, ECHO_REPLY, 0), {"drop-untracked": 1}),
    "an error about nothing": ("client", icmp(CLIENT, TARGET_TWIN, UNREACHABLE, 4, data=udp(TARGET, CLIENT, 7, 5)), {"drop-untracked": 1}),
}


@pytest.mark.parametrize("case", CLOSED)
def test_closed(twin, case):
    """Nothing of it leaves the relay, on either side, nor reaches its own programs."""
    sender, packet, expected = CLOSED[case]
    twin.relay.route("fd7a:115c:a1e0:99::/64", "via", OUTSIDER)
    twin.relay.run("nft -f -", input='table inet look { counter seen { }; chain out { type filter hook postrouting priority 300; meta l4proto { icmpv6, udp } ip6 saddr '
                   f'{{ {CLIENT}, {STRANGER}, fd99:9929:1::9 }} counter name seen; }}; chain in {{ type filter hook input priority 300; iifname != lo '
                   'udp dport { 7, 53 } counter name seen; }; }')
    before = twin.state.counters()
    send_raw(getattr(twin, sender), packet)
    wait_for(lambda: {name: count for name, count in twin.moved(before).items() if name.startswith("drop-")} == expected, f"{expected}, got {twin.moved(before)}", 3)
    assert "packets 0 " in twin.relay.run("nft list counter inet look seen").stdout


def test_what_is_not_allowed_is_closed(lab, hosts):
    twin = Twin6(lab, hosts, TWIN + f"allow-destination fd7a:115c:a1e0::/64\ndeny-destination {CLIENT}/128\nallow-source {CLIENT}/128\n")
    before = twin.state.counters()
    assert twin.ping(twin.client, TARGET_TWIN)
    assert not twin.ping(twin.client, "fd99:9929:1:1::3")
    assert not twin.ping(twin.client, CLIENT_TWIN)
    twin.target.route("fd99:9929:1::/48", "via", RELAY)
    assert not twin.ping(twin.target, "fd99:9929:1::4")
    moved = twin.moved(before)
    assert {name: moved.get(name) for name in ("drop-target", "drop-denied", "drop-source")} == {"drop-target": 1, "drop-denied": 1, "drop-source": 1}


def test_a_connection_that_became_forbidden_stops(lab, hosts):
    twin = Twin6(lab, hosts)
    with twin.udp(twin.client, CLIENT, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
        RelayState(lab, twin.relay, TWIN + f"deny-destination {TARGET}/128\n", name="denied.conf").nftables("apply")
        before = twin.state.counters()
        client.sendto(b"more", (TARGET_TWIN, 7))
        wait_for(lambda: twin.moved(before) == {"drop-denied": 1}, "the drop of a denied destination")


def test_limits_count_what_comes_by_the_twin6(lab, hosts):
    """Of four connections at once, two pass."""
    twin = Twin6(lab, hosts, TWIN + "client-limit connections 2\n")
    before = twin.state.counters()
    with twin.udp(twin.client, CLIENT, 5) as client:
        for port in range(1000, 1004):
            client.sendto(b"one", (TARGET_TWIN, port))
        wait_for(lambda: twin.moved(before).get("drop-connection-limit") == 2, f"two of four connections, got {twin.moved(before)}")


def test_other_lengths(lab, hosts):
    """A twin6 of a part of the tailnet, cut at a nibble; what lies beside it is nobody's."""
    twin = Twin6(lab, hosts, "twin6-prefix fd99:9929:1::/124 fd7a:115c:a1e0::/124\n")
    before = twin.state.counters()
    assert twin.ping(twin.client, TARGET_TWIN)
    assert not twin.ping(twin.client, "fd99:9929:1::13")
    assert twin.moved(before) == {"twin6-moved": 1, "masqueraded": 1}


def test_a_twin6_of_a_network_elsewhere(lab, hosts):
    """A network that the relay alone is on: the twin6 leads there, as the routes do."""
    twin = Twin6(lab, hosts, "twin6-prefix fd99:9929:1:5::/64 fd55:0:0:0::/64\n")
    assert twin.ping(twin.client, "fd99:9929:1:5::9")
    assert not twin.ping(twin.client, "fd99:9929:1:5::1"), "the relay's own address on that network is its own too"


def test_remove_leaves_nothing(lab, hosts):
    before = snapshot(hosts.relay)
    state = RelayState(lab, hosts.relay, TWIN)
    assert state.nftables("apply")[1] == 1 and state.nftables("compare")[1] == 0 and state.nftables("apply")[1] == 0
    assert RelayState(lab, hosts.relay, name="plain.conf").nftables("compare")[1] == 1
    assert state.nftables("remove")[1] == 1
    assert differences(before, snapshot(hosts.relay)) == []


def test_the_list_reads_as_a_person_would_write_it(lab, hosts):
    state = RelayState(lab, hosts.relay, TWIN)
    state.nftables("apply")
    text = hosts.relay.run("nft list table inet nat64-relay").stdout
    for line in ('iifname "tailscale0" ip6 daddr @twin6 counter name "twin6-moved" dnat ip6 prefix to fd7a:115c:a1e0::/48',
                 'ct original ip6 daddr @twin6 goto by-twin6', 'ct original ip6 daddr @twin6 oifname != "nat64" counter name "masqueraded" masquerade'):
        assert line in text, f"expected {line!r} in\n{text}"
    hosts.relay.run("nft delete table inet nat64-relay")
    hosts.relay.run("nft -f -", input=text)
    assert state.nftables("compare")[1] == 0, state.nftables("compare")[2]


LAN = "twin6-prefix fd99:9929:1:5::/64 fd55::/64\nallow-destination fd55::/64\nlan-interface eth1\n"


def test_the_network_of_a_site_is_reached_by_its_interface_alone(lab, hosts):
    """Another site has the same network: what its routes bring in answers nothing, and with the interface down nothing leaves, the relay's own packets neither."""
    twin = Twin6(lab, hosts, LAN)
    twin.target.route("fd55::/64", "via", RELAY)
    assert twin.ping(twin.client, "fd99:9929:1:5::9") and twin.ping(twin.relay, OUTSIDER)
    with twin.udp(twin.client, CLIENT, 5) as client, twin.udp(twin.outsider, OUTSIDER, 7) as there:
        client.sendto(b"question", ("fd99:9929:1:5::9", 7))
        peer = there.recvfrom(100)[1]
        before = twin.state.counters()
        send_raw(twin.target, udp(OUTSIDER, EXIT, 7, peer[1], b"forged"))
        wait_for(lambda: twin.moved(before) == {"drop-not-by-overlay": 1}, f"a forged answer, got {twin.moved(before)}", 5)
        there.sendto(b"answer", peer)
        assert client.recv(100) == b"answer"
    twin.relay.sh("ip link set eth1 down; ip -6 route add fd55::/64 via " + TARGET)
    before = twin.state.counters()
    assert not twin.ping(twin.client, "fd99:9929:1:5::9") and not twin.ping(twin.relay, OUTSIDER)
    assert twin.moved(before) == {"twin6-moved": 1, "drop-exit": 2}
