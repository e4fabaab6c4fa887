# SPDX-License-Identifier: GPL-2.0-or-later
"""A real tailnet without IPv4: what init makes of it, and what a client does with my-vps.9929. The administrator approves and hands over what init chose."""
import ipaddress
import json
import re

import pytest
from lab import BUILD, built, preload, wait_for
from relay import need_tailnet
from tailnet import Plan, Tailnet
from traffic import Pinger, Transfer, tcp_pair, udp_sizes

NAME, TAILNET = "my-vps.9929", ipaddress.ip_network("fd7a:115c:a1e0::/48")


class Twin6:
    """The relay that init has written, running."""

    def __init__(self, net):
        self.net, self.node, self.client, self.target = net, net["relay"], net["client"], net["target"]
        path = net.folder / "init.conf"
        self.said = self.node.run([built("nat64-relay"), "init", "-c", path, "--split-domain", "9929", "--socket", self.node.socket]).stdout
        self.text = path.read_text()
        self.prefix, self.twin = (self.directive(word) for word in ("prefix", "twin6-prefix"))
        net.plan.nat64 = (self.prefix, self.twin)
        net.reload_policy(net.plan.policy())
        net.change_headscale(**net.plan.headscale(net.folder)["dns"])
        self.settings = net.lab.settings(self.text + f"tailscale-socket {self.node.socket}\n" * ("tailscale-socket" not in self.text), name="twin6.conf")
        self.process = self.node.start([built("nat64-relay"), "run", "-c", self.settings], name="twin6-run", env=preload(BUILD / "module/splitdns.so"))
        self.process.wait_for("ready after", timeout=40)
        net.announce("relay")
        self.real = self.target.addresses()[0]
        self.address = str(ipaddress.ip_network(self.twin)[int(ipaddress.ip_address(self.real)) - int(TAILNET[0])])

    def directive(self, word):
        found = re.search(rf"^{word} (\S+)", self.text, re.M)
        assert found, f"init wrote no {word}:\n{self.text}"
        return found[1]

    def check(self, node, *arguments):
        done = node.run([built("nat64-relay"), "check", *arguments], check=False, timeout=90)
        return done.returncode, done.stdout + done.stderr

    def counter(self, name):
        return int(re.search(r"packets (\d+)", self.node.run(["nft", "list", "counter", "inet", "nat64-relay", name]).stdout)[1])


@pytest.fixture(scope="module")
def twin():
    need_tailnet()
    built("nat64-relay"), built("nat64d")
    with Tailnet(Plan(ipv4=False)) as net:
        assert all(":" in address for node in net.nodes.values() for address in node.addresses()), "this tailnet has IPv4"
        made = Twin6(net)
        wait_for(lambda: made.twin in made.client.run("ip -6 route show table 52").stdout, "the route to the twin6 at the client", timeout=40)
        wait_for(lambda: made.client.run(["ping", "-n", "-c", "1", "-W", "1", NAME], check=False).returncode == 0, "an echo by name", timeout=40)
        yield made
        assert made.process.stop(timeout=20) == 0, made.process.tail()


def test_init_chose_by_itself(twin):
    assert "this tailnet has no IPv4" in twin.said and twin.twin in twin.said, twin.said
    assert ipaddress.ip_network(twin.twin).subnet_of(ipaddress.ip_network("fd00::/8")) and twin.twin.endswith("/48")
    assert "\nupstream-dns ts.test fd7a:115c:a1e0::53\n" in twin.text
    assert f"\nedge-address {twin.node.addresses()[0]}\n" in twin.text


def test_programs_get_the_moved_address_alone(twin):
    found = {line.split()[0] for line in twin.client.run(["getent", "ahosts", NAME]).stdout.splitlines()}
    assert found == {twin.address}


@pytest.mark.parametrize("kind", ["AAAA", "A", "ANY", "TXT", "HTTPS", "SRV", "PTR"])
def test_nothing_of_the_target_is_answered(twin, kind):
    """By MagicDNS, as programs ask, and by the relay itself."""
    question = ["-x", twin.address] if kind == "PTR" else [kind, NAME]
    for server in ("fd7a:115c:a1e0::53", twin.node.addresses()[0]):
        said = twin.client.run(["dig", f"@{server}", "+tries=2", "+time=3", *question]).stdout
        records = [line for line in said.splitlines() if line and not line.startswith(";")]
        assert "status: NOERROR" in said or "status: NOTIMP" in said, said
        assert not [line for line in records if "fd7a:115c:a1e0" in line or "ts.test" in line], said
        if kind == "AAAA":
            assert [line.split()[-1] for line in records if "AAAA" in line] == [twin.address], said
        if kind == "PTR":
            assert [line.split()[-1] for line in records if "PTR" in line] == [f"{NAME}."], said


def test_ping_tcp_and_udp_pass(twin):
    """The target sees the relay, the client sees the twin6 address, and the translator has no part in it."""
    relay = twin.node.addresses()[0]
    with Pinger(twin.client, twin.address) as pinger:
        for size in (56, 1200, 4000):
            pinger.ping(size)
    for way in ("out", "back"):
        near, far = tcp_pair(twin.target, "::", twin.client, twin.address)
        with near, far:
            assert near.getpeername()[0] == twin.address and far.getpeername()[0] == relay
            Transfer(*((near, far) if way == "out" else (far, near)), 1 << 20).finish()
    udp_sizes(twin.target, "::", twin.client, twin.address, (1, 1000, 1252, 4000))
    assert twin.counter("twin6-moved") >= 4


def test_what_is_closed(twin):
    network = ipaddress.ip_network(twin.twin)
    for host, name in ((0x53, "drop-denied"), (int(ipaddress.ip_address(twin.node.addresses()[0])) - int(TAILNET[0]), "drop-to-relay")):
        before = twin.counter(name)
        assert twin.client.run(["ping", "-n", "-c", "2", "-i", "0.3", "-W", "1", str(network[host])], check=False).returncode != 0
        assert twin.counter(name) > before


def test_check_finds_that_it_works(twin):
    code, text = twin.check(twin.node, "-c", twin.settings, NAME)
    assert "FAIL" not in text and "through the twin6 prefix" in text and twin.address in text, text
    assert not re.search(r"not known +\S*5\.", text), text


def test_check_on_a_client(twin):
    code, text = twin.check(twin.client, "--client", "--socket", twin.client.socket, NAME)
    assert code == 0 and "FAIL" not in text and f"{NAME} is {twin.address}" in text and "an echo took" in text, text


def test_check_on_a_client_asks_magicdns_where_it_is(twin):
    """Another resolver's fault is told from MagicDNS's, which has no IPv4 address here."""
    own = twin.client.folder / "resolv.conf"
    own.write_text("nameserver 10.99.0.99\n")
    twin.client.sh(f"mount --bind {own} /etc/resolv.conf && mount -o remount,ro,bind /etc/resolv.conf")  # tailscaled would write it again
    try:
        _, text = twin.check(twin.client, "--client", "--socket", twin.client.socket, NAME)
    finally:
        twin.client.run(["umount", "/etc/resolv.conf"])
    assert "[bypass-resolver]" in text and "by 10.99.0.99 of /etc/resolv.conf" in text, text


def test_a_grant_for_one_target_names_its_moved_address(twin):
    for host in ("my-vps", NAME, twin.real):
        said = twin.node.run([built("nat64-relay"), "tailnet", "plan", "-c", twin.settings, "--json", "--for", host]).stdout
        assert json.loads(said)["dst"] == [f"{twin.address}/128"], said
