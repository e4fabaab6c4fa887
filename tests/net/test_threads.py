# SPDX-License-Identifier: GPL-2.0-or-later
"""All of nat64d's threads at once: four workers with packets of many clients, settings that change, and a control socket that reads and forgets leases.

What this finds is an error of memory, in the usual build of the tests, or a race, in one with ThreadSanitizer (`make check-threads`): both end nat64d, or
show in its exit code. No packet has to get through while it goes on, for leases are taken away; afterwards every client is answered.
"""
import contextlib
import os
import signal
import socket
import threading
import time

import traffic
from lab import wait_for
from queue_lab import path  # noqa: F401  (a fixture: nat64d with four workers)

CLIENTS, RELOADS = 24, 12
CHANGES = ["", "deny-destination 100.64.0.9/32\n", "prefix fd64:aaaa::/96\n", "map 10.99.0.9 fd00:c::9\nlog drop icmp\n", "client-quota 9\n"]
SMALLER = "192.168.240.0/21"  # a pool that is another one: the leases outside end, and clients are given new ones meanwhile


class Repeat(threading.Thread):
    """Does something again and again until it is stopped."""

    def __init__(self, work):
        super().__init__()
        self.work, self.stopping, self.count, self.error = work, False, 0, None
        self.start()

    def run(self):
        try:
            while not self.stopping:
                self.work(self.count)
                self.count += 1
        except Exception as error:  # told by the main thread
            self.error = error

    def stop(self):
        self.stopping = True
        self.join()
        assert self.error is None, f"after {self.count} times: {self.error!r}"
        return self.count


def socks_open(path, stack):
    """(the target's socket, a socket for each client, of an address of its own)."""
    names = [f"fd00:c::1:{number:x}" for number in range(CLIENTS)]
    path.client.run("ip -batch -", input="".join(f"address add {name}/64 dev eth0 nodad\n" for name in names))
    far = stack.enter_context(traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM))
    far.settimeout(0.2)
    port = far.getsockname()[1]
    return far, [stack.enter_context(traffic.connect(path.client, path.TARGET6, port, socket.SOCK_DGRAM, name)) for name in names]


def answer(far):
    with contextlib.suppress(TimeoutError):
        text, peer = far.recvfrom(2000)
        far.sendto(text, peer)


def send(near, number):
    """A datagram of one client after the other. A client without a lease is told so by ICMP, and goes on."""
    time.sleep(0.0003)
    with contextlib.suppress(OSError):
        near[number % CLIENTS].send(os.urandom(64 + number % 1000))


def ask(path, number):
    """One question of each kind in turn; leases are forgotten now and then."""
    questions = [("clients", {}), ("counters", {}), ("maps", {}), ("info", {}), ("clients", {}), ("flush", {"all": True})]
    command, arguments = questions[number % len(questions)]
    said = path.ask(command, **arguments)
    assert "error" not in said, said


def reload(path, number):
    path.settings(f"{path.more}{CHANGES[number % len(CHANGES)]}")
    if number % 3 == 2:
        path.conf.write_text(path.conf.read_text().replace(path.pool, SMALLER))
    before = path.daemon.text().count("with the new settings")
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: path.daemon.text().count("with the new settings") > before, f"reload {number}:\n{path.daemon.tail()}", 20)


def is_answered(sock, text):
    """Send until the echo of this very text comes."""
    sock.settimeout(0.3)
    with contextlib.suppress(OSError):  # no answer in time, or an ICMP error of before
        sock.send(text)
        while sock.recv(2000) != text:
            pass
        return True
    return False


def test_everything_at_once(path):
    with contextlib.ExitStack() as stack:
        far, near = socks_open(path, stack)
        threads = [Repeat(lambda number: answer(far)), Repeat(lambda number: ask(path, number)),
                   *(Repeat(lambda number, part=part: send(near, 3 * number + part)) for part in range(3))]
        for number in range(RELOADS):
            reload(path, number)
        counts = [thread.stop() for thread in threads[1:]]
        reload(path, RELOADS * 5 * 3)  # the first settings
        for number, sock in enumerate(near):
            wait_for(lambda: is_answered(sock, b"still there %d" % number), f"an answer for client {number}:\n{path.daemon.tail()}")
        threads[0].stop()
    assert min(counts) > RELOADS, f"hardly anything happened at once: {counts}"
    assert path.ask("counters")["counters"]["translated_6to4"]["packets"] > 1000
