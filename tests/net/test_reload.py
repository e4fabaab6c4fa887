# SPDX-License-Identifier: GPL-2.0-or-later
"""Other settings for a running nat64d: all of the new file or all of the old, and no packet lost that both let pass."""
import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path as FolderPath

import pytest
import traffic
from lab import need, run, wait_for
from path import Path

RELOADED, REFUSED = "translating with the new settings", "the new settings are refused; translating with the old ones"


@pytest.fixture
def path(lab):
    need("ip", "nft")
    path = Path(lab)
    path.start()
    yield path
    path.finish()


def reload(path, extra="", expected=RELOADED):
    """New settings and SIGHUP; waits until nat64d has spoken."""
    path.settings(extra)
    before = path.daemon.text().count(expected)
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: path.daemon.text().count(expected) > before, f"{expected!r} in the log:\n{path.daemon.tail()}", 20)


def pings(path, address=None, source=None):
    source = ["-I", source] if source else []
    return path.client.run(["ping", "-c", "1", "-W", "1", *source, address or path.TARGET6], check=False).returncode == 0


class Stream:
    """Numbered datagrams to and fro over flows of their own, until stopped: what is lost or comes out of order is told."""

    def __init__(self, path, flows=4, pause=0.0005):
        self.pause, self.stopping, self.sent, self.echoed, self.errors = pause, False, [0] * flows, [0] * flows, []
        self.until = None  # the end of patience, once nothing more is sent
        self.far = traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM)
        self.far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self.far.settimeout(0.2)
        port = self.far.getsockname()[1]
        self.near = [traffic.connect(path.client, path.TARGET6, port, socket.SOCK_DGRAM) for _ in range(flows)]
        for sock in self.near:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            sock.settimeout(0.2)
        for sock in self.near:  # from its first answer on a flow stays in order (nat64/daemon/flow.c)
            sock.send(b"first")
            text, peer = self.far.recvfrom(100)
            self.far.sendto(text, peer)
            sock.recv(100)
        work = [(self.echo, ()), (self.send, ()), *((self.take, (flow,)) for flow in range(flows))]
        self.threads = [threading.Thread(target=function, args=arguments) for function, arguments in work]
        for thread in self.threads:
            thread.start()

    def send(self):
        """No more than the device's queue holds are under way: what overflows it on a slow machine is not what is looked for."""
        try:
            while not self.stopping:
                for flow, sock in enumerate(self.near):
                    if self.sent[flow] - self.echoed[flow] >= 50:
                        continue
                    self.sent[flow] += 1
                    sock.send(b"%d" % self.sent[flow])
                time.sleep(self.pause)
        finally:
            self.until = time.monotonic() + traffic.UNDER_WAY

    def under_way(self):
        """May something come yet?"""
        return self.until is None or (self.echoed != self.sent and time.monotonic() < self.until)

    def echo(self):
        while self.under_way():
            with contextlib.suppress(TimeoutError):
                text, peer = self.far.recvfrom(100)
                self.far.sendto(text, peer)

    def take(self, flow):
        while self.under_way():
            try:
                number = int(self.near[flow].recv(100))
            except TimeoutError:
                continue
            if number != self.echoed[flow] + 1:
                self.errors.append(f"flow {flow}: {number} came after {self.echoed[flow]}")
            self.echoed[flow] = number

    def finish(self):
        """Stop, and tell how many datagrams went each way. Fails when one was lost or overtaken."""
        self.stopping = True
        for thread in self.threads:
            thread.join()
        for sock in (self.far, *self.near):
            sock.close()
        assert not self.errors, f"{len(self.errors)} datagrams were lost or out of order, the first: {self.errors[:3]}"
        assert self.echoed == self.sent, f"the last datagrams did not come back: {self.sent} were sent, {self.echoed} came"
        return sum(self.sent)


# --- no packet is lost ---

def test_a_hundred_reloads_lose_no_packet(path):
    """Rules, another pool around the lease, further prefixes, maps: each reload changes something, and both settings let the flows pass."""
    changes = ["", "deny-destination 100.64.0.9/32\n", "prefix fd64:aaaa::/96\n", "map 10.99.0.9 fd00:c::9\n", "udp-cksum-mode fwd\nclient-quota 9\n"]
    assert pings(path)
    lease = path.leases()
    stream = Stream(path)
    for number in range(100):
        reload(path, changes[number % len(changes)])
    count = stream.finish()
    assert count > 100, f"only {count} datagrams crossed the reloads"
    assert path.leases() == lease
    drops = {reason: number for reason, number in path.drops().items() if reason != "martian-source"}  # the kernel's own router solicitations
    assert drops == {}, f"packets were dropped: {drops}"


def test_a_transfer_goes_on_over_a_larger_pool(path):
    """The new pool holds the old one: the lease keeps its address, and the connection lives."""
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        transfer = traffic.Transfer(near, far, 4_000_000, pace=2_000_000)
        lease = path.leases()
        wait_for(lambda: transfer.sent > 100_000, "the transfer's begin")
        path.settings()
        text = path.conf.read_text().replace("dynamic-pool 192.168.240.0/20", "dynamic-pool 192.168.240.0/19\nipv4-addr 192.168.240.1")
        run([*path.relay.ip, "route", "add", "192.168.224.0/19", "dev", "nat64", "src", path.DEVICE4])
        text = text.replace("192.168.240.0/19", "192.168.224.0/19")
        path.conf.write_text(text)
        path.daemon.send(signal.SIGHUP)
        path.daemon.wait_for(RELOADED, 20)
        assert transfer.sent < transfer.length, "the reload came after the transfer"
        transfer.finish()
    assert path.leases() == lease
    assert path.ask("info")["pool"] == "192.168.224.0/19"


