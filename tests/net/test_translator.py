# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d alone between a client and a target: what goes through, what does not, and what happens when it dies."""
import os
import shutil
import random
import re
import signal
import socket
import subprocess
import time
from pathlib import Path as FolderPath

import pytest
import traffic
from lab import ECHO, USER, built, need, run, wait_for
from path import Path
from icmp_errors import Errors, hop

PING_SIZES = [size for size in traffic.SIZES if size > 64 or size % 9 == 1]


def started(lab, settings):
    need("ip", "nft", "tc")
    path = Path(lab)
    path.settings(settings)
    path.start()
    yield path
    path.finish()


@pytest.fixture(params=("auto", "off"))
def path(lab, request):
    """Plain packets stay in the kernel, or all of them pass nat64d."""
    yield from started(lab, f"fast-path {request.param}\n")


@pytest.fixture
def device_path(lab):
    """For what nat64d does with packets that the fast path would not show it."""
    yield from started(lab, "fast-path off\n")


@pytest.fixture
def idle_path(lab):
    """The path before nat64d starts."""
    need("ip", "nft")
    return Path(lab)


# --- what goes through ---

def test_ping_of_every_size(path):
    with traffic.Pinger(path.client, path.TARGET6) as pinger:
        for size in PING_SIZES:
            pinger.ping(size)


def test_a_fragmented_ping_counts_no_drop(path):
    """Its first fragment is held until the last one came, and is no drop after that."""
    path.client.run(["ping", "-n", "-c", "3", "-i", "0.2", "-s", "4000", path.TARGET6])
    assert "fragment-held" not in path.drops(), f"expected no drop of fragments that came through, got {path.drops()}"


def test_ping_of_every_size_from_the_ipv4_side(path):
    """By the explicit map: the IPv4 host reaches an IPv6-only one."""
    with traffic.Pinger(path.target, path.MAPPED4) as pinger:
        for size in PING_SIZES:
            pinger.ping(size)


def test_udp_of_every_size_both_ways(path):
    traffic.udp_sizes(path.target, path.TARGET, path.client, path.TARGET6)


def test_udp_of_every_size_from_the_ipv4_side(path):
    traffic.udp_sizes(path.client, path.CLIENT_MAPPED, path.target, path.MAPPED4)


def test_tcp_of_every_size_both_ways(path):
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        traffic.tcp_sizes(near, far)


def test_tcp_from_the_ipv4_side(path):
    near, far = traffic.tcp_pair(path.client, path.CLIENT_MAPPED, path.target, path.MAPPED4)
    with near, far:
        traffic.tcp_sizes(near, far, [1, 1400, 65000])


def transfer_both_ways(path, length=10_000_000):
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        for transfer in (traffic.Transfer(near, far, length), traffic.Transfer(far, near, length)):
            transfer.finish()


def test_ten_megabytes_each_way(path):
    transfer_both_ways(path)


def test_without_offloads(idle_path):
    """As on a kernel whose TUN has none."""
    path = idle_path
    path.start("--no-offloads")
    assert path.ask("info")["offloads"] == []
    transfer_both_ways(path)
    traffic.udp_sizes(path.target, path.TARGET, path.client, path.TARGET6, [1, 1400, 3000, 65000])


def test_through_a_client_without_checksum_offload(path):
    """The client's and the target's devices make checksums and segments themselves."""
    for node in (path.client, path.target):
        for feature in ("tx", "tso", "gso", "gro"):
            node.run(["ethtool", "-K", "eth0", feature, "off"], check=False)
    transfer_both_ways(path)
    traffic.udp_sizes(path.target, path.TARGET, path.client, path.TARGET6, [1, 1400, 3000, 65000])


def test_offloads_are_on(path):
    """This kernel has what nat64d asks for: otherwise the speed of all other tests means little."""
    offloads = path.ask("info")["offloads"]
    assert offloads[:4] == ["csum", "tso4", "tso6", "tso-ecn"], offloads
    transfer_both_ways(path)
    counters = path.ask("counters")["counters"]["translated_6to4"]
    assert counters["bytes"] / counters["packets"] > 3000, f"packets were not super-packets: {counters}"


