# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay detect: what a host finds out about the network it stands in, from real DNS64s and from servers that lie, hang or fail."""
import contextlib
import ipaddress
import json
import re
import struct
import time

import dns.flags
import dns.rrset
import pytest
from lab import Lab, built
from path import Path
from resolver import CLIENT4, UNBOUND, RELAY4, Resolver
from gateway_world import GATEWAY, OPEN
from upstream import PythonNs, add

PAIR = ("192.0.0.170", "192.0.0.171")
FOUND, NONE, ERROR = 0, 1, 2


@pytest.fixture
def lab():
    with Lab() as laboratory:
        yield laboratory


def detect(node, *options, check=None, **more):
    """Run it; check is the exit code that is expected. What it wrote to standard output."""
    done = node.run([built("nat64-relay"), "detect", *options], check=False, **more)
    assert done.returncode == check, f"expected exit code {check}, got {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if check != ERROR else done.stderr


class Names:
    """A host, and a name server on port 5300 of its loopback with the given records of ipv4only.arpa."""

    def __init__(self, lab, a=PAIR, aaaa=(), rcode=0, reply=None, owner="ipv4only.arpa."):
        self.node = lab.node("host")
        self.a, self.aaaa, self.rcode, self.owner = a, aaaa, rcode, owner
        self.server = PythonNs(self.node, "127.0.0.1", 5300, reply or self.reply)

    def reply(self, name, message, transport):
        del name, transport
        message.set_rcode(self.rcode)
        kind = "AAAA" if message.question[0].to_text().endswith("AAAA") else "A"
        for record in self.aaaa if kind == "AAAA" else self.a:
            add(message, f"{self.owner} 60 {kind} {record}")

    def detect(self, *options, check, **more):
        return detect(self.node, "--server", "127.0.0.1@5300", *options, check=check, **more)


@pytest.fixture
def names(lab):
    made = []

    def make(**options):
        made.append(Names(lab, **options))
        return made[-1]
    yield make
    for one in made:
        one.server.close()


def world(name, message, transport):
    """The root of a world with one name."""
    del transport
    kind = re.search(r"IN (\S+)$", message.question[0].to_text())[1]
    for record in PAIR if kind == "A" and name == "ipv4only.arpa" else ():
        add(message, f"{name}. 60 A {record}")
    if not message.answer:
        message.authority.append(dns.rrset.from_text(f"{name}.", 60, "IN", "SOA", "ns.invalid. nobody.invalid. 1 60 60 60 60"))


def plain_unbound(lab, modules, prefix="64:ff9b::/96"):
    """A resolver that is not ours, on port 53 of a host's loopback."""
    node = lab.node("host")
    conf = lab.folder / "plain.conf"
    conf.write_text(f'server:\n interface: 127.0.0.1\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n do-not-query-localhost: no\n'
                    f' module-config: "{modules}"\n dns64-prefix: {prefix}\nforward-zone:\n name: "."\n forward-addr: 127.0.0.1@5300\n')
    node.server = PythonNs(node, "127.0.0.1", 5300, world)
    node.start([UNBOUND, "-d", "-vv", "-c", conf], name="unbound").wait_for("start of service")
    node.resolv_conf("nameserver 127.0.0.1\n")
    return node


@pytest.mark.parametrize("prefix", ["2001:db8::/32", "2001:db8:100::/40", "2001:db8:122::/48", "2001:db8:122:300::/56",
                                    "2001:db8:122:344::/64", "2001:db8:122:344::/96", "2001:db8:c000:aa::/64"])
def test_any_dns64(lab, prefix):
    """A DNS64 that knows nothing of us, with a prefix of each length, and one that holds a well-known address itself."""
    node = plain_unbound(lab, "dns64 validator iterator", prefix)
    said = detect(node, check=FOUND)
    assert "This network has DNS64." in said and len(re.findall(rf"(?m)^  {prefix}\s*$", said)) == 1, said
    found = json.loads(detect(node, "--json", "--prefix", prefix, check=FOUND))
    assert found["prefixes"] == [{"prefix": prefix, "ours": True}] and sorted(found["a"]) == sorted(PAIR), found
    assert "not the one of --prefix" in detect(node, "--prefix", "fd64:9929::/96", check=NONE)
    node.server.close()


