# SPDX-License-Identifier: GPL-2.0-or-later
"""Two relays share one prefix: when one ends, the control plane sends the clients to the other."""
import time

import pytest
from lab import built, wait_for
from relay import Relay, need_tailnet
from tailnet import Plan, Tailnet

SECONDS = 5  # headscale's election and the client's new map took 0.8 s


@pytest.fixture(scope="module")
def pair():
    need_tailnet()
    built("nat64-relay"), built("nat64d")
    with Tailnet(Plan(relays=("relay", "relay2"))) as net:
        yield net


def echo(client, address):
    return client.run(["ping", "-n", "-c", "1", "-W", "1", address], check=False).returncode == 0


def packets(relay):
    """How many packets this relay has translated towards the targets."""
    return relay.ask("counters")["counters"]["translated_6to4"]["packets"]


def test_the_other_relay_takes_over(pair):
    client = pair["client"]
    with Relay(pair, node="relay2", name="relay2.conf") as second:
        first = Relay(pair).start()
        try:
            address = first.resolve(client)
            wait_for(lambda: echo(client, address), "an echo", timeout=20)
            wait_for(lambda: packets(first) + packets(second) > 0, "a packet at a relay")
            serving, other = (first, second) if packets(first) else (second, first)
            started, before = time.monotonic(), packets(other)
            assert serving.stop() == 0
            wait_for(lambda: echo(client, address), "an echo by the other relay", timeout=SECONDS)
            print(f"taken over after {time.monotonic() - started:.1f} s")
            assert packets(other) > before, "the other relay should have translated the echo"
            assert client.run(["getent", "ahostsv6", "my-vps.9929"], timeout=SECONDS).stdout.split()[0] == address
        finally:
            assert first.stop() == 0
