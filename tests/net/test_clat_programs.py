# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user of nat64-relay clat types: ssh and ping to IPv4 addresses, with OpenSSH's own server at the other end; and what becomes of full packets."""
import re

import firewalls
import pytest
import traffic
import unpacked
from clat_site import FAR4, OWN, WELL_KNOWN, advertise, site  # noqa: F401  (site is a fixture)
from lab import TOP, USER, built, need, skip, wait_for
from path import ask

SERVER4, RESOLVER4, GATEWAY4 = "192.0.2.7", "1.1.1.1", "9.9.9.1"
MIB = 1 << 20
SSHD = """
AddressFamily inet
ListenAddress {server}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
PasswordAuthentication no
PermitRootLogin yes
UsePAM no
"""
# As its package's own script does it: a user, and a folder in /run. Both are of this process alone.
START = """
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/shadow /etc/shadow
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
exec /usr/sbin/sshd -D -e -f {folder}/sshd_config
"""


class Server:
    """OpenSSH's sshd on a host of the internet, which has IPv4 alone."""

    def __init__(self, site):
        need("sshd")
        self.site, self.folder = site, site.lab.folder / "ssh"
        self.folder.mkdir()
        for name in ("host", "user"):
            self.here(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.folder / name])
        for name, lines in {"sshd_config": SSHD, "passwd": "root:x:0:0::{folder}:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n",
                            "shadow": "root:*:19000::::::\nsshd:*:19000::::::\n"}.items():
            (self.folder / name).write_text(lines.format(folder=self.folder, server=SERVER4))
        (self.folder / "known_hosts").write_text(f"{SERVER4} {(self.folder / 'host.pub').read_text()}")
        self.process = site.internet.start(unpacked.inside("openssh-server", ["sh", "-ec", START.format(folder=self.folder)]), name="sshd")
        self.process.wait_for(f"Server listening on {SERVER4} port 22", 20)

    def here(self, command):
        return self.site.host.run(unpacked.inside("openssh-server", command))

    def ssh(self, *command, options=(), input=""):
        """What comes back of a command there: octets."""
        options = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-o", "IdentitiesOnly=yes",
                   "-i", self.folder / "user", *options]
        done = self.site.host.run(unpacked.inside("openssh-server", ["ssh", *options, f"root@{SERVER4}", *command]), text=False, check=False,
                                  input=input if isinstance(input, bytes) else input.encode())
        assert done.returncode == 0, f"ssh ended with {done.returncode}\n{done.stderr.decode()}\n{self.process.tail()}"
        return done.stdout


@pytest.fixture
def server(site):  # noqa: F811
    """Behind a gateway with a prefix of its own: 64:ff9b::/96 is not for addresses such as 192.0.2.7 (RFC 6052 section 3.1)."""
    advertise(site, {OWN: 1800})
    site.internet.address("eth0", f"{SERVER4}/32")
    site.gateway.route(f"{SERVER4}/32", "dev", "eth0")
    made = Server(site)
    site.up()
    assert wait_for(site.pings, "an echo")
    return made


def narrow(site):
    """A wire of 1300 octets behind the gateway, one of 1400 before it, and hosts that know of neither."""
    site.gateway.run(f"ip route change {SERVER4}/32 dev eth0 mtu lock 1300")
    site.gateway.run(f"ip -6 route add {site.status()['address6']}/128 dev eth1 mtu lock 1400")


def path_mtu(node, *to):
    """What a host has learned of the path; None: nothing."""
    found = re.search(r"expires .*\bmtu (\d+)", node.run(["ip", "route", "get", *to]).stdout)
    return found and int(found[1])


def test_ssh_to_an_ipv4_address(server, site):  # noqa: F811
    """A login by key, a shell with a terminal, and a MiB that goes there and comes back whole."""
    address, _, *rest = server.ssh("echo $SSH_CONNECTION").decode().split()
    assert [address, *rest] == [GATEWAY4, SERVER4, "22"], "the server sees the gateway"
    assert b"it is 42" in server.ssh(options=["-tt"], input="echo it is $((6 * 7))\nexit\n")
    burst = traffic.octets(MIB)
    traffic.same(burst, server.ssh("cat", input=burst), "there and back")
    assert "Accepted publickey for root from 9.9.9.1 " in server.process.text()


def test_ssh_over_a_narrow_path(server, site):  # noqa: F811
    """Both ends learn the path MTU, each of another gateway, by ICMP errors that cross two translators; nothing is lost."""
    narrow(site)
    burst = traffic.octets(MIB, 1)
    traffic.same(burst, server.ssh("cat", input=burst), "there and back")
    assert (path_mtu(site.host, SERVER4), path_mtu(site.internet, GATEWAY4, "from", SERVER4)) == (1300, 1380)


