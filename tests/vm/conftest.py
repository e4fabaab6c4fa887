# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on a whole machine: one machine for a file of tests, in the order in which they stand."""
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from installed import InstalledRelay  # noqa: E402  (after the path)
from lab import need  # noqa: E402
from relay_state import snapshot  # noqa: E402


@pytest.fixture(scope="session")
def progress(request):
    """progress(text) tells at once what is going on: these tests take minutes."""
    capture, started = request.config.pluginmanager.getplugin("capturemanager"), time.monotonic()

    def say(text):
        with capture.global_and_fixture_disabled():
            print(f"\n  vm {time.monotonic() - started:4.0f} s: {text}", end=" ", flush=True)
    return say


@pytest.fixture(scope="module")
def relay(progress):
    """The machine with the relay installed, set up by init, and enabled."""
    need("qemu-system-x86_64", "qemu-img", "debootstrap", "mkfs.ext4", "systemctl", "ip", "dig", "ping", "ldns-testns", "make")
    installed = InstalledRelay(progress)
    try:
        installed.boot()
        progress("installing, init, enable")
        installed.install()
        installed.before = snapshot(installed.machine)
        installed.init()
        installed.systemctl("enable", "--now", "nat64-relay")
        yield installed
    finally:
        installed.down()
