# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path: plain packets that stay in the kernel get the same answer, are counted as ever, and end with what they were decided by."""
import itertools
import os
import re
import select
import signal
import socket
import struct
import threading

import pytest
import traffic
from fastpath_flood import Flood
from lab import built, need, run, skip, wait_for
from path import Path
from relay_lab import Relay

FILTER = "nat64-fast-path"
SOL_PACKET, PACKET_VNET_HDR = 263, 15  # <linux/if_packet.h>
RELOADS = int(os.environ.get("FAST_PATH_RELOADS", 100))
REASSIGNMENTS = int(os.environ.get("FAST_PATH_REASSIGNMENTS", 10))
FLOOD = int(os.environ.get("FAST_PATH_FLOOD", 20000))  # packets


@pytest.fixture
def path(lab):
    need("ip", "nft", "tc")
    path = Path(lab)
    yield path
    path.finish()


def started(path, extra="", *options):
    path.settings(extra)
    path.start(*options)
    state = path.ask("info")["fast_path"]
    if state == "this nat64d is built without it" or "CAP_BPF" in state:
        skip(f"no fast path here: {state}")
    return state


def counters(path):
    return path.ask("counters")["counters"]


def fast(path):
    """Packets by the fast path, out and back."""
    all_of = counters(path)
    return all_of["fast_path_6to4"]["packets"], all_of["fast_path_4to6"]["packets"]


def ping(path, *options, count=1, address=None):
    return path.client.run(["ping", "-c", count, "-i", "0.01", "-W", "2", *options, address or path.TARGET6], check=False).returncode == 0


def warm_up(path):
    """Until the pair is known in both directions."""
    def known():
        before = fast(path)
        assert ping(path)
        return all(now > then for now, then in zip(fast(path), before))
    wait_for(known, "the pair of client and target in the fast path", 20)


def echo(path, kind, payloads):
    """Each payload to the target and back by UDP."""
    far = traffic.listen(path.target, path.TARGET, kind)
    near = traffic.connect(path.client, path.TARGET6, far.getsockname()[1], kind)
    with far, near:
        near.settimeout(5), far.settimeout(5)
        for payload in payloads:
            near.send(payload)
            text, peer = far.recvfrom(70000)
            assert text == payload, f"{len(payload)} octets arrived as {len(text)} others"
            far.sendto(text, peer)
            assert near.recv(70000) == payload, f"{len(payload)} octets came back as others"


def filters(path):
    return path.relay.run(["tc", "filter", "show", "dev", "nat64", "egress"]).stdout


def test_plain_packets_stay_in_the_kernel_and_are_counted_as_ever(path):
    assert started(path) == "on"
    assert FILTER in filters(path)
    warm_up(path)
    before, fast_before = counters(path), fast(path)
    assert ping(path, count=50) and ping(path, "-s", "1200", count=20)
    echo(path, socket.SOCK_DGRAM, [os.urandom(size) for size in (1, 2, 3, 100, 1000, 1200, 1232)])
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        transfer = traffic.Transfer(near, far, 20_000_000)
        transfer.finish()
    after = counters(path)
    assert {reason: count for reason, count in after["drops"].items() if count and reason != "martian-source"} == {}
    assert after["fast_path_errors"] == 0
    for direction, least in (("6to4", 100), ("4to6", 80)):
        grown = after[f"fast_path_{direction}"]["packets"] - before[f"fast_path_{direction}"]["packets"]
        total = after[f"translated_{direction}"]["packets"] - before[f"translated_{direction}"]["packets"]
        assert least < grown <= total, f"{direction}: {grown} of {total} packets took the fast path"
        assert after[f"fast_path_{direction}"]["bytes"] <= after[f"translated_{direction}"]["bytes"]
    assert fast_before != fast(path)
    client, = path.ask("clients")["clients"]
    totals = {"out": after["translated_6to4"], "in": after["translated_4to6"]}
    for direction, total in totals.items():
        assert client[direction] == total, f"{direction}: the client's traffic is {client[direction]}, that of all {total}"


