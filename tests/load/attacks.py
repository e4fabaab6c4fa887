# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client that means ill does to a relay, each with the counters that must tell of it.

An Attack starts programs on the attacker's node; they end by themselves or are ended. Rates are bounded: on a machine where attacker, relay and
honest clients share the processors an endless flood would measure the scheduler.
"""
import ipaddress
import random
import socket
import string
import time
from dataclasses import dataclass

from craft import fragment, icmp_body, ip6, sealed, tcp_body, udp_body
from client_load import CLIENTS, HELD, MAGIC, METADATA, RELAY4, RELAY6, TARGET, TRAPPED, embed
from lab import built
from packets import ICMPV6, TCP, UDP

ATTACKER = CLIENTS["attacker"]
SOURCE, DESTINATION = 20, 36  # offsets of the last 32 bits of both addresses
BODY = 40
UDP_SUM, ICMP_SUM = BODY + 6, BODY + 2
ECHO, UNREACHABLE, TOO_BIG = 128, 1, 2


def udp6(source, destination, port=9, data=b"x" * 22, **options):
    return ip6(source, destination, UDP, sealed(source, destination, UDP, udp_body(4000, port, data)), **options)


def echo6(source, destination, data=b"x" * 16, **options):
    return ip6(source, destination, ICMPV6, sealed(source, destination, ICMPV6, icmp_body(ECHO, 0, b"\0\1\0\0", data)), **options)


def piece(protocol, data, offset, more, ident=1, destination=embed(TARGET)):
    return ip6(ATTACKER, destination, 44, fragment(protocol, offset, more, ident) + data)


@dataclass(frozen=True)
class Attack:
    """What is done, and by what it is to be stopped."""
    name: str
    start: object  # start(testbed, scale) -> what runs; scale 1 is the attack whole
    stops: tuple  # counters of which at least one must move: a guard's, a reason of nat64d's, or one of Unbound's
    seconds: float = 10  # how long the honest clients are measured at scale 1
    whole: bool = False  # it is waited for to the end, however long that takes


def flood(testbed, rate, count, packets, *changes, name="flood"):
    """packet-flood with these packets; changes: (offset, modulus, checksum)."""
    path = testbed.lab.folder / f"{name}.packets"
    path.write_text("".join(packet.hex() + "\n" for packet in packets))
    words = " ".join(str(word) for change in changes for word in change)
    return testbed.attacker.start(["sh", "-c", f"exec {built('tests/load/packet-flood')} {rate} {count} {words} < {path}"],
                                name=f"{name}-{time.monotonic_ns()}")


# --- what is done ---

def scan(testbed, scale):
    """A million addresses, an echo to each."""
    first = str(ipaddress.IPv6Address(embed("100.64.0.0")))
    return [flood(testbed, 50000, int(1000000 * scale), [echo6(ATTACKER, first)], (DESTINATION, 1 << 22, ICMP_SUM))]


def scan_outside(testbed, scale):
    """Addresses that no client may reach: all of IPv4 in big steps."""
    return [flood(testbed, 50000, int(500000 * scale), [echo6(ATTACKER, embed("10.0.0.0")), echo6(ATTACKER, embed("192.0.0.0"))], (DESTINATION, 1 << 24, ICMP_SUM))]


def scan_twin6(testbed, scale):
    """A million addresses of the twin6, an echo to each."""
    return [flood(testbed, 50000, int(1000000 * scale), [echo6(ATTACKER, "fd99:9929:1:77::")], (DESTINATION, 1 << 22, ICMP_SUM))]


def scan_outside_twin6(testbed, scale):
    """What stands in the twin6 for the relay itself, MagicDNS, networks behind nodes and those who stand for others; the twin6 as a source."""
    places = ["fd99:9929:1::1", "fd99:9929:1::53", "fd99:9929:1:b1a::7"]
    packets = [one for place in places for one in (udp6(ATTACKER, place, TRAPPED), udp6(ATTACKER, place, 53), echo6(ATTACKER, place))]
    return [flood(testbed, 30000, int(300000 * scale), [*packets, udp6("fd99:9929:1::9", "fd99:9929:1::5", 9)])]


def sources(testbed, scale):
    """A thousand sources of its own network, and as many of elsewhere."""
    own = udp6("fd7a:115c:a1e0:a::100", embed(TARGET))
    other = udp6("fd00:bad::100", embed(TARGET))
    return [flood(testbed, 30000, int(300000 * scale), [own, other], (SOURCE, 1000, UDP_SUM))]


def datagrams(testbed, scale):
    """Datagrams of 30 octets, from a thousand ports to as many."""
    return [flood(testbed, 100000, int(1000000 * scale), [udp6(ATTACKER, embed(TARGET), 5001)], (BODY, 1 << 16, UDP_SUM))]


def echoes(testbed, scale):
    return [flood(testbed, 100000, int(1000000 * scale), [echo6(ATTACKER, embed(TARGET))])]


def errors(testbed, scale):
    """Errors about packets that never were, and packets whose hops end in the translator, each of which asks for an error."""
    about = udp6(embed(TARGET), ATTACKER)[:100]
    lies = [ip6(ATTACKER, embed(TARGET), ICMPV6, sealed(ATTACKER, embed(TARGET), ICMPV6, icmp_body(kind, 0, b"\0\0\5\0", about))) for kind in (UNREACHABLE, TOO_BIG)]
    dying = [udp6(ATTACKER, embed(TARGET), hops=3), udp6(ATTACKER, embed(TARGET), 53, hops=3)]
    return [flood(testbed, 60000, int(600000 * scale), [*lies, *dying])]


def tiny_fragments(testbed, scale):
    """First fragments that hide the ports, and pieces that lie over others."""
    tiny = [piece(TCP, tcp_body(1, 80, b"")[:8], 0, True), piece(UDP, b"\0" * 8, 0, True, 2)]
    over = [piece(UDP, udp_body(1, 9, b"x" * 56), 0, True, 3), piece(UDP, b"y" * 64, 32, False, 3)]
    return [flood(testbed, 30000, int(300000 * scale), [*tiny, *over], (BODY + 4, 1 << 30, 0))]


def endless_fragments(testbed, scale):
    """First fragments whose others never come."""
    return [flood(testbed, 20000, int(200000 * scale), [piece(UDP, udp_body(1, 9, b"x" * 1000, 3000), 0, True)], (BODY + 4, 1 << 30, 0))]


def connections(testbed, scale):
    """A hundred thousand connections at once, from real sockets."""
    seconds = 20 if scale == 1 else 6
    return [testbed.attacker.start([built("tests/bench/connections"), "hold", embed(TARGET), str(HELD), str(int(12500 * scale)), str(seconds)],
                                 name=f"hold{number}-{time.monotonic_ns()}") for number in range(8)]


def random_names(testbed, scale):
    """Names that were never asked, as fast as they go."""
    names = testbed.lab.folder / "random.names"
    dice = random.Random(scale)
    names.write_text("".join("".join(dice.choices(string.ascii_lowercase, k=16)) + ".9929 AAAA\n" for _ in range(int(400000 * scale))))
    return [testbed.attacker.start(["dnsperf", "-d", str(names), "-s", RELAY6, "-f", "inet6", "-c", "4", "-q", "1000", "-n", "1", "-t", "1", "-l", "12"],
                                 name=f"dnsperf-{time.monotonic_ns()}")]


def loops(testbed, scale):
    """The prefix as source, the prefix inside the prefix, the pool, the translator itself."""
    inside = [udp6(embed(TARGET), embed(TARGET)), udp6(embed("192.168.240.9"), embed("192.168.240.8"))]
    pool = [udp6(ATTACKER, embed(f"192.168.240.{host}"), TRAPPED) for host in (2, 3, 4, 200)]
    return [flood(testbed, 50000, int(500000 * scale), [*inside, *pool, echo6(ATTACKER, embed("192.168.240.1"))])]


def probes(testbed, scale):
    """TCP, UDP and echoes to what is nobody's business, by the prefix and straight."""
    return [Probe(testbed)]


