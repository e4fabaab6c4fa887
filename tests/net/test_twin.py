# SPDX-License-Identifier: GPL-2.0-or-later
"""The IPv4 twin in the kernel, with packets really sent: what passes, as whom, and what is closed and counted.

    client 100.64.0.2 ---+
                         +--- tailscale0 relay eth1 --- outsider 10.5.0.9
    target 100.64.0.3 ---+

No translator runs: the twin needs none.
"""
import socket

import pytest
from lab import ThreeHosts, wait_for
from packets import ECHO_REQUEST, ICMP, send_raw, icmp, udp
from relay_state import RelayState, differences, snapshot

CLIENT, RELAY, TARGET, STRANGER = "100.64.0.2", ThreeHosts.RELAY4, ThreeHosts.TARGET4, "172.30.0.9"
TWIN = "twin-prefix 10.192.0.0/10\n"
TARGET_TWIN, RELAY_TWIN, CLIENT_TWIN, MAGIC_TWIN = "10.192.0.3", "10.192.0.1", "10.192.0.2", "10.228.100.100"
OUTSIDER, EXIT = "10.5.0.9", "10.5.0.1"


class Twin:
    """The hosts with IPv4 clients, and the rules in place."""

    def __init__(self, lab, hosts, extra=TWIN):
        self.lab = lab
        self.client, self.relay, self.target, self.outsider = hosts.client, hosts.relay, hosts.target, lab.node("outsider")
        lab.connect(self.relay, "eth1", self.outsider, "eth0")
        self.relay.address("eth1", EXIT + "/24")
        self.outsider.address("eth0", OUTSIDER + "/24")
        self.outsider.route("0.0.0.0/0", "via", EXIT)
        self.relay.route("0.0.0.0/0", "via", OUTSIDER)
        self.client.address("eth0", CLIENT + "/10")
        self.client.route("10.192.0.0/10", "via", RELAY)
        self.relay.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__tailscale0__rp_filter=0, net__ipv4__conf__eth1__rp_filter=0)
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
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, port))
        sock.settimeout(3)
        return sock


@pytest.fixture
def twin(lab, hosts):
    return Twin(lab, hosts)


def exchange(twin, client, address, seen_as):
    """A datagram there and one back; the target sees the relay."""
    with twin.udp(twin.target, TARGET, 7) as target:
        client.sendto(b"question", (address, 7))
        data, peer = target.recvfrom(100)
        assert (data, peer[0]) == (b"question", seen_as)
        target.sendto(b"answer", peer)
    assert client.recvfrom(100) == (b"answer", (address, 7)), "the answer did not come from the twin's address"