def test_the_last_use_of_a_lease_comes_back(path):
    started(path)
    warm_up(path)
    first, = path.ask("clients")["clients"]
    before = fast(path)
    wait_for(lambda: ping(path) and path.ask("clients")["clients"][0]["idle"] == 0 and fast(path) > before, "a lease that is in use")
    assert path.ask("clients")["clients"][0]["ipv4"] == first["ipv4"]


def test_off_serves_by_the_device(path):
    assert started(path, "fast-path off\n") == "fast-path off"
    assert ping(path, count=20)
    assert fast(path) == (0, 0)
    assert FILTER not in filters(path)


def test_odd_packets_take_the_device(path):
    """What is no plain packet is answered as ever, between endpoints that the fast path knows."""
    started(path)
    warm_up(path)
    before = fast(path)
    assert ping(path, "-s", "3000")
    assert fast(path) == before, "fragments took the fast path"
    assert "Time exceeded" in path.client.run(["ping", "-c", "1", "-t", "2", "-W", "2", path.TARGET6], check=False).stdout


def complete_on_the_way(path):
    """The relay's devices get whole checksums from the kernel, so that both ends verify them."""
    for device in ("left", "right"):
        path.relay.run(["ethtool", "-K", device, "tx", "off"])


def test_a_checksum_inside_a_packet_is_completed_first(path):
    """VXLAN between client and target: its own checksum is complete when it comes to the device, that of the packet inside is not."""
    need("ethtool")
    started(path)
    complete_on_the_way(path)
    inner = {path.client: ("10.7.0.1", path.CLIENT_MAPPED, path.TARGET6, "udp6zerocsumrx"), path.target: ("10.7.0.2", path.TARGET, path.MAPPED4, "udpcsum")}
    for node, (address, local, remote, checksum) in inner.items():
        node.run(["ip", "link", "add", "inner", "mtu", "1300", "type", "vxlan", "id", "7", "dstport", "4789", "local", local, "remote", remote, checksum])
        node.address("inner", address + "/24")

    def known():
        before = fast(path)
        assert ping(path, address="10.7.0.2")
        return all(now > then for now, then in zip(fast(path), before))
    wait_for(known, "the tunnel in the fast path", 20)
    far = traffic.listen(path.target, "10.7.0.2", socket.SOCK_DGRAM)
    near = traffic.connect(path.client, "10.7.0.2", far.getsockname()[1], socket.SOCK_DGRAM)
    with far, near:
        for size in (1, 2, 100, 999, 1200):
            text = os.urandom(size)
            near.send(text)
            got, peer = far.recvfrom(2000)
            assert got == text
            far.sendto(text, peer)
            assert near.recv(2000) == text
    near, far = traffic.tcp_pair(path.target, "10.7.0.2", path.client, "10.7.0.2")
    before = counters(path)
    with near, far:
        traffic.Transfer(near, far, 2_000_000).finish()
    after = counters(path)
    carried = after["fast_path_6to4"]["bytes"] - before["fast_path_6to4"]["bytes"]
    assert carried < 200_000, f"super-packets of the tunnel took the fast path: {carried} octets"
    assert after["fast_path_errors"] == 0