# --- what the new settings say counts ---

def test_new_rules_count_at_once(path):
    assert pings(path)
    reload(path, "deny-destination 100.64.0.3/32\n")
    assert not pings(path) and path.drops()["destination-denied"] == 1
    reload(path)
    assert pings(path)


def test_another_pool_gives_other_addresses(path):
    """Leases outside of the new pool are gone, from the disk as well; traffic goes on with new ones."""
    assert pings(path)
    path.relay.route("192.168.200.0/24", "dev", "nat64", "src", path.DEVICE4)
    path.relay.run('nft insert rule ip test out ip saddr 192.168.200.0/24 oifname "right" masquerade')
    path.settings()
    path.conf.write_text(path.conf.read_text().replace("192.168.240.0/20", "192.168.200.0/24"))
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for(RELOADED, 20)
    assert path.leases() == {}
    assert pings(path)
    address = path.leases()[path.CLIENT]
    assert address.startswith("192.168.200.")
    wait_for(lambda: address in path.data("dynamic.map").read_text(), "the new lease on disk")
    assert "192.168.24" not in path.data("dynamic.map").read_text(), "a lease of the old pool is still on disk"


def test_another_prefix_keeps_the_lease(path):
    """One prefix before and after: the client keeps its address, and the old prefix is closed."""
    assert pings(path)
    lease = path.leases()
    run([*path.relay.ip, "route", "add", "fd64:aaaa::/96", "dev", "nat64"])
    path.settings()
    path.conf.write_text(path.conf.read_text().replace("fd64:9929::/96", "fd64:aaaa::/96"))
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for(RELOADED, 20)
    assert pings(path, "fd64:aaaa::6440:3") and not pings(path)
    assert path.leases() == lease
    assert path.ask("maps")["prefixes"] == ["fd64:aaaa::/96"]


def test_a_map_wins_over_a_lease(path):
    """Over the client: it needs no lease any more. Over the address: the client gets another one."""
    assert pings(path)
    address = path.leases()[path.CLIENT]
    reload(path, f"map {address} fd00:c::77\n")
    assert path.leases() == {} and pings(path)
    other = path.leases()[path.CLIENT]
    assert other != address
    reload(path, f"map 10.99.0.7 {path.CLIENT}\n")
    assert path.leases() == {}
    assert path.ask("maps")["maps"][1] == {"ipv4": "10.99.0.7/32", "ipv6": f"{path.CLIENT}/128"}
    with traffic.Pinger(path.target, "10.99.0.7") as pinger:
        pinger.ping(56)


def test_a_pool_comes_and_goes(path):
    path.settings()
    with_pool = path.conf.read_text()
    path.conf.write_text(with_pool.replace("dynamic-pool", "#") + f"ipv4-addr {path.TRANSLATOR4}\n")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for(RELOADED, 20)
    assert not pings(path) and path.ask("clients")["clients"] == []
    with traffic.Pinger(path.target, path.MAPPED4) as pinger:
        pinger.ping(56)
    path.conf.write_text(with_pool)
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: path.daemon.text().count(RELOADED) == 2, "the second reload", 20)
    assert pings(path) and len(path.leases()) == 1


# --- what is refused ---

@pytest.mark.parametrize("extra, words", [
    ("prefixx fd64:aaaa::/96\n", 'unknown directive "prefixx"'),
    ("offlink-mtu 12\n", '"12" is not a number'),
    ("workers 1\n", "workers cannot change while nat64d runs"),
    ("tun-device other\n", "repeated directive"),
])
def test_a_wrong_file_changes_nothing(path, extra, words):
    """One message with file and word; the old settings go on, the whole of them."""
    assert pings(path)
    before = path.ask("maps"), path.leases()
    reload(path, "prefix fd64:aaaa::/96\ndeny-destination 100.64.0.3/32\n" + extra, REFUSED)
    assert words in path.daemon.text() and str(path.conf) in path.daemon.text()
    assert (path.ask("maps"), path.leases()) == before
    assert pings(path)


def test_all_that_cannot_change_is_named(path):
    path.settings()
    text = path.conf.read_text().replace("tun-device nat64", "tun-device other").replace("user nobody", "user daemon")
    path.conf.write_text(text.replace(f"{path.lab.folder}/relay.data", f"{path.lab.folder}"))
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for(REFUSED, 20)
    for directive in ("tun-device", "user", "data-dir"):
        assert f"{directive} cannot change" in path.daemon.text()


def test_a_missing_file_changes_nothing(path):
    path.conf.rename(str(path.conf) + ".away")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for(REFUSED, 20)
    assert pings(path)


# --- many of them ---

def test_reloads_leak_nothing(path):
    """Memory and descriptors stay as they are over two hundred reloads that each make another pool."""
    pid = path.ask("info")["pid"]

    def measure():
        pages = int(FolderPath(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") >> 10, len(os.listdir(f"/proc/{pid}/fd"))
    for number in range(20):
        reload(path, f"client-quota {number + 1}\n")
    kilobytes, descriptors = measure()
    for number in range(200):
        reload(path, f"client-quota {number + 1}\n")
    later, others = measure()
    assert others == descriptors, f"{others - descriptors} descriptors more"
    if "asan" not in run(["ldd", path.daemon.argv[path.daemon.argv.index(next(w for w in path.daemon.argv if w.endswith("nat64d")))]]):
        assert later < kilobytes + 1024, f"{later - kilobytes} KiB more after 200 reloads"
