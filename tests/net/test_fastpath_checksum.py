# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path and checksums that the kernel still has to complete, in another place than the packet's own header; and lists of packets, whose checksums
are complete; and datagrams that the kernel still has to fragment."""
import os
import socket
import struct

import craft
import pytest
import traffic
from fastpath_lab import counters, fast, path, ping, started, warm_up  # noqa: F401  (path is a fixture)
from lab import need, wait_for

SOL_PACKET, PACKET_VNET_HDR = 263, 15  # <linux/if_packet.h>


def complete_on_the_way(path):
    """The relay's devices get whole checksums from the kernel, so that both ends verify them."""
    for device in ("left", "right"):
        path.relay.run(["ethtool", "-K", device, "tx", "off"])


def test_a_checksum_inside_a_packet_is_completed_first(path):
    """VXLAN between client and target: its own checksum is complete when it comes to the device, that of the packet inside is not."""
    need("ethtool")
    started(path)
    complete_on_the_way(path)
    inner = {path.client: ("10.7.0.1", path.CLIENT_MAPPED, path.TARGET6, "udp6zerocsumrx"), path.target: ("10.7.0.2", path.TARGET, path.MAPPED4, "udpcsum")}
    for node, (address, local, remote, checksum) in inner.items():
        node.run(["ip", "link", "add", "inner", "mtu", "1300", "type", "vxlan", "id", "7", "dstport", "4789", "local", local, "remote", remote, checksum])
        node.address("inner", address + "/24")

    def known():
        before = fast(path)
        assert ping(path, address="10.7.0.2")
        return all(now > then for now, then in zip(fast(path), before))
    wait_for(known, "the tunnel in the fast path", 20)
    far = traffic.listen(path.target, "10.7.0.2", socket.SOCK_DGRAM)
    near = traffic.connect(path.client, "10.7.0.2", far.getsockname()[1], socket.SOCK_DGRAM)
    with far, near:
        for size in (1, 2, 100, 999, 1200):
            text = os.urandom(size)
            near.send(text)
            got, peer = far.recvfrom(2000)
            assert got == text
            far.sendto(text, peer)
            assert near.recv(2000) == text
    near, far = traffic.tcp_pair(path.target, "10.7.0.2", path.client, "10.7.0.2")
    before = counters(path)
    with near, far:
        traffic.Transfer(near, far, 2_000_000).finish()
    after = counters(path)
    carried = after["fast_path_6to4"]["bytes"] - before["fast_path_6to4"]["bytes"]
    assert carried < 200_000, f"super-packets of the tunnel took the fast path: {carried} octets"
    assert after["fast_path_errors"] == 0


def test_the_partial_checksum_of_an_echo_is_completed_first(path):
    """An echo request from a packet socket whose checksum the kernel is to complete."""
    need("ethtool")
    started(path)
    warm_up(path)
    complete_on_the_way(path)
    addresses = socket.inet_pton(socket.AF_INET6, path.CLIENT) + socket.inet_pton(socket.AF_INET6, path.TARGET6)
    echo = struct.pack("!BBHHH", 128, 0, 0, 4711, 1) + b"not yet summed up"
    pseudo = addresses + struct.pack("!II", len(echo), socket.IPPROTO_ICMPV6)
    echo = echo[:2] + struct.pack("!H", 0xffff ^ traffic.checksum(pseudo)) + echo[4:]
    packet = struct.pack("!IHBB", 6 << 28, len(echo), socket.IPPROTO_ICMPV6, 64) + addresses + echo
    macs = [node.run(["cat", f"/sys/class/net/{device}/address"]).stdout for node, device in ((path.relay, "left"), (path.client, "eth0"))]
    ethernet = b"".join(bytes.fromhex(mac.strip().replace(":", "")) for mac in macs) + b"\x86\xdd"
    virtio = struct.pack("=BBHHHH", 1, 0, 0, 0, len(ethernet) + 40, 2)
    with path.client.inside():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    answers = traffic.open_socket(path.client, path.CLIENT, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    with wire, answers:
        wire.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        wire.bind(("eth0", 0))
        wire.send(virtio + ethernet + packet)
        answers.settimeout(10)
        while (answer := answers.recv(2000))[:1] != b"\x81":
            pass
        assert answer[4:] == echo[4:]


@pytest.mark.parametrize("checksum", ["partial", "complete"])
def test_a_list_of_packets_takes_the_device(path, checksum):
    """In a list each segment keeps its headers, and only those of the first would be translated. A list is there where the relay's devices make one of the
    single segments that both ends send."""
    need("ethtool")
    started(path)
    for node in (path.client, path.target):
        node.run(["ethtool", "-K", "eth0", "tso", "off", "gso", "off", "tx", "on" if checksum == "partial" else "off"])
    for device in ("left", "right"):
        path.relay.run(["ethtool", "-K", device, "gro", "on", "rx-gro-list", "on", "tx-gso-list", "off"])
    warm_up(path)
    for direction in ("6to4", "4to6"):
        ends = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
        near, far = ends if direction == "6to4" else reversed(ends)
        before = counters(path)
        with near, far:
            traffic.Transfer(near, far, 5_000_000).finish()
        after = counters(path)
        packets, octets = (after[f"fast_path_{direction}"][what] - before[f"fast_path_{direction}"][what] for what in ("packets", "bytes"))
        assert octets <= 1500 * packets, f"{direction}: {octets} octets in {packets} packets by the fast path: lists of packets"


def checksum_begun(source, destination, datagram):
    """The datagram with the sum of its pseudo-header for a checksum."""
    pseudo = craft.pseudo_header(source, destination, socket.IPPROTO_UDP, len(datagram))
    return datagram[:6] + struct.pack("!H", 0xffff ^ traffic.checksum(pseudo)) + datagram[8:]


def unfragmented(path, packet, segment):
    """A UDP packet that the relay's kernel is to sum up and to fragment, as a virtual machine hands it over whose driver leaves that to the host (UFO)."""
    header = 40 if packet[0] >> 4 == 6 else 20
    with path.relay.inside():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with wire:
        wire.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        wire.sendto(struct.pack("=BBHHHH", 1, 3, header + 8, segment, header, 6) + packet, ("nat64", 0x86DD if header == 40 else 0x0800))


def test_a_datagram_that_is_yet_to_be_fragmented_takes_the_device(path):
    started(path)
    text = os.urandom(3000)
    far, near = (traffic.listen(node, address, socket.SOCK_DGRAM) for node, address in ((path.target, path.TARGET), (path.client, path.CLIENT_MAPPED)))
    with far, near:
        to = {"6to4": (path.CLIENT_MAPPED, path.TARGET6, far), "4to6": (path.TARGET, path.MAPPED4, near)}

        def known():
            before = fast(path)
            near.sendto(b"known?", (path.TARGET6, far.getsockname()[1]))
            far.sendto(*far.recvfrom(100))
            assert near.recv(100) == b"known?"
            return all(now > then for now, then in zip(fast(path), before))
        wait_for(known, "the pair in the fast path", 20)
        for direction, (source, destination, receiver) in to.items():
            datagram = craft.udp_body(4711, receiver.getsockname()[1], text)
            begun = checksum_begun(source, destination, datagram)
            make = craft.ip6 if direction == "6to4" else craft.ip4
            unfragmented(path, make(source, destination, socket.IPPROTO_UDP, begun), 1000)
            assert receiver.recv(4000) == text, direction
    assert counters(path)["fast_path_errors"] == 0
