# SPDX-License-Identifier: GPL-2.0-or-later
"""The guard, with packets really sent: every forbidden way is closed and counted, every allowed way is open.

    client fd7a:...::2 ---+
                          +--- tailscale0 relay eth1 --- outsider 10.5.0.9, fd05::9
    target 100.64.0.3 ----+           nat64

In the place of nat64d the test itself reads and writes the device: so it sees what would reach a translator, and can send what a broken one would.
"""
import socket
import struct
import threading

import pytest
from lab import ThreeHosts, built, wait_for
from packets import (ECHO_REPLY, ECHO_REQUEST, FRAGMENTATION_NEEDED, ICMP, ICMPV6, PACKET_TOO_BIG, PORT_UNREACHABLE, UDP, UNREACHABLE, Device, Seen, icmp, send_raw,
                     udp)
from relay_state import RelayState
from icmp_errors import TAILSCALED

CLIENT, RELAY6, TARGET, RELAY4 = ThreeHosts.CLIENT6, ThreeHosts.RELAY6, ThreeHosts.TARGET4, ThreeHosts.RELAY4
TARGET6 = "fd64:9929::6440:3"
POOLED, TRANSLATOR4, DEVICE4 = "192.168.240.77", "192.168.240.1", "192.168.240.2"
OUTSIDER4, OUTSIDER6, EXIT4 = "10.5.0.9", "fd05::9", "10.5.0.1"
STRANGER6, TRANSLATOR6 = "fd00:bad::1", "fd64:9929::c0a8:f001"
OPEN = "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\nadvertise-prefix none\n"


class Guarded:
    """The hosts, the state and the rules, and the device in the test's hands."""

    def __init__(self, lab, hosts, extra="", **options):
        self.client, self.relay, self.target, self.outsider = hosts.client, hosts.relay, hosts.target, lab.node("outsider")
        lab.connect(self.relay, "eth1", self.outsider, "eth0")
        self.relay.address("eth1", EXIT4 + "/24", "fd05::1/64")
        self.outsider.address("eth0", OUTSIDER4 + "/24", OUTSIDER6 + "/64")
        self.outsider.route("0.0.0.0/0", "via", EXIT4)
        self.outsider.route("::/0", "via", "fd05::1")
        self.relay.route("0.0.0.0/0", "via", OUTSIDER4)
        self.relay.route("::/0", "via", OUTSIDER6)
        self.target.route("192.168.240.0/20", "via", RELAY4)
        self.client.route("::/0", "via", RELAY6)
        self.relay.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__tailscale0__rp_filter=0, net__ipv4__conf__eth1__rp_filter=0)
        self.state = RelayState(lab, self.relay, extra, **options)
        self.state.up()
        self.device = Device(self.relay)

    def moved(self, before):
        """The counters that moved since: name -> by how much. Multicast moves by itself."""
        return {name: count - before[name] for name, count in self.state.counters().items()
                if count != before[name] and name != "drop-multicast"}

    def listen(self, node, address, port=7):
        with node.inside():
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, port))
        sock.settimeout(2)
        return sock

    def raw(self, node, protocol):
        """A socket that hears all of a protocol."""
        with node.inside():
            sock = socket.socket(socket.AF_INET6 if protocol == ICMPV6 else socket.AF_INET, socket.SOCK_RAW, protocol)
        sock.settimeout(2)
        return sock


@pytest.fixture
def guarded(lab, hosts):
    made = Guarded(lab, hosts)
    yield made
    made.device.close()


def is_udp(port):
    return lambda seen: seen.protocol == UDP and seen.ports[1] == port


# --- into the translator ---

