# SPDX-License-Identifier: GPL-2.0-or-later
"""Self-repair on a real tailnet: tailscaled restarts, its preferences change, the relay becomes unhealthy and another one takes over."""
import json
import os
import re
import signal
import time

import pytest
from lab import built, wait_for
from relay import PREFIX, Relay, need_tailnet
from tailnet import Plan, Tailnet
from probes import Sessions

FOREIGN = "10.55.0.0/16"


@pytest.fixture(scope="module")
def pair():
    need_tailnet()
    built("nat64-relay"), built("nat64d")
    with Tailnet(Plan(relays=("relay", "relay2"), other_routes=(FOREIGN,))) as net:
        yield net


@pytest.fixture(scope="module")
def moving():
    """A tailnet whose relay gets other addresses, and which gets another suffix."""
    need_tailnet()
    built("nat64-relay"), built("nat64d")
    with Tailnet(Plan()) as net:
        yield net


def routes(relay):
    return relay.prefs()["AdvertiseRoutes"] or []


def echo(client, address):
    return client.run(["ping", "-n", "-c", "1", "-W", "1", address], check=False).returncode == 0


def said(relay, pattern):
    return len(re.findall(pattern, relay.process.text()))


def watch_of(relay):
    return json.loads(relay.command("status", "--json", check=False).stdout)["watch"]


def test_advertised_routes_are_put_back(pair):
    """Somebody sets other routes: ours come back, and theirs stay."""
    with Relay(pair) as relay:
        assert routes(relay) == [PREFIX]
        relay.node.tailscale("set", f"--advertise-routes={FOREIGN}")
        relay.process.wait_for(rf"put back: advertised route {PREFIX}", 30)
        wait_for(lambda: sorted(routes(relay)) == sorted([FOREIGN, PREFIX]), "both routes")
        assert watch_of(relay)["repairs"]["advertised"] == 1
        relay.node.tailscale("set", f"--advertise-routes={PREFIX}")
    assert routes(relay) == []


def test_tailscale_down_is_waited_for(pair):
    """A user's order is no failure: it is said once, nothing is withdrawn, and all goes on when tailscale is up again."""
    client = pair["client"]
    with Relay(pair) as relay:
        address = relay.resolve(client)
        wait_for(lambda: echo(client, address), "an echo", timeout=20)
        relay.node.tailscale("down")
        relay.process.wait_for("waiting: tailscaled is stopped", 30)
        assert watch_of(relay)["waiting"].startswith("tailscaled is stopped")
        relay.node.tailscale("up")
        relay.process.wait_for("tailscaled is up", 60)
        wait_for(lambda: echo(client, address), "an echo after tailscale is up again", timeout=60)
        assert said(relay, "waiting: ") == 1 and said(relay, "unhealthy") == 0 and routes(relay) == [PREFIX], relay.process.tail()


def test_the_sick_one_withdraws_and_the_other_takes_over(pair):
    client = pair["client"]
    with Relay(pair, node="relay2", name="relay2.conf") as second, Relay(pair) as first:
        address = first.resolve(client)
        wait_for(lambda: echo(client, address), "an echo", timeout=20)
        for unhealthy, healthy in ((first, second), (second, first)):
            resolver = unhealthy.pid("unbound")
            os.kill(resolver, signal.SIGSTOP)
            try:
                unhealthy.process.wait_for("unhealthy: the resolver does not answer", 60)
                unhealthy.process.wait_for(f"withdrawn: {PREFIX}", 30)
                assert routes(unhealthy) == [] and watch_of(unhealthy)["withdrawn"]
                before = healthy.ask("counters")["counters"]["translated_6to4"]["packets"]
                wait_for(lambda: echo(client, address) and healthy.ask("counters")["counters"]["translated_6to4"]["packets"] > before,
                         "an echo by the other relay", timeout=30)
            finally:
                os.kill(resolver, signal.SIGCONT)
            unhealthy.process.wait_for("healthy again", 60)
            wait_for(lambda: routes(unhealthy) == [PREFIX], "the route of the one that is healthy again", 30)
            pair.announce(unhealthy.node.name)
            assert said(unhealthy, "withdrawn: ") == 1 and said(unhealthy, "put back: advertised") == 0, unhealthy.process.tail()


