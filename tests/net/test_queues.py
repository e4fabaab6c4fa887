# SPDX-License-Identifier: GPL-2.0-or-later
"""Several queues, a thread each: many flows at once are shared out, and none of them is overtaken by itself.

Every thread, here and in nat64d, stays on one processor: what one leaves in the backlog of a busy processor the kernel itself overtakes, once the
thread has moved to another.
"""
import contextlib
import os
import re
import socket
import threading
from pathlib import Path as FolderPath

import packets
import pytest
import traffic
from fastpath_lab import warm_up
from lab import built, need, wait_for
from path import Path
from queue_lab import path  # noqa: F401  (path is a fixture)

FLOWS, BURSTS, BURST = 48, 40, 16


def work(pid):
    """{thread: the time slices it has had}: who did nothing has had a handful."""
    return {task.name: sum(int(count) for count in re.findall(r"ctxt_switches:\s*(\d+)", (task / "status").read_text()))
            for task in FolderPath(f"/proc/{pid}/task").iterdir()}


def pin(thread, number):
    """Keep a thread (0: the caller) on one processor of ours."""
    processors = sorted(os.sched_getaffinity(os.getpid()))
    os.sched_setaffinity(thread, {processors[number % len(processors)]})


class Receiver(threading.Thread):
    """Takes "FLOW NUMBER" datagrams, answers them, and notes what came out of order; until the event is set, and then until nothing comes any more."""

    def __init__(self, sock, sent, answer=False):
        super().__init__()
        self.sock, self.sent, self.answer, self.last, self.wrong, self.count = sock, sent, answer, {}, [], 0
        sock.settimeout(2)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.start()

    def run(self):
        pin(0, 0)
        while True:
            try:
                text, peer = self.sock.recvfrom(2000)
            except TimeoutError:
                if self.sent.is_set():
                    return
            else:
                flow, number = (int(word) for word in text.split()[:2])
                if number <= self.last.get(flow, 0):
                    self.wrong.append(f"flow {flow}: {number} came after {self.last[flow]}")
                self.last[flow] = number
                self.count += 1
                if self.answer:
                    self.sock.sendto(text, peer)


def send(part, socks, numbers, length):
    pin(0, part)
    for _ in range(BURSTS):
        for flow, sock in socks:
            for _ in range(BURST):
                numbers[flow] = numbers.get(flow, 0) + 1
                sock.send(b"%d %d " % (flow, numbers[flow]) + b"x" * length)


@pytest.mark.parametrize("length", [0, 1000])
def test_flows_stay_in_order_over_four_queues(path, length):
    """From the first packet on: three senders at once, bursts of every flow in turn, there and back; small datagrams and large ones. With the fast path its
    pair is known before: a flow that never lets the queues run empty changes places once, when the fast path is told of it (nat64/daemon/learner.c)."""
    if path.ask("info")["fast_path"] == "on":
        warm_up(path)
    with contextlib.ExitStack() as stack:
        far = [stack.enter_context(traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM)) for _ in range(4)]
        near = [stack.enter_context(traffic.connect(path.client, path.TARGET6, far[flow % 4].getsockname()[1], socket.SOCK_DGRAM))
                for flow in range(FLOWS)]
        path.client.run(["ping", "-n", "-c", "1", "-W", "5", path.TARGET6])  # neighbours are found, and the lease is made
        pid = path.ask("info")["pid"]
        before = work(pid)
        for number, thread in enumerate(sorted(before)):
            pin(int(thread), number)
        sent = threading.Event()
        there = [Receiver(sock, sent, answer=True) for sock in far]
        back = [Receiver(sock, sent) for sock in near]
        flows = list(enumerate(near))
        senders = [threading.Thread(target=send, args=(part, flows[part::3], {}, length)) for part in range(3)]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join()
        sent.set()
        for thread in [*there, *back]:
            thread.join()
        busy = sorted(count - before[thread] for thread, count in work(pid).items())
    wrong = [message for receiver in (*there, *back) for message in receiver.wrong]
    assert not wrong, f"{len(wrong)} datagrams came out of order, the first: {wrong[:3]}"
    assert sum(receiver.count for receiver in there) > FLOWS * BURSTS * BURST / 4, "hardly a datagram arrived: this shows nothing"
    assert len({flow for receiver in there for flow in receiver.last}) > FLOWS * 3 / 4
    if "off" in path.more:
        assert busy[-4] > 20, f"the flows were not shared out over the threads: {busy}"