class Probe:
    """Tries every forbidden address by every way; reached says what answered."""
    INSIDE = [RELAY4, "10.5.0.1", "192.168.240.1", "192.168.240.2", "192.168.240.3", "192.168.240.4", "127.0.0.1", MAGIC, METADATA, "10.5.0.9", "0.0.0.0",
              "224.0.0.1", "255.255.255.255"]

    def __init__(self, testbed):
        self.node, self.reached = testbed.attacker, []
        places = [embed(address) for address in self.INSIDE] + [str(ipaddress.IPv6Address(embed(TARGET)) + (1 << 40))]
        self.sockets = [(address, port, sock) for address in places for port in (TRAPPED, 22, 53, 80) for sock in [self.connect(address, port)] if sock]
        for address in places:
            with self.node.inside(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
                self.send(sock, address)
        self.pings = [(address, self.node.start(["ping", "-n", "-c", "2", "-W", "2", address], name=f"probe{number}"))
                      for number, address in enumerate(places) if address != embed("192.168.240.1")]  # the translator itself answers echoes

    def connect(self, address, port):
        with self.node.inside():
            sock = socket.socket(socket.AF_INET6)
        sock.setblocking(False)
        sock.connect_ex((address, port))
        return sock

    def send(self, sock, address):
        try:
            sock.sendto(b"probe", (address, TRAPPED))
        except OSError:
            pass

    def wait(self, timeout=None):
        for address, process in self.pings:
            if process.wait(20) == 0:
                self.reached.append(f"an echo of {address}")
        for address, port, sock in self.sockets:
            try:
                sock.getpeername()
                self.reached.append(f"TCP {address} port {port}")
            except OSError:
                pass
            sock.close()
        return 0

    alive = False


ATTACKS = [  # the first one needs connections that the others take
    Attack("relay, LAN, metadata, MagicDNS, other clients", probes, ("drop-to-relay", "martian-destination", "destination-denied", "hairpin"), 6, True),
    Attack("scans a million addresses of the prefix", scan, ("drop-connection-limit", "drop-packet-limit"), 20, True),
    Attack("scans what no client may reach", scan_outside, ("destination-denied", "drop-packet-limit")),
    Attack("scans a million addresses of the twin6", scan_twin6, ("drop-connection-limit",)),
    Attack("the relay, MagicDNS and networks behind nodes, in the twin6", scan_outside_twin6, ("drop-to-relay", "drop-denied", "drop-forged")),
    Attack("sends from 1,000 sources of its own, 1,000 forged", sources, ("drop-source",)),
    Attack("100,000 datagrams a second, each a new flow", datagrams, ("drop-packet-limit", "drop-connection-limit")),
    Attack("100,000 echoes a second", echoes, ("drop-packet-limit",)),
    Attack("ICMP errors about nothing, hops that end here", errors, ("drop-packet-limit", "rate-limited", "drop-untracked", "icmp-quote")),
    Attack("tiny and overlapping fragments", tiny_fragments, ("tiny-fragment", "drop-fragment-limit")),
    Attack("fragments that never complete", endless_fragments, ("drop-fragment-limit",)),
    Attack("100,000 connections", connections, ("drop-connection-limit",), 20, True),
    Attack("random names at full rate", random_names, ("rate-limited questions",)),
    Attack("the prefix in the prefix, the pool, the translator", loops, ("drop-forged", "hairpin", "drop-packet-limit")),
]
