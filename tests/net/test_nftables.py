# SPDX-License-Identifier: GPL-2.0-or-later
"""nftables/: the table as the kernel keeps it, beside the tables of others."""
import pytest
from relay_state import RelayState, differences, listed, snapshot

FOREIGN = """
    table inet theirs {
        counter ours { }
        set s { type ipv4_addr; elements = { 192.0.2.1 } }
        chain forward { type filter hook forward priority filter; policy accept; ip saddr @s counter name "ours" drop; }
    }
    table ip nat64-relay { chain x { type nat hook postrouting priority srcnat; oifname "eth9" masquerade; }; }
    table ip6 mangle { chain y { meta mark 7 accept; }; }
"""


@pytest.fixture
def relay(lab):
    node = lab.node("relay")
    node.run("nft -f -", input=FOREIGN)
    return node


@pytest.fixture
def state(lab, relay):
    return RelayState(lab, relay)


def ruleset(node):
    return listed(node, "nft -j list ruleset")["nftables"]


def foreign(node):
    def ours(item):
        content = next(iter(item.values()), {})
        return content.get("family") == "inet" and "nat64-relay" in (content.get("table"), content.get("name"))
    return [item for item in ruleset(node) if not ours(item)]


def test_apply_twice_changes_nothing(state, relay):
    before = ruleset(relay)
    assert state.nftables("compare")[1] == 1
    assert state.nftables("apply")[1] == 1
    handle = relay.run("nft -a list table inet nat64-relay").stdout
    assert state.nftables("apply")[1] == 0
    assert relay.run("nft -a list table inet nat64-relay").stdout == handle, "the second apply made the table anew"
    assert state.nftables("compare")[1] == 0
    assert foreign(relay) == before


def test_remove_leaves_the_rest_as_it_was(state, relay):
    before = snapshot(relay)
    state.nftables("apply")
    assert state.nftables("remove")[1] == 1
    assert differences(before, snapshot(relay)) == []
    assert state.nftables("remove")[1] == 0


@pytest.mark.parametrize("change, word", [
    ("nft add rule inet nat64-relay forward accept", 'has besides forward: ""'),
    ("nft insert rule inet nat64-relay input drop", 'has besides input: ""'),
    ("nft flush chain inet nat64-relay by-overlay", 'lacks by-overlay: "never past the overlay"'),
    ("nft add chain inet nat64-relay other", "has besides chain other"),
    ("nft add counter inet nat64-relay other", "has besides object type 1 other"),
    ("nft add table inet nat64-relay '{ flags dormant; }'", "lacks table flags 0"),
    ("nft add chain inet nat64-relay forward '{ policy drop; }'", "lacks chain forward"),
    ("nft add rule inet nat64-relay by-overlay counter name drop-exit drop comment '\"never past the overlay\"'", "another order, or more than once"),
    ("h=$(nft -a list chain inet nat64-relay answers | sed -n 's/.*answers and errors.*handle //p');"
     "nft replace rule inet nat64-relay answers handle $h ct state established,related,new accept comment '\"answers and errors to what a client sent\"'",
     "lacks answers"),
    ("h=$(nft -a list chain inet nat64-relay input | sed -n 's/.*never to the relay itself.*handle //p'); nft delete rule inet nat64-relay input handle $h",
     "never to the relay itself"),
    ("nft delete element inet nat64-relay denied '{ 100.100.100.100 }'", "lacks element 100.100.100.100 of set denied"),
    ("nft add element inet nat64-relay allowed-by-overlay '{ 8.8.8.0/24 }'", "has besides element 8.8.8.0/24 of set allowed-by-overlay"),
    ("nft flush set inet nat64-relay own4", "lacks element 192.168.240.0/20 of set own4"),
    ("nft add set inet nat64-relay other '{ type ipv4_addr; }'", "has besides set other"),
    ("nft delete table inet nat64-relay", "there is no table inet nat64-relay"),
])
def test_every_change_is_noticed_and_repaired(state, relay, change, word):
    state.nftables("apply")
    good = ruleset(relay)
    relay.sh(change)
    _, result, messages = state.nftables("compare")
    assert result == 1 and word in messages, f"expected 1 and {word!r}, got {result} and {messages}"
    assert state.nftables("apply")[1] == 1
    assert state.nftables("compare")[1] == 0
    assert sorted(map(str, ruleset(relay))) == sorted(map(str, good))


