# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay's name service between a client and the upstreams: the private Unbound with the module, and ways to ask it.

    client 100.64.0.2, fd7a:115c:a1e0::2 ---- relay 100.64.0.1, fd7a:115c:a1e0::1 (Unbound); upstreams on the relay's loopback
    client 192.0.2.2, a stranger
"""
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import dns.flags
import dns.message
import dns.rdatatype
from lab import built, module_of, need, preload, skip, unbound_program, wait_for
from upstream import receive

RELAY4, RELAY6 = "100.64.0.1", "fd7a:115c:a1e0::1"
CLIENT4, CLIENT6, STRANGER = "100.64.0.2", "fd7a:115c:a1e0::2", "192.0.2.2"
UNBOUND = str(unbound_program())
WAIT = 60  # seconds for an answer


def unbound_octets():
    """What the program's file holds; skips when it has not been built."""
    if not os.access(UNBOUND, os.X_OK):
        skip(f"{UNBOUND} is missing: run dist/unbound/build")
    return Path(UNBOUND).read_bytes()


class Answer:
    """A reply: the message, its octets as they came, and how long it took in seconds."""

    def __init__(self, wire, seconds):
        self.wire, self.seconds = wire, seconds
        self.message = dns.message.from_wire(wire)

    @property
    def rcode(self):
        return dns.rcode.to_text(self.message.rcode())

    @property
    def records(self):
        """The answer section as a set of (name, type, data)."""
        return {(rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype), record.to_text())
                for rrset in self.message.answer for record in rrset}

    @property
    def addresses(self):
        return {record.address for rrset in self.message.answer for record in rrset if rrset.rdtype == dns.rdatatype.AAAA}

    @property
    def ttl(self):
        """The TTL of the first record, of the answer or else of the authority section."""
        return (self.message.answer or self.message.authority)[0].ttl

    def has(self, flag):
        return bool(self.message.flags & dns.flags.from_text(flag))


class Resolver:
    """The nodes client and relay of a lab, and Unbound on the relay with the settings in text."""

    def __init__(self, lab, text, program=UNBOUND):
        need("ip", "ldns-testns")
        self.lab, self.client, self.relay = lab, lab.node("client"), lab.node("relay")
        if not os.access(program, os.X_OK):
            skip(f"{program} is missing: run dist/unbound/build")
        lab.connect(self.client, "eth0", self.relay, "tailscale0")
        self.relay.address("tailscale0", RELAY4 + "/10", RELAY6 + "/64", "192.0.2.1/24")
        self.client.address("eth0", CLIENT4 + "/10", CLIENT6 + "/64", STRANGER + "/24")
        module_of()
        self.module, self.program = lab.folder / "splitdns.so", program  # where the lab keeps it
        rate = "" if "dns-rate-limit" in text else "dns-rate-limit 0\n"  # one client here asks more than a thousand a second
        self.settings = lab.settings(f"edge-address {RELAY4}\nedge-address {RELAY6}\n{rate}{text}")
        lab.make_sockets()
        self.conf = lab.folder / "unbound.conf"
        self.generate()
        self.unbound = None

    def generate(self, more=""):
        """Make unbound.conf from the settings; more is added at its end."""
        done = subprocess.run([built("tests/net/print-unbound-conf"), self.settings], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self.conf.write_text(done.stdout + more)

    def use(self, module):
        """Take another splitdns.so than the one that was built. The one in place is replaced by rename: an Unbound that runs keeps it."""
        copy = shutil.copy(module, self.lab.folder / "splitdns.so.new")
        self.module = Path(copy).rename(self.lab.folder / "splitdns.so")

    @property
    def environment(self):
        return {"NAT64_RELAY_CONF": str(self.settings), **preload(self.module)}

    def launch(self):
        """Start Unbound without waiting for it."""
        self.unbound = self.relay.start([self.program, "-d", "-c", self.conf], name="unbound", env=self.environment)
        return self.unbound

    def start(self):
        self.launch().wait_for("start of service")
        return self

    def control(self, command):
        """unbound-control."""
        return self.relay.run([self.program + "-control", "-c", str(self.conf), *command.split()]).stdout

    def ask(self, name, kind="AAAA", transport="UDP", server=RELAY4, source=None, timeout=WAIT, **options):
        """Ask once. options are those of dns.message.make_query: want_dnssec, use_edns, payload, flags. None when no answer comes in time (seconds)."""
        query = dns.message.make_query(name, kind, **options)
        before = time.monotonic()
        wire = self.exchange(query.to_wire(), transport, server, source, timeout)
        if wire is None:
            return None
        answer = Answer(wire, time.monotonic() - before)
        assert answer.message.id == query.id
        return answer

    def ask_again(self, name, kind="AAAA", **options):
        """ask of a name whose upstream is silent: Unbound answers after 1.8 seconds, and drops an answer that a busy machine makes later than 1.9."""
        return wait_for(lambda: self.ask(name, kind, timeout=6, **options), f"an answer for {name} {kind}", 60)

    def exchange(self, octets, transport="UDP", server=RELAY4, source=None, timeout=WAIT):
        """Send one message, return the octets of the reply or None."""
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with self.client.inside():
            sock = socket.socket(family, socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM)
        with sock:
            sock.settimeout(timeout)
            if source:
                sock.bind((source, 0))
            try:
                sock.connect((server, 53))
                if transport == "UDP":
                    sock.send(octets)
                    return sock.recv(65535)
                sock.sendall(struct.pack("!H", len(octets)) + octets)
                return receive(sock, struct.unpack("!H", receive(sock, 2))[0])
            except (socket.timeout, ConnectionError, EOFError):
                return None


class Wire:
    """Every frame that comes to a device of a node, in the order of arrival."""

    def __init__(self, node, device):
        self.frames, self.running = [], True
        with node.inside():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
            self.sock.bind((device, 0))
        self.sock.settimeout(0.2)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while self.running:
            try:
                frame, (_, _, kind, *_) = self.sock.recvfrom(70000)
            except socket.timeout:
                continue
            if kind != socket.PACKET_OUTGOING:
                self.frames.append(frame)

    def stop(self):
        """The frames; fails when the kernel had to drop any."""
        self.running = False
        self.thread.join()
        _, dropped = struct.unpack("II", self.sock.getsockopt(263, 6, 8))  # SOL_PACKET, PACKET_STATISTICS
        self.sock.close()
        assert dropped == 0, f"{dropped} frames were not seen"
        return self.frames
