# SPDX-License-Identifier: GPL-2.0-or-later
"""Run last: what the tests, and the packages that runtests installs for them, have left on this machine.

runtests sets NAT64_SNAPSHOT to a folder with what tests/snapshot printed: `units` before anything was installed, `users` and `files` when everything was.
"""
import os
import subprocess
from pathlib import Path

import pytest

SNAPSHOT = Path(__file__).with_name("snapshot")


@pytest.mark.parametrize("kind, left", [("units", "enabled by a package or a test, and was not before: the next boot starts it"),
                                        ("users", "a user or group that a test made"),
                                        ("files", "below /etc, made or changed by a test")])
def test_nothing_is_new(kind, left):
    if "NAT64_SNAPSHOT" not in os.environ:
        pytest.skip("there is no snapshot from before the tests: sudo ./runtests takes one")
    before = set((Path(os.environ["NAT64_SNAPSHOT"]) / kind).read_text().splitlines())
    now = set(subprocess.run([SNAPSHOT, kind], capture_output=True, text=True, check=True).stdout.splitlines())
    new = sorted(now - before)
    assert not new, f"{left}:\n" + "\n".join(new)