def test_the_partial_checksum_of_an_echo_is_completed_first(path):
    """An echo request from a packet socket whose checksum the kernel is to complete."""
    need("ethtool")
    started(path)
    warm_up(path)
    complete_on_the_way(path)
    addresses = socket.inet_pton(socket.AF_INET6, path.CLIENT) + socket.inet_pton(socket.AF_INET6, path.TARGET6)
    echo = struct.pack("!BBHHH", 128, 0, 0, 4711, 1) + b"not yet summed up"
    pseudo = addresses + struct.pack("!II", len(echo), socket.IPPROTO_ICMPV6)
    echo = echo[:2] + struct.pack("!H", 0xffff ^ traffic.checksum(pseudo)) + echo[4:]
    packet = struct.pack("!IHBB", 6 << 28, len(echo), socket.IPPROTO_ICMPV6, 64) + addresses + echo
    macs = [node.run(["cat", f"/sys/class/net/{device}/address"]).stdout for node, device in ((path.relay, "left"), (path.client, "eth0"))]
    ethernet = b"".join(bytes.fromhex(mac.strip().replace(":", "")) for mac in macs) + b"\x86\xdd"
    virtio = struct.pack("=BBHHHH", 1, 0, 0, 0, len(ethernet) + 40, 2)
    with path.client.inside():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    answers = traffic.open_socket(path.client, path.CLIENT, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    with wire, answers:
        wire.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        wire.bind(("eth0", 0))
        wire.send(virtio + ethernet + packet)
        answers.settimeout(10)
        while (answer := answers.recv(2000))[:1] != b"\x81":
            pass
        assert answer[4:] == echo[4:]


def reload(path, extra):
    path.settings(extra)
    before = path.daemon.text().count("translating by the new settings")
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: path.daemon.text().count("translating by the new settings") > before, "the reload", 20)


def test_a_reload_ends_what_was_decided_before(path):
    started(path)
    warm_up(path)
    reload(path, "deny-destination 100.64.0.3/32\n")
    before = fast(path)
    assert not ping(path, count=3)
    assert fast(path) == before, "a packet went by the settings of before"
    assert path.drops()["destination-denied"] >= 3
    reload(path, "")
    warm_up(path)
    reload(path, "fast-path off\n")
    before = fast(path)
    assert ping(path, count=5) and fast(path) == before
    assert path.ask("info")["fast_path"] == "fast-path off"


def test_a_flushed_lease_leaves_the_fast_path_first(path):
    started(path)
    warm_up(path)
    (client6, client4), = path.leases().items()
    assert "error" not in path.ask("flush", address=client4)
    assert path.leases() == {}
    before = fast(path)
    assert ping(path)
    assert fast(path)[0] == before[0], "a packet went by a lease that is gone"
    assert client6 in path.leases()
    warm_up(path)


def test_a_killed_nat64d_stops_nobody_and_the_next_takes_over(path):
    started(path)
    warm_up(path)
    path.daemon.kill()
    assert ping(path, count=20), "the killed nat64d took its clients with it"
    assert not ping(path, address="fd64:9929::6440:1"), "a pair that nobody decided about was translated"
    path.settings("deny-destination 100.64.0.3/32\n")
    path.start()
    assert filters(path).count(FILTER) == 1
    assert not ping(path, count=3), "the next nat64d went by the settings of the one before"
    path.daemon.kill()
    path.settings("fast-path off\n")
    path.start()
    assert FILTER not in filters(path)
    assert ping(path, count=3)


def test_an_orderly_end_closes_the_fast_path(path):
    started(path)
    warm_up(path)
    assert path.daemon.stop() == 0
    assert not ping(path, count=2)


def test_an_earlier_fast_path_that_cannot_be_removed_is_no_start(path):
    """Killed with its program in place, and started anew with no right to replace it: by settings of before, nobody is served."""
    run([*path.relay.ip, "link", "del", "nat64"])
    path.device(user="root")
    started(path)
    path.daemon.kill()
    command = ["setpriv", "--bounding-set=-net_admin,-bpf,-sys_admin", "--inh-caps=-net_admin,-bpf,-sys_admin", built("nat64d"), "-c", path.conf]
    done = path.relay.run(command, check=False)
    assert done.returncode != 0
    assert "cannot remove the fast path of an earlier nat64d" in done.stdout + done.stderr
    path.start()


def test_without_the_right_it_is_said_once_and_served_by_the_device(path):
    path.starter = ["setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin"]
    path.settings()
    path.start()
    assert path.daemon.text().count("no fast path: cannot load its program: Operation not permitted") == 1
    assert "CAP_BPF" in path.ask("info")["fast_path"]
    assert ping(path, count=5)
    assert fast(path) == (0, 0)


