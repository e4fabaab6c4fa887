# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay diff: what reload would change is told beforehand, all of it, and nothing that it does not change."""
import json
import re

from relay_lab import relay  # noqa: F401  (relay is a fixture)


def told(relay, code=1):
    """The changes as (topic, sign, text, new), and the whole object."""
    done = relay.command("diff", "--json")
    assert done.returncode == code, f"expected exit code {code}, got {done.returncode}\n{done.stdout}{done.stderr}"
    answer = json.loads(done.stdout)
    return [(one["topic"], one["change"], one["text"], one["new"]) for one in answer["changes"]], answer


def still(relay):  # noqa: F811
    """The node, but for the clock of the rules' own sets."""
    return {name: re.sub(r"elements = \{[^}]*\}", "", text) for name, text in relay.snapshot().items()}


def test_no_difference_and_then_each_kind(relay):  # noqa: F811
    """A file with other words for the same is the same; then more of everything; after reload nothing is left."""
    assert "no relay is up" in relay.expect(2, "diff")
    process = relay.run()
    assert "no difference" in relay.expect(0, "diff")
    relay.config.write_text("# a comment\n\n" + relay.config.read_text().replace("prefix fd64", "PREFIX   fd64"))
    assert told(relay, 0)[0] == []
    assert relay.client.echoes("fd64:9929::6440:3")

    table = relay.lab.folder / "maps"
    table.write_text("map 10.99.0.7 fd7a:115c:a1e0::7\n")
    relay.config = relay.settings(split_domain=["9929 real.test", "9930 real.test"], prefix=["fd64:9929::/96", "fd64:9930::/96"],
                                  dynamic_pool="192.168.224.0/20", map_file=str(table), advertise_prefix="none")
    relay.config.write_text(relay.config.read_text() + f"client-quota 4000\nmap 10.99.0.5 fd7a:115c:a1e0::5\n")
    before = still(relay)
    changes, answer = told(relay)
    assert still(relay) == before, "diff has changed something"
    for expected in [("relay", "+", "split-domain 9930 real.test", None), ("relay", "+", "prefix fd64:9930::/96", None),
                     ("translation", "~", "dynamic-pool 192.168.240.0/20", "192.168.224.0/20"), ("translation", "+", "client-quota 4000", None),
                     ("kernel", "+", "route fd64:9930::/96 dev nat64", None), ("kernel", "-", "route 192.168.240.0/20 dev nat64", None),
                     ("kernel", "-", "rule 5200: to 192.168.240.0/20 lookup main", None),
                     ("kernel", "+", "address 192.168.224.2/32 dev nat64", None), ("kernel", "+", "route 10.99.0.7/32 dev nat64", None)]:
        assert expected in changes, f"{expected} is missing among {changes}"
    assert any(topic == "maps" and sign == "+" and "10.99.0.5" in text for topic, sign, text, _ in changes), changes
    assert any(topic == "leases" and text.endswith(relay.hosts.CLIENT6) for topic, _, text, _ in changes), changes
    assert any(topic == "rules" for topic, _, _, _ in changes), changes
    assert answer["reload"] and answer["restart"] == []
    text = relay.expect(1, "diff")
    assert "reload makes these changes" in text and "\033" not in text and re.search(r"^  \+ route fd64:9930::/96 dev nat64$", text, re.M), text

    relay.expect(0, "reload")
    assert "no difference" in relay.expect(0, "diff")
    table.write_text("map 10.99.0.7 fd7a:115c:a1e0::8\n")
    changes, _ = told(relay)
    assert ("maps", "~", "10.99.0.7/32 fd7a:115c:a1e0::7/128", "fd7a:115c:a1e0::8/128") in changes, changes
    assert process.stop() == 0


def test_a_directive_with_many_generated_lines_is_told_as_its_consequence(relay):  # noqa: F811
    process = relay.run()
    relay.config = relay.settings(twin_prefix="10.192.0.0/10")
    brief, full = relay.expect(1, "diff"), relay.expect(1, "diff", "--full")
    assert "+ twin-prefix 10.192.0.0/10" in brief and "+ route 10.192.0.0/10 dev nat64" in brief, brief
    told = re.search(r"~ the generated unbound\.conf: (\d+) lines added, 0 removed; nat64-relay diff --full prints them$", brief, re.M)
    assert told and int(told[1]) == len(re.findall(r"^  \+ unbound\.conf ", full, re.M)) > 100 and "+ unbound.conf" not in brief, brief
    assert len(json.loads(relay.expect(1, "diff", "--json"))["changes"]) > int(told[1])
    said = relay.expect(0, "reload")
    assert "added          route 10.192.0.0/10 dev nat64" in said and "already there" not in said, said
    assert process.stop() == 0, process.tail()


def test_what_wants_a_restart_and_what_is_wrong(relay):  # noqa: F811
    relay.expect(0, "up")
    relay.config.write_text(relay.config.read_text() + "workers 1\n")
    changes, answer = told(relay)
    assert ("translation", "+", "workers 1", None) in changes and not answer["reload"] and "workers" in answer["restart"][0]
    text = relay.expect(1, "diff")
    assert "reload makes these changes" not in text and "systemctl restart" in text, text
    relay.config.write_text(relay.config.read_text() + "prefix fd64::1/96\n")
    assert re.search(r"line \d+: .*fd64::1/96", relay.expect(2, "diff"))
    relay.config = relay.settings()
    relay.node.run("ip route del 192.168.240.0/20")
    relay.node.run("nft flush chain inet nat64-relay marks")
    changes, _ = told(relay)
    assert [(topic, text) for topic, _, text, _ in changes] == [("missing", "route 192.168.240.0/20 dev nat64"),
                                                               ("missing", "rules of table inet nat64-relay")]
    relay.expect(0, "reload") if relay.child("nat64d") else relay.expect(0, "up")
    assert told(relay, 0)[0] == []
    relay.expect(0, "down")
