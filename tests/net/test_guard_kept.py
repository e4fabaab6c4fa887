# SPDX-License-Identifier: GPL-2.0-or-later
"""The guard while others take its table away: nothing gets through, at no moment, and what cannot be guarded is closed.

    client, target --- tailscale0 relay eth1 --- outsider

The outsider sends with a client's source, thousands of packets a second; the target counts those that came.
"""
import contextlib
import json
import os
import re
import signal
import socket
import threading
import time

import pytest
import traffic
from lab import ThreeHosts, wait_for
from packets import ECHO_REPLY, icmp, packed, send_raw, udp
from relay_lab import relay  # noqa: F401  (relay is a fixture)
from resolver import Wire
from watch_lab import state_of

CLIENT6, CLIENT4, TARGET4, TARGET6 = ThreeHosts.CLIENT6, "100.64.0.2", ThreeHosts.TARGET4, "fd64:9929::6440:3"
PORT, TWIN, TWIN6 = 7007, "10.192.0.3", "fd99:9929:1::3"
POOLED, MAPPED = "192.168.240.77", "203.0.113.7"
TABLE = "table inet nat64-relay {"
OWNER = ["bash", "-c", "exec nft -i < <(echo 'add table inet nat64-relay-hold { flags owner; }'; sleep 600)"]


@pytest.fixture
def outsider(relay):  # noqa: F811
    node = relay.lab.node("outsider")
    relay.lab.connect(relay.node, "eth1", node, "eth0")
    relay.node.address("eth1", "10.5.0.1/24", "fd05::1/64")
    node.address("eth0", "10.5.0.9/24", "fd05::9/64")
    node.route("0.0.0.0/0", "via", "10.5.0.1")
    node.route("::/0", "via", "fd05::1")
    relay.node.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__eth1__rp_filter=0)
    return node


class Forger:
    """Sends these packets from a node, over and over, until it is left."""

    def __init__(self, node, *packets):
        self.sent, self.ends = 0, threading.Event()
        with node.inside():
            self.sockets = [(socket.socket(socket.AF_INET6 if packet[0] >> 4 == 6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW), packet)
                            for packet in packets]
        self.thread = threading.Thread(target=self.send)

    def send(self):
        while not self.ends.is_set():
            for sock, packet in self.sockets:
                family = packet[0] >> 4
                address = socket.inet_ntop(socket.AF_INET6, packet[24:40]) if family == 6 else socket.inet_ntop(socket.AF_INET, packet[16:20])
                with contextlib.suppress(OSError):
                    sock.sendto(packet, (address, 0))
                    self.sent += 1
            time.sleep(0.0003)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.ends.set()
        self.thread.join()
        for sock, _ in self.sockets:
            sock.close()


@contextlib.contextmanager
def counted(node, address, port=PORT):
    """A socket of the target, and the function that says how many datagrams have come to it."""
    with node.inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    sock.setblocking(False)

    def count():
        came = 0
        with contextlib.suppress(BlockingIOError):
            while sock.recv(100):
                came += 1
        return came

    with sock:
        yield count


def forged(source_port):
    return udp(CLIENT6, TARGET6, source_port, PORT, b"forged"), udp(CLIENT4, TWIN, source_port, PORT, b"forged"), udp("10.5.0.9", POOLED, source_port, PORT)


def table_is_there(relay):  # noqa: F811
    return TABLE in relay.node.run("nft list ruleset").stdout