@pytest.mark.parametrize("end, nat64d", [("down", "running"), *((end, nat64d) for end in ("down", "--rmtun") for nat64d in ("stopped", "killed"))])
def test_nothing_is_left_when_the_device_is_removed(lab, end, nat64d):
    """No device, no filter, no qdisc, and the kernel has freed the program."""
    need("ip", "nft", "tc", "bpftool", "ldns-testns")
    relay = Relay(lab)
    relay.expect(0, "up")
    daemon = relay.node.start([built("nat64d"), "-c", relay.config])
    daemon.wait_for("translating on nat64")
    filters = relay.node.run("tc filter show dev nat64 egress").stdout
    found = re.search(rf"{FILTER} .*\bid (\d+)", filters)
    if not found:
        skip(f"no fast path here: {daemon.tail()}")
    program = ["bpftool", "prog", "show", "id", found[1]]
    assert relay.node.run(program, check=False).returncode == 0
    assert "clsact" in relay.node.run("tc qdisc show dev nat64").stdout
    if nat64d == "stopped":
        assert daemon.stop() == 0
    elif nat64d == "killed":
        daemon.kill()
        assert FILTER in relay.node.run("tc filter show dev nat64 egress").stdout, "the fast path did not outlive nat64d"
    if end == "down":
        relay.expect(0, "down")
    else:
        relay.node.run([built("nat64d"), "-c", relay.config, "--rmtun"])
    wait_for(lambda: not daemon.alive, "the end of a nat64d whose device is gone")
    assert "nat64" not in relay.node.run("ip -o link").stdout
    assert "clsact" not in relay.node.run("tc qdisc show").stdout
    wait_for(lambda: relay.node.run(program, check=False).returncode, f"the end of program {found[1]}")
    relay.expect(0, "down")


class Talk:
    """Datagrams with an echo at the target, which is part of the test: it knows what has to arrive, and answers it."""

    def __init__(self, path, near, far, to6):
        self.far = traffic.listen(path.target, far, socket.SOCK_DGRAM)
        self.near = traffic.listen(path.client, near, socket.SOCK_DGRAM)
        self.to = to6, self.far.getsockname()[1]

    def send(self, text):
        self.near.sendto(text, self.to)

    def echo(self, text):
        """There and back. Returns the address that the target sees."""
        self.send(text)
        got, peer = self.far.recvfrom(100)
        assert got == text, f"{got} arrived, expected {text}"
        self.far.sendto(text, peer)
        got = self.near.recv(100)
        assert got == text, f"{got} came back, expected {text}"
        return peer[0]

    def waiting(self):
        """What has arrived at either end and was not expected."""
        found = []
        for end in (self.near, self.far):
            while select.select([end], [], [], 0)[0]:
                found.append(end.recv(100))
        return found

    def close(self):
        self.near.close(), self.far.close()


def echo_until_fast(path, talk, text):
    """Until the pair is known in both directions; nat64d tells each once a second at most. Meanwhile nobody else sends."""
    def known():
        before = fast(path)
        talk.echo(text)
        return all(now > then for now, then in zip(fast(path), before))
    wait_for(known, f"{text} by the fast path", 20)


def test_reloads_under_traffic_lose_nothing_and_leave_nothing_stale(path):
    """A flow that all settings allow goes on through each reload; one that every second reload denies goes by the latest."""
    path.target.address("eth0", "100.64.0.5/10")
    started(path)
    denied = "deny-destination 100.64.0.5/32\n"
    steady, marker = (Talk(path, path.CLIENT, path.TARGET, path.TARGET6) for _ in range(2))
    judged = Talk(path, path.CLIENT, "100.64.0.5", "fd64:9929::6440:5")
    lost, end, alone = [], threading.Event(), threading.Lock()

    def flow():
        for number in itertools.count():
            if lost or end.wait(0.002):
                return
            try:
                with alone:
                    steady.echo(b"datagram %d" % number)
            except (OSError, AssertionError) as error:
                lost.append(f"datagram {number}: {error!r}")

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        for number in range(RELOADS):
            path.settings(denied if number % 2 else "")
            assert "error" not in path.ask("reload")
            text = b"after reload %d" % number
            for _ in range(3):
                if number % 2:
                    judged.send(text)
                else:
                    judged.echo(text)
            if number % 10 == 0:
                with alone:
                    echo_until_fast(path, judged, text)
                    echo_until_fast(path, marker, text)
            marker.echo(text)
            assert judged.waiting() == [], f"after reload {number}: by the settings of before"
            assert not lost, f"around reload {number}: {lost[0]}"
    finally:
        end.set()
        thread.join()
    assert judged.waiting() == [] and not lost
    for talk in (steady, marker, judged):
        talk.close()


