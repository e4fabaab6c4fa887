# SPDX-License-Identifier: GPL-2.0-or-later
"""The watchdog: systemd, here a socket of the test's, hears of nat64d while every thread of it goes round, and no longer once one is held."""
import contextlib
import ctypes
import os
import signal
import socket
import time

import pytest
from lab import built, need, wait_for
from path import Path

INTERVAL = 0.5  # seconds between two pings: WATCHDOG_USEC is twice as long
SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000  # ptrace(2), waitpid(2)

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")


@contextlib.contextmanager
def held(thread):
    """Stop one thread where it is, and let it go again. All others run on."""
    ptrace(SEIZE, thread)
    try:
        ptrace(INTERRUPT, thread)
        os.waitpid(thread, WALL)
        yield
    finally:
        ptrace(DETACH, thread)


class Watched:
    """nat64d, which tells the test what it would tell systemd."""

    def __init__(self, lab):
        self.path = Path(lab)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        where = lab.folder / "notify.sock"
        self.socket.bind(str(where))
        where.chmod(0o777)
        self.path.daemon = self.path.relay.start([built("nat64d"), "-c", self.path.settings("workers 2\n")], name="watched",
                                                 env={"NOTIFY_SOCKET": where, "WATCHDOG_USEC": int(2e6 * INTERVAL)})
        self.socket.settimeout(30)
        assert self.socket.recv(100) == b"READY=1"

    @property
    def threads(self):
        """The main thread, and the workers in the order of their start."""
        return sorted(int(name) for name in os.listdir(f"/proc/{self.path.ask('info')['pid']}/task"))

    def hears(self, seconds):
        """The pings that come within so many seconds."""
        end, count = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                count += self.socket.recv(100) == b"WATCHDOG=1"
        return count

    def wait_ping(self):
        wait_for(lambda: self.hears(INTERVAL), "a sign of life", timeout=30)

    def wait_silence(self):
        """Two limits of systemd's without a word: it has long acted."""
        wait_for(lambda: not self.hears(4 * INTERVAL), "silence", timeout=30)


@pytest.fixture
def watched(lab):
    need("ip", "nft")
    watched = Watched(lab)
    yield watched
    watched.path.finish()
    watched.socket.close()


def test_an_idle_worker_is_healthy(watched):
    for _ in range(3):
        watched.wait_ping()


@pytest.mark.parametrize("number", [1, 2])
def test_a_held_worker_is_noticed(watched, number):
    """Be it the first or the last; and what is let go again is healthy again."""
    watched.wait_ping()
    with held(watched.threads[number]):
        watched.wait_silence()
        watched.path.daemon.wait_for(f"worker {number - 1} does not respond")
    watched.wait_ping()


def test_a_held_main_loop_is_noticed(watched):
    main = watched.threads[0]
    with held(main):
        watched.wait_silence()
    watched.wait_ping()


def test_a_reload_is_told(watched):
    """systemd waits for READY after RELOADING, and counts from the time that it is told."""
    before = time.monotonic_ns() // 1000
    watched.path.daemon.send(signal.SIGHUP)
    watched.socket.settimeout(30)
    messages = []
    while not messages or messages[-1] != "READY=1":
        messages += [text for text in [watched.socket.recv(200).decode()] if text != "WATCHDOG=1"]
    kind, at = messages[0].split("\nMONOTONIC_USEC=")
    assert kind == "RELOADING=1" and before <= int(at) <= time.monotonic_ns() // 1000, messages
    assert messages[1:] == ["READY=1"]