INTO = {
    "from another interface": ("outsider", udp(OUTSIDER6, TARGET6, 5, 7), "drop-entry"),
    "from another interface, with a client's source": ("outsider", udp(CLIENT, TARGET6, 5, 7), "drop-entry"),
    "a ping from another interface": ("outsider", icmp(OUTSIDER6, TARGET6, 128, 0), "drop-entry"),
    "a source that is not allowed": ("client", udp(STRANGER6, TARGET6, 5, 7), "drop-source"),
    "an error about nothing, from a stranger": ("client", icmp(STRANGER6, TARGET6, 1, 4, data=udp(TARGET6, STRANGER6, 7, 5)), "drop-source"),
    "a destination outside the prefix": ("client", udp(CLIENT, "fd99::1", 5, 7), "drop-not-prefix"),
    "a source in the prefix": ("client", udp("fd64:9929::6440:9", TARGET6, 5, 7), "drop-forged"),
    "a source in the prefix, from another interface": ("outsider", udp("fd64:9929::6440:9", CLIENT, 5, 7), "drop-forged"),
    "a source in the prefix, to the relay": ("client", udp("fd64:9929::6440:9", RELAY6, 5, 7), "drop-forged"),
    "a source in the pool": ("outsider", udp(POOLED, TARGET, 5, 7), "drop-forged"),
    "a source in the pool, to the relay": ("outsider", udp(POOLED, EXIT4, 5, 7), "drop-forged"),
    "a target that was not asked": ("target", udp(TARGET, POOLED, 5, 7), "drop-uninvited"),
    "an outsider to the pool": ("outsider", udp(OUTSIDER4, POOLED, 5, 7), "drop-uninvited"),
    "an outsider's ping to the pool": ("outsider", icmp(OUTSIDER4, POOLED, ECHO_REQUEST, 0), "drop-uninvited"),
    "an outsider's error about nothing": ("outsider", icmp(OUTSIDER4, POOLED, UNREACHABLE, PORT_UNREACHABLE, data=udp(POOLED, OUTSIDER4, 7, 5)), "drop-uninvited"),
    "a target, from another interface": ("outsider", udp(TARGET, POOLED, 7, 5), "drop-not-by-overlay"),
    "an address of the tailnet to the relay, from another interface": ("outsider", udp("100.64.0.9", EXIT4, 7, 5), "drop-not-by-overlay"),
    "the relay to the pool": ("relay", udp(RELAY4, POOLED, 5, 7), "drop-from-relay"),
    "the relay with another source": ("relay", udp("fd05::1", TARGET6, 5, 7), "drop-source"),
}


@pytest.mark.parametrize("case", INTO)
def test_closed_towards_the_translator(guarded, case):
    sender, packet, counter = INTO[case]
    guarded.relay.route("fd99::/64", "dev", "nat64")
    before = guarded.state.counters()
    send_raw(getattr(guarded, sender), packet)
    seen = guarded.device.read(lambda seen: seen.protocol != ICMPV6 or seen.payload[0] < 128, timeout=0.3)
    assert seen is None, f"the translator saw {seen}"
    assert guarded.moved(before) == {counter: 1}


def test_nothing_goes_past_the_translator(guarded):
    """Without the device the node's default route is that of the prefix and of the pool."""
    guarded.relay.sh("ip link set nat64 down")
    for sender, packet in ((guarded.client, udp(CLIENT, TARGET6, 5, 7)), (guarded.target, udp(TARGET, POOLED, 7, 5))):
        before = guarded.state.counters()
        send_raw(sender, packet)
        wait_for(lambda before=before: guarded.moved(before) == {"drop-exit": 1}, "the packet to be dropped")


# --- out of the translator ---

OUT_OF = {
    "a denied destination": (udp(POOLED, "100.100.100.100", 5, 7), "drop-denied"),
    "a destination that is not allowed": (udp(POOLED, "198.51.100.1", 5, 7), "drop-target"),
    "the outsider": (udp(POOLED, OUTSIDER4, 5, 7), "drop-target"),
    "cloud metadata": (udp(POOLED, "169.254.169.254", 5, 7), "drop-denied"),
    "past the overlay": (udp(POOLED, "100.99.0.1", 5, 7), "drop-exit"),
    "back into the pool": (udp(POOLED, "192.168.240.78", 5, 7), "drop-loop"),
    "back into the prefix": (udp("fd64:9929::6440:9", TARGET6, 5, 7), "drop-loop"),
    "the relay's address on the overlay": (udp(POOLED, RELAY4, 5, 7), "drop-to-relay"),
    "the relay's address elsewhere": (udp(POOLED, EXIT4, 5, 7), "drop-to-relay"),
    "the device's own address": (udp(POOLED, DEVICE4, 5, 7), "drop-to-relay"),
    "a ping to the relay": (icmp(POOLED, RELAY4, ECHO_REQUEST, 0), "drop-to-relay"),
    "the relay's IPv6 address": (udp(TARGET6, RELAY6, 5, 7), "drop-to-relay"),
    "an IPv4 source of nobody": (udp("10.1.1.1", TARGET, 5, 7), "drop-stray"),
    "an IPv6 source outside the prefix": (udp("fd00::1", CLIENT, 5, 7), "drop-stray"),
    "IPv6 to no client": (udp(TARGET6, "2001:db8::1", 5, 7), "drop-not-client"),
    "IPv6 to a client past the overlay": (udp(TARGET6, "fd7a:115c:a1e0:9::1", 5, 7), "drop-exit"),
    "an echo reply to nothing": (icmp(POOLED, TARGET, ECHO_REPLY, 0), "drop-untracked"),
    "an error about nothing": (icmp(TRANSLATOR4, TARGET, UNREACHABLE, PORT_UNREACHABLE, data=udp(TARGET, POOLED, 7, 5)), "drop-untracked"),
}


