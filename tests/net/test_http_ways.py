# SPDX-License-Identifier: GPL-2.0-or-later
"""By which way a request came, and where the page is: with a listener for Prometheus on loopback, which is not the page's."""
import json

import pytest
from lab import Lab, ThreeHosts, need, wait_for
from running_relay import Relay

RELAY6, RELAY4, LOOPBACK = f"http://[{ThreeHosts.RELAY6}]:8064", f"http://{ThreeHosts.RELAY4}:8064", "http://127.0.0.1:9100"


@pytest.fixture(scope="module")
def relay():
    need("curl", "ldns-testns")
    with Lab() as lab:
        relay = Relay(lab, "http-listen 127.0.0.1:9100\nhttp-listen auto\nhttp-listen 100.64.0.1\ntwin-prefix 10.192.0.0/10").run()
        wait_for(lambda: curl(relay.client, f"{RELAY6}/healthz", check=False) == "The relay works.\n", "the page", 60)
        yield relay


def curl(node, url, check=True):
    return node.run(["curl", "-gsS", "--max-time", "60", url], check=check).stdout


def test_a_direct_request_by_ipv4_is_not_taken_for_one_by_the_twin(relay):
    for node, base, address in ((relay.target, RELAY4, "100.64.0.3"), (relay.node, RELAY4, ThreeHosts.RELAY4), (relay.node, LOOPBACK, "127.0.0.1")):
        assert json.loads(curl(node, f"{base}/here")) == {"way": "direct", "address": address}
    assert "IPv4 twin: this answer used it" not in curl(relay.target, f"{RELAY4}/")


def test_the_page_is_where_clients_reach_it(relay):
    ways = json.loads(curl(relay.client, f"{RELAY6}/live.json"))["ways"]
    assert ways["port"] == 8064 and ways["prefix"] == ["fd64:9929::6440:1"] and ways["twin"] == ["10.192.0.1"], ways
    assert json.loads(curl(relay.client, f"http://[{ways['prefix'][0]}]:{ways['port']}/here"))["way"] == "prefix"


def test_an_address_that_two_lines_name_is_listened_on_once(relay):
    assert "Address already in use" not in relay.process.text()


def test_an_address_that_another_program_holds_is_served_once_that_ends():
    """The others are served meanwhile, and status names who has it."""
    with Lab() as lab:
        relay = Relay(lab, "http-listen 127.0.0.1:9100\nhttp-listen auto")
        holder = relay.node.start(["/usr/bin/python3", "-c", "import socket; s = socket.create_server(('127.0.0.1', 9100)); print('on', flush=True); s.accept()"],
                                  "holder")
        holder.wait_for("on")
        relay.run()
        wait_for(lambda: curl(relay.client, f"{RELAY6}/healthz", check=False) == "The relay works.\n", "the page at the other address", 60)
        told = f"page: not served on 127.0.0.1 port 9100: python3 (pid {holder.pid}) listens there"
        wait_for(lambda: told in relay.command("status"), "a line of status", 20)
        assert "9100" not in curl(relay.client, f"{RELAY6}/status.json"), "clients are told of other programs"
        holder.kill()
        wait_for(lambda: curl(relay.node, f"{LOOPBACK}/healthz", check=False) == "The relay works.\n", "the page where the port is free again", 60)
        wait_for(lambda: "page: not served" not in relay.command("status"), "no such line of status", 20)


def test_a_listener_everywhere_is_the_page_too(relay):
    """Last: it changes the settings."""
    text = relay.settings.read_text()
    relay.settings.write_text(text.replace("http-listen auto", "http-listen 0.0.0.0:8070 anywhere").replace("http-listen 100.64.0.1\n", ""))
    relay.command("reload")
    wait_for(lambda: curl(relay.target, "http://100.64.0.1:8070/healthz", check=False) == "The relay works.\n", "the page at its new port", 90)
    ways = json.loads(curl(relay.target, "http://100.64.0.1:8070/live.json"))["ways"]
    assert (ways["port"], ways["prefix"], ways["twin"]) == (8070, ["fd64:9929::6440:1"], ["10.192.0.1"]), ways
    assert json.loads(curl(relay.client, "http://[fd64:9929::6440:1]:8070/here"))["way"] == "prefix"