def test_udp_segmentation_crosses_the_device(path):
    """A sender with UDP_SEGMENT: on kernels with USO one packet at the device is many on the wire."""
    if "uso6" not in path.ask("info")["offloads"]:
        pytest.skip("this kernel's TUN has no USO")
    udp_segment, segments, size = 103, 40, 1200
    with traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM) as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        with traffic.connect(path.client, path.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM) as near:
            near.send(b"first")  # the neighbours are found, the lease is made
            far.recv(100)
            before = path.ask("counters")["counters"]["translated_6to4"]["packets"]
            near.setsockopt(socket.SOL_UDP, udp_segment, size)
            message = traffic.octets(segments * size)
            near.send(message)
            for number in range(segments):
                traffic.same(message[number * size:(number + 1) * size], far.recv(2000), f"segment {number}")
            packets = path.ask("counters")["counters"]["translated_6to4"]["packets"] - before
    assert packets < segments / 2, f"{segments} segments crossed the device in {packets} packets"


def test_datagrams_of_a_flow_leave_together(device_path):
    """What a client sends one by one arrives as it was sent, in order, and on kernels with USO in fewer frames than datagrams."""
    udp_gro, count = 104, 600
    sizes = [random.Random(1).choice((64, 64, 64, 64, 64, 1, 700)) for _ in range(count)]
    messages = [number.to_bytes(2, "big") + traffic.octets(size, number) for number, size in enumerate(sizes)]
    with traffic.listen(device_path.target, device_path.TARGET, socket.SOCK_DGRAM) as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        far.setsockopt(socket.SOL_UDP, udp_gro, 1)
        with traffic.connect(device_path.client, device_path.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM) as near:
            near.send(b"first")  # the neighbours are found, the lease is made
            far.recv(100)
            received, together = [], 0
            for start in range(0, count, 100):  # less than the device's queue holds
                for message in messages[start:start + 100]:
                    near.send(message)
                while len(received) < start + 100:
                    octets, (*parts,), _, _ = far.recvmsg(65536, 100)
                    size = int.from_bytes(parts[0][2][:4], "little") if parts else len(octets)
                    received += [octets[at:at + size] for at in range(0, len(octets), size)]
                    together += size < len(octets)
    for number, (sent, got) in enumerate(zip(messages, received)):
        traffic.same(sent, got, f"datagram {number}")
    assert len(received) == count
    if "uso6" in device_path.ask("info")["offloads"]:
        assert together, "no two datagrams came together"


# --- the way: MTU and hop limit ---

@pytest.mark.parametrize("left, right", [(1280, 1500), (1500, 1280), (1500, 1000)])
def test_path_mtu_is_found(path, left, right):
    """A narrower wire on either side: both directions of TCP go on, and no packet is lost for good."""
    path.wire(left, right)
    transfer_both_ways(path, 1_000_000)


def test_packet_too_big_reaches_the_client(path):
    """RFC 7915 section 5.2: the kernel's 3/4 of the narrow IPv4 wire arrives as type 2 with 20 octets more."""
    path.wire(1500, 1400)
    with traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM) as far, \
            traffic.connect(path.client, path.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM) as near:
        near.send(b"x" * 1440)

        def mtu():
            return "mtu 1420" in run([*path.client.ip, "-6", "route", "get", path.TARGET6])
        wait_for(mtu, "a path MTU of 1420 at the client", timeout=5)


def test_fragmentation_needed_reaches_the_target(path):
    """RFC 7915 section 5.2 the other way: an IPv6 wire of 1280 tells the IPv4 sender 1260."""
    path.wire(1280, 1500)
    with traffic.listen(path.client, path.CLIENT_MAPPED, socket.SOCK_DGRAM) as far, \
            traffic.connect(path.target, path.MAPPED4, far.getsockname()[1], socket.SOCK_DGRAM) as near:
        near.setsockopt(socket.IPPROTO_IP, traffic.IP_MTU_DISCOVER, traffic.IP_PMTUDISC_DO)
        near.send(b"x" * 1400)

        def mtu():
            return "mtu 1260" in run([*path.target.ip, "route", "get", path.MAPPED4])
        wait_for(mtu, "a path MTU of 1260 at the target", timeout=5)


def test_traceroute_from_the_client(path):
    """The relay, the translator itself, the relay again on its IPv4 side: each hop tells of itself."""
    errors = Errors(path.client, six=True)
    hop(path.client, path.TARGET6, 1)
    assert errors.source() == path.GATEWAY6
    hop(path.client, path.TARGET6, 2)
    assert errors.source() == path.TRANSLATOR6
    hop(path.client, path.TARGET6, 3)
    third = errors.source()
    assert third.startswith("fd64:9929::"), f"the third hop is {third}, expected an address inside the prefix"


