# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on a whole machine: one machine for a file of tests, in the order in which they stand."""
import sys
import time
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tailscale")]

from installed import InstalledRelay  # noqa: E402  (after the path)
from lab import need  # noqa: E402
from machine_tailnet import MachineTailnet  # noqa: E402
from relay import need_tailnet  # noqa: E402


@pytest.fixture(scope="session")
def progress(request):
    """progress(text) tells at once what is going on: these tests take minutes. A line that begins with ">> " is passed on by pool.py."""
    capture, started = request.config.pluginmanager.getplugin("capturemanager"), time.monotonic()

    def say(text):
        with capture.global_and_fixture_disabled():
            print(f"\n>> vm {time.monotonic() - started:.0f} s: {text}", flush=True)
    return say


PROGRAMS = ("qemu-system-x86_64", "qemu-img", "debootstrap", "mkfs.ext4", "systemctl", "ip", "dig", "ping", "ldns-testns", "make")


@pytest.fixture(scope="module")
def relay(progress):
    """The machine with the relay installed, set up by init, and enabled."""
    need(*PROGRAMS)
    installed = InstalledRelay(progress)
    try:
        installed.set_up()
        yield installed
    finally:
        installed.lab.down()


@pytest.fixture(scope="module")
def tailnet_relay(progress):
    """The same on the real tailnet."""
    need(*PROGRAMS)
    need_tailnet()
    with MachineTailnet(progress) as net:
        net.relay.set_up()
        yield net.relay