def test_no_dns64(lab):
    node = plain_unbound(lab, "validator iterator")
    said = detect(node, check=NONE)
    assert re.search(r"^  AAAA +\(none\) +no DNS64 adds", said, re.M) and "No DNS64 here" in said, said
    node.server.close()


def test_our_own_gateway(lab):
    """The prefixes of each client, and whether they are those of a relay.conf."""
    resolver = Resolver(lab, GATEWAY + f"ipv4only-arpa {CLIENT4} fd64:1::/96 fd64:9929::/96\n").start()
    said = detect(resolver.client, "--server", RELAY4, check=FOUND)
    assert "each of these prefixes" in said and "fd64:1::/96" in said and "fd64:9929::/96" in said, said
    assert "relay's" not in said, "there is no relay.conf on this host"
    known = json.loads(detect(resolver.client, "--json", "--server", RELAY4, "-c", resolver.settings, check=FOUND))
    assert {entry["prefix"]: entry["ours"] for entry in known["prefixes"]} == {"fd64:1::/96": True, "fd64:9929::/96": True}
    other = lab.settings("edge-address 100.64.0.9\n" + OPEN.replace("fd64:9929::/96 9929", "fd64:2::/96"), "other.conf")
    said = detect(resolver.client, "--server", RELAY4, "-c", other, check=FOUND)
    assert re.search(r"fd64:1::/96 +one of this relay's", said) and re.search(r"fd64:9929::/96 +none of this relay's", said), said


def test_liar(names):
    """An answer that holds no well-known address is no prefix, however many addresses there are."""
    said = names(a=("198.18.0.1",), aaaa=("2001:db8::1", "2001:db8::2")).detect(check=NONE)
    assert "wrong: this address is invented" in said and "wrong: contains neither" in said and "do not trust" in said, said


def test_addresses_that_are_not_unicast(names):
    """Some resolvers answer AAAA with the IPv4 address in another notation: nothing can be sent there."""
    said = names(aaaa=("::ffff:192.0.0.170", "::ffff:192.0.0.171", "ff02::192.0.0.170")).detect(check=NONE)
    assert said.count("wrong: this is no unicast address") == 3 and "not those of a DNS64" in said, said


def test_ambiguous(names):
    """One record with two places, and nothing that tells them apart."""
    said = names(aaaa=("2001:db8:c000:aa::192.0.0.170",)).detect(check=NONE)
    assert "2001:db8::/32, perhaps" in said and "2001:db8:c000:aa::/96, perhaps" in said, said


def test_records_of_other_names(names):
    """Only the name that was asked counts."""
    said = names(owner="www.example.org.", aaaa=("64:ff9b::192.0.0.170",)).detect(check=NONE)
    assert "64:ff9b" not in said and "(none)" in said, said


def test_a_hundred_records(names):
    """More than there is room for, and the right ones first."""
    many = [str(ipaddress.IPv6Address("2001:db8::") + i) for i in range(1, 100)]
    assert "64:ff9b::/96" in names(aaaa=["64:ff9b::192.0.0.170", *many]).detect(check=FOUND)


@pytest.mark.parametrize("rcode, check", [(2, ERROR), (5, ERROR), (3, NONE)], ids=["SERVFAIL", "REFUSED", "NXDOMAIN"])
def test_rcode(names, rcode, check):
    said = names(a=(), rcode=rcode).detect(check=check)
    assert {2: "SERVFAIL", 5: "REFUSED", 3: "NXDOMAIN"}[rcode] in said, said


@pytest.mark.parametrize("octets", [False, b"\0", b"\xff" * 600], ids=["silence", "one octet", "noise"])
def test_no_answer(names, octets):
    said = names(reply=lambda *_: octets).detect(check=ERROR)
    assert "127.0.0.1@5300, asked for ipv4only.arpa:" in said, said


def odd_record(message, data):
    """The reply with records of the asked type and owner that have this data, whatever the type wants, and nothing else."""
    wire = bytearray(message.to_wire())
    wire[6:12] = struct.pack("!HHH", 1, 0, 0)
    kind = message.question[0].rdtype
    question = len(message.question[0].name.to_wire()) + 4
    record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return bytes(wire[:12 + question]) + record


