# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay trace: the whole way of a name and a packet when all is well, and the hop that says so when it is not.

Three hosts on veth, no Tailscale (advertise-prefix none); the real Unbound, nat64d and kernel. The packet is a real echo request, which the target really answers.
"""
import json
import re
import signal

import pytest

from lab import wait_for
from relay_lab import relay  # noqa: F401  (relay is a fixture)

HOPS = ["magic-dns", "resolver", "upstream", "address", "route", "guard", "lease", "translation", "masquerade", "target", "back"]
CLIENT, STRANGER = "fd7a:115c:a1e0::2", "fd00:dead::1"


def traced(relay, code, *words):
    """The object of --json, whose exit code must be that one; the hops by their ids."""
    whole = json.loads(relay.expect(code, "trace", "--json", *words))
    assert [hop["id"] for hop in whole["hops"]] == HOPS and whole["exit_code"] == code, whole
    return whole, {hop["id"]: hop for hop in whole["hops"]}


def stops_at(relay, hop, finding, *words):
    """The trace ends at this hop, with this finding; nothing behind it was reached. The hop."""
    whole, hops = traced(relay, 1, *(words or ("my-vps",)))
    results = [hops[one]["result"] for one in HOPS]
    at = HOPS.index(hop)
    assert whole["failed_at"] == hop and hops[hop]["finding"] == finding, json.dumps(whole, indent=1)
    assert results[at] == "FAIL" and "FAIL" not in results[:at] and set(results[at + 1:]) <= {"not reached"}, results
    return hops[hop]


def test_the_whole_way_and_where_it_ends(relay):
    """One relay, broken and mended in one place after another."""
    process = relay.run()
    whole, hops = traced(relay, 0, "my-vps")
    assert (whole["name"], whole["real_name"], whole["failed_at"], whole["verdict"]) == ("my-vps.9929", "my-vps.real.test", None, "works"), whole
    assert whole["client"] == {"address": "fd7a:115c:a1e0::1", "name": "this node"}, whole
    assert {hop["result"] for hop in hops.values()} == {"ok"}, whole
    for hop, words in {"resolver": "AAAA fd64:9929::6440:3", "upstream": "A 100.64.0.3", "address": "fd64:9929::6440:3 stands for 100.64.0.3 in fd64:9929::/96",
                       "route": "leads to nat64", "guard": "in by tailscale0, out by nat64; let through by inet nat64-relay", "lease": "of the pool 192.168.240.0/20",
                       "translation": "-> 100.64.0.3", "masquerade": "out by tailscale0 as 100.64.0.1", "target": "100.64.0.3 answered by tailscale0",
                       "back": "to fd7a:115c:a1e0::1, this node"}.items():
        assert words in hops[hop]["text"], f"{hop}: expected {words!r}, got {hops[hop]['text']!r}"
    for hop in ("resolver", "upstream", "guard", "translation", "masquerade", "target", "back"):
        assert hops[hop]["ms"] >= 0, hops[hop]

    # a name of several addresses, the first of which is not relayed to
    hops = traced(relay, 0, "two")[1]
    assert "fd64:9929::6440:3 stands for 100.64.0.3 in" in hops["address"]["text"] and "-> 100.64.0.3" in hops["translation"]["text"], hops

    for address in ("ff02::1", "::", "::1"):
        assert f"--from {address}: this is not the address of a host" in relay.expect(2, "trace", "--from", address, "my-vps")

    # as a client: its own lease, and nothing comes to it that it did not ask for
    capture = relay.client.start(["tcpdump", "-n", "-i", "eth0", "-l", "icmp6 and ip6[40] == 129"], "capture")
    capture.wait_for("listening on", 20)
    whole, hops = traced(relay, 0, "--from", CLIENT, "my-vps.real.test.")
    assert (whole["client"]["address"], "since now" in hops["lease"]["text"]) == (CLIENT, True), whole
    assert hops["back"]["text"] == f"out by tailscale0 to {CLIENT}", whole
    assert re.search(r"for \d", traced(relay, 0, "--from", CLIENT, "my-vps")[1]["lease"]["text"]), "a lease that is kept"
    relay.client.run("ping -n -c 1 -W 5 fd64:9929::6440:3")
    capture.wait_for("echo reply", 20)
    capture.stop()
    assert len(re.findall("echo reply", capture.text())) == 1, f"only the client's own ping is answered\n{capture.text()}"

    for given in ("client", "100.64.0.9"):
        assert f"--from {given}: without tailscaled, --from needs an IPv6 address" in relay.expect(2, "trace", "--from", given, "my-vps")

    # what is no name, and no address that may be relayed to
    assert "gone.9929 has no AAAA record (NXDOMAIN)" in stops_at(relay, "upstream", "name-absent", "gone")["text"]

    # who is no client
    hop = stops_at(relay, "guard", None, "--from", STRANGER, "my-vps")
    assert f"{STRANGER} is not a client" in hop["text"] and "chain client-sources" in hop["text"] and f"allow-source {STRANGER}/128" in hop["advice"], hop

    # somebody else's drop: the table says it
    relay.node.run("nft add table inet foreign")
    relay.node.run("nft add chain inet foreign drops { type filter hook forward priority 10; policy drop; }")
    hop = stops_at(relay, "guard", "firewall-drops")
    assert "table inet foreign, chain drops, its policy" in hop["text"] and "nft insert rule inet foreign drops iifname nat64 accept" in hop["advice"], hop
    relay.node.run("nft delete table inet foreign")

    # the target, its network gone
    relay.target.run("ip link set eth0 down")
    hop = stops_at(relay, "target", "answer-missing")
    assert "no reply came back" in hop["text"] and "ping my-vps.real.test" in hop["advice"], hop
    relay.target.run("ip link set eth0 up")
    wait_for(lambda: relay.node.run("ping -n -c 1 -W 1 100.64.0.3", check=False).returncode == 0, "the target to be back", 30)
    traced(relay, 0, "my-vps")

    # the terminal's picture says the same
    text = relay.expect(0, "trace", "my-vps")
    assert text.splitlines()[0] == "my-vps.9929: works" and [line.split("] ")[1].split()[0] for line in text.splitlines() if line.startswith("[")] == \
        ["MagicDNS" if hop == "magic-dns" else hop for hop in HOPS], text
    assert "\033" not in text and "nat64-relay-trace" not in relay.node.run("nft list tables").stdout, text
    assert "relay-probe" not in relay.node.run("ip link").stdout, "a device of the trace is left"
    assert process.stop() == 0


def test_a_target_that_is_denied_and_a_dead_upstream(relay):
    relay.config = relay.settings(deny_destination="100.64.0.3/32")
    process = relay.run()
    hop = stops_at(relay, "address", "target-denied")
    assert "my-vps.real.test is 100.64.0.3, which is not relayed to" in hop["text"], hop
    relay.upstream.kill()
    hop = stops_at(relay, "upstream", "upstream-silent", "another-vps")
    assert "127.0.0.1@5300" in hop["text"] and "dig @127.0.0.1 -p 5300 another-vps.real.test" in hop["advice"], hop
    assert process.stop() == 0


@pytest.mark.parametrize("fast_path", ["auto", "off"])
def test_nat64d_stands_still(relay, fast_path):
    """Without the fast path its clients stand still with it; with one, who has a lease goes on, and the hop warns."""
    relay.config = relay.settings(fast_path=fast_path)
    process = relay.run()
    paths = [traced(relay, 0, "my-vps")[1]["translation"]["text"] for _ in range(3 if fast_path == "auto" else 1)]  # nat64d admits a pair of hosts first
    fast = "fast path" in paths[-1]
    assert fast_path == "auto" or not fast, paths
    process.kill()  # nobody starts another one, or closes the relay
    pid = relay.node.pid_of("nat64d")
    relay.node.run(["kill", f"-{int(signal.SIGSTOP)}", str(pid)])
    if fast:
        _, hops = traced(relay, 0, "my-vps")
        assert hops["translation"]["result"] == "warning" and "nat64d does not answer" in hops["translation"]["text"], hops["translation"]
    else:
        stops_at(relay, "translation", "translator-silent")
    relay.node.run(["kill", f"-{int(signal.SIGKILL)}", str(pid)])
    relay.expect(0, "down")


def test_the_guard_is_gone(relay):
    """What run would put back is gone, for run is: nothing is sent, and the hop says what to do."""
    relay.run().kill()
    relay.node.run("nft delete table inet nat64-relay")
    hop = stops_at(relay, "guard", "rules-missing")
    assert "there is no table" in hop["text"] and hop["advice"] == "nat64-relay up", hop
    relay.expect(0, "down")


CLIENT4, TARGET_TWIN = "100.64.0.2", "10.192.0.3"


def test_the_ipv4_twin(relay):
    """An IPv4 packet of a client that knows no other: the kernel moves it, and the translator has no part in it."""
    relay.client.address("eth0", f"{CLIENT4}/10")
    relay.client.route("10.192.0.0/10", "via", relay.hosts.RELAY4)
    relay.config = relay.settings(twin_prefix="10.192.0.0/10")
    process = relay.run()
    capture = relay.client.start(["tcpdump", "-n", "-i", "eth0", "-l", "icmp[icmptype] == icmp-echoreply"], "capture")
    capture.wait_for("listening on", 20)
    whole, hops = traced(relay, 0, "--ipv4", "--from", CLIENT4, "my-vps")
    assert (whole["verdict"], whole["ipv4"], whole["client"]["address"]) == ("works", True, CLIENT4), whole
    assert {hop["result"] for hop in hops.values()} == {"ok"}, whole
    for hop, words in {"resolver": f"A {TARGET_TWIN}", "address": f"{TARGET_TWIN} stands for 100.64.0.3 in 10.192.0.0/10",
                       "route": "what was sent to 10.192.0.0/10 leads to tailscale0 here", "guard": "in by tailscale0, out by tailscale0; let through by inet nat64-relay",
                       "lease": "the twin-prefix needs none", "translation": "none: the kernel moves it to the target's own address, 100.64.0.3 (twin-prefix)",
                       "masquerade": "out by tailscale0 as 100.64.0.1", "target": "100.64.0.3 answered by tailscale0", "back": f"out by tailscale0 to {CLIENT4}"}.items():
        assert words in hops[hop]["text"], f"{hop}: expected {words!r}, got {hops[hop]['text']!r}"
    relay.client.run(f"ping -n -c 1 -W 5 {TARGET_TWIN}")
    capture.wait_for("echo reply", 20)
    capture.stop()
    assert len(re.findall("echo reply", capture.text())) == 1, f"only the client's own ping is answered\n{capture.text()}"
    assert traced(relay, 0, "my-vps")[0]["ipv4"] is False, "without the option it is the prefix"

    assert "name a client with --from CLIENT" in relay.expect(2, "trace", "--ipv4", "my-vps")
    assert "without tailscaled, --from needs an IPv4 address" in relay.expect(2, "trace", "-4", "--from", CLIENT, "my-vps")

    # somebody else's drop, and a target that is gone
    relay.node.run("nft add table inet foreign")
    relay.node.run("nft add chain inet foreign drops { type filter hook forward priority 10; policy drop; }")
    hop = stops_at(relay, "guard", "firewall-drops", "-4", "--from", CLIENT4, "my-vps")
    assert "table inet foreign, chain drops, its policy" in hop["text"], hop
    relay.node.run("nft delete table inet foreign")
    relay.target.run("ip link set eth0 down")
    hop = stops_at(relay, "target", "twin-answer-missing", "-4", "--from", CLIENT4, "my-vps")
    assert "no reply came back" in hop["text"] and "ping my-vps.real.test" in hop["advice"], hop
    assert "nat64-relay-trace" not in relay.node.run("nft list tables").stdout
    assert process.stop() == 0


def test_who_is_no_client_of_the_twin(relay):
    relay.config = relay.settings(twin_prefix="10.192.0.0/10", allow_source=["fd7a:115c:a1e0::/48", "100.64.0.2/32"])
    process = relay.run()
    hop = stops_at(relay, "guard", None, "-4", "--from", "100.64.0.9", "my-vps")
    assert "100.64.0.9 is not a client" in hop["text"] and "chain twin-sources" in hop["text"] and "allow-source 100.64.0.9/32" in hop["advice"], hop
    assert process.stop() == 0


def test_a_name_of_the_twin6(relay):
    """A target without IPv4, by twin6-prefix: the kernel moves the client's own IPv6 packet."""
    relay.target.address("eth0", "fd7a:115c:a1e0::3/64")
    relay.config = relay.settings(twin6_prefix="fd99:9929:1::/48")
    process = relay.run()
    whole, hops = traced(relay, 0, "--from", CLIENT, "six")
    assert {hop["result"] for hop in hops.values()} == {"ok"}, whole
    for hop, words in {"resolver": "AAAA fd99:9929:1::3", "address": "fd99:9929:1::3 stands for fd7a:115c:a1e0::3 in fd99:9929:1::/48",
                       "guard": "in by tailscale0, out by tailscale0", "lease": "the twin6-prefix needs none",
                       "translation": "none: the kernel moves it to the target's own address, fd7a:115c:a1e0::3 (twin6-prefix)",
                       "masquerade": "out by tailscale0 as fd7a:115c:a1e0::1", "target": "fd7a:115c:a1e0::3 answered by tailscale0", "back": f"out by tailscale0 to {CLIENT}"}.items():
        assert words in hops[hop]["text"], f"{hop}: expected {words!r}, got {hops[hop]['text']!r}"
    relay.target.run("ip link set eth0 down")
    assert "no reply came back" in stops_at(relay, "target", "answer-missing", "--from", CLIENT, "six")["text"]
    assert process.stop() == 0


def test_there_is_no_twin(relay):
    process = relay.run()
    assert "has no twin-prefix: there is no IPv4 twin to trace" in relay.expect(2, "trace", "-4", "--from", CLIENT4, "my-vps")
    assert process.stop() == 0


@pytest.mark.parametrize("words, code, expected", [
    ([], 2, "which name?"),
    (["a..b"], 2, '"a..b" is not a host name'),
    (["my-vps", "other"], 2, '"other" is one word too many'),
    (["--form", CLIENT, "my-vps"], 2, "did you mean --from?"),
])
def test_words(relay, words, code, expected):
    assert expected in relay.expect(code, "trace", *words)


def test_a_relay_that_is_down(relay):
    hop = stops_at(relay, "resolver", "not-running")
    assert hop["advice"].startswith("start it with: "), hop