def test_other_settings_make_another_table(lab, state, relay):
    state.nftables("apply")
    other = RelayState(lab, relay, "allow-destination 100.64.0.0/10\nallow-destination 10.0.0.0/8\ndeny-destination 10.1.0.0/17\nallow-source 2001:db8::/33\n"
                                   "map 203.0.113.7 2001:db8:8000::7\nprefix 64:ff9b:1:2::/96\n", name="other.conf")
    _, result, messages = other.nftables("compare")
    assert result == 1 and "lacks element 10.0.0.0/8 of set allowed" in messages
    assert other.nftables("apply")[1] == 1 and other.nftables("compare")[1] == 0
    text = relay.run("nft list table inet nat64-relay").stdout
    for line in ("ip6 saddr @allowed-source6 accept", 'ip daddr @denied counter name "drop-denied" drop', "ip daddr @allowed accept",
                 "ip daddr @allowed-by-overlay goto by-overlay", "ip daddr @mapped4 accept", 'ip6 saddr @prefix6 counter name "drop-forged" drop',
                 "elements = { 10.0.0.0/8 }", "elements = { 203.0.113.7 }", "10.1.0.0/17, 100.100.100.100 }", "64:ff9b:1:2::/96",
                 "elements = { 2001:db8::/33 }",
                 'ip saddr @pool4 oifname != "nat64" counter name "masqueraded" masquerade'):
        assert line in text, f"expected {line!r} in\n{text}"
    assert state.nftables("apply")[1] == 1


def test_hundreds_of_prefixes_go_in_one_transaction(lab, relay):
    many = "".join(f"allow-source 2001:db8:{number:x}::/48\nallow-destination 10.{number % 256}.{number // 256}.0/24\n" for number in range(600))
    state = RelayState(lab, relay, many)
    assert state.nftables("apply")[1] == 1
    assert state.nftables("compare")[1] == 0


def maps(count):
    """No two of them touch, so that none are merged."""
    return "".join(f"map 203.{n // 16384}.{n // 128 % 128}.{n % 128 * 2} 2001:db8::{n * 2:x}\n" for n in range(count))


def test_thousands_of_maps_make_as_many_rules_as_ten(lab, relay):
    """tests/unit/nftables/ruleset-test does so with ten thousand, which the sanitizer takes minutes to read from a file."""
    rules = {}
    for count in 10, 2000:
        state = RelayState(lab, relay, maps(count), name=f"maps{count}.conf")
        assert state.nftables("apply")[1] == 1 and state.nftables("compare")[1] == 0
        rules[count] = sum("rule" in item and item["rule"]["table"] == "nat64-relay" and item["rule"]["family"] == "inet" for item in ruleset(relay))
    assert rules[10] == rules[2000] > 50, rules
    relay.run("nft delete element inet nat64-relay mapped4 '{ 203.0.7.50 }'")
    _, result, messages = state.nftables("compare")
    assert result == 1 and messages.count("\n") == 1 and "lacks element 203.0.7.50 of set mapped4" in messages, messages[:1000]


def test_the_list_reads_as_a_person_would_write_it(state, relay):
    """What nft prints is what nft takes: the table survives being written down and read back."""
    state.nftables("apply")
    text = relay.run("nft list table inet nat64-relay").stdout
    for line in ('oifname "nat64" goto to-translator comment "into the translator"', "ip6 saddr @allowed-source6 accept", "elements = { fd7a:115c:a1e0::/48 }",
                 "ip6 daddr @translator6 update @packets { ip6 saddr limit rate over 10000/second burst 501 packets }",
                 "exthdr frag exists update @fragments", "add @connections { ip6 saddr ct count over 4096 } counter name \"drop-connection-limit\" drop",
                 'ct state invalid counter name "drop-untracked" drop', 'ip saddr @pool4 oifname "tailscale0" counter name "masqueraded" masquerade',
                 "type filter hook forward priority filter - 10; policy accept;"):
        assert line in text, f"expected {line!r} in\n{text}"
    relay.run("nft delete table inet nat64-relay")
    relay.run("nft -f -", input=text)
    assert state.nftables("compare")[1] == 0, state.nftables("compare")[2]


def test_no_root_is_said_plainly(state, relay):
    done = relay.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", state.tool, state.conf, "nftables", "apply"], check=False)
    assert done.returncode == 1 and "Operation not permitted" in done.stderr and "root" in done.stderr, done.stderr


def test_counters_without_a_table(state):
    _, result, messages = state.nftables("counters", check=False)
    assert result == -1 and "nat64-relay up" in messages