@pytest.mark.parametrize("case", OUT_OF)
def test_closed_out_of_the_translator(guarded, case):
    packet, counter = OUT_OF[case]
    guarded.relay.route("100.99.0.0/16", "via", OUTSIDER4)
    guarded.relay.route("fd7a:115c:a1e0:9::/64", "via", OUTSIDER6)
    before = guarded.state.counters()
    guarded.device.write(packet)
    assert guarded.moved(before) == {counter: 1}


# --- the allowed ways ---

def ask(guarded, client, port=7):
    """A client's datagram through the device to the target, as a translator would carry it. The target's socket, and whom it saw."""
    client.sendto(b"hello", (TARGET6, port))
    seen = guarded.device.read(is_udp(port))
    assert seen and (seen.source, seen.destination) == (CLIENT, TARGET6), f"the client's packet reached the translator as {seen}"
    target = guarded.listen(guarded.target, TARGET, port)
    guarded.device.write(udp(POOLED, TARGET, 5, port))
    return target, target.recvfrom(100)[1]


def test_a_question_and_its_answer(guarded):
    before = guarded.state.counters()
    with guarded.listen(guarded.client, CLIENT, 5) as client:
        target, peer = ask(guarded, client)
        with target:
            assert peer == (RELAY4, 5), f"the target saw {peer}, expected the relay and the client's own port"
            target.sendto(b"answer", peer)
        seen = guarded.device.read(is_udp(5))
        assert seen and (seen.source, seen.destination) == (TARGET, POOLED), f"the answer came as {seen}"
        guarded.device.write(udp(TARGET6, CLIENT, 7, 5, b"answer"))
        assert client.recvfrom(100)[0] == b"answer"
    assert guarded.moved(before) == {"masqueraded": 1}


@pytest.mark.parametrize("rp_filter", [0, 2])
def test_an_answer_comes_by_the_overlay_alone(guarded, rp_filter):
    """A host of the relay's LAN answers in the place of the target, and reports an error about what the client sent: neither reaches the translator."""
    guarded.relay.sysctl(**{f"net__ipv4__conf__{name}__rp_filter": rp_filter for name in ("all", "eth1")})
    with guarded.listen(guarded.client, CLIENT, 5) as client:
        target, peer = ask(guarded, client)
        before = guarded.state.counters()
        send_raw(guarded.outsider, udp(TARGET, RELAY4, 7, peer[1], b"forged"))
        send_raw(guarded.outsider, icmp(OUTSIDER4, RELAY4, UNREACHABLE, PORT_UNREACHABLE, data=udp(RELAY4, TARGET, peer[1], 7)))
        seen = guarded.device.read(lambda seen: seen.protocol in (UDP, ICMP), timeout=0.5)
        assert seen is None, f"the translator saw {seen}"
        assert guarded.moved(before) == {"drop-not-by-overlay": 2}
        with target:
            target.sendto(b"answer", peer)
        seen = guarded.device.read(is_udp(5))
        assert seen and seen.source == TARGET, f"the real answer came as {seen}"


def test_an_error_of_the_targets_side_comes_back(guarded):
    guarded.device.write(udp(POOLED, TARGET, 5, 999))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMP)
    assert seen and (seen.source, seen.destination) == (TARGET, POOLED) and tuple(seen.payload[:2]) == (UNREACHABLE, PORT_UNREACHABLE)


