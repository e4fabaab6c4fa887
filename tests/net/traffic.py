# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic between two nodes, made and checked octet by octet by sockets of the test's own process."""
import hashlib
import random
import socket
import struct
import threading
import time

IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_DO = 10, 0, 2  # <linux/in.h>
TIMEOUT = 30  # seconds, for each socket
UNDER_WAY = 60  # seconds for what was sent to come back
MTU_EDGES = [length - header for length in (1260, 1280, 1300, 1480, 1500, 9000) for header in (0, 8, 20, 28, 40, 48, 56)]
SIZES = sorted({*range(1, 65), *range(1150, 1560), *(n + d for n in MTU_EDGES for d in (-1, 0, 1)), *range(2000, 65000, 997), 64999, 65000})


def octets(length, seed=0):
    """As many octets, the same for the same seed."""
    return random.Random(seed * 100003 + length).randbytes(length)


def open_socket(node, address, kind, protocol=0):
    """A socket in the node, of the address's family. IPv4 datagrams may be fragmented on the way: with DF, the first one that is too long
    for the way is lost to the discovery of the path MTU, which has tests of its own."""
    with node.inside():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind, protocol)
    sock.settimeout(TIMEOUT)
    if ":" not in address and kind != socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    return sock


def listen(node, address, kind=socket.SOCK_STREAM, port=0):
    """A bound socket in the node, listening when it is TCP."""
    sock = open_socket(node, address, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    if kind == socket.SOCK_STREAM:
        sock.listen()
    return sock


def connect(node, address, port, kind=socket.SOCK_STREAM, source=None):
    sock = open_socket(node, address, kind)
    if source:
        sock.bind((source, 0))
    sock.connect((address, port))
    return sock


def receive(sock, length):
    """Exactly as many octets of a stream."""
    parts = []
    while length:
        part = sock.recv(min(length, 1 << 16))
        assert part, f"the stream ended {length} octets early"
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def tcp_pair(server, at, client, to, source=None):
    """A connection from the client node to the server node: both ends, the client's first."""
    with listen(server, at) as listener:
        near = connect(client, to, listener.getsockname()[1], source=source)
        far, _ = listener.accept()
    far.settimeout(TIMEOUT)
    return near, far


def same(expected, got, what):
    """Compare without printing 65,000 octets."""
    assert len(got) == len(expected), f"{what}: {len(got)} octets came, expected {len(expected)}"
    assert got == expected, f"{what}: octets differ, the first at {next(i for i, (a, b) in enumerate(zip(expected, got)) if a != b)}"


def tcp_sizes(near, far, sizes=SIZES):
    """Each size there and back on one connection."""
    for size in sizes:
        for sender, receiver, way in ((near, far, "there"), (far, near, "back")):
            message = octets(size)
            thread = threading.Thread(target=sender.sendall, args=(message,))
            thread.start()
            same(message, receive(receiver, size), f"TCP {size} octets {way}")
            thread.join()


class Datagrams:
    """Sends datagrams of increasing size until each has come. A machine that stands still for seconds loses one whose fragments it had not all read, which
    is sent again, LOSSES times in all."""
    LOSSES = 5

    def __init__(self):
        self.lost = 0

    def carry(self, send, receiver, message, what):
        """Who sent it to the receiver."""
        while True:
            send(message)
            try:
                got, peer = receiver.recvfrom(70000)
                while len(got) < len(message):  # a smaller one that was sent twice, and came late
                    got, peer = receiver.recvfrom(70000)
            except TimeoutError:
                self.lost += 1
                assert self.lost <= self.LOSSES, f"{what}: the {self.lost}th datagram that was lost"
                continue
            same(message, got, what)
            return peer


def udp_sizes(server, at, client, to, sizes=SIZES):
    """Each size there and back as a datagram."""
    datagrams = Datagrams()
    with listen(server, at, socket.SOCK_DGRAM) as far, connect(client, to, far.getsockname()[1], socket.SOCK_DGRAM) as near:
        for size in sizes:
            message = octets(size)
            peer = datagrams.carry(near.send, far, message, f"UDP {size} octets there")
            datagrams.carry(lambda octets: far.sendto(octets, peer), near, message[::-1], f"UDP {size} octets back")


def checksum(data):
    """The internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] << 8 if len(data) % 2 else 0)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Pinger:
    """Echo requests of any size by a raw socket; the kernel knows nothing of them but the ICMPv6 checksum."""

    def __init__(self, node, address):
        self.six = ":" in address
        self.sock = open_socket(node, address, socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if self.six else socket.IPPROTO_ICMP)
        self.address, self.identity, self.number = address, random.randrange(65536), 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.sock.close()

    def request(self, payload):
        kind = 128 if self.six else 8
        message = struct.pack("!BBHHH", kind, 0, 0, self.identity, self.number) + payload
        return message if self.six else message[:2] + struct.pack("!H", checksum(message)) + message[4:]

    def ping(self, size):
        """One request, and its reply with the same octets."""
        self.number = (self.number + 1) % 65536
        payload = octets(size)
        self.sock.sendto(self.request(payload), (self.address, 0))
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            packet = self.sock.recv(70000)
            message = packet if self.six else packet[(packet[0] & 15) * 4:]
            if message[0] == (129 if self.six else 0) and message[4:8] == struct.pack("!HH", self.identity, self.number):
                return same(payload, message[8:], f"ping of {size} octets to {self.address}")
        raise AssertionError(f"no reply to a ping of {size} octets to {self.address}")


class Transfer:
    """A stream of octets in two threads, paced (octets a second; 0: as fast as it goes), its checksum compared at the end."""
    PART = 1 << 15

    def __init__(self, sender, receiver, length, pace=0):
        """length None: until the sender's end."""
        self.length, self.pace, self.sent, self.received, self.errors, self.sums = length, pace, 0, 0, [], {}
        self.threads = [threading.Thread(target=self.guard, args=(work, sock)) for work, sock in ((self.send, sender), (self.take, receiver))]
        for thread in self.threads:
            thread.start()

    def guard(self, work, sock):
        try:
            work(sock)
        except Exception as error:  # told by finish()
            self.errors.append(f"{work.__name__}: {error!r}")

    def parts(self):
        """What is sent, each when it is time for it."""
        source = random.Random(self.length)
        while self.sent < self.length:
            part = source.randbytes(min(self.PART, self.length - self.sent))
            yield part
            if self.pace:
                time.sleep(len(part) / self.pace)

    def send(self, sock):
        digest = hashlib.sha256()
        for part in self.parts():
            sock.sendall(part)
            digest.update(part)
            self.sent += len(part)
        self.sums["sent"] = digest.hexdigest()

    def take(self, sock):
        digest = hashlib.sha256()
        while self.received != self.length and (part := sock.recv(1 << 16)):
            digest.update(part)
            self.received += len(part)
        self.sums["received"] = digest.hexdigest()

    def finish(self, timeout=240):
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        told = f"{self.sent} octets were sent, {self.received} came"
        assert not self.errors, f"the transfer failed, {told}: {self.errors}"
        assert len(self.sums) == 2, f"the transfer did not end in {timeout} s: {told}"
        assert self.sums["sent"] == self.sums["received"], f"checksums differ, {told}: {self.sums}"
