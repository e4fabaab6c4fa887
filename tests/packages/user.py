#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client sees of the relay while something is done to it: 200 questions a second, and one TCP connection through the prefix.

usage: user.py PREFIX STOP      asks until the file STOP is there, then prints a line of JSON

A question that has no answer after a second is asked again, twice at most, as resolvers do; so is one that the host refuses. The connection carries
a count, which the other end sends back.
"""
import json
import os
import select
import socket
import struct
import sys
import threading
import time

import dns.message

RELAY, TARGET, PORT = "100.64.0.1", "100.64.0.3", 7000
INTERVAL, PATIENCE, TRIES = 1 / 200, 1.0, 3


class Questions:
    def __init__(self):
        self.wire = dns.message.make_query("my-vps.9929", "AAAA").to_wire()[2:]
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
        for one in self.sockets:
            one.connect((RELAY, 53))
            one.setblocking(False)
        self.waiting = {}  # id: (when asked last, how often)
        self.asked = self.again = self.refused = self.unanswered = self.wrong = 0

    def send(self, number, tries):
        self.waiting[number] = (time.monotonic(), tries)
        try:
            self.sockets[(number + tries) % 16].send(struct.pack("!H", number) + self.wire)
        except OSError:
            self.refused += 1

    def receive(self, one):
        while True:
            try:
                reply = one.recv(4096)
            except BlockingIOError:
                return
            except OSError:
                self.refused += 1
                continue
            number, flags, _, answers = struct.unpack("!HHHH", reply[:8])
            if self.waiting.pop(number, None) and (flags & 15 or not answers):
                self.wrong += 1

    def ask_again(self):
        for number, (when, tries) in list(self.waiting.items()):
            if time.monotonic() - when < PATIENCE:
                continue
            if tries == TRIES:
                del self.waiting[number]
                self.unanswered += 1
            else:
                self.again += 1
                self.send(number, tries + 1)

    def go_on(self, stop):
        due = time.monotonic()
        while self.waiting or not os.path.exists(stop):
            if not os.path.exists(stop) and time.monotonic() >= due:
                self.asked += 1
                self.send(self.asked % 65536, 1)
                due += INTERVAL
            for one in select.select(self.sockets, [], [], INTERVAL / 2)[0]:
                self.receive(one)
            self.ask_again()


class Connection(threading.Thread):
    def __init__(self, address, stop):
        super().__init__(daemon=True)
        self.stop, self.sent, self.broken, self.longest = stop, 0, None, 0.0
        self.listener = socket.create_server((TARGET, PORT))
        self.socket = socket.create_connection((address, PORT), timeout=30)
        self.other, seen = self.listener.accept()
        self.seen = seen[0]

    def run(self):
        try:
            while not os.path.exists(self.stop):
                begun = time.monotonic()
                self.round()
                self.longest = max(self.longest, time.monotonic() - begun)
                time.sleep(0.01)
        except OSError as error:
            self.broken = str(error)

    def round(self):
        """One number there and back."""
        self.sent += 1
        self.socket.sendall(struct.pack("!I", self.sent))
        self.other.sendall(self.other.recv(4, socket.MSG_WAITALL))
        if struct.unpack("!I", self.socket.recv(4, socket.MSG_WAITALL))[0] != self.sent:
            raise OSError("another number came back")


def main():
    prefix, stop = sys.argv[1:]
    connection = Connection(prefix + "6440:3", stop)
    questions = Questions()
    connection.start()
    questions.go_on(stop)
    connection.join(30)
    counts = {name: getattr(questions, name) for name in ("asked", "again", "refused", "wrong", "unanswered")}
    print(json.dumps({**counts, "sent": connection.sent, "broken": connection.broken, "alive": not connection.is_alive(), "seen": connection.seen,
                      "longest": round(connection.longest, 2)}))


if __name__ == "__main__":
    main()