def test_the_translators_own_error_reaches_the_target_from_the_relay(guarded):
    with guarded.listen(guarded.client, CLIENT, 5) as client, guarded.raw(guarded.target, ICMP) as errors:
        target, peer = ask(guarded, client)
        with target:
            target.sendto(b"answer", peer)
        answer = guarded.device.read(is_udp(5))
        guarded.device.write(icmp(TRANSLATOR4, TARGET, UNREACHABLE, FRAGMENTATION_NEEDED, struct.pack("!HH", 0, 1260), answer.data[:60]))
        packet, (source, _) = errors.recvfrom(200)
        assert source == RELAY4, f"the error came from {source}, expected {RELAY4}"
        assert packet[20:22] == bytes([UNREACHABLE, FRAGMENTATION_NEEDED]) and socket.inet_ntoa(packet[28 + 16:28 + 20]) == RELAY4, "the quote was not masqueraded"


def test_the_translators_own_error_reaches_the_client(guarded):
    with guarded.raw(guarded.client, ICMPV6) as errors, guarded.listen(guarded.client, CLIENT, 5) as client:
        client.sendto(b"hello", (TARGET6, 7))
        asked = guarded.device.read(is_udp(7))
        guarded.device.write(icmp(TRANSLATOR6, CLIENT, 1, 0, data=asked.data))
        while (message := errors.recvfrom(300))[0][0] >= 128:
            pass
        assert message[1][0] == TRANSLATOR6


def test_the_kernels_errors_reach_the_translator(guarded):
    """What is too big for the overlay: the kernel says so to the translator, by addresses that are no client's."""
    guarded.relay.sh("ip link set tailscale0 mtu 1280")
    before = guarded.state.counters()
    guarded.device.write(udp(POOLED, TARGET, 5, 7, bytes(1400), dont_fragment=True))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMP)
    assert seen and (seen.source, seen.destination) == (DEVICE4, POOLED), f"expected the device's own address, got {seen}"
    assert tuple(seen.payload[:2]) == (UNREACHABLE, FRAGMENTATION_NEEDED) and struct.unpack("!H", seen.payload[6:8])[0] == 1280
    guarded.device.write(udp(TARGET6, CLIENT, 7, 5, bytes(1400)))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMPV6 and seen.payload[0] == PACKET_TOO_BIG)
    assert seen and (seen.source, seen.destination) == (TRANSLATOR6, TARGET6) and struct.unpack("!I", seen.payload[4:8])[0] == 1280
    assert guarded.moved(before) == {}


@pytest.mark.parametrize("error", [icmp(DEVICE4, POOLED, UNREACHABLE, FRAGMENTATION_NEEDED), icmp(DEVICE4, POOLED, 11, 0), icmp(DEVICE4, POOLED, 12, 0),
                                   icmp("fd05::1", TARGET6, PACKET_TOO_BIG, 0), icmp("fd05::1", TARGET6, 3, 0)],
                         ids=["too big", "time exceeded", "parameter problem", "too big (6)", "time exceeded (6)"])
def test_the_relays_errors_pass_by_their_type(guarded, error):
    """Those of ICMPv6 reach the translator from its own address, by which it knows them, and their checksum is right."""
    sent = Seen(error)
    source = sent.source if sent.version == 4 else TRANSLATOR6
    expected = icmp(source, sent.destination, *sent.payload[:2], sent.payload[4:8], sent.payload[8:])
    send_raw(guarded.relay, error)
    seen = guarded.device.read(lambda seen: seen.payload[:2] == sent.payload[:2])
    assert seen, "the error did not reach the translator"
    assert (seen.source, seen.payload) == (source, Seen(expected).payload)


def test_the_relays_errors_keep_their_source_where_nobody_asks_for_it(lab, hosts):
    """An open translator believes everybody."""
    guarded = Guarded(lab, hosts, settings=OPEN)
    error = icmp("fd05::1", TARGET6, PACKET_TOO_BIG, 0)
    send_raw(guarded.relay, error)
    seen = guarded.device.read(lambda seen: seen.protocol == ICMPV6 and seen.payload[0] == PACKET_TOO_BIG)
    assert seen and (seen.source, seen.payload) == ("fd05::1", Seen(error).payload)
    guarded.device.close()


def test_nobody_else_has_the_translators_address(lab, hosts):
    """Also where it lies outside of the prefix: it tells the kernel's errors from those of others."""
    guarded = Guarded(lab, hosts, "ipv6-addr fd77::1\n")
    before = guarded.state.counters()
    for sender in (guarded.client, guarded.outsider):
        send_raw(sender, icmp("fd77::1", TARGET6, PACKET_TOO_BIG, 0, struct.pack("!I", 1280), udp(TARGET6, CLIENT, 7, 5)))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMPV6 and seen.payload[0] == PACKET_TOO_BIG, timeout=0.3)
    assert seen is None, f"the translator saw {seen}"
    assert guarded.moved(before) == {"drop-forged": 2}
    send_raw(guarded.relay, icmp("fd05::1", TARGET6, PACKET_TOO_BIG, 0))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMPV6 and seen.payload[0] == PACKET_TOO_BIG)
    assert seen and seen.source == "fd77::1"
    guarded.device.close()


