# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that no honest host sends, given to a running nat64d as the kernel would route them: each is dropped, counted under its name, and nothing leaves."""
import struct

import pytest
from lab import need, wait_for
from packets import ECHO_REQUEST, ICMP, ICMPV6, TCP, UDP, icmp, ip, send_raw, udp
from path import Path

CLIENT, TARGET6, PREFIX = Path.CLIENT, Path.TARGET6, "fd64:9929::"
FRAGMENT, ROUTING = 44, 43


def mapped(ipv4):
    """The address inside the prefix that stands for an IPv4 address."""
    return PREFIX + ipv4


def fragment(payload, offset=0, more=True, protocol=UDP, source=CLIENT, destination=TARGET6):
    return ip(source, destination, FRAGMENT, struct.pack("!BxHI", protocol, offset | more, 7) + payload)


DATAGRAM = udp(CLIENT, TARGET6, 5, 7)[40:]

ECHO = icmp(CLIENT, TARGET6, 128, 0, data=b"x" * 40)[40:]
QUOTE = icmp("192.0.2.1", "192.0.2.2", ECHO_REQUEST, 0)[20:]

# Who sends what, and under which name it is counted. The relay itself sends what no kernel would forward.
BAD = {
    "a tiny fragment": ("client", fragment(b"\0\5\0\7" + b"\0" * 4, protocol=TCP), "tiny-fragment"),
    "a fragment over the TCP header": ("client", fragment(b"x" * 16, offset=8, protocol=TCP), "overlapping-fragment"),
    "a fragment of uneven length": ("client", fragment(DATAGRAM[:8] + b"x"), "fragment-length"),
    "a fragment beyond the end": ("client", fragment(b"x" * 16, offset=65528, more=False), "fragment-length"),
    "from the prefix itself": ("client", udp(mapped("100.64.0.9"), TARGET6, 5, 7), "loop"),
    "to a client that is not there": ("client", udp(CLIENT, mapped("192.168.240.99"), 5, 7), "destination-unmapped"),
    "to the loopback": ("client", udp(CLIENT, mapped("127.0.0.1"), 5, 7), "martian-destination"),
    "to nowhere": ("client", udp(CLIENT, mapped("0.0.0.0"), 5, 7), "martian-destination"),
    "to a multicast group": ("client", udp(CLIENT, mapped("224.0.0.1"), 5, 7), "martian-destination"),
    "to everybody": ("client", udp(CLIENT, mapped("255.255.255.255"), 5, 7), "martian-destination"),
    "to cloud metadata": ("client", udp(CLIENT, mapped("169.254.169.254"), 5, 7), "martian-destination"),
    "to the translator, no ping": ("client", udp(CLIENT, Path.TRANSLATOR6, 5, 7), "own-protocol"),
    "IPv4's ICMP in IPv6": ("client", ip(CLIENT, TARGET6, ICMP, QUOTE), "protocol"),
    "a routing header with a way to go": ("client", ip(CLIENT, TARGET6, ROUTING, bytes([UDP, 2, 0, 1]) + b"\0" * 20 + DATAGRAM), "routing-header"),
    "an ICMPv6 type that stays on its link": ("relay", icmp(CLIENT, TARGET6, 135, 0, data=b"\0" * 16), "icmp-type"),
    "from a multicast group": ("relay", udp("ff0e::1", TARGET6, 5, 7), "martian-source"),
    "from a link": ("relay", udp("fe80::1", TARGET6, 5, 7), "martian-source"),
    "from the loopback": ("relay", udp("::1", TARGET6, 5, 7), "martian-source"),
    "from IPv4's multicast": ("relay", udp("224.0.0.1", Path.MAPPED4, 5, 7), "martian-source"),
    "from IPv4's loopback": ("relay", udp("127.0.0.1", Path.MAPPED4, 5, 7), "martian-source"),
    "from everybody": ("relay", udp("255.255.255.255", Path.MAPPED4, 5, 7), "martian-source"),
    "IPv4 to nobody's address": ("relay", udp(Path.TARGET, "192.168.240.98", 5, 7), "destination-unmapped"),
    "IPv6's ICMP in IPv4": ("target", ip(Path.TARGET, Path.MAPPED4, ICMPV6, ECHO), "protocol"),
}


@pytest.fixture(scope="module")
def world():
    """One translator for all of them."""
    from lab import Lab
    need("ip", "nft")
    with Lab() as lab:
        path = Path(lab)
        path.start()
        path.client.run(["ping", "-c", "1", "-W", "5", path.TARGET6])
        yield path
        assert path.daemon.stop() == 0, "nat64d did not end cleanly:\n" + path.daemon.tail()


@pytest.mark.parametrize("case", BAD)
def test_dropped_by_name(world, case):
    sender, packet, reason = BAD[case]
    before = world.drops()
    send_raw(getattr(world, sender), packet)
    moved = {}

    def look():
        moved.clear()
        moved.update({name: count - before.get(name, 0) for name, count in world.drops().items() if count != before.get(name, 0)})
        if reason != "martian-source":
            moved.pop("martian-source", None)  # the kernel's own router solicitations
        return moved
    wait_for(look, f"a drop of {case}")
    assert set(moved) == {reason}, f"{case}: expected {reason}, got {moved}"


def test_it_still_translates(world):
    world.client.run(["ping", "-c", "1", "-W", "5", TARGET6])