@pytest.mark.parametrize("data, expected", [(b"", NONE), (b"\1", ERROR), (b"\1\2\3", ERROR), (b"\1" * 15, ERROR)], ids=lambda value: len(value) if isinstance(value, bytes) else None)
def test_a_record_without_all_its_data_is_none(names, data, expected):
    """A foreign resolver chooses how long the data of an A or AAAA record is. None at all ended the program by an assertion of ldns."""
    def reply(name, message, transport):
        del name, transport
        return odd_record(message, data)
    names(reply=reply).detect(check=expected)


def test_a_byte_at_a_time(names):
    """A server that says everything it can say slowly by TCP: the time of the whole question is limited, not of each byte."""
    def reply(name, message, transport):
        del name
        assert transport == "UDP"
        message.flags |= dns.flags.TC
    server = names(reply=reply)
    server.server.answer_tcp = drip
    said = server.detect(check=ERROR, timeout=60)
    assert "does not answer" in said, said


def drip(sock):
    """The length of a long answer, and then of this answer a byte each half second, until the other side has enough."""
    with contextlib.suppress(OSError), sock:
        sock.recv(1000)
        sock.sendall(struct.pack("!H", 2000))
        while True:
            sock.sendall(b"\1")
            time.sleep(0.5)


def test_the_next_server(lab):
    """A dead one in resolv.conf is passed over; without any there is an error for each."""
    node = plain_unbound(lab, "dns64 validator iterator")
    node.resolv_conf("nameserver 127.0.0.9\nnameserver 127.0.0.1\n")
    assert "from 127.0.0.1\n" in detect(node, check=FOUND)
    node.resolv_conf("nameserver 127.0.0.9\nnameserver 127.0.0.8\n")
    said = detect(node, check=ERROR)
    assert "127.0.0.9 port 53" in said and "127.0.0.8 port 53" in said, said
    node.server.close()


@pytest.mark.parametrize("options, reason", [
    (["--server", "localhost"], "--server localhost: ADDRESS"), (["--server", "127.0.0.1@0"], "--server 127.0.0.1@0"),
    (["--server", "fe80::1%nowhere"], "--server fe80::1%nowhere"), (["--prefix", "fd64::1/96"], "without host bits"),
    (["--prefix", "fd64::/33"], "--prefix fd64::/33"), (["--prefix", "ff05::/96"], "--prefix ff05::/96"),
    (["--prefix", "fd64::"], "--prefix fd64::"), (["--probe", "example.org"], "expected an IPv4 address"),
    (["-c", "/nonexistent/relay.conf"], "/nonexistent/relay.conf"), (["word"], "one word too many")])
def test_bad_input(lab, options, reason):
    assert reason in detect(lab.node("host"), *options, check=ERROR)


def test_probe(lab):
    """An echo through the prefix and the real translator; without root where the sysctl has it."""
    path = Path(lab)
    path.start()
    records = [f"fd64:9929::{address}" for address in PAIR]
    server = PythonNs(path.relay, path.GATEWAY4, 53, lambda name, message, transport: [
        add(message, f"{name}. 60 AAAA {record}") for record in records] if "AAAA" in message.question[0].to_text() else [
        add(message, f"{name}. 60 A {record}") for record in PAIR])
    path.client.address("eth0", "10.1.0.2/24")
    path.relay.address("left", "10.1.0.1/24")
    path.client.route(path.GATEWAY4, "via", "10.1.0.1")
    ask = ["--server", path.GATEWAY4, "--probe"]
    assert f"{path.TARGET} answers through it, as {path.TARGET6}" in detect(path.client, *ask, path.TARGET, check=FOUND)
    assert "100.64.0.77 does not answer" in detect(path.client, *ask, "100.64.0.77", check=NONE)
    path.client.sysctl(net__ipv4__ping_group_range="0 2147483647")
    done = path.client.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                            built("nat64-relay"), "detect", *ask, path.TARGET], check=False)
    assert done.returncode == FOUND, done.stdout + done.stderr
    server.close()