@pytest.mark.parametrize("other", [icmp(DEVICE4, POOLED, ECHO_REQUEST, 0), icmp("fd05::1", TARGET6, 128, 0)], ids=["4", "6"])
def test_the_relays_pings_are_no_errors(guarded, other):
    send_raw(guarded.relay, other)
    assert guarded.device.read(lambda seen: seen.payload == Seen(other).payload, timeout=0.3) is None


def test_a_routers_error_about_a_clients_connection_passes(guarded):
    """A router behind the overlay, with an address of its own, reports on what the client was sent."""
    with guarded.listen(guarded.client, CLIENT, 5) as client:
        client.sendto(b"hello", (TARGET6, 7))
    assert guarded.device.read(is_udp(7))
    send_raw(guarded.client, icmp(STRANGER6, TARGET6, PACKET_TOO_BIG, 0, struct.pack("!I", 1280), udp(TARGET6, CLIENT, 7, 5)))
    seen = guarded.device.read(lambda seen: seen.protocol == ICMPV6 and seen.payload[0] == PACKET_TOO_BIG)
    assert seen and seen.source == STRANGER6


def test_the_relay_is_its_own_client(guarded):
    with guarded.listen(guarded.relay, RELAY6, 5) as sock:
        sock.sendto(b"hello", (TARGET6, 7))
        assert guarded.device.read(is_udp(7)).source == RELAY6
        guarded.device.write(udp(TARGET6, RELAY6, 7, 5, b"answer"))
        assert sock.recvfrom(100)[0] == b"answer"


# --- marks, gateway, maps ---



def client_seen(guarded, port):
    with guarded.listen(guarded.client, CLIENT, 5) as client:
        client.sendto(b"hello", (TARGET6, port))
    return guarded.device.read(is_udp(port))


def test_a_client_keeps_its_address_beside_tailscaled(guarded):
    guarded.relay.run("nft -f -", input=TAILSCALED)
    before = guarded.state.counters()
    assert client_seen(guarded, 7).source == CLIENT
    assert guarded.moved(before) == {"marks-cleared": 1}
    guarded.state.nftables("remove")
    assert client_seen(guarded, 8).source != CLIENT, "without our table tailscaled's rule hides the client: the test would prove nothing"


def test_the_other_bits_of_the_mark_stay(guarded):
    guarded.relay.run("nft -f -", input=TAILSCALED.replace("| 0x40000", "| 0x5040042"))
    guarded.relay.run("nft -f -", input='table inet look { chain c { type filter hook postrouting priority 0; oifname "nat64" meta mark 0x5000042 counter accept; }; }')
    assert client_seen(guarded, 7).source == CLIENT
    assert "packets 1 " in guarded.relay.run("nft list table inet look").stdout


def test_nothing_for_a_map_goes_past_the_translator(lab, hosts):
    guarded = Guarded(lab, hosts, "map 203.0.113.7 fd7a:115c:a1e0::2\n")
    guarded.relay.sh("ip link set nat64 down")
    before = guarded.state.counters()
    send_raw(guarded.outsider, udp(OUTSIDER4, "203.0.113.7", 7, 5))
    wait_for(lambda: guarded.moved(before) == {"drop-exit": 1}, "the packet to be dropped")
    guarded.device.close()


def test_a_gateway_reaches_what_it_opened(lab, hosts):
    guarded = Guarded(lab, hosts, "allow-destination 0.0.0.0/0\ndeny-destination 169.254.0.0/16\n")
    before = guarded.state.counters()
    with guarded.listen(guarded.outsider, OUTSIDER4) as outsider:
        guarded.device.write(udp(POOLED, OUTSIDER4, 5, 7))
        assert outsider.recvfrom(100)[1] == (EXIT4, 5)
        outsider.sendto(b"answer", (EXIT4, 5))
    seen = guarded.device.read(is_udp(5))
    assert seen and seen.destination == POOLED
    guarded.device.write(udp(POOLED, "169.254.169.254", 5, 7))
    guarded.device.write(udp(POOLED, RELAY4, 5, 7))
    assert guarded.moved(before) == {"masqueraded": 1, "drop-denied": 1, "drop-to-relay": 1}
    guarded.device.close()


