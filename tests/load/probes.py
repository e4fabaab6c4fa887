# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client notices while something goes wrong: echoes, questions, and TCP sessions whose every octet is compared.

Echoes and Questions ask 50 times a second and note when each answer came; gap() is the longest time without one. Sessions are connections
through the relay on which both ends keep talking; at the end each has everything back that it sent, or it is lost.
"""
import asyncio
import contextlib
import os
import random
import select
import socket
import struct
import threading
import time

from client_load import RELAY6, TARGET, embed

STEP = 0.02  # seconds between two echoes or questions
SESSIONS_PORT = 5002
NXDOMAIN = 3


class Asker(threading.Thread):
    """Sends a message each STEP, and notes when answers come."""

    def __init__(self):
        super().__init__(daemon=True)
        self.answers, self.running, self.number = [], True, 0
        self.start()

    def run(self):
        due = time.monotonic()
        while self.running:
            if time.monotonic() >= due:
                self.number += 1
                due = max(due + STEP, time.monotonic() - 1)
                with contextlib.suppress(OSError):  # no route, just now
                    self.sock.send(self.message(self.number))
            if select.select([self.sock], [], [], max(0, due - time.monotonic()))[0]:
                with contextlib.suppress(OSError):
                    if self.is_answer(self.sock.recv(2000)):
                        self.answers.append(time.monotonic())
        self.sock.close()

    def stop(self):
        self.running = False
        self.join()

    def since(self, begin):
        return [moment for moment in self.answers if moment >= begin]

    def gap(self, begin, end):
        """The longest time without an answer, in seconds, between two moments."""
        moments = [begin, *(moment for moment in self.answers if begin < moment < end), end]
        return max(after - before for before, after in zip(moments, moments[1:]))


class Echoes(Asker):
    """Echo requests from a node to an address."""

    def __init__(self, node, address):
        with node.inside():
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        self.sock.connect((address, 0))
        self.identity = random.randrange(65536)
        super().__init__()

    def message(self, number):
        return struct.pack("!BBHHH", 128, 0, 0, self.identity, number & 0xffff)

    def is_answer(self, octets):
        return octets[0] == 129 and octets[4:6] == struct.pack("!H", self.identity)


class Questions(Asker):
    """AAAA questions from a node to the relay: one name all the time, or with new another one each time. An answer is one that holds an address.

    With absent it is one that says that there is no such name.
    """

    def __init__(self, node, new=False, server=RELAY6, label="host1", absent=False):
        with node.inside():
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sock.connect((server, 53))
        self.new, self.label, self.absent, self.salt = new, label, absent, os.urandom(4).hex()
        super().__init__()

    def message(self, number):
        label = f"{self.salt}{number}" if self.new else self.label
        return struct.pack("!HHHHHH", number & 0xffff, 0x0100, 1, 0, 0, 0) + bytes([len(label)]) + label.encode() + b"\x049929\0" + struct.pack("!HH", 28, 1)

    def is_answer(self, octets):
        if len(octets) > 12 and self.absent:
            return octets[3] & 15 == NXDOMAIN
        return len(octets) > 12 and octets[3] & 15 == 0 and octets[6:8] != b"\0\0"


class Session:
    """One connection: what is sent comes back, and is compared as it comes."""
    BLOCK = 1000

    def __init__(self, number):
        self.outgoing, self.expected = random.Random(number), random.Random(number)
        self.sent = self.received = self.wrong = 0
        self.awaited = b""
        self.error = None

    async def talk(self, sock, sessions):
        loop = asyncio.get_running_loop()
        taker = loop.create_task(self.take(sock, loop))
        try:
            while sessions.talking:
                await loop.sock_sendall(sock, self.outgoing.randbytes(self.BLOCK))
                self.sent += self.BLOCK
                await asyncio.sleep(sessions.pause)
            while self.received < self.sent and not self.error and sessions.patient():
                await asyncio.sleep(0.05)
        except OSError as error:
            self.error = repr(error)
        taker.cancel()
        sock.close()

    async def take(self, sock, loop):
        try:
            while octets := await loop.sock_recv(sock, 65536):
                while len(self.awaited) < len(octets):
                    self.awaited += self.expected.randbytes(self.BLOCK)
                mine, self.awaited = self.awaited[:len(octets)], self.awaited[len(octets):]
                self.wrong += sum(one != other for one, other in zip(octets, mine)) if octets != mine else 0
                self.received += len(octets)
            self.error = "the other end closed it"
        except OSError as error:
            self.error = repr(error)

    @property
    def lost(self):
        return self.error is not None or self.received < self.sent


class Sessions(threading.Thread):
    """Many of them, in one thread. finish() says how many were lost, and how many octets came back wrong."""

    def __init__(self, client, target, count=50, pause=0.1, address=TARGET):
        super().__init__(daemon=True)
        self.address, self.pause, self.talking, self.end = address, pause, True, None
        with target.inside():
            self.listener = socket.create_server((address, SESSIONS_PORT), backlog=200)
        self.listener.setblocking(False)
        self.sockets, self.client = [], client
        self.all = [Session(number) for number in range(count)]
        self.ready = threading.Event()
        self.start()
        assert self.ready.wait(30), "the sessions were not opened within 30 s"

    def run(self):
        asyncio.run(self.work())

    async def work(self):
        loop = asyncio.get_running_loop()
        echoing = loop.create_task(self.accept(loop))
        for _ in self.all:
            with self.client.inside():
                sock = socket.socket(socket.AF_INET6)
            sock.setblocking(False)
            await loop.sock_connect(sock, (embed(self.address), SESSIONS_PORT))
            self.sockets.append(sock)
        self.ready.set()
        await asyncio.gather(*(session.talk(sock, self) for session, sock in zip(self.all, self.sockets)))
        echoing.cancel()
        self.listener.close()

    async def accept(self, loop):
        tasks = []
        while True:
            sock, _ = await loop.sock_accept(self.listener)
            sock.setblocking(False)
            tasks.append(loop.create_task(self.echo(sock, loop)))

    async def echo(self, sock, loop):
        with contextlib.suppress(OSError), sock:
            while octets := await loop.sock_recv(sock, 65536):
                await loop.sock_sendall(sock, octets)

    def patient(self):
        return time.monotonic() < self.end

    def losses(self):
        """Why the lost ones are lost: an error, or how many octets did not come back."""
        return [session.error or session.sent - session.received for session in self.all if session.lost]

    def finish(self, timeout=60):
        """(sessions lost, octets wrong), once everything has come back or the time (seconds) is over."""
        self.end = time.monotonic() + timeout
        self.talking = False
        self.join(timeout + 10)
        return sum(session.lost for session in self.all), sum(session.wrong for session in self.all)