WAYS = {
    "flush ruleset": ("nft flush ruleset", 100),
    "delete table": ("nft delete table inet nat64-relay", 25),
    "flush table": ("nft flush table inet nat64-relay", 25),
    "flush the chains of the guard": ("nft flush chain inet nat64-relay forward; nft flush chain inet nat64-relay arrival", 25),
    "delete the rules, then the chain": ("nft 'flush chain inet nat64-relay forward; delete chain inet nat64-relay forward'", 25),
    "an empty table in its place": ("nft 'delete table inet nat64-relay; add table inet nat64-relay'", 25),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_gets_through_while_the_table_is_taken_away(relay, outsider, way):  # noqa: F811
    command, times = WAYS[way]
    relay.config = relay.settings(twin_prefix="10.192.0.0/10")
    process = relay.run()
    with counted(relay.target, TARGET4) as count:
        with Forger(outsider, *forged(5)) as forger:
            for turn in range(times):
                relay.node.sh(command, check=False)
                if turn % 5 == 0:
                    wait_for(lambda: table_is_there(relay), f"the table, after it was taken away {turn + 1} times\n{process.tail()}", 20)
        assert forger.sent > 500, f"{forger.sent} packets sent: nothing was proven"
        assert count() == 0, f"of {forger.sent} forged packets some came to the target"
        with traffic.listen(relay.target, TARGET4) as far, traffic.connect(relay.client, TARGET6, far.getsockname()[1]) as near:
            near.sendall(b"a client")  # and what is allowed passes
            there, _ = far.accept()
            assert there.recv(20) == b"a client"
            there.close()
    wait_for(lambda: table_is_there(relay), f"the table\n{process.tail()}", 20)
    assert state_of(relay)["guard"] == "" and state_of(relay)["health"] == "healthy"
    assert process.stop() == 0, process.tail()


def test_a_flush_without_pause(relay, outsider):  # noqa: F811
    """Somebody who flushes in a loop: the comparison comes to no end, and nothing gets through."""
    process = relay.run()
    with counted(relay.target, TARGET4) as count, Forger(outsider, *forged(5)) as forger:
        foe = relay.node.start(["bash", "-c", "yes 'flush ruleset' | nft -i"], "foe")
        process.wait_for("another program keeps removing: nftables table inet nat64-relay. It is restored at once each time", 60)
        for _ in range(20):
            relay.client.run(f"ping -c 1 -W 1 {TARGET6}", check=False)
        foe.stop()
        assert forger.sent > 500 and count() == 0
    wait_for(lambda: table_is_there(relay), f"the table after the conflict\n{process.tail()}", 20)
    wait_for(lambda: relay.client.run(f"ping -c 1 -W 1 {TARGET6}", check=False).returncode == 0, "an answer after the conflict")
    assert process.stop() == 0, process.tail()


def test_a_flush_while_a_reload_is_at_work(relay, outsider):  # noqa: F811
    """What the reload opens is open when it has ended; what nobody opens stays closed."""
    process = relay.run()
    with counted(relay.target, TARGET4) as count, Forger(outsider, *forged(5)) as forger:
        for turn in range(4):
            foe = relay.node.start(["bash", "-c", "while :; do nft flush ruleset; sleep 0.02; done"], f"foe{turn}")
            relay.config.write_text(relay.settings(prefix=["fd64:9929::/96"] + (["fd64:9930::/96"] if turn % 2 == 0 else [])).read_text())
            relay.expect(0, "reload")
            foe.stop()
            other = relay.client.sh("ip -6 route replace fd64:9930::/96 via fd7a:115c:a1e0::1; ping -c 1 -W 5 fd64:9930::6440:3", check=False)
            assert (other.returncode == 0) == (turn % 2 == 0), other.stdout + process.tail()
        assert forger.sent > 500 and count() == 0
    assert process.stop() == 0, process.tail()


def stopped_reload(relay, process):  # noqa: F811
    """A reload while run stands still, which may have happened in the middle of a look: then reload is refused."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        done = relay.command("reload")
        return done.stdout + done.stderr
    finally:
        os.kill(process.pid, signal.SIGCONT)


def test_the_second_table_follows_before_a_reload_ends(relay, outsider):  # noqa: F811
    """What the old rules would still drop passes as soon as reload has said that it is done."""
    del outsider
    process = relay.run()
    for turn in range(5):
        more = "" if turn % 2 else "fd64:9930::/96"
        relay.config.write_text(relay.settings(prefix=["fd64:9929::/96", *([more] if more else [])]).read_text())
        assert "does not follow" not in relay.expect(0, "reload")
        assert ("fd64:9930" in relay.node.run("nft list table inet nat64-relay-hold").stdout) == bool(more), f"turn {turn}"
    relay.config.write_text(relay.settings(prefix=["fd64:9929::/96", "fd64:9931::/96"]).read_text())
    wait_for(lambda: "does not follow" in stopped_reload(relay, process), "the word that watch does not follow", 60)
    wait_for(lambda: "fd64:9931" in relay.node.run("nft list table inet nat64-relay-hold").stdout, "the second table by the settings in force", 20)
    assert process.stop() == 0, process.tail()


def test_drops_of_both_tables_are_counted_once(relay, outsider):  # noqa: F811
    process = relay.run()
    os.kill(process.pid, signal.SIGSTOP)
    try:
        before = counter(relay, "drop-entry")
        send_raw(outsider, udp(CLIENT6, TARGET6, 5, PORT))
        wait_for(lambda: counter(relay, "drop-entry") == before + 1, "a drop of the first table")
        relay.node.run("nft flush chain inet nat64-relay forward")
        send_raw(outsider, udp(CLIENT6, TARGET6, 5, PORT))
        wait_for(lambda: counter(relay, "drop-entry") == before + 2, "a drop of the second table")
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert process.stop() == 0, process.tail()


def counter(relay, name):  # noqa: F811
    return json.loads(relay.command("status", "--json").stdout)["rules"]["counters"][name]["packets"]


def device_is_up(relay):  # noqa: F811
    return "UP" in relay.node.run("ip -o link show nat64").stdout.split("<")[1].split(">")[0].split(",")


def test_without_a_second_table_a_conflict_closes_the_relay(relay, outsider):  # noqa: F811
    """Before Linux 5.12, here because its name is taken: once somebody takes the guard away again and again the device is down."""
    owner = relay.node.start(OWNER, "owner")
    wait_for(lambda: "flags owner" in relay.node.run("nft list ruleset").stdout, "a table of somebody else's")
    process = relay.run()
    process.wait_for("a flush of all rules will open the relay for a moment", 20)
    assert "would open the relay for a moment" in relay.command("status").stdout
    for _ in range(6):
        relay.node.run("nft delete table inet nat64-relay")
        wait_for(lambda: table_is_there(relay), f"the table\n{process.tail()}", 20)
    process.wait_for("closed: another program keeps removing the guard", 20)
    wait_for(lambda: not device_is_up(relay), "a device that is down")
    wait_for(lambda: state_of(relay)["health"] == "unhealthy" and "removing the guard" in state_of(relay)["why"], f"unhealthy {state_of(relay)}")
    with counted(relay.target, TARGET4) as count, Forger(outsider, *forged(5)) as forger:
        for _ in range(10):
            relay.node.run("nft delete table inet nat64-relay", check=False)
            relay.node.run("ip link set nat64 up", check=False)
            wait_for(lambda: not device_is_up(relay), "a device that is down again", 20)
        assert forger.sent > 100
    status = relay.command("status").stdout
    assert "closed: another program keeps removing the guard" in status and "the device is down" in status
    assert "removing the guard" in relay.command("check", "--conflicts").stdout
    owner.stop()  # now the second table is to be had
    process.wait_for("the guard is in place again", 30)
    wait_for(lambda: device_is_up(relay) and relay.client.run(f"ping -c 1 -W 1 {TARGET6}", check=False).returncode == 0, "an answer", 30)
    del count
    assert process.stop() == 0, process.tail()


def test_a_guard_that_cannot_be_put_back_closes_the_relay(relay, outsider):  # noqa: F811
    """The name of the first table is taken by an owner: nothing can be put there."""
    del outsider
    process = relay.run()
    relay.node.sh("nft delete table inet nat64-relay; true")
    owner = relay.node.start(["bash", "-c", "exec nft -i < <(while :; do echo 'delete table inet nat64-relay; add table inet nat64-relay { flags owner; }'; "
                              "sleep 0.05; nft list table inet nat64-relay | grep -q owner && break; done; sleep 600)"], "owner")
    process.wait_for("closed: the guard cannot be put in place", 60)
    wait_for(lambda: not device_is_up(relay), "a device that is down")
    wait_for(lambda: state_of(relay)["health"] == "unhealthy", f"unhealthy {state_of(relay)}")
    assert "cannot be put in place" in relay.command("status").stdout
    owner.stop()
    process.wait_for("the guard is in place again", 30)
    wait_for(lambda: device_is_up(relay) and relay.client.run(f"ping -c 1 -W 1 {TARGET6}", check=False).returncode == 0, "an answer", 30)
    assert process.stop() == 0, process.tail()


def test_whoever_is_killed_leaves_a_guard(relay, outsider):  # noqa: F811
    process = relay.run()
    process.kill()
    wait_for(lambda: "nat64-relay-hold" not in relay.node.run("nft list ruleset").stdout, "the end of the second table")
    with counted(relay.target, TARGET4) as count, Forger(outsider, *forged(5)) as forger:
        wait_for(lambda: forger.sent > 500, "packets")
        assert count() == 0 and table_is_there(relay)
    process = relay.run()
    assert process.stop() == 0, process.tail()


MISSING = pytest.mark.parametrize("command", ["ip link delete nat64", "ip link set nat64 down", "ip -6 route flush dev nat64"])


def take_the_translator_away(relay, process, command):  # noqa: F811
    for turn in range(4):
        relay.node.sh(command)
        wait_for(lambda: "fd64:9929::/96" in relay.node.run("ip -6 route show dev nat64", check=False).stdout,
                 f"the route, after it was taken away {turn + 1} times\n{process.tail()}", 30)


def default_routes(relay):  # noqa: F811
    """While the translator is missing these are the prefix's too."""
    relay.node.route("0.0.0.0/0", "via", "10.5.0.9")
    relay.node.route("::/0", "via", "fd05::9")


def expect_none_to(frames, *destinations):
    left = [frame for frame in frames for destination in destinations if packed(destination) in frame]
    assert left == [], f"{len(left)} packets left by the uplink, the first: {left[0].hex()}"


@MISSING
def test_nothing_leaves_by_the_uplink_while_the_translator_is_missing(relay, outsider, command):  # noqa: F811
    default_routes(relay)
    process, uplink = relay.run(), Wire(outsider, "eth0")
    pinging = relay.client.start(["ping", "-n", "-q", "-i", "0.002", TARGET6], "ping")
    take_the_translator_away(relay, process, command)
    pinging.stop(signal.SIGINT)
    sent = int(re.search(r"(\d+) packets transmitted", pinging.text())[1])
    assert sent > 50, f"{sent} packets sent: nothing was proven"
    expect_none_to(uplink.stop(), TARGET6)
    assert process.stop() == 0, process.tail()


@MISSING
def test_nothing_of_the_relay_leaves_by_the_uplink_while_the_translator_is_missing(relay, outsider, command):  # noqa: F811
    """Its own programs' packets to a target, to an address of the pool and of a map; to a twin what no connection has moved."""
    relay.config = relay.settings(twin_prefix="10.192.0.0/10", twin6_prefix="fd99:9929:1::/48", map=f"{MAPPED} fd7a:115c:a1e0::9")
    default_routes(relay)
    process, uplink = relay.run(), Wire(outsider, "eth0")
    there = [udp(relay.hosts.RELAY6, TARGET6, 5, PORT), *(udp(relay.hosts.RELAY4, own, 5, PORT) for own in (POOLED, MAPPED))]
    twins = [icmp(relay.hosts.RELAY4, TWIN, ECHO_REPLY, 0), icmp(relay.hosts.RELAY6, TWIN6, 129, 0)]  # of no connection
    with Forger(relay.node, *there, *twins) as forger:
        take_the_translator_away(relay, process, command)
        wait_for(lambda: forger.sent > 500, "packets")
    expect_none_to(uplink.stop(), TARGET6, POOLED, MAPPED, TWIN, TWIN6)
    for address in TARGET6, TWIN:
        wait_for(lambda: relay.node.run(f"ping -c 1 -W 1 {address}", check=False).returncode == 0, f"an answer to the relay's own, by {address}", 30)
    assert process.stop() == 0, process.tail()
