# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams as fast as they go, while an address goes from client to client."""
import multiprocessing
import struct


class Flood:
    """Processes that send datagrams without a pause, and others that judge them. Each datagram says who sent it and in which turn: twice the turn's number
    and the client that holds the address, or 0 between two turns. A datagram that is sent and arrives in one turn is from the holder, or to the holder."""
    FORMAT = "!BQ"

    def __init__(self):
        context = multiprocessing.get_context("fork")
        self.turn, self.over = context.RawValue("Q", 0), context.RawValue("B", 0)
        self.start = lambda work, *arguments: self.processes.append(context.Process(target=work, args=arguments)) or self.processes[-1].start()
        self.tally = lambda: self.tallies.append(context.RawArray("Q", 2)) or self.tallies[-1]
        self.processes, self.tallies, self.sent = [], [], []

    def send_from(self, sock, sender, to):
        count = self.tally()
        self.sent.append(count)
        self.start(self.send, sock, sender, to, count)

    def send(self, sock, sender, to, count):
        while not self.over.value:
            try:
                sock.sendto(struct.pack(self.FORMAT, sender, self.turn.value), to)
            except OSError:  # an ICMP error: the sender has no lease
                continue
            count[0] += 1

    def judge_at(self, sock, receiver):
        """receiver: a client, or None at the target, where the sender counts."""
        judged = self.tally()
        self.start(self.judge, sock, receiver, judged)
        return judged

    def judge(self, sock, receiver, judged):
        sock.settimeout(0.1)
        while not self.over.value:
            try:
                sender, sent = struct.unpack(self.FORMAT, sock.recv(100))
            except OSError:
                continue
            if sent and sent == self.turn.value:
                judged[(sender if receiver is None else receiver) != sent & 1] += 1

    def total(self):
        return sum(count[0] for count in self.sent)

    def finish(self):
        self.over.value = 1
        for process in self.processes:
            process.join()
