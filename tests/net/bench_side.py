# SPDX-License-Identifier: GPL-2.0-or-later
"""A translator on a table of its own: packets go into its TUN octet by octet, and what it makes of them is read back, and judged by a kernel.

A Side is one namespace with the translator and its device alone. Packets are put onto the device by a packet socket, past the kernel's own checks, as if
they had been routed there. What the translator writes comes in on the same device: the socket sees it as it is, and then the namespace's kernel, which
has the addresses of both ends, takes it in as theirs. Nothing that this kernel says itself leaves: no reply disturbs the reading.

A marker, the last fragment of some datagram with a number in it, follows each case: a translator lets no packet wait that came before a fragment. So
all that is read before it belongs to the case. It is for a host that is nobody, so that no kernel waits for the datagram's beginning.
"""
import select
import socket
import struct
import time

import craft
import packets
from lab import built, run
from variety import CLIENT4, CLIENT6, OTHER4, OTHER6, OWN4, OWN6, PREFIX, SERVER4, SERVER6

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
PACKET_OUTGOING = 4
NOBODY4, NOBODY6 = "198.51.100.250", PREFIX + "c633:64fa"
SETTINGS = f"""
tun-device nat64
ipv4-addr {OWN4}
ipv6-addr {OWN6}
prefix {PREFIX}/96
map {CLIENT4} {CLIENT6}
map {OTHER4} {OTHER6}
"""


class Side:
    """One translator. take(case) is what it makes of a case."""

    def __init__(self, lab, name):
        self.lab, self.node, self.marks = lab, lab.node(name), 0
        self.node.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__default__rp_filter=0)
        self.node.run("nft -f -", input="table inet silence { chain out { type filter hook output priority 0; policy drop; }; }")

    def attach(self):
        """The device is there and the translator runs: the kernel becomes both ends, and the socket is opened."""
        run([*self.node.ip, "link", "set", "nat64", "mtu", "1500", "up"])
        for address in (CLIENT6, OTHER6):
            run([*self.node.ip, "address", "add", address + "/128", "dev", "lo", "nodad"])
        run([*self.node.ip, "address", "add", SERVER4 + "/32", "dev", "lo"])
        with self.node.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self.socket.bind(("nat64", ETH_P_ALL))

    def put(self, packet, version):
        self.socket.sendto(packet, ("nat64", ETH_P_IPV6 if version == 6 else ETH_P_IP))

    def mark(self):
        self.marks += 1
        part = craft.fragment(packets.UDP, 1024, False, self.marks) + struct.pack("!I", self.marks)
        self.put(craft.ip6(CLIENT6, NOBODY6, craft.FRAGMENT, part), 6)

    def is_mark(self, packet):
        return packet[16:20] == packets.packed(NOBODY4) and packet[20:] == struct.pack("!I", self.marks)

    def receive(self, until):
        """The next packet that the translator wrote; None when the time is over."""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            packet, where = self.socket.recvfrom(1 << 17)
            if where[2] != PACKET_OUTGOING:
                return packet
        return None

    def take(self, case):
        """What comes of the packets of a case, in order."""
        for packet in case.packets:
            self.put(packet, case.version)
        self.mark()
        seen, until = [], time.monotonic() + 20
        while (packet := self.receive(until)) is not None:
            if self.is_mark(packet):
                return seen
            seen.append(packet)
        raise AssertionError(f"{self.node.name} does not translate any more, after {case}")

    def statistics(self):
        """The kernel's counters of /proc/net/snmp and snmp6."""
        values, lines = {}, self.node.run("cat /proc/net/snmp").stdout.splitlines()
        for names, numbers in zip(lines[::2], lines[1::2]):
            family = names.split(":")[0]
            values.update({family + name: int(number) for name, number in zip(names.split()[1:], numbers.split()[1:])})
        for line in self.node.run("cat /proc/net/snmp6").stdout.splitlines():
            name, number = line.split()
            values[name] = int(number)
        return values


def tayga_side(lab):
    """Debian's tayga."""
    side = Side(lab, "tayga")
    conf = lab.folder / "tayga.conf"
    conf.write_text(SETTINGS)
    side.node.run(["tayga", "-c", conf, "--mktun"])
    run([*side.node.ip, "link", "set", "nat64", "up"])
    side.process = side.node.start(["stdbuf", "-oL", "tayga", "-c", conf, "-d"], name="tayga")
    side.process.wait_for("Using tun device")
    side.attach()
    return side


def our_side(lab, lines="", name="ours", program=None):
    """nat64d, without offloads: what the device shows is then what a wire would. program: the command of another nat64d."""
    side = Side(lab, name)
    side.conf = lab.settings(SETTINGS + "workers 1\ntun-up on\n" + lines, f"{name}.conf")
    side.process = side.node.start([*(program or [built("nat64d")]), "-c", side.conf, "--no-offloads"], name=f"nat64d-{name}")
    side.process.wait_for("translating on nat64")
    side.attach()
    return side
