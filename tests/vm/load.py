# SPDX-License-Identifier: GPL-2.0-or-later
"""Load that goes on until it is told to stop, and then says whether anything was lost."""
import contextlib
import random
import socket
import threading
import time

from traffic import Transfer


class LongTransfer(Transfer):
    """A stream of octets from one socket to another, so many octets a second, until finish()."""
    PART = 1 << 13

    def __init__(self, sender, receiver, pace=1 << 19):
        self.ends, self.over = (sender, receiver), threading.Event()
        for sock in self.ends:
            sock.settimeout(120)
        super().__init__(sender, receiver, None, pace)

    def parts(self):
        source = random.Random(self.pace)
        while not self.over.wait(self.PART / self.pace):
            yield source.randbytes(self.PART)
        self.ends[0].shutdown(socket.SHUT_WR)

    def finish(self, timeout=240):
        self.over.set()
        super().finish(timeout)

    def abandon(self):
        """Nothing will come of it: what was between the ends is gone."""
        self.over.set()
        for sock in self.ends:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()


class Questions:
    """dig, again and again with its own patience (three times five seconds). finish(): how many questions, how many of them dig had to ask again, and how long
    the longest took."""
    PATIENCE = 5  # seconds

    def __init__(self, node, server, expected, name):
        """expected: the answer to name; every other question is for a name that does not exist, which no cache can know."""
        self.node, self.server, self.expected, self.name = node, server, expected, name
        self.count, self.again, self.slowest, self.bad, self.over = 0, 0, 0.0, [], threading.Event()
        self.thread = threading.Thread(target=self.ask_on)
        self.thread.start()

    def ask_on(self):
        while not self.over.wait(0.05):
            self.count += 1
            known = self.count % 2
            domain = self.name.split(".", 1)[1]
            began = time.monotonic()
            said = self.node.run(["dig", "+noall", "+comments", "+answer", f"@{self.server}", self.name if known else f"no{self.count}.{domain}", "AAAA"], check=False)
            took = time.monotonic() - began
            self.again += took >= self.PATIENCE
            self.slowest = max(self.slowest, took)
            if (self.expected if known else "status: NXDOMAIN") not in said.stdout:
                self.bad.append(f"question {self.count}: {said.stdout}{said.stderr}")

    def finish(self):
        self.over.set()
        self.thread.join()
        assert not self.bad, f"{len(self.bad)} of {self.count} questions had no answer, the first:\n{self.bad[0]}"
        return self.count, self.again, self.slowest
