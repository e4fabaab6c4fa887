# SPDX-License-Identifier: GPL-2.0-or-later
"""Two relays on one prefix, by examples/failover.conf: the one that reaches the targets serves."""
import json
import re

import pytest
from lab import built, wait_for
from relay import PREFIX, need_tailnet
from several import PORT, ExampleRelay, Failover, block, unblock
from tailnet import Tailnet


def echo(client, address):
    return client.run(["ping", "-n", "-c", "1", "-W", "1", address], check=False).returncode == 0


def routes(relay):
    return relay.prefs()["AdvertiseRoutes"] or []


def status(relay):
    return json.loads(relay.command("status", "--json", check=False).stdout)


def primary(relay):
    return status(relay)["tailscale"]["routes"][0]["primary_node"]


def healthz(asker, relay):
    """What one node gets of another's /healthz: (status, NAT64-Reach)."""
    text = asker.run(["curl", "-sS", "-i", "--max-time", "10", f"http://{relay.address4}:{PORT}/healthz"], check=False).stdout
    reach = re.search(r"^NAT64-Reach: (\w+); age=\d+", text, re.M)
    return text.split()[1] if text else "", reach[1] if reach else ""


@pytest.fixture(scope="module")
def pair():
    """Both relays of one prefix; the first is primary. Target, client."""
    need_tailnet()
    built("nat64-relay"), built("nat64d"), built("nat64-relay-http")
    with Tailnet(Failover()) as net, ExampleRelay(net, "failover.conf", "relay") as first:
        first.resolve(net["client"])
        with ExampleRelay(net, "failover.conf", "relay2") as second:
            for asker, asked in ((first, second), (second, first)):
                wait_for(lambda: healthz(asker.node, asked) == ("200", "good"), f"a good answer of {asked.node.name}", 60)
            yield net, first, second


def test_status_on_either_names_the_primary(pair):
    _, first, second = pair
    for relay in (first, second):
        wait_for(lambda: primary(relay) == "relay.ts.test", f"the primary's name on {relay.node.name}", 30)
        assert f"route {PREFIX}: advertised" in relay.command("status", "--verbose").stdout
        assert "peers send to relay.ts.test" in relay.command("status", "--verbose").stdout


def test_the_one_that_reaches_the_target_serves(pair):
    """Out of reach for the first alone: the second takes over. Out of reach for both: the first has its routes again."""
    net, first, second = pair
    client, target = net["client"], net["target"].addresses()[0]
    address = first.resolve(client)
    wait_for(lambda: echo(client, address), "an echo", 30)
    block(first.node, target)
    try:
        first.process.wait_for(r"out of reach: probe my-vps.9929: no echo reply", 60)
        first.process.wait_for(r"relay2 \(100.64.0.2\) reaches everything: the advertised routes are left to that relay", 60)
        wait_for(lambda: routes(first) == [], "the first without routes", 30)
        wait_for(lambda: echo(client, address), "an echo by the second", 60)
        assert healthz(second.node, first) == ("503", "bad")
        told = status(first)
        assert told["watch"]["reach"]["yields"] and told["watch"]["withdrawn"], told["watch"]
        assert "the routes are left to another relay: relay2" in first.command("status", check=False).stdout
        assert "nat64_relay_yielded 1" in first.command("metrics").stdout
        wait_for(lambda: primary(first) == primary(second) == "relay2.ts.test", "the primary's name on both", 30)
        block(second.node, target)
        try:
            second.process.wait_for(r"the routes stay advertised: (relay \(100.64.0.1\) does not work either|no other relay)", 60)
            first.process.wait_for(r"the routes are advertised again, but out of reach: relay2 \(100.64.0.2\) does not work either", 60)
            wait_for(lambda: routes(first) == [PREFIX], "the routes of the first", 30)
            assert routes(second) == [PREFIX], "the one that shares the cause keeps its routes"
        finally:
            unblock(second.node)
    finally:
        unblock(first.node)
    wait_for(lambda: echo(client, address), "an echo", 60)