def test_a_lease_that_goes_over_takes_no_packet_along(lab):
    """One address for two clients in turns, both with pairs in the fast path: its holder alone sends from it, and hears what comes to it."""
    need("ip", "nft", "tc")
    path = Path(lab, pool="192.168.240.0/30")
    path.relay.run("nft delete table ip test")
    path.target.route(path.pool, "via", path.GATEWAY4)
    other = "fd00:c::6"
    path.client.address("eth0", other + "/64")
    started(path)
    assert path.ask("counters")["leases_usable"] == 1
    talks, strays = [Talk(path, near, path.TARGET, path.TARGET6) for near in (path.CLIENT, other)], 0
    for number in range(REASSIGNMENTS):
        holder, loser = talks[number % 2], talks[1 - number % 2]
        lent = holder.echo(b"turn %d begins" % number)
        for each in range(10):
            loser.send(b"turn %d, stray %d" % (number, each))
            assert holder.echo(b"turn %d, datagram %d" % (number, each)) == lent
        strays += 10
        echo_until_fast(path, holder, b"turn %d" % number)
        wait_for(lambda: path.ask("counters")["leases_refused_full"] == strays, f"{strays} refused packets of who holds no lease")
        assert loser.waiting() == [] and holder.waiting() == [], "a packet of another client"
        assert path.leases() == {holder.near.getsockname()[0]: lent}
        assert "error" not in path.ask("flush", address=lent)
    for talk in talks:
        assert talk.waiting() == []
        talk.close()
    path.finish()


def test_no_packet_of_one_client_reaches_another(lab):
    """Two clients and the target send as fast as they can while the one address goes from client to client."""
    need("ip", "nft", "tc")
    path = Path(lab, pool="192.168.240.0/30")
    path.relay.run("nft delete table ip test")
    path.target.route(path.pool, "via", path.GATEWAY4)
    clients = [path.CLIENT, "fd00:c::6"]
    path.client.address("eth0", clients[1] + "/64")
    started(path)
    flood = Flood()
    far = traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM)
    near = [traffic.listen(path.client, address, socket.SOCK_DGRAM, 4711) for address in clients]
    near[0].sendto(b"", (path.TARGET6, far.getsockname()[1]))
    (lent, port), = {far.recvfrom(100)[1]}
    try:
        for number, sock in enumerate(near):
            flood.send_from(sock, number, (path.TARGET6, far.getsockname()[1]))
        flood.send_from(far, 2, (lent, port))
        judged = [flood.judge_at(sock, number) for number, sock in ((0, near[0]), (1, near[1]), (None, far))]
        for number in range(1, REASSIGNMENTS + 1):
            assert "error" not in path.ask("flush", address=lent)
            (holder, address), = wait_for(lambda: path.leases().items(), "a lease of either client")
            assert address == lent
            flood.turn.value = 2 * number + clients.index(holder)
            sent, carried = flood.total(), fast(path)
            wait_for(lambda: flood.total() - sent > FLOOD / REASSIGNMENTS and all(now > then for now, then in zip(fast(path), carried)), f"the packets of turn {number}", 600)
            flood.turn.value = 0
    finally:
        flood.finish()
    own, leaked = (sum(count[index] for count in judged) for index in (0, 1))
    print(f"{flood.total()} packets sent, {own} arrived in the turn in which they were sent, {fast(path)} by the fast path: {leaked} reached another client")
    assert leaked == 0 < own
    path.finish()
