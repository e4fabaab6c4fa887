# SPDX-License-Identifier: GPL-2.0-or-later
"""ICMP errors as hosts and routers see them, and the rules of tailscaled that they pass."""
import socket

import traffic

TAILSCALED = """
    table ip6 filter { chain FORWARD { type filter hook forward priority filter;
        iifname "tailscale0" meta mark set meta mark & 0xff00ffff | 0x40000; meta mark & 0xff0000 == 0x40000 accept; oifname "tailscale0" accept; }; }
    table ip6 nat { chain POSTROUTING { type nat hook postrouting priority srcnat; meta mark & 0xff0000 == 0x40000 counter masquerade; }; }
"""


class Errors:
    """Time exceeded messages that a node receives, by a raw socket."""

    def __init__(self, node, six):
        with node.inside():
            self.sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW,
                                      socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
        self.sock.settimeout(5)
        self.kind, self.six = (3 if six else 11), six

    def source(self):
        """The sender of the next one."""
        while True:
            packet, peer = self.sock.recvfrom(2000)
            if packet[0 if self.six else (packet[0] & 15) * 4] == self.kind:
                return peer[0]


def hop(node, address, limit):
    """Send a datagram that dies after as many hops."""
    with traffic.connect(node, address, 33434, socket.SOCK_DGRAM) as sock:
        if ":" in address:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, limit)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, limit)
        sock.send(b"trace")