def test_traceroute_from_the_target(path):
    errors = Errors(path.target, six=False)
    hop(path.target, path.MAPPED4, 1)
    assert errors.source() == path.GATEWAY4
    hop(path.target, path.MAPPED4, 2)
    assert errors.source() == path.TRANSLATOR4


def test_errors_are_rate_limited(path):
    """RFC 4443 section 2.4 (f): a flood of dying packets is not answered one by one."""
    with traffic.connect(path.client, path.TARGET6, 33434, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 2)
        for _ in range(3000):
            try:
                sock.send(b"flood")
            except OSError:
                pass  # an error that came back
    wait_for(lambda: path.drops().get("hop-limit", 0) > 1000, "the flood at the translator")
    counters = path.ask("counters")["counters"]
    assert counters["drops"]["rate-limited"] > 0, "no error was held back"
    assert counters["icmp_errors"] + counters["drops"]["rate-limited"] == counters["drops"]["hop-limit"]


def test_the_translator_answers_pings(path):
    with traffic.Pinger(path.client, path.TRANSLATOR6) as pinger:
        pinger.ping(56)
    assert path.ask("counters")["counters"]["echo_replies"] == 1


# --- who gets an address ---

def test_two_clients_have_two_addresses(path):
    """Without the masquerade the target sees the clients apart."""
    run([*path.client.ip, "address", "add", "fd00:c::3/64", "dev", "eth0", "nodad"])
    path.relay.run("nft delete table ip test")
    path.target.route(path.pool, "via", path.GATEWAY4)
    seen = {}
    with traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM) as far:
        for source in (path.CLIENT, "fd00:c::3"):
            with traffic.connect(path.client, path.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM, source) as near:
                near.send(b"hello")
                seen[source] = far.recvfrom(100)[1][0]
    assert seen == path.leases(), "the target saw other addresses than the leases say"
    assert len(set(seen.values())) == 2, f"two clients share an address: {seen}"


def test_denied_destinations_are_counted(idle_path):
    path = idle_path
    path.settings("deny-destination 100.64.0.9/32\n")
    path.start()
    denied = path.client.run("ping -c 2 -i 0.2 -W 1 fd64:9929::6440:9", check=False)
    assert denied.returncode != 0
    drops = path.drops()
    assert drops.get("destination-denied") == 2, f"expected two packets under destination-denied, got {drops}"
    assert path.leases() == {}, "a denied packet made a lease"


def test_sources_that_are_not_allowed(idle_path):
    path = idle_path
    path.settings("allow-source fd00:c::5/128\n")
    path.start()
    assert path.client.run(["ping", "-c", "1", "-W", "1", path.TARGET6], check=False).returncode != 0
    assert path.drops().get("source-not-allowed") == 1
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), "-I", path.CLIENT_MAPPED, path.TARGET6])


def more_clients(path, network, count):
    """More addresses for the client; a function that pings from one of them."""
    clients = [f"{network}::1{number}" for number in range(count)]
    for address in clients:
        run([*path.client.ip, "address", "add", address + "/64", "dev", "eth0", "nodad"])
    return clients


def ping_from(path, source):
    return path.client.run(["ping", "-c", "1", "-W", "1", "-I", source, path.TARGET6], check=False).returncode == 0


def test_a_full_pool_refuses_and_says_so(lab):
    """A pool of eight: its network address, the translator, the device, and five clients. The sixth is refused; the five go on, and a map needs no lease."""
    path = Path(lab, pool="192.168.240.0/29")
    path.settings("allow-source fd00:c::/64\n")
    path.start()
    clients = more_clients(path, "fd00:c", 6)
    assert [ping_from(path, address) for address in clients] == [True] * 5 + [False]
    assert path.drops().get("pool-exhausted") == 1
    assert ping_from(path, clients[0]) and ping_from(path, path.CLIENT_MAPPED)
    path.daemon.wait_for("packets of new clients refused: 1; 5 of 5 addresses are leased", timeout=20)


