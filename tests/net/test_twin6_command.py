# SPDX-License-Identifier: GPL-2.0-or-later
"""twin6-prefix as a person uses it: init chooses it where the overlay has no IPv4, run carries packets to a target of IPv6 alone, status and diff show it. relay_lab.py has the hosts."""
import json
import re

import lab
import pytest
from conflict_lab import found
from relay_lab import Relay, same

TARGET, TARGET_TWIN, ROUTE = "fd7a:115c:a1e0::3", "fd99:9929:1::3", "fd99:9929:1::/48"
INIT = ["init", "--split-domain", "9929", "--real-suffix", "real.test", "--edge-address"]


@pytest.fixture
def relay():
    lab.need("ldns-testns", "dig", "nft", "ip", "ping")
    with lab.Lab() as laboratory:
        relay = Relay(laboratory)
        relay.hosts.target.address("eth0", TARGET + "/64")
        relay.client.route(ROUTE, "via", relay.hosts.RELAY6)
        relay.config = relay.settings(twin6_prefix=ROUTE)
        yield relay


def test_run_carries_packets_and_status_shows_it(relay):
    before = relay.snapshot()
    process = relay.run()
    assert relay.client.echoes(TARGET_TWIN, 3), f"expected no loss\n{process.tail()}"
    text = relay.expect(0, "status", "--verbose")
    assert re.search(r"^twin6 +fd99:9929:1::/48 for fd7a:115c:a1e0::/48$", text, re.M), text
    assert json.loads(relay.expect(0, "status", "--json"))["settings"]["twin6"] == {"prefix": ROUTE, "of": "fd7a:115c:a1e0::/48"}
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


def test_init_chooses_it_where_there_is_no_ipv4(relay):
    relay.config = relay.lab.folder / "made.conf"
    text = relay.expect(0, *INIT, "fd7a:115c:a1e0::1")
    assert "this tailnet has no IPv4" in text
    made = relay.config.read_text()
    assert re.search(r"^twin6-prefix fd[0-9a-f:]+::/48$", made, re.M) and "upstream-dns real.test fd7a:115c:a1e0::53\n" in made, made
    relay.expect(0, *INIT, "100.64.0.1", "--force")
    made = relay.config.read_text()
    assert "twin6-prefix" not in made and "upstream-dns real.test 100.100.100.100\n" in made, made
    relay.expect(0, *INIT, "100.64.0.1", "--force", "--twin6-prefix", ROUTE)
    assert f"\ntwin6-prefix {ROUTE}\n" in relay.config.read_text()


def test_a_reload_without_it_ends_its_connections(relay):
    """What conntrack moves no rule is asked about any more: neither the guard's, nor that of the twin6."""
    process = relay.run()
    ping = relay.client.start(f"ping -n -i 0.1 -W 1 {TARGET_TWIN}", name="ping")
    ping.wait_for(r"bytes from fd99:9929:1::3: icmp_seq=[3-9]")
    relay.config = relay.settings(twin6_prefix=ROUTE, deny_destination="fd7a:115c:a1e0:66::/64")
    assert "ended" not in relay.expect(0, "reload")
    relay.config = relay.settings()
    assert f"connections to {ROUTE}: 1 ended\n" in relay.expect(0, "reload")
    assert relay.client.echoes("fd64:9929::6440:3", 10), "others go on"
    answers = ping.text().count("bytes from")
    assert relay.client.echoes("fd64:9929::6440:3", 50), "others go on"
    assert ping.text().count("bytes from") == answers, ping.tail()
    relay.config = relay.settings(twin6_prefix=ROUTE)
    relay.expect(0, "reload")
    assert relay.client.echoes(TARGET_TWIN, 3), "the twin6 is there again"
    assert process.stop() == 0, process.tail()


def test_a_route_in_the_way_is_named(relay):
    relay.node.run("ip link add other type bridge")
    relay.node.run("ip link set other up")
    relay.node.run("ip -6 route add fd99:9929:1:5::/64 dev other")
    text = relay.expect(2, "up")
    assert "twin6-prefix fd99:9929:1::/48 overlaps the route fd99:9929:1:5::/64 dev other" in text


def test_a_firewall_in_the_way_of_the_twin6_alone(relay):
    """What the translator lives on passes by this table: only what goes from the overlay to the overlay is dropped. The printed cure helps."""
    process = relay.run()
    assert found(relay, "firewall") == []
    relay.node.run("nft -f -", input="""table inet site { chain passing { type filter hook forward priority 0;
        iifname "tailscale0" oifname "tailscale0" meta nfproto ipv6 drop; }; }""")
    ping = f"ping -n -c 2 -i 0.2 -W 1 {TARGET_TWIN}"
    assert relay.client.run(ping, check=False).returncode != 0, "the table drops nothing: this test proves nothing"
    (result, text, advice), = found(relay, "firewall")
    assert result == "FAIL" and "a firewall drops packets of clients to the twin prefix (table inet site, chain passing" in text, text
    relay.node.sh(re.search(r"nft insert rule inet site passing [^;]*", advice)[0])
    assert found(relay, "firewall") == [] and relay.client.echoes(TARGET_TWIN, 2), advice
    assert process.stop() == 0, process.tail()
