# SPDX-License-Identifier: GPL-2.0-or-later
"""The second table, by which connections outlive a flush of the rules and a restart of the overlay: whose it is, what is in it, and when it goes.

That a flush breaks no connection is shown in test_faults.py.
"""
import json
import os
import re
import signal
import socket

import pytest
import traffic
from lab import wait_for
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)

HOLD = "nft list table inet nat64-relay-hold"


def held(relay):  # noqa: F811
    """Its listing, or nothing."""
    return relay.node.sh(HOLD, check=False).stdout


@pytest.fixture
def running(relay):  # noqa: F811
    process = relay.run()
    wait_for(lambda: "masquerade" in held(relay), f"the second table\n{process.tail()}", 20)
    return process


def test_it_has_the_rules_of_the_first_table_but_for_the_limits(relay, running):  # noqa: F811
    text = held(relay)
    assert "flags owner" in text and text.count(" masquerade ") == 1 and "srcnat - 9" in text, text
    assert "hook forward priority filter - 9" in text and "clients come by the overlay alone" in text and "client-limit" not in text, text
    assert running.stop() == 0, running.tail()
    assert held(relay) == "", "the second table is left"


def test_it_serves_new_connections_without_the_first_table(relay, running):  # noqa: F811
    """While nobody puts the first table back: run stands still."""
    os.kill(running.pid, signal.SIGSTOP)
    relay.node.run("nft flush ruleset")
    assert "table inet nat64-relay {" not in relay.node.run("nft list ruleset").stdout
    with traffic.listen(relay.target, relay.hosts.TARGET4) as far, traffic.connect(relay.client, "fd64:9929::6440:3", far.getsockname()[1]) as near:
        there, peer = far.accept()
        assert peer[0] == relay.hosts.RELAY4, f"the target sees {peer[0]}: not masqueraded"
        near.sendall(b"hello")
        assert there.recv(5) == b"hello"
        there.close()
    said = relay.command("status", "--json").stdout
    assert json.loads(said)["rules"]["held"] is True, said
    said = relay.command("status").stdout
    assert "warning" in said and "nat64-relay-hold replaces them" in said and "FAIL   rules" not in said, said
    assert "table inet nat64-relay {" not in relay.node.run("nft list ruleset").stdout, "the first table is back: nothing was proven"
    os.kill(running.pid, signal.SIGCONT)
    running.wait_for(r"put back: nftables table inet nat64-relay", 20)
    assert running.stop() == 0, running.tail()


def forget(relay):  # noqa: F811
    """With its address the kernel gives up what it masqueraded."""
    relay.node.run(f"ip address del {relay.hosts.RELAY4}/10 dev tailscale0")
    relay.node.address("tailscale0", f"{relay.hosts.RELAY4}/10")


def wait_dropped(relay):  # noqa: F811
    wait_for(lambda: re.search(r"packets [1-9]\d* bytes \d+ drop", held(relay)), f"a dropped segment\n{held(relay)}", 20)


@pytest.mark.parametrize("closes", [False, True], ids=["data", "FIN"])
def test_a_forgotten_connection_goes_on(relay, running, closes):  # noqa: F811
    """What a target then sends first is no reason to reset the connection; conntrack calls data new, and a FIN invalid."""
    with traffic.listen(relay.target, relay.hosts.TARGET4) as far, traffic.connect(relay.client, "fd64:9929::6440:3", far.getsockname()[1]) as near:
        there, _ = far.accept()
        near.sendall(b"before")
        assert there.recv(10) == b"before"
        forget(relay)
        if closes:
            there.shutdown(socket.SHUT_WR)
        else:
            there.sendall(b"from the target")
        wait_dropped(relay)
        near.sendall(b"from the client")
        assert there.recv(20) == b"from the client"
        assert near.recv(20) == (b"" if closes else b"from the target")
        there.close()
    assert running.stop() == 0, running.tail()


def test_a_forgotten_handshake_goes_on(relay, running):  # noqa: F811
    """The client's last ACK is lost with tailscaled's queue: the target repeats its SYN-ACK, which is no reason for a reset either."""
    relay.client.run("nft add table inet lossy")
    relay.client.run("nft add chain inet lossy out { type filter hook output priority 0; }")
    relay.client.run("nft add rule inet lossy out tcp flags & (syn | ack) == ack drop")
    with traffic.listen(relay.target, relay.hosts.TARGET4) as far, traffic.connect(relay.client, "fd64:9929::6440:3", far.getsockname()[1]) as near:
        forget(relay)
        wait_dropped(relay)
        relay.client.run("nft delete table inet lossy")
        near.sendall(b"from the client")
        far.settimeout(20)
        there, _ = far.accept()
        assert there.recv(20) == b"from the client"
        there.close()
    assert running.stop() == 0, running.tail()


def test_the_relays_own_connections_are_left_alone(relay):  # noqa: F811
    """An admin who types `run` over the overlay has a connection that conntrack first sees in its middle."""
    with traffic.listen(relay.node, relay.hosts.RELAY4) as own, traffic.connect(relay.target, relay.hosts.RELAY4, own.getsockname()[1]) as peer:
        here, _ = own.accept()
        process = relay.run()
        wait_for(lambda: "masquerade" in held(relay), f"the second table\n{process.tail()}", 20)
        peer.sendall(b"still there?")
        assert here.recv(20) == b"still there?"
        assert "socket transparent" in held(relay) and not re.search(r"packets [1-9]\d* bytes \d+ drop", held(relay)), held(relay)
        here.close()
    assert process.stop() == 0, process.tail()


def test_nobody_else_can_take_it_away_and_it_follows_a_reload(relay, running):  # noqa: F811
    assert "not permitted" in relay.node.run("nft delete table inet nat64-relay-hold", check=False).stderr
    assert "dnat" not in held(relay)
    relay.config = relay.settings(twin_prefix="10.192.0.0/10")
    relay.expect(0, "reload")
    wait_for(lambda: "dnat" in held(relay), f"the twin's rule in the second table\n{running.tail()}", 20)
    assert running.stop() == 0, running.tail()


def test_who_is_killed_leaves_none_and_the_next_has_one(relay, running):  # noqa: F811
    running.kill()
    wait_for(lambda: held(relay) == "", "the end of the second table")
    assert "masquerade" in relay.node.run("nft list table inet nat64-relay").stdout
    process = relay.run()
    wait_for(lambda: "masquerade" in held(relay), f"the second table\n{process.tail()}", 20)
    assert process.stop() == 0, process.tail()


def test_an_owner_in_the_way_is_told_of_once(relay):  # noqa: F811
    """The name is taken: all goes on without the second table, and with it as soon as that can be had."""
    before = relay.snapshot()
    owner = relay.node.start(["bash", "-c", "exec nft -i < <(echo 'add table inet nat64-relay-hold { flags owner; }'; sleep 60)"], "owner")
    wait_for(lambda: "flags owner" in held(relay), "a table of somebody else's")
    process = relay.run()
    process.wait_for("will open the relay for a moment, and break connections: table inet nat64-relay-hold is not available", 20)
    relay.node.run("ip -6 route del fd64:9929::/96 dev nat64")
    process.wait_for("put back: route", 20)
    assert process.text().count("break connections") == 1, process.text()
    owner.stop()
    wait_for(lambda: "masquerade" in held(relay), f"the second table\n{process.tail()}", 30)
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")
