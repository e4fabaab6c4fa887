# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes a device of a node, read raw: IP packets without their link-layer header."""
import select
import socket
import struct
import threading

ETH_P_ALL = 0x0003


class Capture:
    """Record packets between entering and leaving the context: capture.packets holds them, as bytes that start with the IP header.

    With segmentation offload a packet here may be longer than the wire's.
    """

    def __init__(self, node, device):
        with node.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self.socket.bind((device, ETH_P_ALL))
        self.packets, self.ended = [], threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)

    def read(self):
        while True:
            ready = select.select([self.socket], [], [], 0.1)[0]
            if ready:
                self.packets.append(self.socket.recv(65536))
            elif self.ended.is_set():
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.ended.set()
        self.thread.join()
        self.socket.close()

    def from_source(self, address):
        """The packets whose source this is."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        packed = socket.inet_pton(family, address)
        offset, version = (8, 6) if family == socket.AF_INET6 else (12, 4)
        return [packet for packet in self.packets if packet[0] >> 4 == version and packet[offset:offset + len(packed)] == packed]


def wire_name(name):
    """A domain name as it stands in a DNS message, in lower case, without the root's zero."""
    return b"".join(struct.pack("B", len(label)) + label.encode() for label in name.lower().strip(".").split("."))