@pytest.fixture(params=["bpf EPERM", "preadv2 EOPNOTSUPP", "preadv2 ENOSYS"])
def old(lab, request):
    """A path whose nat64d finds a kernel without the program that steers, or one whose TUN cannot say that nothing is there."""
    need("ip", "nft")
    path = Path(lab)
    path.starter = [built("tests/net/without"), *request.param.split()]
    path.settings("workers 4\nfast-path off\n")
    path.start()
    yield path
    path.finish()


def test_flows_stay_in_order_on_an_older_kernel(old):
    """Each from its first answer on, which teaches the device its queue. None is ever silent for the three seconds after which that is forgotten."""
    with contextlib.ExitStack() as stack:
        far = stack.enter_context(traffic.listen(old.target, old.TARGET, socket.SOCK_DGRAM))
        near = [stack.enter_context(traffic.connect(old.client, old.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM)) for _ in range(8)]
        for flow, sock in enumerate(near):
            sock.settimeout(20)
            far.settimeout(20)
            sock.send(b"%d 1 first" % flow)
            text, peer = far.recvfrom(100)
            far.sendto(text, peer)
            assert sock.recv(100) == text
        for number, thread in enumerate(sorted(work(old.ask("info")["pid"]))):
            pin(int(thread), number)
        sent = threading.Event()
        receivers = [Receiver(far, sent, answer=True), *(Receiver(sock, sent) for sock in near)]
        senders = [threading.Thread(target=send, args=(part, list(enumerate(near))[part::2], dict.fromkeys(range(8), 1), 20)) for part in range(2)]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join()
        sent.set()
        for thread in receivers:
            thread.join()
    wrong = [message for receiver in receivers for message in receiver.wrong]
    assert not wrong, f"{len(wrong)} datagrams came out of order, the first: {wrong[:3]}"
    assert receivers[0].count > 8 * BURSTS * BURST / 4, "hardly a datagram arrived: this shows nothing"
    errors = old.ask("counters")["counters"]
    assert errors["read_errors"] == 0, errors
    assert errors["write_errors"] == 0, errors


def test_many_clients_at_once(path):
    """Two hundred clients send their first packet together: each gets one address of its own, whatever the queue it came by."""
    names = [f"fd00:c::1:{number:x}" for number in range(200)]
    path.client.run("ip -batch -", input="".join(f"address add {name}/64 dev eth0 nodad\n" for name in names))
    with contextlib.ExitStack() as stack:
        far = stack.enter_context(traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM))
        socks = [stack.enter_context(traffic.connect(path.client, path.TARGET6, far.getsockname()[1], socket.SOCK_DGRAM, name)) for name in names]
        threads = [threading.Thread(target=lambda part=part: [sock.send(b"hello") for sock in socks[part::4]]) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for(lambda: len(path.leases()) == 200, "a lease for each client")
        assert len(set(path.leases().values())) == 200
        for _ in names:
            far.recv(100)


def test_the_device_deals_out_by_ports(path):
    """nat64d leaves the device with its program: both directions of a flow come to one queue before anybody has written to any; what shows no ports comes to the first."""
    assert path.daemon.stop() == 0, path.daemon.tail()
    queues = [packets.Device(path.relay) for _ in range(4)]
    near, far, pooled = "fd00:c::1", path.TARGET6, "192.168.240.9"
    expected = {}
    for port in range(3000, 3064):
        expected |= {(near, port): packets.queue_of(packets.UDP, port, 53, 4), (path.DEVICE4, port): packets.queue_of(packets.UDP, 53, port, 4)}
        packets.send_raw(path.relay, packets.udp(near, far, port, 53))
        packets.send_raw(path.relay, packets.udp(path.DEVICE4, pooled, 53, port))
    seen = packets.dealt_out(queues, lambda packet: (packet.source, max(packet.ports)) in expected, len(expected))
    came = {(packet.source, max(packet.ports)): queue for packet, queue in seen}
    assert came == expected
    assert set(came.values()) == {0, 1, 2, 3}
    for number in range(8):
        packets.send_raw(path.relay, packets.icmp(near, far, 128, 0, bytes([0, number, 0, 1])))
        packets.send_raw(path.relay, packets.ip(near, far, packets.FRAGMENT, bytes([packets.UDP, 0, 0, 1, 0, 0, 0, number]) + os.urandom(64)))
    others = packets.dealt_out(queues, lambda packet: packet.protocol in (packets.ICMPV6, packets.FRAGMENT) and packet.destination == far, 16)
    assert [queue for _, queue in others] == [0] * 16
    for queue in queues:
        queue.close()
