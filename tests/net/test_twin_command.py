# SPDX-License-Identifier: GPL-2.0-or-later
"""The twin prefix as a person uses it: run, check, status, down, init, and what is said when it cannot be. The hosts of relay_lab.py, with IPv4 clients."""
import json
import re

import lab
import pytest
from relay_lab import INIT, Relay, marks, same

CLIENT4, TARGET_TWIN = "100.64.0.2", "10.192.0.3"


@pytest.fixture
def relay():
    lab.need("ldns-testns", "dig", "nft", "ip", "ping")
    with lab.Lab() as laboratory:
        relay = Relay(laboratory)
        relay.client.address("eth0", CLIENT4 + "/10")
        relay.client.route("10.192.0.0/10", "via", relay.hosts.RELAY4)
        relay.config = relay.settings(twin_prefix="10.192.0.0/10")
        yield relay


def test_run_carries_both_families_and_leaves_nothing(relay):
    before = relay.snapshot()
    process = relay.run()
    assert relay.ask("my-vps.9929", "A") == [TARGET_TWIN]
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    for address in (TARGET_TWIN, "fd64:9929::6440:3"):
        assert relay.client.echoes(address, 3), f"ping {address}: expected no loss\n{process.tail()}"
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


def test_a_reload_with_another_one_ends_its_connections(relay):
    process = relay.run()
    ping = relay.client.start(f"ping -n -i 0.1 -W 1 {TARGET_TWIN}", name="ping")
    ping.wait_for(r"bytes from 10\.192\.0\.3: icmp_seq=[3-9]")
    relay.config = relay.settings(twin_prefix="10.64.0.0/10")
    assert "connections to 10.192.0.0/10: 1 ended\n" in relay.expect(0, "reload")
    assert relay.client.echoes("fd64:9929::6440:3", 10), "others go on"
    answers = ping.text().count("bytes from")
    assert relay.client.echoes("fd64:9929::6440:3", 50), "others go on"
    assert ping.text().count("bytes from") == answers, ping.tail()
    assert process.stop() == 0, process.tail()


def test_status_and_check_show_it(relay):
    process = relay.run()
    text = relay.expect(0, "status", "--verbose")
    assert re.search(r"^twin +10\.192\.0\.0/10 for 100\.64\.0\.0/10$", text, re.M), text
    assert json.loads(relay.expect(0, "status", "--json"))["settings"]["twin"] == {"prefix": "10.192.0.0/10", "of": "100.64.0.0/10"}
    text = relay.expect(2, "check", "my-vps")
    assert marks(text, 7) == ["ok", "ok", "not known", "ok", "ok", "not known", "ok"], text
    assert re.search(r"^ok +7\. IPv4 clients .*10\.192\.0\.3 answers an echo request", text, re.M), text
    assert [one["id"] for one in json.loads(relay.expect(2, "check", "--json", "my-vps"))["checks"]][6] == "twin"
    assert process.stop() == 0


@pytest.mark.parametrize("breakage, words", [
    ("nft flush chain inet nat64-relay own-target-nat", "was not moved to the target's address"),
    ("nft insert rule inet nat64-relay input ct original ip daddr 10.192.0.0/10 drop", "no reply came back"),
])
def test_check_finds_what_is_broken(relay, breakage, words):
    relay.run().kill()  # it would put the rules back
    relay.node.run(breakage)
    text = relay.expect(1, "check", "my-vps")
    assert marks(text, 7)[6] == "FAIL" and words in text, text
    relay.expect(0, "down")


def test_one_zone_stands_for_all_of_the_twins(relay):
    """64 lines would be too many. Of other addresses below it the resolver says that they have no name."""
    process = relay.run()
    assert re.findall(r"^ +(\S*in-addr\.arpa) > 100\.64\.0\.1  # not where", relay.expect(0, "status"), re.M) == ["10.in-addr.arpa"]
    for name in ("3.0.1.10.in-addr.arpa", "10.in-addr.arpa"):
        assert relay.ask(name, "PTR") == []
    assert process.stop() == 0


def test_check_judges_what_is_in_force(relay):
    """relay.conf was edited, and nothing taken: the twin in force is the one that is looked at, and the edit is said."""
    process = relay.run()
    relay.config = relay.settings(twin_prefix="10.128.0.0/10")
    text = relay.command("check", "my-vps").stdout
    assert marks(text, 7)[5:] == ["warning", "ok"] and "[settings-edited]" in text and "10.192.0.3 answers" in text, text
    process.stop()


@pytest.mark.parametrize("route, device", [("10.200.0.0/16", "other"), ("10.0.0.0/8", "other"), ("10.192.0.9/32", "lo")])
def test_a_twin_that_is_routed_is_refused(relay, route, device):
    relay.node.run("ip link add other type bridge")
    relay.node.run("ip link set other up")
    relay.node.route(route, "dev", device)
    text = relay.expect(2, "up")
    assert re.search(rf"twin-prefix 10\.192\.0\.0/10 overlaps the route {re.escape(route)}\S* dev {device} of this machine".replace("/32", "(/32)?"), text), text


def test_the_same_twin_by_the_overlay_is_no_reason(relay):
    """Another relay advertises it too, and this node accepts routes."""
    relay.node.route("10.192.0.0/10", "dev", "tailscale0", "table", "52")
    relay.node.run("ip rule add priority 5270 lookup 52")
    process = relay.run()
    assert "ok         7. " in relay.command("check", "my-vps").stdout
    assert relay.client.echoes(TARGET_TWIN, 2)
    assert process.stop() == 0


def test_init_writes_it(relay):
    relay.config = relay.lab.folder / "made.conf"
    assert "no route of this machine uses it" in relay.expect(0, *INIT, "--twin-prefix", "10.192.0.0/10")
    assert "\ntwin-prefix 10.192.0.0/10\n" in relay.config.read_text()
    relay.expect(0, *INIT, "--force")
    assert "\n#twin-prefix 10.192.0.0/10\n" in relay.config.read_text()


@pytest.mark.parametrize("twin, words", [("ten", "an IPv4 prefix is wanted"), ("10.192.0.0/11", "100.64.0.0/10, which it stands for, differ in length"),
                                         ("100.64.0.0/10", "overlaps 100.64.0.0/10 of Tailscale"), ("10.64.0.0/10", "overlaps 10.64.3.0/24 dev other")])
def test_init_refuses(relay, twin, words):
    relay.config = relay.lab.folder / "made.conf"
    relay.node.run("ip link add other type bridge")
    relay.node.run("ip link set other up")
    relay.node.route("10.64.3.0/24", "dev", "other")
    assert words in relay.expect(2, *INIT, "--twin-prefix", twin)
    assert not relay.config.exists()
