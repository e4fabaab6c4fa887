# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of http-listen over a real tailnet: by a name below the split domain, which MagicDNS hands to the relay, and through the translator."""
import json

import pytest
from lab import built, wait_for
from relay import Relay

PAGE = "http://relay.9929:8064"


@pytest.fixture(scope="module")
def relay(tailnet):
    built("nat64-relay"), built("nat64d"), built("nat64-relay-http")
    with Relay(tailnet, extra="http-listen auto") as running:
        yield running


@pytest.fixture(scope="module")
def client(tailnet, relay):
    """The client, when it has what it needs: the name, and the route."""
    relay.resolve(tailnet["client"])
    wait_for(lambda: curl(tailnet["client"], "/here"), "an answer by the name of the relay", 60)
    return tailnet["client"]


def curl(node, path):
    return node.run(["curl", "-gs", "--max-time", "10", f"{PAGE}{path}"], check=False).stdout


def test_the_relays_own_name_lies_in_the_prefix(client, relay):
    found = client.run(["getent", "ahostsv6", "relay.9929"]).stdout.split()[0]
    assert found.startswith("fd64:9929::6440:"), found


def test_split_dns_and_the_route_are_proved_by_one_request(client):
    said = curl(client, "/")
    assert "ok         route to the prefix: this answer used it" in said and "ok         split DNS: this answer used it" in said, said


def test_a_device_is_called_by_its_name_in_the_tailnet(client):
    def look():
        you = json.loads(curl(client, "/live.json"))["you"]
        return you if you["name"] else None
    you = wait_for(look, "the name of the client", 60)
    assert you["name"] == "client.ts.test" and you["address"] in client.addresses() and you["way"] == "prefix" and you["admin"] is False, you


def test_other_names_that_lead_to_the_relay_are_refused(client, relay):
    done = client.run(["curl", "-gs", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: relay.evil.example:8064", f"{PAGE}/live.json"])
    assert done.stdout == "421"
