# SPDX-License-Identifier: GPL-2.0-or-later
"""Upstream name servers for the tests: ldns-testns with a file of answers, and one in Python for what it cannot do."""
import contextlib
import re
import socket
import struct
import threading

import dns.message
import dns.rrset


def entry(question, answer=(), authority=(), rcode="NOERROR", flags="QR AA RA", match="opcode qtype qname"):
    """One answer of ldns-testns. question: "name type"; answer and authority: lines of records."""
    name, kind = question.split()
    return "\n".join(["ENTRY_BEGIN", f"MATCH {match}", "ADJUST copy_id", f"REPLY {flags} {rcode}",
                      "SECTION QUESTION", f"{name} IN {kind}", "SECTION ANSWER", *answer,
                      "SECTION AUTHORITY", *authority, "ENTRY_END", ""])


class TestNs:
    """ldns-testns on a port of the loopback of a node."""
    __test__ = False

    def __init__(self, node, port, entries, name="testns", count=True, six=False):
        """six: listen on IPv6 addresses. count: keep a log of the questions; it has a line for each entry that a question did not match."""
        self.path = node.lab.folder / f"{name}.data"
        self.path.write_text("$TTL 60\n" + "".join(entries))
        self.process = node.start(["ldns-testns", *(["-v"] if count else []), *(["-6"] if six else []), "-p", str(port), self.path], name=name)
        self.process.wait_for("Listening on port")

    def queries(self):
        """The questions it was asked so far: (transport, name, type)."""
        found = re.findall(r"^query \d+: id \d+: (UDP|TCP) \d+ bytes: (\S+)\s+IN\s+(\S+)", self.process.text(), re.M)
        return [(transport, name.lower().rstrip("."), kind) for transport, name, kind in found]

    def asked(self, name, kind="A"):
        """How often."""
        return sum(1 for _, asked, of in self.queries() if (asked, of) == (name, kind))


class PythonNs:
    """A name server in threads of the test, in the namespace of a node.

    answer(query, message, transport) fills in the reply, a dns.message.Message; it may sleep. False: no reply at all; bytes: these instead.
    """

    def __init__(self, node, address, port, answer):
        self.answer, self.asked, self.running = answer, {}, True
        with node.inside():
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self.udp = socket.socket(family, socket.SOCK_DGRAM)
            self.udp.bind((address, port))
            self.tcp = socket.create_server((address, port), family=family)
        for loop in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def close(self):
        self.running = False
        for sock in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def reply(self, wire, transport):
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked[name] = self.asked.get(name, 0) + 1
        message = dns.message.make_response(query, recursion_available=True)
        result = self.answer(name, message, transport)
        if result is False:
            return None
        return result if isinstance(result, bytes) else message.to_wire(max_size=65535)

    def serve_udp(self):
        while self.running:
            try:
                wire, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            if not wire:  # closed
                return
            threading.Thread(target=self.answer_udp, args=(wire, peer), daemon=True).start()

    def answer_udp(self, wire, peer):
        reply = self.reply(wire, "UDP")
        if reply is not None:
            with contextlib.suppress(OSError):
                self.udp.sendto(reply, peer)

    def serve_tcp(self):
        while self.running:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.answer_tcp, args=(sock,), daemon=True).start()

    def answer_tcp(self, sock):
        with contextlib.suppress(OSError, EOFError), sock:
            while True:
                length = struct.unpack("!H", receive(sock, 2))[0]
                reply = self.reply(receive(sock, length), "TCP")
                if reply is None:
                    return
                sock.sendall(struct.pack("!H", len(reply)) + reply)


def receive(sock, length):
    """Exactly so many octets of a stream."""
    octets = b""
    while len(octets) < length:
        more = sock.recv(length - len(octets))
        if not more:
            raise EOFError
        octets += more
    return octets


def add(message, *lines):
    """Put records into the answer section, each as a line of a zone file: "name ttl type data"."""
    for line in lines:
        name, ttl, kind, data = line.split(None, 3)
        message.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, data))


