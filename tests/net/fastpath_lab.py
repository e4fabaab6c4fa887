# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d on a path of its own, and which of its packets the fast path took."""
import select
import socket

import pytest
import traffic
from lab import ECHO, need, skip, wait_for
from path import Path

FILTER = "nat64-fast-path"


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
    return path.client.run(["ping", "-c", count, "-i", "0.01", "-W", str(ECHO), *options, address or path.TARGET6], check=False).returncode == 0


def warm_up(path):
    """Until the pair is known in both directions."""
    def known():
        before = fast(path)
        assert ping(path)
        return all(now > then for now, then in zip(fast(path), before))
    wait_for(known, "the pair of client and target in the fast path", 20)


def filters(path):
    return path.relay.run(["tc", "filter", "show", "dev", "nat64", "egress"]).stdout


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
