# SPDX-License-Identifier: GPL-2.0-or-later
"""A hundred shapes of tayga.conf (tayga-corpus.conf): TAYGA and nat64d start with each, and do the same with the same packets.

Each shape has a process of its own, in namespaces of its own: there the program starts, packets are handed to its device, and what it hands back is read
from the device, without addresses or routes of the kernel. Debian 12's TAYGA 0.9.2 gets the file without the lines that it does not know yet.
What differs on purpose in headers is test_differential.py's; here count who sends what to whom.
"""
import concurrent.futures
import ctypes
import ipaddress
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import packets
from lab import built, need

CORPUS = Path(__file__).with_name("tayga-corpus.conf")
NEWER = ("wkpf-strict", "udp-cksum-mode", "offlink-mtu", "workers", "log", "tun-up", "tun-ip", "tun-route", "map-file")
PROGRAMS = {"tayga": "Using tun device", "nat64d": "translating on"}
SIDE_BY_SIDE = 6
OUTSIDER, LAST, CLIENT = "185.1.2.200", "185.1.2.201", "3fff:c11e:47::7"  # in no map, pool or prefix of the corpus
CLONE_NEWNET = 0x40000000
PATIENCE = 60  # s for what only fails when it is over


class Shape:
    """A file: its title, what is expected of it, and its lines by keyword."""

    def __init__(self, title, text):
        self.title, self.outcome = re.fullmatch(r"(.+?)(?:: (refused|(?:more|stricter|differs) \(.+\)))?", title).groups("")
        self.text = text
        self.lines = [line.split("#")[0].split() for line in text.splitlines()]

    @property
    def own4(self):
        return self.first("ipv4-addr") or str(ipaddress.IPv4Network(self.first("dynamic-pool"))[1])

    def all(self, keyword):
        return [line[1:] for line in self.lines if line and line[0].lower() == keyword]

    def first(self, keyword, default=None):
        return next((words[0] for words in self.all(keyword)), default)

    def write(self, program, folder):
        """The file for a program, with its data-dir below the folder."""
        newer = () if program == "nat64d" else NEWER
        text = "".join(line for line in self.text.splitlines(True) if not newer or not line.lower().startswith(newer))
        data = folder / "data" / program
        text = re.sub(r"(?im)^(data-dir\s+)(/\S+)", rf"\g<1>{data}\g<2>", text)
        Path(f"{data}{self.first('data-dir', '')}").mkdir(parents=True)
        conf = folder / f"{program}.conf"
        conf.write_text(text)
        return conf


def shapes():
    found = re.split(r"^== (.+)\n", CORPUS.read_text(), flags=re.M)[1:]
    return [Shape(title, text) for title, text in zip(found[::2], found[1::2])]


def embed(prefix, address):
    """RFC 6052 section 2.2: octet 8 stays zero."""
    network = ipaddress.IPv6Network(prefix)
    value = bytearray(network.network_address.packed)
    at = network.prefixlen // 8
    for octet in ipaddress.IPv4Address(address).packed:
        at += at == 8
        value[at] = octet
        at += 1
    return str(ipaddress.IPv6Address(bytes(value)))


def free_host(prefix):
    """A host of a pool or map that nothing else of the corpus names."""
    network = ipaddress.IPv4Network(prefix, strict=False)
    return str(network[min(77, network.num_addresses - 1)])


def stimuli(shape):
    """Packets by name: of a client, of mapped hosts both ways, to nobody, and to the translator itself."""
    prefixes, maps, pool = [words[0] for words in shape.all("prefix")], shape.all("map"), shape.first("dynamic-pool")
    found = {}
    for number, prefix in enumerate(prefixes[:1]):
        target = embed(prefix, OUTSIDER)
        found[f"client to target {number}"] = packets.udp(CLIENT, target, 1000 + number, 7)
        found[f"client's echo {number}"] = packets.icmp(CLIENT, target, 128, 0, b"\0\x02\0\x01", b"echo")
        if shape.first("wkpf-strict", "yes") not in ("no", "off"):  # which Debian's does not know: it is strict
            found[f"client to private {number}"] = packets.udp(CLIENT, embed(prefix, "10.11.12.13"), 1020 + number, 7)
    for number, (left, right) in enumerate(maps[:3] + maps[-1:]):
        net4, net6 = ipaddress.IPv4Network(left, strict=False), ipaddress.IPv6Network(right, strict=False)
        index = min(77, net4.num_addresses - 1)
        host4, host6 = str(net4[index]), str(net6[index])
        found[f"outsider to map {number}"] = packets.udp(OUTSIDER, host4, 1100 + number, 7)
        found[f"map {number} to mapped"] = packets.udp(host6, str(ipaddress.IPv6Network(maps[0][1], strict=False)[0]), 1110 + number, 7)
        if prefixes:
            found[f"map {number} to target"] = packets.udp(host6, embed(prefixes[0], OUTSIDER), 1120 + number, 7)
    if pool:
        found["outsider to a free address of the pool"] = packets.udp(OUTSIDER, free_host(pool), 1200, 7)
    if shape.first("ipv6-addr"):
        found["echo to ipv6-addr"] = packets.icmp(CLIENT, shape.first("ipv6-addr"), 128, 0, b"\0\x03\0\x01", b"own")
    return found