def test_udp_there_and_back(twin):
    before = twin.state.counters()
    with twin.udp(twin.client, CLIENT, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
    assert twin.moved(before) == {"twin-moved": 1, "masqueraded": 1}


def test_ping_and_fragments(twin):
    before = twin.state.counters()
    assert twin.ping(twin.client, TARGET_TWIN, 3)
    assert twin.ping(twin.client, TARGET_TWIN, 1, "-s", "4000")
    assert twin.moved(before) == {"twin-moved": 2, "masqueraded": 2}


def test_tcp_both_ways(twin):
    with twin.target.inside():
        server = socket.create_server((TARGET, 0))
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


def test_an_error_comes_back_from_the_twin(twin):
    """A closed port: the client's own socket hears of it, so the error quotes what the client sent."""
    with twin.udp(twin.client, CLIENT, 5) as client:
        client.connect((TARGET_TWIN, 999))
        client.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            client.recv(100)


def test_path_mtu_is_learned(twin):
    """What is too long for the way to the target: the relay says so to the client, about the address that the client used."""
    twin.relay.route(TARGET + "/32", "dev", "tailscale0", "mtu", "lock", "1280")
    with twin.udp(twin.client, CLIENT, 5) as client:
        client.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO
        client.connect((TARGET_TWIN, 7))
        client.send(bytes(1400))
        wait_for(lambda: client.getsockopt(socket.IPPROTO_IP, 14) == 1280, "the path MTU of 1280")  # IP_MTU


def test_the_client_is_not_sent_around_the_relay(twin):
    """Client and target are on one wire, so the kernel would redirect; it does not where it translates, or the client would send twin addresses to the target."""
    with twin.client.inside():
        errors = socket.socket(socket.AF_INET, socket.SOCK_RAW, ICMP)
    with errors:
        errors.settimeout(0.3)
        assert twin.ping(twin.client, TARGET_TWIN, 5)
        types = set()
        try:
            while True:
                types.add(errors.recv(200)[20])
        except TimeoutError:
            pass
    assert types == {0}, f"ICMP types {types}, expected echo replies alone (5 is a redirect)"


def test_the_relay_is_its_own_client(twin):
    before = twin.state.counters()
    with twin.udp(twin.relay, RELAY, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
    assert twin.ping(twin.relay, TARGET_TWIN)
    assert twin.moved(before) == {"twin-moved": 2, "masqueraded": 2}


def test_a_client_reaches_itself(twin):
    assert twin.ping(twin.client, CLIENT_TWIN)


@pytest.mark.parametrize("rp_filter", [0, 2])
def test_an_answer_comes_by_the_overlay_alone(twin, rp_filter):
    """A host of the relay's LAN answers in the place of the target, and reports an error about what the client sent: neither comes to the client."""
    twin.relay.sysctl(**{f"net__ipv4__conf__{name}__rp_filter": rp_filter for name in ("all", "eth1")})
    with twin.udp(twin.client, CLIENT, 5) as client, twin.udp(twin.target, TARGET, 7) as target:
        client.connect((TARGET_TWIN, 7))
        client.send(b"question")
        peer = target.recvfrom(100)[1]
        before = twin.state.counters()
        send_raw(twin.outsider, udp(TARGET, RELAY, 7, peer[1], b"forged"))
        send_raw(twin.outsider, icmp(OUTSIDER, RELAY, 3, 3, data=udp(RELAY, TARGET, peer[1], 7)))
        wait_for(lambda: twin.moved(before) == {"drop-not-by-overlay": 2}, f"two forged packets, got {twin.moved(before)}", 5)
        target.sendto(b"answer", peer)
        assert client.recv(100) == b"answer"


CLOSED = {
    "MagicDNS": ("client", icmp(CLIENT, MAGIC_TWIN, ECHO_REQUEST, 0), {"drop-denied": 1}),
    "the relay's own address": ("client", icmp(CLIENT, RELAY_TWIN, ECHO_REQUEST, 0), {"drop-to-relay": 1}),
    "the relay's own address, as the relay's": ("relay", icmp(RELAY, RELAY_TWIN, ECHO_REQUEST, 0), {"drop-to-relay": 1}),
    "the relay's resolver": ("client", udp(CLIENT, RELAY_TWIN, 5, 53), {"drop-to-relay": 1}),
    "a source that is not allowed": ("client", udp(STRANGER, TARGET_TWIN, 5, 7), {"drop-source": 1}),
    "a source in the twin": ("client", udp("10.193.0.9", TARGET_TWIN, 5, 7), {"drop-forged": 1}),
    "a source in the twin, to the relay": ("outsider", udp("10.193.0.9", EXIT, 5, 7), {"drop-forged": 1}),
    "from another interface": ("outsider", udp(OUTSIDER, TARGET_TWIN, 5, 7), {"drop-entry": 1}),
    "from another interface, as a client": ("outsider", udp(CLIENT, TARGET_TWIN, 5, 7), {"drop-not-by-overlay": 1}),
    "past the overlay": ("client", udp(CLIENT, "10.227.0.1", 5, 7), {"drop-exit": 1}),
    "an answer to nothing": ("client", icmp(CLIENT, TARGET_TWIN, 0, 0), {"drop-untracked": 1}),
    "the relay to the pool": ("relay", udp(RELAY, "192.168.240.77", 5, 7), {"drop-from-relay": 1}),
    "an error about nothing": ("client", icmp(CLIENT, TARGET_TWIN, 3, 3, data=udp(TARGET, CLIENT, 7, 5)), {"drop-untracked": 1}),
}


@pytest.mark.parametrize("case", CLOSED)
def test_closed(twin, case):
    """Nothing of it leaves the relay, on either side, nor reaches its own programs."""
    sender, packet, expected = CLOSED[case]
    twin.relay.route("100.99.0.0/16", "via", OUTSIDER)
    twin.relay.run("nft -f -", input='table inet look { counter seen { }; chain out { type filter hook postrouting priority 300; ip protocol { icmp, udp } ip saddr '
                   f'{{ {CLIENT}, {STRANGER}, {OUTSIDER}, 10.193.0.9 }} counter name seen; }}; chain in {{ type filter hook input priority 300; iifname != lo '
                   'ip protocol { icmp, udp } counter name seen; }; }')
    before = twin.state.counters()
    send_raw(getattr(twin, sender), packet)
    wait_for(lambda: {name: count for name, count in twin.moved(before).items() if name.startswith("drop-")} == expected, f"{expected}, got {twin.moved(before)}", 3)
    assert "packets 0 " in twin.relay.run("nft list counter inet look seen").stdout


def test_what_is_not_allowed_is_closed(lab, hosts):
    twin = Twin(lab, hosts, TWIN + "allow-destination 100.64.0.0/24\ndeny-destination 100.64.0.2\nallow-source 100.64.0.2/32\nallow-source fd7a:115c:a1e0::/48\n")
    before = twin.state.counters()
    assert twin.ping(twin.client, TARGET_TWIN)
    assert not twin.ping(twin.client, "10.192.1.3")
    assert not twin.ping(twin.client, CLIENT_TWIN)
    assert not twin.ping(twin.target, TARGET_TWIN) and twin.target.run(f"ip route get {TARGET_TWIN}", check=False).returncode != 0
    twin.target.route("10.192.0.0/10", "via", RELAY)
    assert not twin.ping(twin.target, CLIENT_TWIN.replace("0.2", "0.4"))
    moved = twin.moved(before)
    assert {name: moved.get(name) for name in ("drop-target", "drop-denied", "drop-source")} == {"drop-target": 1, "drop-denied": 1, "drop-source": 1}


def test_a_connection_that_became_forbidden_stops(lab, hosts):
    twin = Twin(lab, hosts)
    with twin.udp(twin.client, CLIENT, 5) as client:
        exchange(twin, client, TARGET_TWIN, RELAY)
        RelayState(lab, twin.relay, TWIN + f"deny-destination {TARGET}\n", name="denied.conf").nftables("apply")
        before = twin.state.counters()
        client.sendto(b"more", (TARGET_TWIN, 7))
        wait_for(lambda: twin.moved(before) == {"drop-denied": 1}, "the drop of a denied destination")


def test_other_lengths(lab, hosts):
    """A twin of a part of the tailnet, not cut at an octet; what lies beside it is nobody's."""
    twin = Twin(lab, hosts, "twin-prefix 10.192.8.0/25 100.64.0.0/25\n")
    before = twin.state.counters()
    assert twin.ping(twin.client, "10.192.8.3")
    assert not twin.ping(twin.client, "10.192.8.131")
    assert twin.moved(before) == {"twin-moved": 1, "masqueraded": 1}


def test_a_twin_of_a_network_elsewhere(lab, hosts):
    """A network that the relay alone is on: the twin leads there, as the routes do."""
    twin = Twin(lab, hosts, "twin-prefix 10.250.5.0/24 10.5.0.0/24\nallow-destination 100.64.0.0/10\nallow-destination 10.5.0.0/24\n")
    assert twin.ping(twin.client, "10.250.5.9")
    assert not twin.ping(twin.client, "10.250.5.1"), "the relay's own address on that network is its own too"


def test_remove_leaves_nothing_and_a_change_is_repaired(lab, hosts):
    before = snapshot(hosts.relay)
    state = RelayState(lab, hosts.relay, TWIN)
    assert state.nftables("apply")[1] == 1 and state.nftables("compare")[1] == 0 and state.nftables("apply")[1] == 0
    assert RelayState(lab, hosts.relay, name="plain.conf").nftables("compare")[1] == 1
    hosts.relay.sh("h=$(nft -a list chain inet nat64-relay target-nat | sed -n 's/.*dnat.*handle //p'); nft replace rule inet nat64-relay target-nat handle $h "
                   "iifname tailscale0 ip daddr 10.192.0.0/10 counter name twin-moved dnat ip prefix to 100.64.0.0/10 comment '\"other\"'")
    _, result, messages = state.nftables("compare")
    assert result == 1 and 'has besides target-nat: "other"' in messages
    assert state.nftables("apply")[1] == 1 and state.nftables("compare")[1] == 0
    assert state.nftables("remove")[1] == 1
    assert differences(before, snapshot(hosts.relay)) == []


def test_the_list_reads_as_a_person_would_write_it(lab, hosts):
    state = RelayState(lab, hosts.relay, TWIN)
    state.nftables("apply")
    text = hosts.relay.run("nft list table inet nat64-relay").stdout
    for line in ('iifname "tailscale0" ip daddr @twin4 counter name "twin-moved" dnat ip prefix to 100.64.0.0/10',
                 'ct original ip daddr @twin4 goto by-twin', 'ct original ip daddr @twin4 oifname != "nat64" counter name "masqueraded" masquerade',
                 "type nat hook prerouting priority dstnat - 10; policy accept;"):
        assert line in text, f"expected {line!r} in\n{text}"
    hosts.relay.run("nft delete table inet nat64-relay")
    hosts.relay.run("nft -f -", input=text)
    assert state.nftables("compare")[1] == 0, state.nftables("compare")[2]


def test_a_foreign_dnat_to_the_same_targets_is_left_alone(twin):
    """Somebody's own DNAT beside ours: it is neither guarded nor masqueraded by us."""
    twin.relay.run("nft -f -", input=f'table ip theirs {{ chain in {{ type nat hook prerouting priority dstnat; ip daddr {EXIT} udp dport 777 dnat to {TARGET}:7; }}; }}')
    twin.target.route("10.5.0.0/24", "via", RELAY)
    before = twin.state.counters()
    with twin.udp(twin.target, TARGET, 7) as target, twin.udp(twin.outsider, OUTSIDER, 5) as outsider:
        outsider.sendto(b"question", (EXIT, 777))
        assert target.recvfrom(100) == (b"question", (OUTSIDER, 5))
        target.sendto(b"answer", (OUTSIDER, 5))
        assert outsider.recvfrom(100) == (b"answer", (EXIT, 777))
    assert twin.moved(before) == {}