def test_one_network_cannot_take_the_whole_pool(lab):
    """In a gateway, where clients of many networks are served, those of one /64 get no more than half of the pool's sixteen."""
    path = Path(lab, pool="192.168.240.0/28")
    path.settings("allow-source fd00::/16\n")
    path.start()
    path.relay.route("fd00:d::/64", "dev", "left")
    greedy, modest = more_clients(path, "fd00:c", 9), more_clients(path, "fd00:d", 1)
    assert [ping_from(path, address) for address in greedy] == [True] * 8 + [False]
    assert path.drops().get("client-quota") == 1
    assert ping_from(path, modest[0])


def test_maps_alone_need_no_pool(idle_path):
    path = idle_path
    path.conf = path.lab.settings(f"""
        tun-device nat64
        prefix fd64:9929::/96
        ipv4-addr {path.TRANSLATOR4}
        map {path.MAPPED4} {path.CLIENT_MAPPED}
    """)
    path.start()
    with traffic.Pinger(path.target, path.MAPPED4) as pinger:
        pinger.ping(1000)
    assert path.client.run(["ping", "-c", "1", "-W", "1", path.TARGET6], check=False).returncode != 0
    assert path.drops().get("source-unmapped") == 1
    assert path.ask("clients")["clients"] == [] and path.ask("counters")["leases"] == 0


# --- restarts ---

def lease_on_disk(path):
    return path.data("dynamic.map").exists() and path.CLIENT in path.data("dynamic.map").read_text()


def wakeups(pid):
    """{thread: how often it slept}."""
    return {task.name: int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", (task / "status").read_text())[1])
            for task in FolderPath(f"/proc/{pid}/task").iterdir()}


def test_one_flow_wakes_one_worker(idle_path):
    """Requests and replies of a ping pass one queue, whichever one the kernel's hashes begin with."""
    idle_path.settings("workers 4\nfast-path off\n")
    for _ in range(6):
        daemon = idle_path.start()
        pid = idle_path.ask("info")["pid"]
        idle_path.client.run(["ping", "-q", "-c", "3", "-i", "0.01", idle_path.TARGET6])
        before = wakeups(pid)
        idle_path.client.run(["ping", "-q", "-c", "200", "-i", "0.005", idle_path.TARGET6])
        woken = sorted(count - before[task] for task, count in wakeups(pid).items())
        assert woken[-1] >= 100, f"nobody carried the pings: {woken}"
        assert sum(woken[:-1]) < 20, f"the pings woke several threads, expected one: {woken}"
        assert daemon.stop() == 0


def test_killed_in_the_middle_of_a_transfer(path):
    """SIGKILL and a new start: the connection goes on with the same address, and the transfer ends well both ways."""
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        transfers = [traffic.Transfer(near, far, 10_000_000, pace=5_000_000), traffic.Transfer(far, near, 10_000_000, pace=5_000_000)]
        before = path.leases()
        wait_for(lambda: lease_on_disk(path), "the lease on disk")
        time.sleep(0.5)
        path.daemon.kill()
        time.sleep(0.3)
        assert all(0 < transfer.sent < transfer.length for transfer in transfers), "the kill came outside the transfer"
        path.start()
        for transfer in transfers:
            transfer.finish()
    assert path.leases() == before
    assert path.daemon.text().count("leases read") == 1


def test_a_new_lease_is_on_disk_within_a_second(path):
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])
    wait_for(lambda: lease_on_disk(path), "the lease on disk", timeout=1.5)


def test_killed_before_the_lease_was_written(path):
    """Without the file the client gets the same address again: the choice follows from the client's address."""
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])
    before = path.leases()
    path.daemon.kill()
    path.data("dynamic.map").unlink()
    path.start()
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])
    assert path.leases() == before


def test_hangup_writes_the_leases(path):
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])
    wait_for(lambda: lease_on_disk(path), "the lease on disk")
    path.data("dynamic.map").unlink()
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: lease_on_disk(path), "the lease on disk again")


def test_garbage_in_the_lease_file(idle_path):
    path = idle_path
    path.settings()
    path.data("dynamic.map").write_bytes(traffic.octets(20000) + b"\n192.168.241.7\tfd00:c::77\t%d\n" % time.time())
    path.start()
    assert path.leases() == {"fd00:c::77": "192.168.241.7"}
    assert "dynamic.map: line 1: " in path.daemon.text()
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])


def test_a_lease_file_that_cannot_be_read_or_written(idle_path):
    """A folder in its place: nat64d says so, and translates."""
    path = idle_path
    path.settings()
    path.data("dynamic.map").mkdir()
    path.start()
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])
    path.daemon.wait_for("cannot read .*dynamic.map")
    path.daemon.wait_for("cannot write .*dynamic.map")