class Device:
    """The kernel's end of a TUN device: what is written goes to the translator, what the translator sends is read."""

    def __init__(self, name):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.name = name
        self.socket.bind((name, 3))
        self.socket.setblocking(False)

    def write(self, data):
        self.socket.sendto(data, (self.name, 0x86DD if data[0] >> 4 == 6 else 0x0800))

    def read(self):
        """What has come until nothing is there."""
        while select.select([self.socket], [], [], 0.02)[0]:
            data, address = self.socket.recvfrom(2048)
            if address[2] != socket.PACKET_OUTGOING:
                yield packets.Seen(data)


def told(seen, shape):
    """A packet as a line. An address that was lent is one of the pool: which, is for each program to say."""
    pool = shape.first("dynamic-pool")
    fixed = [words[0] for words in shape.all("map")]

    def address(text):
        lent = pool and ":" not in text and ipaddress.ip_address(text) in ipaddress.ip_network(pool) and text != shape.own4 and not any(
            ipaddress.ip_address(text) in ipaddress.ip_network(one, strict=False) and ipaddress.ip_network(one, strict=False).prefixlen > ipaddress.ip_network(pool).prefixlen
            for one in fixed)
        return "LENT" if lent else text

    kind = f"{seen.ports}" if seen.protocol == packets.UDP else f"type {seen.payload[0]} code {seen.payload[1]}"
    return f"{address(seen.source)} > {address(seen.destination)} {seen.protocol} {kind}"


def await_echo(device, shape, peer, came, expected=None):
    """Ask the translator itself, again and again, until it answers, and until what is expected has come too."""
    answer, deadline = f"{shape.own4} > {peer} 1 type 0 code 0", time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not (answer in came and (expected is None or came >= expected)):
        device.write(packets.icmp(peer, shape.own4, packets.ECHO_REQUEST, 0, b"\0\x01\0\x01", b"own"))
        came |= {told(seen, shape) for seen in device.read()}


def answers(device, shape, expected):
    """What came of each packet; expected: until these have come. The kernel drops what it is given before it has seen that the device is up, so an echo begins."""
    came = set()
    await_echo(device, shape, OUTSIDER, came)
    for packet in stimuli(shape).values():
        device.write(packet)
    await_echo(device, shape, LAST, came, expected)
    return came


def start(program, shape, folder):
    """The program in the foreground; (process, lines) once it translates, or when it has ended."""
    conf = shape.write(program, folder)
    called = folder / "tayga"  # the name by which nat64d knows that it stands in TAYGA's place
    if program == "nat64d":
        called.symlink_to(built("nat64d"))
    argv = ["stdbuf", "-oL", "tayga"] if program == "tayga" else [called]
    process = subprocess.Popen([*argv, "-c", conf, "-d"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if PROGRAMS[program] in line:
            return process, lines
    process.wait()
    return process, lines


def examine(shape):
    """Run both with a shape; {program: (does it run, what it printed, answers)}. In a process of its own, which ends with its namespaces."""
    outcome, expected = {}, None
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory(prefix="nat64-corpus-") as folder:
        for program in PROGRAMS:
            if libc.unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            process, lines = start(program, shape, Path(folder))
            if process.poll() is None:
                came = answers(Device(shape.first("tun-device", "nat64")), shape, expected)
                process.terminate()
                process.communicate()
                outcome[program] = (True, "".join(lines), came)
                expected = came
            else:
                outcome[program] = (False, "".join(lines), set())
    return outcome


def main(number):
    """One shape, for a process of its own: what came of it, as Python writes it."""
    print(repr(examine(shapes()[int(number)])))


def complaint(shape, outcome):
    """What is not as it should be; None when all is well."""
    runs = {program: running for program, (running, _, _) in outcome.items()}
    expected = {"refused": (False, False), "more": (False, True), "stricter": (True, False)}.get(shape.outcome.split(" ")[0], (True, True))
    if (runs["tayga"], runs["nat64d"]) != expected:
        return f"{shape.title}: runs {runs}, expected {expected}\n{outcome['tayga'][1][-600:]}\n{outcome['nat64d'][1][-900:]}"
    if all(runs.values()) and (outcome["tayga"][2] == outcome["nat64d"][2]) == shape.outcome.startswith("differs"):
        lost, new = outcome["tayga"][2] - outcome["nat64d"][2], outcome["nat64d"][2] - outcome["tayga"][2]
        return f"{shape.title}: TAYGA alone: {sorted(lost)}; nat64d alone: {sorted(new)}"
    if runs["nat64d"] and len(outcome["nat64d"][2]) < 3:
        return f"{shape.title}: nothing but echoes came: {outcome['nat64d'][2]}"
    return None


def test_the_corpus():
    need("tayga", "ip")
    everything = shapes()
    assert len(everything) >= 98

    def one(number):
        done = subprocess.run([sys.executable, __file__, str(number)], capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(CORPUS.parent)})
        assert done.returncode == 0, f"{everything[number].title}: {done.stderr}"
        return complaint(everything[number], eval(done.stdout))

    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        complaints = [said for said in pool.map(one, range(len(everything))) if said]
    assert not complaints, "\n".join(complaints)


if __name__ == "__main__":
    main(sys.argv[1])
