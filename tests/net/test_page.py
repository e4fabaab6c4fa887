# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of http-listen in a real Chromium, on a phone's window and a desktop's, and for curl: what it shows, and that the ways into the relay are told apart.

NAT64_SCREENSHOTS=FOLDER keeps a picture of each.
"""
import json
import os
import re
from pathlib import Path

import pytest
from browser import Browser
from lab import Lab, ThreeHosts, need, wait_for
from running_relay import Relay

PORT = 8064
RELAY6, RELAY4 = f"http://[{ThreeHosts.RELAY6}]:{PORT}", f"http://{ThreeHosts.RELAY4}:{PORT}"
INSIDE, TWIN = f"http://[fd64:9929::6440:1]:{PORT}", f"http://10.192.0.1:{PORT}"
LIGHTS = ("reached", "route", "dns", "twin")


@pytest.fixture(scope="module")
def relay():
    need("curl", "ldns-testns")
    with Lab() as lab:
        relay = Relay(lab, "http-listen auto\ntwin-prefix 10.192.0.0/10\nhttp-admin 100.64.0.3")
        relay.client.address("eth0", "100.64.0.9/10")
        relay.client.route("10.192.0.0/10", "via", ThreeHosts.RELAY4)
        relay.run()
        wait_for(lambda: relay.client.run(["curl", "-gs", f"{RELAY6}/healthz"], check=False).stdout == "The relay works.\n", "the page", 60)
        yield relay


def curl(node, url, *more):
    return node.run(["curl", "-gsS", "--max-time", "60", *more, url]).stdout


# --- the ways ---

def test_a_request_through_the_translator_is_answered_and_known(relay):
    assert json.loads(curl(relay.client, f"{INSIDE}/here")) == {"way": "prefix", "address": json.loads(curl(relay.client, f"{INSIDE}/here"))["address"]}


def test_a_client_of_the_translator_is_known_by_its_own_address(relay):
    def look():
        return json.loads(curl(relay.client, f"{INSIDE}/here"))["address"] == ThreeHosts.CLIENT6
    wait_for(look, "the lease of the client in the snapshot", 60)


def test_a_request_by_the_twin_is_answered_and_known(relay):
    assert json.loads(curl(relay.client, f"{TWIN}/here")) == {"way": "twin", "address": "100.64.0.9"}


def test_a_direct_request_is_known(relay):
    assert json.loads(curl(relay.client, f"{RELAY6}/here")) == {"way": "direct", "address": ThreeHosts.CLIENT6}


def test_nothing_else_of_the_node_is_reached_by_them(relay):
    relay.node.start(["python3", "-m", "http.server", "2222", "--bind", "::"], name="other-service")
    wait_for(lambda: relay.client.run(["curl", "-gs", "-o", "/dev/null", f"http://[{ThreeHosts.RELAY6}]:2222/"], check=False).returncode == 0, "the other service", 30)
    for address in ("[fd64:9929::6440:1]", "10.192.0.1"):
        done = relay.client.run(["curl", "-gs", "--max-time", "3", f"http://{address}:2222/"], check=False)
        assert done.returncode == 28, (address, done)


# --- curl ---

def test_curl_gets_the_page_as_text(relay):
    said = curl(relay.client, f"{RELAY6}/")
    assert said.startswith("The relay works.\n") and "ok         the relay is reached" in said
    assert f"?          route to the prefix: curl -g '{INSIDE}/'" in said and f"?          IPv4 twin: curl -g '{TWIN}/'" in said
    assert "ok         route to the prefix: this answer used it" in curl(relay.client, f"{INSIDE}/")
    assert "ok         IPv4 twin: this answer used it" in curl(relay.client, f"{TWIN}/")


# --- whom is shown what ---

def test_clients_are_shown_to_admins_and_to_themselves(relay):
    relay.client.run("ping -c 1 fd64:9929::6440:3")
    wait_for(lambda: json.loads(curl(relay.client, f"{RELAY6}/live.json"))["clients"], "the client's lease", 60)
    own = json.loads(curl(relay.client, f"{RELAY6}/live.json"))
    assert [client["ipv6"] for client in own["clients"]] == [ThreeHosts.CLIENT6] and own["you"]["admin"] is False
    admin = json.loads(curl(relay.target, f"{RELAY4}/live.json"))
    assert [client["ipv6"] for client in admin["clients"]] == [ThreeHosts.CLIENT6] and admin["you"]["admin"] is True
    other = json.loads(curl(relay.node, f"{RELAY4}/live.json"))
    assert other["clients"] == [] and other["you"]["admin"] is False


def test_whom_a_client_talks_to(relay):
    """By conntrack, asked every five seconds: a ping is there for half a minute after its end."""
    def talks():
        return {client["ipv6"]: client["talks"] for client in json.loads(curl(relay.client, f"{RELAY6}/live.json"))["clients"]}

    relay.client.run("ping -c 1 fd64:9929::6440:3")
    wait_for(lambda: "100.64.0.3 icmp" in talks().get(ThreeHosts.CLIENT6, []), "what the client talks to", 60)


def test_the_policy_names_the_ways_and_nothing_else(relay):
    head = curl(relay.client, f"{RELAY6}/", "-D", "-", "-o", "/dev/null", "-H", "Accept: text/html")
    policy = re.search(r"^content-security-policy: (.*?)\r?$", head, re.M | re.I)[1]
    nonce = re.search(r"script-src 'nonce-([0-9a-f]{32})'", policy)[1]
    assert policy == (f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'none'; "
                      f"frame-ancestors 'none'; connect-src 'self' http://*:{PORT} {TWIN}")
    body = curl(relay.client, f"{RELAY6}/", "-H", "Accept: text/html")
    assert nonce not in body and "@NONCE@" not in body and len(re.findall(r"nonce=\"[0-9a-f]{32}\"", body)) == 2, "each answer has a nonce of its own"
    assert not re.search(r"(src|href)=\"(https?:)?//", body)


# --- the browser ---

def shown(browser):
    wait_for(lambda: browser.run("return Number(document.body.dataset.turn) > 0"), "the page's first turn", 60)
    return {light: browser.run(f"const one = document.getElementById('light-{light}'); return one && [one.dataset.state, one.innerText]") for light in LIGHTS}


def keep(browser, name):
    if folder := os.environ.get("NAT64_SCREENSHOTS"):
        browser.picture(Path(folder) / f"{name}.png")


@pytest.mark.parametrize("phone, language, dark", [(True, "zh-CN", False), (False, "en", True)], ids=["phone-zh", "desktop-en-dark"])
def test_the_browser_shows_what_works(relay, tmp_path, phone, language, dark):
    need("chromedriver")
    relay.client.run("ping -c 1 fd64:9929::6440:3")
    with Browser(relay.client, tmp_path, language, phone, dark) as browser:
        browser.open(f"{RELAY6}/")
        lights = shown(browser)
        assert {name: state for name, (state, _) in lights.items()} == {"reached": "ok", "route": "ok", "dns": "wait", "twin": "ok"}, lights
        assert ("毫秒" if language == "zh-CN" else " ms") in lights["route"][1]
        assert browser.run("return document.documentElement.lang") == language
        assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "it fits the window"
        assert browser.run("return [...document.querySelectorAll('[data-part]')].map(part => part.getAttribute('class')).join(' ')").split()[3:5] == ["ok", "ok"]
        wait_for(lambda: browser.run("return document.querySelectorAll('polyline').length") == 4, "the plots", 60)
        keep(browser, "page-phone" if phone else "page-desktop")
        assert browser.complaints() == []


def test_a_red_light_says_what_to_do(relay, tmp_path):
    """The client without its routes, as a Linux without accept-routes."""
    need("chromedriver")
    relay.client.run("ip -6 route del fd64:9929::/96")
    relay.client.run("ip route del 10.192.0.0/10")
    try:
        with Browser(relay.client, tmp_path) as browser:
            browser.open(f"{RELAY6}/")
            lights = shown(browser)
            keep(browser, "page-red")
        assert [lights[name][0] for name in LIGHTS] == ["ok", "bad", "wait", "bad"], lights
        assert "sudo tailscale set --accept-routes" in lights["route"][1] and "may overlap it" in lights["twin"][1]
    finally:
        relay.client.route("fd64:9929::/96", "via", ThreeHosts.RELAY6)
        relay.client.route("10.192.0.0/10", "via", ThreeHosts.RELAY4)