def test_a_stopped_translator_hands_its_clients_to_the_other(pair):
    """Its pulse tells: no three looks are waited for."""
    client = pair["client"]
    with Relay(pair, node="relay2", name="relay2.conf") as second, Relay(pair) as first:
        address = first.resolve(client)
        wait_for(lambda: echo(client, address), "an echo", timeout=20)
        translated = {relay: relay.ask("counters")["counters"]["translated_6to4"]["packets"] for relay in (first, second)}
        assert echo(client, address)
        serving = next(relay for relay in translated if relay.ask("counters")["counters"]["translated_6to4"]["packets"] > translated[relay])
        translator, began = serving.pid("nat64d"), time.monotonic()
        os.kill(translator, signal.SIGSTOP)
        try:
            wait_for(lambda: client.run(["ping", "-n", "-c", "1", "-W", "0.2", address], check=False).returncode == 0, "an echo by the other relay", timeout=30)
            print(f"\n>> an echo by the other relay {time.monotonic() - began:.1f} s after the translator was stopped")
            serving.process.wait_for("unhealthy: the translator has stopped", 10)
        finally:
            os.kill(translator, signal.SIGCONT)
        serving.process.wait_for("healthy again", 60)
        wait_for(lambda: routes(serving) == [PREFIX], "the route of the one that is healthy again", 30)
        assert serving.pid("nat64d") == translator and said(serving, "unhealthy: ") == 1, serving.process.tail()


def test_tailscaled_is_killed_and_comes_back(pair):
    """Its interface and its rules go with it and come with it; the relay waits, and goes on, and so do connections."""
    client, target = pair["client"], pair["target"]
    with Relay(pair) as relay:
        address = relay.resolve(client)
        wait_for(lambda: echo(client, address), "an echo", timeout=20)
        sessions = Sessions(client, target, 10, address=target.addresses()[0])
        relay.node.tailscaled.kill()
        relay.process.wait_for("waiting: ", 30)
        relay.node.start_tailscaled()
        relay.process.wait_for("tailscaled is up", 60)
        wait_for(lambda: echo(client, address), "an echo after tailscaled's restart", timeout=60)
        # TCP sends again after as long as the way was away, at the latest: minutes, on a busy machine
        assert sessions.finish(600) == (0, 0), f"sessions were lost, or octets wrong: {sessions.losses()}"
        wait_for(lambda: routes(relay) == [PREFIX], "the route", 30)
        assert said(relay, "withdrawn") == 0, relay.process.tail()


def answer(client, server):
    """What the relay's resolver tells a client at this address of it."""
    return client.run(["dig", "+short", "+time=2", "+tries=1", f"@{server}", "AAAA", "my-vps.9929"], check=False).stdout.strip()


def works(relay, client, server):
    """The name is answered at the address, and what it is answered with echoes."""
    wait_for(lambda: answer(client, server).startswith(PREFIX.split("/")[0]), f"an answer of {server}", timeout=120)
    wait_for(lambda: routes(relay) == [PREFIX], "the route", 60)
    relay.tailnet.announce("relay")
    wait_for(lambda: echo(client, answer(client, server)), "an echo", timeout=60)


def test_another_address_is_followed(moving):
    """edge-address auto: the node has another address, and the relay works there with no hand."""
    client = moving["client"]
    with Relay(moving, automatic=True) as relay:
        works(relay, client, relay.address4)
        moving.readdress("relay")
        address4, address6 = relay.node.addresses()
        assert address4 != relay.address4, "headscale gave the node its old address"
        relay.process.wait_for(f"tailscaled has another address: {address4} {address6}, formerly {relay.address4} {relay.address6}; reloading", 60)
        for address in (address4, address6):
            works(relay, client, address)
        assert said(relay, "another address") == 1 and said(relay, "no longer true") == 0, relay.process.tail()
        assert watch_of(relay)["mismatch"] == "" and relay.command("diff").stdout.startswith("no difference")


def test_another_suffix_is_followed(moving):
    """split-domain 9929 auto: the tailnet has another suffix, and the names are answered from there."""
    client = moving["client"]
    with Relay(moving, automatic=True) as relay:
        works(relay, client, relay.address4)
        moving.change_headscale(base_domain="other.test")
        relay.process.wait_for("the tailnet has another suffix: other.test, formerly ts.test; reloading", 120)
        relay.process.wait_for("watching with the new settings", 60)
        works(relay, client, relay.address4)
        assert said(relay, "another suffix") == 1 and said(relay, "no longer true") == 0, relay.process.tail()
        status = json.loads(relay.command("status", "--json", check=False).stdout)
        assert status["settings"]["split_domains"] == [{"split": "9929", "real": "other.test"}]
