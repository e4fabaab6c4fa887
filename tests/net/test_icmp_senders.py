# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose ICMP errors end a connection or lower its path MTU: real packets through nat64d and its guard, as real sockets notice them.

A relay (the overlay is one switch, as a tailnet is one link):

    client fd7a:...::2 ---+
    other  fd7a:...::9 ---+--- tailscale0 relay
    target 100.64.0.3 ----+           nat64

A gateway, with a router between it and its client:

    client 2001:db8:c:1::2 --- router 2001:db8:c::2 --- tailscale0 gateway eth1 --- target 203.0.113.5
"""
import socket
import struct

import pytest
import traffic
from lab import ThreeHosts, built, wait_for
from packets import PACKET_TOO_BIG, PORT_UNREACHABLE, UNREACHABLE, icmp, send_raw, udp
from path import Path
from relay_state import RelayState
from icmp_errors import TAILSCALED
from icmp_errors import Errors, hop

CLIENT, RELAY6, TARGET, RELAY4 = ThreeHosts.CLIENT6, ThreeHosts.RELAY6, ThreeHosts.TARGET4, ThreeHosts.RELAY4
TARGET6, TRANSLATOR6, OTHER, OTHER4 = "fd64:9929::6440:3", "fd64:9929::c0a8:f001", "fd7a:115c:a1e0::9", "100.64.0.9"
STRANGER = "fd00:bad::1"
GATEWAY = """
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
    allow-source 2001:db8:c::/48
    allow-destination 0.0.0.0/0
"""
GATEWAY_CLIENT, INTERNET, INTERNET6 = "2001:db8:c:1::2", "203.0.113.5", "fd64:9929::cb00:7105"


class Relay:
    """nat64d behind its guard between a client and a target."""

    ask = Path.ask

    def __init__(self, lab, relay, client, target, extra="", **options):
        self.lab, self.relay, self.client, self.target = lab, relay, client, target
        self.state = RelayState(lab, relay, extra, **options)
        self.state.up()
        relay.start([built("nat64d"), "-c", self.state.conf], name="nat64d").wait_for("translating on nat64")

    def flow(self, target=TARGET, target6=TARGET6):
        """Both sockets of a flow of UDP that the client began, each connected to the other end: (client's, target's)."""
        far = traffic.listen(self.target, target, socket.SOCK_DGRAM)
        near = traffic.connect(self.client, target6, far.getsockname()[1], socket.SOCK_DGRAM)
        near.send(b"hello")
        far.connect(far.recvfrom(100)[1])
        far.setsockopt(socket.IPPROTO_IP, traffic.IP_MTU_DISCOVER, traffic.IP_PMTUDISC_DO)
        self.exchange(near, far)
        return near, far

    def exchange(self, near, far):
        """A datagram each way: what was sent before has come through, too."""
        far.send(b"question")
        assert near.recv(100) == b"question"
        near.send(b"answer")
        assert far.recv(100) == b"answer"

    def drops(self, reason="icmp-sender"):
        return self.ask("counters")["counters"]["drops"].get(reason, 0)


def path_mtu(sock):
    """What the socket's kernel knows of the way to its peer."""
    six = sock.family == socket.AF_INET6
    return sock.getsockopt(socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP, 24 if six else 14)  # IPV6_MTU, IP_MTU of <linux/in.h>, <linux/in6.h>


def report6(sender, near, far, kind, code, target6=TARGET6):
    """An ICMPv6 error about what the target sent to the client last."""
    quoted = udp(target6, near.getsockname()[0], far.getsockname()[1], near.getsockname()[1], bytes(1200))
    return icmp(sender, target6, kind, code, struct.pack("!I", 1280) if kind == PACKET_TOO_BIG else bytes(4), quoted)


def has_error(sock):
    """Has an ICMP error come to the socket since the last look?"""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def fate(sock, mtu, is_dropped):
    """What became of an ICMP error: whether the socket noticed, or somebody dropped and counted it."""
    def look():
        return "ended the flow" if has_error(sock) else f"path MTU {path_mtu(sock)}" if path_mtu(sock) != mtu else "dropped" if is_dropped() else None
    return wait_for(look, "an ICMP error to reach the socket or a counter", timeout=20)


@pytest.fixture
def overlay(lab):
    """A relay, with another client on the overlay."""
    hosts = ThreeHosts(lab)
    hosts.relay.run("nft -f -", input=TAILSCALED)
    hosts.other = lab.node("other")
    lab.connect(hosts.switch, "port9", hosts.other, "eth0")
    hosts.switch.run("ip link set port9 master bridge")
    hosts.other.address("eth0", OTHER + "/64", OTHER4 + "/10")
    hosts.other.route("fd64:9929::/96", "via", RELAY6)
    relay = Relay(lab, hosts.relay, hosts.client, hosts.target)
    relay.other = hosts.other
    return relay