def test_a_static_map_lets_outsiders_in(lab, hosts):
    guarded = Guarded(lab, hosts, "map 203.0.113.7 fd7a:115c:a1e0::2\n")
    before = guarded.state.counters()
    with guarded.listen(guarded.outsider, OUTSIDER4) as outsider, guarded.listen(guarded.client, CLIENT, 80) as service:
        outsider.sendto(b"hello", ("203.0.113.7", 80))
        assert guarded.device.read(is_udp(80)).source == OUTSIDER4
        guarded.device.write(udp("fd64:9929::a05:9", CLIENT, 7, 80))
        assert service.recvfrom(100)[1][0] == "fd64:9929::a05:9"
        service.sendto(b"answer", ("fd64:9929::a05:9", 7))
        assert guarded.device.read(is_udp(7)).source == CLIENT
        guarded.device.write(udp("203.0.113.7", OUTSIDER4, 80, 7, b"answer"))
        assert outsider.recvfrom(100) == (b"answer", ("203.0.113.7", 80))
    assert guarded.moved(before) == {}
    guarded.device.close()


def test_a_mapped_host_keeps_its_own_ipv6(lab, hosts):
    """Its IPv6 address is its own: this node may be its router, and then IPv6 hosts reach it past the translator."""
    guarded = Guarded(lab, hosts, "map 203.0.113.7 fd7a:115c:a1e0::2\n")
    before = guarded.state.counters()
    with guarded.listen(guarded.outsider, OUTSIDER6) as outsider, guarded.listen(guarded.client, CLIENT, 80) as service:
        outsider.sendto(b"hello", (CLIENT, 80))
        assert service.recvfrom(100)[1][0] == OUTSIDER6
        service.sendto(b"answer", (OUTSIDER6, 7))
        assert outsider.recvfrom(100)[1][:2] == (CLIENT, 80)
        service.sendto(b"hello", (OUTSIDER6, 7))
        outsider.sendto(b"answer", outsider.recvfrom(100)[1])
        assert service.recvfrom(100)[0] == b"answer"
    assert guarded.moved(before) == {}
    guarded.device.close()


# --- nat64d itself ---

def test_the_real_translator_works_behind_the_guard(lab):
    """A tailnet's MTU, strict reverse paths, tailscaled's marks: ping both ways of size, 1 MB both ways, and not one drop."""
    hosts = ThreeHosts(lab, mtu=1280)
    hosts.relay.sysctl(net__ipv4__conf__all__rp_filter=1, net__ipv4__conf__tailscale0__rp_filter=1)
    hosts.relay.run("nft -f -", input=TAILSCALED)
    state = RelayState(lab, hosts.relay)
    state.up()
    hosts.relay.start([built("nat64d"), "-c", state.conf], name="nat64d").wait_for("translating on nat64")
    target6 = hosts.in_prefix(TARGET)
    wait_for(lambda: hosts.client.run(f"ping -c 1 -W 1 {target6}", check=False).returncode == 0, "the first answer")
    before = state.counters()
    hosts.client.run(f"ping -c 3 -i 0.2 -s 1200 {target6}")
    hosts.client.run(f"ping -c 3 -i 0.2 -s 4000 {target6}")
    with hosts.target.inside():
        server = socket.create_server((TARGET, 0))
    with hosts.client.inside():
        client = socket.create_connection((target6, server.getsockname()[1]), 10)
    data = bytes(range(256)) * 4096
    with server, client:
        peer, address = server.accept()
        with peer:
            assert address[0] == RELAY4
            for sender, receiver in ((client, peer), (peer, client)):
                sender.settimeout(10)
                receiver.settimeout(10)
                thread = threading.Thread(target=sender.sendall, args=(data,))
                thread.start()
                got = exactly(receiver, len(data))
                thread.join()
                assert got == data
    moved = {name: count - before[name] for name, count in state.counters().items()
             if name.startswith("drop-") and name != "drop-multicast" and count != before[name]}
    assert moved == {}
    assert state.counters()["marks-cleared"] > 0


def exactly(sock, length):
    """As many octets of a stream."""
    got = bytearray()
    while len(got) < length:
        part = sock.recv(length - len(got))
        assert part, f"the stream ended {length - len(got)} octets early"
        got += part
    return bytes(got)
