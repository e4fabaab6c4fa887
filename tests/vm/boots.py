# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes on around a machine that boots: a client that never stops trying, strangers that keep coming, and what they tell."""
import contextlib
import random
import struct
import threading
import time

from lab import wait_for
from packets import icmp, send_raw

LIMIT = 20  # seconds after multi-user.target, the longest that relayed traffic may take to work again
EMULATED = 20  # seconds to multi-user.target of an emulated machine that has its processors for itself; one that takes longer may take LIMIT longer as well


class Client:
    """Asks for the name and pings it from now on, as a client does that does not know of the boot. at: when each first worked, by this machine's clock."""

    def __init__(self, ask, ping):
        self.at, self.over = {}, threading.Event()
        self.threads = [threading.Thread(target=self.try_on, args=pair) for pair in (("answer", ask), ("reply", ping))]
        for thread in self.threads:
            thread.start()

    def try_on(self, what, attempt):
        while not self.over.wait(0.1):
            if attempt():
                self.at[what] = time.time()
                return

    def done(self):
        return not any(thread.is_alive() for thread in self.threads)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def reboot(relay, how, progress, down=None):
    """Have the machine go down and come up again, without a hand: relayed traffic, names and packets, works in time. down: instead of the machine's
    go_down(how)."""
    (down or relay.machine.go_down)(how)
    client = Client(lambda: relay.ask(patience=1) == [relay.address], lambda: relay.ping(patience=1).returncode == 0)
    try:
        relay.machine.start()
        multi_user = wait_for(lambda: relay.machine.moment("multi-user.target", "ActiveEnterTimestamp"), "multi-user.target", timeout=180, interval=1)
        wait_for(client.done, f"relayed traffic after the boot; so far only {client.at}", timeout=120, interval=0.2)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.journal()}") from None
    finally:
        client.stop()
    took = multi_user - relay.machine.moment("", "KernelTimestamp")
    late = {what: at - multi_user for what, at in client.at.items()}
    progress(f"multi-user.target {took:.1f} s after the kernel's start, the first reply {late['reply']:+.1f} s, the first answer {late['answer']:+.1f} s")
    limit = LIMIT * max(1, took / EMULATED)
    assert max(late.values()) < limit, f"relayed traffic works {late} s after multi-user.target, expected less than {limit:.0f}\n{relay.journal()}"


class Strangers:
    """New clients, one every interval seconds, each sending one echo request: the relay lends an address to each, and has a lease to write all the time."""
    FIRST, MOST = 0x1000, 800

    def __init__(self, node, target, interval=0.1):
        self.node, self.target, self.interval, self.over = node, target, interval, threading.Event()
        self.thread = threading.Thread(target=self.come)
        self.thread.start()

    def come(self):
        for number in range(self.MOST):
            if self.over.wait(self.interval):
                return
            source = f"fd7a:115c:a1e0::{self.FIRST + number:x}"
            with contextlib.suppress(OSError):  # nobody there
                send_raw(self.node, icmp(source, self.target, 128, 0, struct.pack("!HH", random.randrange(65536), 1)))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()
