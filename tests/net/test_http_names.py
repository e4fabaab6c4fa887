# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that members of a tailnet choose, on the page, in a terminal and in JSON; and who is an admin by login.

The real nat64-relay-http, and a snapshot as nat64-relay writes it, with names that no control plane gives a node today. tailscaled's own answers are refused
when a name has control characters (tests/unit/tailscale); this is the second line.
"""
import json

import pytest

from browser import Browser
from http_lab import RELAY4, RELAY6, served
from lab import ThreeHosts, need, wait_for

EVIL = "<img src=x onerror=\"document.title='taken'\">\x1b[2J\u202evps"
SNAPSHOT = {
    "status": {"works": True, "verdict": "The relay works.", "translator": {"leases": 2, "examples": {"loop": {"source": ThreeHosts.CLIENT6}}}},
    "clients": [{"ipv4": f"192.168.240.{number}", "ipv6": address, "idle": 1, "out": {"packets": 1, "bytes": 64}, "in": {"packets": 1, "bytes": 64}, "talks": [EVIL]}
                for number, address in ((3, ThreeHosts.CLIENT6), (4, "fd7a:115c:a1e0::9"))],
    "devices": [{"name": EVIL, "login": "alice@example.com", "addresses": [ThreeHosts.CLIENT6]},
                {"name": "target", "login": "bob@example.com", "addresses": [ThreeHosts.TARGET4, "fd7a:115c:a1e0::9"]}],
    "admins": ["alice@example.com", "@example.com", "bob"],
}


@pytest.fixture(scope="module")
def hosts():
    with served(**SNAPSHOT) as hosts:
        yield hosts


def live(node, base):
    return json.loads(node.run(["curl", "-gsS", f"{base}/live.json"]).stdout)


def test_a_login_makes_an_admin_and_its_likes_do_not(hosts):
    alice, bob = live(hosts.client, RELAY6), live(hosts.target, RELAY4)
    assert alice["you"]["admin"] is True and [client["login"] for client in alice["clients"]] == ["alice@example.com", "bob@example.com"], alice
    assert bob["you"]["admin"] is False and [client["login"] for client in bob["clients"]] == ["bob@example.com"], bob


def test_dropped_packets_of_others_are_for_admins(hosts):
    alice, bob = (json.loads(node.run(["curl", "-gsS", f"{base}/status.json"]).stdout) for node, base in ((hosts.client, RELAY6), (hosts.target, RELAY4)))
    assert alice["translator"] == SNAPSHOT["status"]["translator"]
    assert bob["translator"] == {"leases": 2, "examples": {}}, bob


def test_a_name_in_json_is_a_text(hosts):
    text = hosts.client.run(["curl", "-gsSi", f"{RELAY6}/live.json"]).stdout
    assert "\x1b" not in text and "content-type: application/json" in text.lower() and "x-content-type-options: nosniff" in text.lower(), text
    assert live(hosts.client, RELAY6)["you"]["name"] == EVIL


def test_a_name_in_a_terminal_only_shows(hosts):
    text = hosts.client.run(["curl", "-gsS", f"{RELAY6}/"]).stdout
    assert "\x1b" not in text and "\u202e" not in text and "onerror=\"document.title='taken'\">?[2J???vps" in text, text


def test_a_name_on_the_page_is_a_text(hosts, tmp_path):
    need("chromedriver")
    with Browser(hosts.client, tmp_path) as browser:
        browser.open(f"{RELAY6}/")
        wait_for(lambda: "onerror" in browser.run("return document.getElementById('clients').innerText"), "the name as text", 60)
        assert browser.run("return document.querySelectorAll('img').length") == 0 and browser.run("return document.title") != "taken"


def test_an_address_stays_on_one_line_on_a_phone(hosts, tmp_path):
    """Beside a long name too, and the page is no wider than the window."""
    need("chromedriver")
    with Browser(hosts.client, tmp_path, phone=True) as browser:
        browser.open(f"{RELAY6}/")
        wait_for(lambda: browser.run("return document.getElementById('clients').rows.length") == 3, "both clients", 60)
        lines = browser.run("""return [...document.querySelectorAll('#clients td:nth-child(2)')].map(cell => {
            const text = document.createRange();
            text.selectNodeContents(cell);
            return [cell.innerText, text.getClientRects().length];
        })""")
        assert lines == [["192.168.240.3", 1], ["192.168.240.4", 1]], lines
        assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
