# SPDX-License-Identifier: GPL-2.0-or-later
"""The IPv4 twin over a real tailnet: what a client without IPv6 does with my-vps.9929."""
import ipaddress
import json
import re

import pytest
from capture import Capture
from lab import built, wait_for
from relay import Relay, need_tailnet
from tailnet import Plan, Tailnet
from traffic import Pinger, Transfer, tcp_pair, udp_sizes

NAME, TWIN = "my-vps.9929", "10.192.0.0/10"
MEGABYTE = 1 << 20


def in_twin(address):
    """An address of the tailnet, moved."""
    return str(ipaddress.IPv4Network(TWIN)[int(ipaddress.ip_address(address)) - int(ipaddress.ip_address("100.64.0.0"))])


@pytest.fixture(scope="module")
def net():
    need_tailnet()
    with Tailnet(Plan(other_routes=(TWIN,))) as made:
        yield made


@pytest.fixture(scope="module")
def twin(net):
    built("nat64-relay"), built("nat64d")
    with Relay(net, extra=f"twin-prefix {TWIN}") as running:
        yield running


@pytest.fixture(scope="module")
def address(net, twin):
    """Where my-vps.9929 is for a program that knows IPv4 alone."""
    client = net["client"]
    found = wait_for(lambda: client.run(["getent", "ahostsv4", NAME], check=False).stdout, f"an IPv4 address of {NAME}", timeout=20).split()[0]
    wait_for(lambda: TWIN in client.run("ip route show table 52").stdout, "the route to the twin at the client", timeout=20)
    wait_for(lambda: client.run(["ping", "-n", "-c", "1", "-W", "1", found], check=False).returncode == 0, f"an echo of {found}", timeout=20)
    return found


def counter(twin, name):
    said = twin.node.run(["nft", "list", "counter", "inet", "nat64-relay", name]).stdout
    return int(re.search(r"packets (\d+)", said)[1])


def test_the_name_lies_in_the_twin_and_in_the_prefix(net, twin, address):
    assert address == in_twin(net["target"].addresses()[0])
    assert twin.resolve(net["client"]).startswith("fd64:9929::")


def test_ping_tcp_and_udp_pass(net, twin, address):
    client, target = net["client"], net["target"]
    before = counter(twin, "twin-moved")
    with Pinger(client, address) as pinger:
        for size in (56, 1200, 4000):
            pinger.ping(size)
    for way in ("out", "back"):
        near, far = tcp_pair(target, "0.0.0.0", client, address)
        with near, far:
            assert far.getpeername()[0] == twin.address4, "the target should see the relay"
            Transfer(*((near, far) if way == "out" else (far, near)), 5 * MEGABYTE).finish()
    udp_sizes(target, "0.0.0.0", client, address, (1, 1000, 1252, 4000))
    assert counter(twin, "twin-moved") >= before + 4, "ping, two TCP connections and UDP were moved by the kernel"
    assert str(twin.ask("counters")["counters"]["translated_4to6"]["packets"]) == "0", "the translator had no part in it"


@pytest.mark.parametrize("who, name", [("relay", "drop-to-relay"), ("100.100.100.100", "drop-denied")])
def test_what_is_closed(net, twin, address, who, name):
    client = net["client"]
    before = counter(twin, name)
    closed = in_twin(twin.address4 if who == "relay" else who)
    assert client.run(["ping", "-n", "-c", "2", "-i", "0.3", "-W", "1", closed], check=False).returncode != 0
    assert client.run(["dig", f"@{closed}", "+tries=1", "+time=1", NAME], check=False).returncode != 0
    assert counter(twin, name) > before


def test_an_address_has_its_name(net, twin, address):
    assert net["client"].run(["dig", "+short", f"@{twin.address4}", "-x", address]).stdout.strip() == f"{NAME}."


def test_check_and_status_show_it(net, twin, address):
    done = twin.command("check", NAME, check=False)
    assert re.search(r"^(ok|not known) +7\. IPv4 clients", done.stdout, re.M) and "FAIL" not in done.stdout, done.stdout + done.stderr
    assert re.search(rf"^\S.*route {TWIN}: advertised", twin.command("status", "--verbose", check=False).stdout, re.M)


def test_trace_follows_an_ipv4_packet_of_the_client(net, twin, address):
    """By the client's name: its IPv4 address, no lease, and the kernel's own move; the answer is not sent on to the client."""
    client, target = net["client"], net["target"].addresses()[0]
    moved, translated = counter(twin, "twin-moved"), twin.ask("counters")["counters"]["translated_6to4"]["packets"]
    with Capture(client, "tailscale0") as capture:
        done = twin.command("trace", "--ipv4", "--json", "--from", "client", NAME, check=False)
        client.run(["ping", "-n", "-c", "1", "-W", "5", address])
    whole = json.loads(done.stdout)
    hops = {hop["id"]: hop for hop in whole["hops"]}
    assert whole["failed_at"] is None and whole["ipv4"] is True and hops["back"]["result"] == "ok", f"{done.stdout}{done.stderr}"
    assert (whole["client"]["address"], whole["client"]["name"]) == (client.addresses()[0], "client.ts.test"), whole["client"]
    assert {hop for hop in hops if hops[hop]["result"] not in ("ok", "warning")} <= {"route"}, done.stdout  # headscale does not tell of approval
    for hop, text in {"magic-dns": "hands 9929 to ", "resolver": f"A {address}", "address": f"{address} stands for {target} in {TWIN}",
                      "guard": "in by tailscale0, out by tailscale0", "lease": "needs none", "translation": f"the kernel moves it to the target's own address, {target}",
                      "masquerade": f"out by tailscale0 as {twin.address4}", "target": f"{target} answered by tailscale0", "back": f"to {client.addresses()[0]}"}.items():
        assert text in hops[hop]["text"], f"{hop}: expected {text!r}, got {hops[hop]['text']!r}"
    assert len(capture.from_source(address)) == 1, "the client has had the answer to its own ping, and no other"
    assert counter(twin, "twin-moved") > moved and twin.ask("counters")["counters"]["translated_6to4"]["packets"] == translated
    refused = twin.command("trace", "--ipv4", "--from", "nobody", NAME, check=False)
    assert "no node of the tailnet has this name" in refused.stderr, refused.stderr
    assert "accepts no IPv4 packet from the overlay with this node's own source" in twin.command("trace", "--ipv4", "--from", "relay", NAME, check=False).stderr


def test_it_is_withdrawn_alone(net, twin):
    """The last test: it ends the relay. Routes of others stay; ours, of both families, go."""
    assert sorted(twin.prefs()["AdvertiseRoutes"]) == sorted([TWIN, "fd64:9929::/96"])
    net["relay"].tailscale("set", f"--advertise-routes=192.0.2.0/24,{TWIN},fd64:9929::/96")
    assert twin.stop() == 0
    assert twin.prefs()["AdvertiseRoutes"] == ["192.0.2.0/24"]
    twin.start()
