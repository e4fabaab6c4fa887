# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on a whole machine: one machine for a file of tests and a release, in the order in which they stand."""
import os
import sys
import time
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tailscale")]

from lab import need, skip  # noqa: E402  (after the path)
from machine_tailnet import MachineTailnet  # noqa: E402
from relay import need_tailnet  # noqa: E402
from switched import SwitchedRelay  # noqa: E402


@pytest.fixture(scope="session")
def progress(request):
    """progress(text) tells at once what is going on: these tests take minutes. A line that begins with ">> " is passed on by pool.py."""
    capture, started = request.config.pluginmanager.getplugin("capturemanager"), time.monotonic()

    def say(text):
        with capture.global_and_fixture_disabled():
            print(f"\n>> vm {time.monotonic() - started:.0f} s: {text}", flush=True)
    return say


PROGRAMS = ("qemu-system-x86_64", "qemu-img", "debootstrap", "mkfs.ext4", "systemctl", "ip", "dig", "ping", "ldns-testns", "make")
OWN, OTHER = "bookworm", "trixie"


def need_release(release):
    """The packages of another release are compiled in a root of it, together with its Unbound: that takes minutes."""
    if release == OTHER and not os.environ.get("VM_FULL"):
        skip(f"VM_FULL=1 tests Debian {release} as well; the first time takes ten minutes more")


@pytest.fixture(scope="module", params=[OWN, OTHER])
def relay(request, progress):
    """The machine with an earlier version of the relay installed, and nothing more done."""
    need(*PROGRAMS)
    need_release(request.param)
    installed = SwitchedRelay(progress, request.param)
    try:
        installed.set_up()
        yield installed
    finally:
        installed.lab.down()


@pytest.fixture(scope="module", params=[OWN, OTHER])
def tailnet_relay(request, progress):
    """A relay on the real tailnet, set up by init, and enabled."""
    need(*PROGRAMS)
    need_tailnet()
    need_release(request.param)
    with MachineTailnet(progress, request.param) as net:
        net.relay.set_up()
        yield net.relay