KINDS = {"port unreachable": (1, 4), "no route": (1, 0), "too big": (PACKET_TOO_BIG, 0), "time exceeded": (3, 0), "parameter problem": (4, 1)}
SENDERS = {  # the outer source, and who counts it
    "another client": (OTHER, "icmp-sender"),
    "outside allow-source": (STRANGER, "icmp-sender"),
    "as the relay": (RELAY6, "icmp-sender"),
    "as the target": (TARGET6, "drop-forged"),
    "as the translator": (TRANSLATOR6, "drop-forged"),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_nobody_reports_on_another_clients_flow(overlay, sender):
    source, counter = SENDERS[sender]
    near, far = overlay.flow()
    before = path_mtu(far)
    with near, far:
        for number, (kind, code) in enumerate(KINDS.values(), 1):
            send_raw(overlay.other, report6(source, near, far, kind, code))
            came = fate(far, before, lambda: (overlay.drops(counter) if counter == "icmp-sender" else overlay.state.counters()[counter]) == number)
            assert came == "dropped", f"{kind}/{code} of {source}: {came}"
        overlay.exchange(near, far)


def test_a_client_reports_on_its_own_flow(overlay):
    """Its kernel says that a port is closed; what it says of MTU and way comes through as well."""
    near, far = overlay.flow()
    with near, far:
        send_raw(overlay.client, report6(CLIENT, near, far, PACKET_TOO_BIG, 0))
        wait_for(lambda: path_mtu(far) == 1260, "a path MTU of 1260 at the target", timeout=20)
        assert has_error(far), "the socket was not told of the path MTU"
        near.close()
        far.send(b"anybody there?")
        wait_for(lambda: has_error(far), "the target's flow to be refused", timeout=20)
    assert overlay.drops() == 0


def test_the_relays_kernel_reports_what_is_too_big_for_the_overlay(overlay):
    """By the translator's address, which the guard gives it: the relay's own is no client's."""
    overlay.relay.run("ip link set tailscale0 mtu 1280")
    near, far = overlay.flow()
    with near, far:
        far.send(bytes(1280 - 28))
        wait_for(lambda: path_mtu(far) == 1260, "a path MTU of 1260 at the target", timeout=20)
        assert has_error(far), "the socket was not told of the path MTU"
        far.send(bytes(1260 - 28))
        assert len(near.recv(2000)) == 1260 - 28
    assert overlay.drops() == 0


def test_every_hop_of_a_traceroute_tells_of_itself(overlay):
    errors = Errors(overlay.client, six=True)
    sources = []
    for limit in (1, 2, 3):
        hop(overlay.client, TARGET6, limit)
        sources.append(errors.source())
    assert sources == [RELAY6, TRANSLATOR6, "fd64:9929::c0a8:f002"], "expected the relay, the translator, and the relay by the device's address"
    with traffic.connect(overlay.client, TARGET6, 9, socket.SOCK_DGRAM) as closed:
        closed.send(b"hello")
        wait_for(lambda: has_error(closed), "the target to refuse a closed port", timeout=20)
    assert overlay.drops() == 0


def test_no_node_reports_on_another_targets_flow(overlay):
    """ICMPv4, towards the client: conntrack takes it for an error about the masqueraded flow."""
    near, far = overlay.flow()
    with near, far:
        quoted = udp(RELAY4, TARGET, far.getpeername()[1], far.getsockname()[1])
        send_raw(overlay.other, icmp(OTHER4, RELAY4, UNREACHABLE, PORT_UNREACHABLE, data=quoted))
        assert fate(near, path_mtu(near), lambda: overlay.drops() == 1) == "dropped", "the error of another node ended the client's flow"
        overlay.exchange(near, far)


@pytest.fixture(params=["router inside allow-source", "router outside"])
def gateway(lab, request):
    """A gateway whose client is behind a router; the wire between the two is narrow."""
    client, router, relay, target = (lab.node(name) for name in ("client", "router", "relay", "target"))
    lab.connect(client, "eth0", router, "in", mtu=1280)
    lab.connect(router, "out", relay, "tailscale0")
    lab.connect(relay, "eth1", target, "eth0")
    inside = request.param == "router inside allow-source"
    client.address("eth0", GATEWAY_CLIENT + "/64")
    router.address("in", "2001:db8:c:1::1/64" if inside else "fd00:bad:1::1/64")
    router.address("out", "2001:db8:c::2/64" if inside else "fd00:bad::2/64")
    relay.address("tailscale0", "2001:db8:c::1/64" if inside else "fd00:bad::1/64")
    relay.address("eth1", "203.0.113.1/24")
    target.address("eth0", INTERNET + "/24")
    for node in (router, relay):
        node.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    if not inside:
        router.route("2001:db8:c:1::/64", "dev", "in")
        client.route("fd00:bad:1::/64", "dev", "eth0")
    client.route("fd64:9929::/96", "via", "2001:db8:c:1::1" if inside else "fd00:bad:1::1")
    router.route("fd64:9929::/96", "via", "2001:db8:c::1" if inside else "fd00:bad::1")
    relay.route("2001:db8:c:1::/64", "via", "2001:db8:c::2" if inside else "fd00:bad::2")
    made = Relay(lab, relay, client, target, settings=GATEWAY)
    made.router, made.inside = router, inside
    return made


def test_a_router_behind_a_gateway_reports_where_allow_source_names_it(gateway):
    """The router's own kernel finds the datagram too big for the client's wire."""
    near, far = gateway.flow(INTERNET, INTERNET6)
    with near, far:
        far.send(bytes(1400))
        wait_for(lambda: path_mtu(far) == 1260 or gateway.drops(), "a path MTU of 1260 at the target, or a dropped error", timeout=20)
        assert (path_mtu(far), gateway.drops()) == ((1260, 0) if gateway.inside else (1500, 1))


@pytest.mark.parametrize("gateway", ["router inside allow-source"], indirect=True)
def test_a_gateway_believes_nobody_outside_allow_source(gateway):
    near, far = gateway.flow(INTERNET, INTERNET6)
    with near, far:
        for number, (kind, code) in enumerate(KINDS.values(), 1):
            send_raw(gateway.router, report6(STRANGER, near, far, kind, code, INTERNET6))
            assert fate(far, 1500, lambda: gateway.drops() == number) == "dropped", f"{kind}/{code} of {STRANGER} reached the target"
        gateway.exchange(near, far)
        near.close()
        far.send(b"anybody there?")
        wait_for(lambda: has_error(far), "the client's own error to refuse the target's flow", timeout=20)
