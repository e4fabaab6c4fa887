# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets made by hand, raw sockets to send them with any source, and a translator that only reads and writes what the test says."""
import contextlib
import fcntl
import ipaddress
import os
import select
import socket
import struct
import time

from lab import wait_for

ICMP, TCP, UDP, FRAGMENT, ICMPV6 = 1, 6, 17, 44, 58
UNREACHABLE, ECHO_REPLY, ECHO_REQUEST = 3, 0, 8  # ICMP types
FRAGMENTATION_NEEDED, PORT_UNREACHABLE = 4, 3    # codes of UNREACHABLE
PACKET_TOO_BIG = 2                               # ICMPv6 type
TUNSETIFF = 0x400454CA                           # <linux/if_tun.h>
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x0001, 0x1000, 0x4000, 0x0100
VNET_HEADER = 10                                 # octets of struct virtio_net_hdr


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source, destination, protocol, length):
    if ":" in source:
        return packed(source) + packed(destination) + struct.pack("!IxxxB", length, protocol)
    return packed(source) + packed(destination) + struct.pack("!xBH", protocol, length)


def ip(source, destination, protocol, payload, hops=64, dont_fragment=False):
    """An IPv4 or IPv6 packet, as the addresses say."""
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops) + packed(source) + packed(destination) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000 if dont_fragment else 0, hops, protocol, 0)
    header += packed(source) + packed(destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(source, destination, source_port, port, data=b"hello", **options):
    datagram = struct.pack("!HHHH", source_port, port, 8 + len(data), 0) + data
    value = checksum(pseudo_header(source, destination, UDP, len(datagram)) + datagram)
    return ip(source, destination, UDP, datagram[:6] + struct.pack("!H", value or 0xFFFF) + datagram[8:], **options)


def icmp(source, destination, kind, code, rest=b"\0\0\0\0", data=b"", **options):
    """ICMP or ICMPv6; rest is what stands between checksum and data."""
    message = struct.pack("!BBH", kind, code, 0) + rest + data
    covered = message if ":" not in source else pseudo_header(source, destination, ICMPV6, len(message)) + message
    message = message[:2] + struct.pack("!H", checksum(covered)) + message[4:]
    return ip(source, destination, ICMPV6 if ":" in source else ICMP, message, **options)


class Seen:
    """A packet that came: family, source, destination, protocol, payload behind the IP header."""

    def __init__(self, data):
        self.data, self.version = data, data[0] >> 4
        if self.version == 4:
            self.protocol, self.payload = data[9], data[(data[0] & 15) * 4:]
            self.source, self.destination = (str(ipaddress.ip_address(data[at:at + 4])) for at in (12, 16))
        else:
            self.protocol, self.payload = data[6], data[40:]
            self.source, self.destination = (str(ipaddress.ip_address(data[at:at + 16])) for at in (8, 24))

    @property
    def ports(self):
        return struct.unpack("!HH", self.payload[:4])

    def __repr__(self):
        return f"<{self.source} > {self.destination} protocol {self.protocol} {self.payload[:16].hex()}>"


def send_raw(node, packet):
    """Send a packet as it is from the node, by the route of its destination, whatever its source. One that the node's own output drops is gone."""
    seen = Seen(packet)
    with node.inside():
        raw = socket.socket(socket.AF_INET6 if seen.version == 6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with raw, contextlib.suppress(PermissionError):
        raw.sendto(packet, (seen.destination, 0))


class Device:
    """A queue of the node's TUN device, in the place of nat64d."""

    def __init__(self, node, name="nat64"):
        with node.inside():
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE
            fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        # The kernel gives the device its queues a little after the first reader came, and loses what is sent to it before.
        wait_for(lambda: "LOWER_UP" in node.run(f"ip link show {name}").stdout and "state DOWN" not in node.run(f"ip link show {name}").stdout,
                 f"{name} to have a carrier")

    def write(self, packet):
        """What a translator would send."""
        os.write(self.fd, bytes(VNET_HEADER) + packet)

    def read(self, matches, timeout=2.0):
        """The first packet that came and matches, or None after the timeout (seconds). Others are thrown away."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            seen = Seen(os.read(self.fd, 1 << 17)[VNET_HEADER:])
            if matches(seen):
                return seen
        return None

    def close(self):
        os.close(self.fd)


def queue_of(protocol, source, destination, count):
    """The queue that the device hands a packet with these ports to (kernel/queue_selector.h)."""
    return (((source + destination << 8 | protocol) * 2654435761 & 0xFFFFFFFF) >> 16) % count


def dealt_out(queues, matches, count, timeout=10.0):
    """[(packet, index of the queue it came to)] of the first packets that match, fewer when no more come in time (seconds)."""
    seen, end = [], time.monotonic() + timeout
    by_descriptor = {queue.fd: index for index, queue in enumerate(queues)}
    while len(seen) < count and (left := end - time.monotonic()) > 0:
        for descriptor in select.select(list(by_descriptor), [], [], left)[0]:
            packet = Seen(os.read(descriptor, 1 << 17)[VNET_HEADER:])
            if matches(packet):
                seen.append((packet, by_descriptor[descriptor]))
    return seen