# --- one device, one translator ---

def refused(path, message, *options, conf=None, enter=()):
    """A start that ends at once with exit code 2 and one clear line."""
    done = path.relay.run([*enter, built("nat64d"), "-c", conf or path.conf, *options], check=False)
    assert done.returncode == 2, f"exit code {done.returncode}, expected 2: {done.stderr}"
    assert message in done.stderr, f"expected {message!r}, got {done.stderr!r}"


def test_a_second_translator_is_refused(path):
    holder = path.relay.pid_of_file(built("nat64d"))
    refused(path, f"another translator uses device nat64 (pid {holder})")
    other = path.lab.settings("tun-device nat64\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n", name="other.conf")
    refused(path, f"another translator uses device nat64 (pid {holder})", conf=other)
    path.client.run(["ping", "-c", "1", "-W", str(ECHO), path.TARGET6])


def test_a_device_of_another_kind_is_refused(idle_path):
    path = idle_path
    run([*path.relay.ip, "link", "del", "nat64"])
    run([*path.relay.ip, "tuntap", "add", "dev", "nat64", "mode", "tap", "user", USER])
    refused(path, "device nat64 is not a TUN device", conf=path.settings())


@pytest.mark.parametrize("flags", ["", "pi", "multi_queue", "multi_queue pi", "vnet_hdr"])
def test_a_device_that_others_made_is_taken(idle_path, flags):
    """Of one queue or several, with packet information or without a virtio header, as `ip tuntap add` and `tayga --mktun` make them."""
    path = idle_path
    run([*path.relay.ip, "link", "del", "nat64"])
    path.device(flags=flags)
    path.start()
    info = path.ask("info")
    assert "csum" in info["offloads"], info
    if "multi_queue" not in flags:
        assert info["queues"] == 1, info
    transfer_both_ways(path, 1_000_000)
    traffic.udp_sizes(path.target, path.TARGET, path.client, path.TARGET6, [1, 1400, 3000])


def test_a_missing_device_is_made_and_stays(idle_path):
    path = idle_path
    run([*path.relay.ip, "link", "del", "nat64"])
    path.start()
    assert "created device nat64" in path.daemon.text()
    assert path.daemon.stop() == 0
    assert "nat64" in run([*path.relay.ip, "link", "show", "nat64"])
    path.start()
    assert "created device nat64" not in path.daemon.text()


def test_a_device_that_goes_away_ends_it(path):
    run([*path.relay.ip, "link", "del", "nat64"])
    assert path.daemon.wait(timeout=20) == 1
    assert "device nat64 is gone" in path.daemon.text()


def test_a_user_without_rights_is_told(idle_path):
    if os.stat("/dev/net/tun").st_mode & 0o006 == 0o006:
        pytest.skip("everybody may open /dev/net/tun here")
    enter = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups"]
    sockets = idle_path.lab.folder / "relay.run" / "sockets"  # as nat64-relay makes it: without it there is another thing to tell
    sockets.mkdir(parents=True, exist_ok=True)
    shutil.chown(sockets, USER)
    refused(idle_path, "cannot open /dev/net/tun", conf=idle_path.settings(), enter=enter)


def test_readiness_and_watchdog_are_told(idle_path):
    path = idle_path
    where = path.lab.folder / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(where))
        where.chmod(0o777)
        sock.settimeout(60)
        daemon = path.relay.start([built("nat64d"), "-c", path.settings()], name="notified", env={"NOTIFY_SOCKET": where, "WATCHDOG_USEC": 400000})
        path.daemon = daemon
        assert sock.recv(100) == b"READY=1"
        assert sock.recv(100) == b"WATCHDOG=1"
        daemon.send(signal.SIGTERM)
        while (message := sock.recv(100)) == b"WATCHDOG=1":
            pass
        assert message == b"STOPPING=1"
        assert daemon.wait() == 0


@pytest.mark.parametrize("options, expected", [
    (["-dx"], "-x is not an option"), (["--bogus"], "--bogus is not an option"), (["-c"], "-c needs a value"), (["extra"], '"extra" is one word too many')])
def test_a_wrong_option_is_named(options, expected):
    done = subprocess.run([built("nat64d"), *options], capture_output=True, text=True)
    assert done.returncode == 2 and expected in done.stderr and done.stderr.count("\n") == 1, f"{done.returncode}: {done.stderr}"
