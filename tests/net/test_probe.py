# SPDX-License-Identifier: GPL-2.0-or-later
"""probe on a relay of no tailnet: what it reaches is told by log, status, metrics and /healthz, and there is nobody to leave the routes to. How often upstreams are asked."""
import json
import os
import re
import signal

import pytest
from lab import Lab, ThreeHosts, need, wait_for
from running_relay import REAL, Relay

PUBLIC = "9.9.9.9"  # of no other use: with a public resolver upstreams that answer are asked every five minutes
URL = f"http://[{ThreeHosts.RELAY6}]:8064/healthz"
BLOCK = "table inet blocked { chain output { type filter hook output priority 0; ip daddr 100.64.0.3 drop; }; }"


@pytest.fixture(scope="module")
def relay():
    need("curl", "ldns-testns", "nft")
    with Lab() as lab:
        relay = Relay(lab, f"http-listen auto\nprobe lasting.9929 100.64.0.3\nupstream-dns public.example {PUBLIC}@5300")
        relay.node.address("lo", f"{PUBLIC}/32")
        relay.run()
        wait_for(lambda: healthz(relay)[0] == "200", "a good answer of the server", 60)
        yield relay


def healthz(relay):
    """(status, what the last look was, body)"""
    text = relay.client.run(["curl", "-gsS", "-i", "--max-time", "20", URL], check=False).stdout
    reach = re.search(r"^NAT64-Reach: (\w+); age=\d+\r?$", text, re.M)
    return (text.split()[1], reach[1] if reach else "", text.splitlines()[-1]) if text else ("", "", "")


def age(relay, query=""):
    """How old the last look at everything is, in ms; -1: the last look was not good, as a busy machine makes one now and then."""
    found = re.search(r"^NAT64-Reach: good; age=(\d+)", relay.client.run(["curl", "-gsS", "-i", "--max-time", "20", URL + query], check=False).stdout, re.M)
    return int(found[1]) if found else -1


def reach(relay):
    return json.loads(relay.command("status", "--json", check=False))["watch"]["reach"]


def test_what_is_reached_is_told(relay):
    wait_for(lambda: healthz(relay) == ("200", "good", "The relay works."), "a good answer", 60)
    assert reach(relay) == {"state": "healthy", "why": "", "yields": False, "others": ""}
    assert relay.metrics()("healthy", part="reach") == 1


def test_what_is_out_of_reach_is_told_and_nothing_withdrawn(relay):
    relay.node.run("nft -f -", input=BLOCK)
    try:
        relay.process.wait_for("out of reach: probe lasting.9929: no echo reply", 60)
        status, look, body = healthz(relay)
        assert (status, look) == ("503", "bad") and "probe lasting.9929: no echo reply" in body, (status, look, body)
        assert reach(relay) == {"state": "unhealthy", "why": "probe lasting.9929: no echo reply", "yields": False, "others": ""}
        assert "reach: probe lasting.9929: no echo reply" in relay.command("status", check=False)
        assert relay.metrics()("healthy", part="reach") == 0 and relay.metrics()("yielded") == 0
    finally:
        relay.node.run(["nft", "delete", "table", "inet", "blocked"])
    relay.process.wait_for("everything is reachable again", 60)
    wait_for(lambda: healthz(relay) == ("200", "good", "The relay works."), "a good answer again", 60)
    assert "withdrawn" not in relay.process.text(), relay.process.tail()


def test_upstreams_that_answer_are_left_alone(relay):
    """Looks go on every two seconds, and one that asks the upstreams is as old as the answer says. Another relay has one made."""
    ages = [wait_for(lambda: 6000 < (now := age(relay)) < 15000 and now, "looks that do not ask the upstreams", 120)]
    before = relay.upstream.asked(REAL)
    wait_for(lambda: ages.append(age(relay, "?look=now")) or 0 <= ages[-1] < ages[-2], "a look for another relay", 60)
    assert max(ages) < 25000, f"this look was not asked for, but due, as one is every 30 seconds: {ages}"
    assert relay.upstream.asked(REAL) > before


def test_a_silent_upstream_is_noticed_by_what_unbound_knows_of_it(relay):
    """Nobody asks it but a client, whose question stays unanswered."""
    age(relay, "?look=now")
    wait_for(lambda: 3000 < age(relay) < 60000, "the look at everything to be over, so that none is due for long", 60)
    pid = relay.upstream.process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        asking = relay.client.start(["dig", "+tries=1", "+time=20", "brief.9929", "AAAA", f"@{ThreeHosts.RELAY6}"], name="dig")
        relay.process.wait_for(rf"out of reach: no upstream-dns of {REAL} answers", 60)
        asking.stop()
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: healthz(relay)[:2] == ("200", "good"), "a good answer again", 60)


def pages(relay):
    """All that a client can read, as one text."""
    base = URL.removesuffix("/healthz")
    return "".join(relay.client.run(["curl", "-gsS", "-i", "--max-time", "60", *more, f"{base}{path}"]).stdout for path, *more in (
        ["/"], ["/", "-H", "Accept: text/html"], ["/live.json"], ["/metrics"], ["/healthz"], ["/status.json"], ["/here"], ["/nowhere"]))


def test_no_page_shows_the_real_suffix(relay):
    """The upstream is named by its zone, which clients know as the split domain."""
    assert REAL in relay.command("status", "--json", check=False), "root sees it"
    os.kill(relay.upstream.process.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: age(relay, "?look=now") < 0 and "no upstream-dns of 9929 answers" in healthz(relay)[2], "the upstream to be missed", 120)
        wait_for(lambda: "reach: no upstream-dns of 9929 answers" in pages(relay), "it to be on the page", 60)
        assert REAL.split(".")[0] not in pages(relay).lower()
    finally:
        os.kill(relay.upstream.process.pid, signal.SIGCONT)
    wait_for(lambda: healthz(relay)[:2] == ("200", "good"), "a good answer again", 60)