@pytest.mark.parametrize("prefix", [WELL_KNOWN, OWN], ids=["well-known", "own"])
def test_ping_of_a_public_address(site, prefix):  # noqa: F811
    advertise(site, {prefix: 1800})
    site.internet.address("eth0", f"{RESOLVER4}/32")
    site.gateway.route(f"{RESOLVER4}/32", "dev", "eth0")
    site.up()
    site.wait(up=True)
    said = wait_for(lambda: (done := site.host.run(["ping", "-c", "1", "-W", "3", RESOLVER4], check=False)).returncode == 0 and done.stdout, "an echo")
    assert f"64 bytes from {RESOLVER4}" in said and "1 received" in said, said


@pytest.mark.parametrize("kind", [firewalls.Plain, firewalls.Ufw, firewalls.Firewalld], ids=lambda kind: kind.__name__)
def test_a_firewall_that_drops_what_passes(site, kind):  # noqa: F811
    """status names it, and what it advises lets IPv4 through."""
    advertise(site, {OWN: 1800})
    site.up()
    assert wait_for(site.pings, "an echo")
    whole = site.clat("status").stdout
    assert "what to do" not in whole and "firewall" not in whole, whole
    firewall = kind(site.host)
    site.host.run("nft insert rule inet site coming icmpv6 type nd-router-advert accept", check=False)
    said = site.clat("status").stdout
    assert f"firewall: {firewall.name} drops packets of the translator to targets" in said, said
    advice = re.search(r"what to do: (.*)$", said, re.M)[1]
    firewall.do(firewall.advice(advice))
    assert "what to do" not in wait_for(lambda: site.clat("status", check=False).stdout, "a status")
    near, far = traffic.tcp_pair(site.internet, FAR4, site.host, FAR4)
    with near, far:
        traffic.tcp_sizes(near, far, [1, 65000])


def too_big(node):
    """ICMPv6 errors Packet Too Big that a host has sent."""
    return int(re.search(r"^Icmp6OutPktTooBigs\s+(\d+)", node.run("cat /proc/net/snmp6").stdout, re.M)[1])


def up_as_the_unit(site):
    """clat up --foreground with the rights that nat64-relay-clat.service leaves it."""
    unit = (TOP / "dist/systemd/nat64-relay-clat.service.in").read_text()
    rights = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)[1].lower().replace("cap_", "+").split()
    site.host.start(["setpriv", f"--bounding-set=-all,{','.join(rights)}", built("nat64-relay"), "clat", "up", "--foreground", "--user", USER,
                     "--translator", built("nat64d"), "--runtime-dir", site.folder], name="clat").wait_for("IPv4 through ")


def test_full_packets_take_the_fast_path(site):  # noqa: F811
    """Both ways, 1480 octets of IPv4 and 1500 of IPv6 on the uplink: none is too long for the device, and after the first few the kernel translates them all."""
    advertise(site, {OWN: 1800})
    up_as_the_unit(site)
    assert wait_for(site.pings, "an echo")
    state = ask(site.folder, "info")["fast_path"]
    if state == "this nat64d is built without it":
        skip(f"no fast path here: {state}")
    assert state == "on"
    assert "mtu 1500 " in site.host.run("ip link show clat").stdout and " mtu 1480" in site.host.run("ip -4 route show default").stdout

    def known():
        before = ways(ask(site.folder, "counters")["counters"], "fast_path")
        assert site.pings()
        return all(now > then for now, then in zip(ways(ask(site.folder, "counters")["counters"], "fast_path"), before))
    wait_for(known, "the pair of host and internet in the fast path", 20)
    before = ask(site.folder, "counters")["counters"]
    near, far = traffic.tcp_pair(site.internet, FAR4, site.host, FAR4)
    with near, far:
        traffic.Transfer(near, far, 20 * MIB).finish()
        traffic.Transfer(far, near, 20 * MIB).finish()
    after = ask(site.folder, "counters")["counters"]
    grown = [[now - then for now, then in zip(ways(after, name), ways(before, name))] for name in ("fast_path", "translated")]
    assert all(20 * MIB < fast <= every < 1.05 * fast for fast, every in zip(*grown)), f"octets 6to4 and 4to6, by the fast path and all: {grown}"
    assert too_big(site.host) == 0 and after["drops"].get("too-big", 0) == 0, after["drops"]


def ways(counters, name):
    """Octets of both directions."""
    return [counters[f"{name}_{way}"]["bytes"] for way in ("6to4", "4to6")]
