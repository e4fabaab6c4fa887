# SPDX-License-Identifier: GPL-2.0-or-later
"""The tailnet as a command: brought up by one process, entered by others, taken down by another."""
import os
import subprocess
from pathlib import Path

from lab import run, wait_for
from relay import need_tailnet
from tailnet import reverse_zone

COMMAND = Path(__file__).parent / "tailnet.py"


def tailnet_py(*arguments):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"tailnet.py {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_reverse_zone_of_a_prefix():
    assert reverse_zone("fd64:9929::/96") == "0." * 16 + "9.2.9.9.4.6.d.f.ip6.arpa"


def test_up_enter_and_down(tmp_path):
    need_tailnet()
    state, prefix = tmp_path / "net", f"n64-{os.getpid()}-command"
    try:
        shown = tailnet_py("up", "--state", state, "--prefix", prefix, "--clients", "0")
        assert f"{prefix}-target: my-vps.ts.test 100.64.0.2" in shown, shown
        assert "nameserver 100.100.100.100" in run(["ip", "netns", "exec", f"{prefix}-relay", "cat", "/etc/resolv.conf"])
        ping = [COMMAND, "exec", "--state", state, "relay", "ping", "-c", "1", "-W", "1", "my-vps"]
        wait_for(lambda: subprocess.run(ping, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0, "an echo of my-vps by its name", 30)
    finally:
        tailnet_py("down", "--state", state)
    assert prefix not in run(["ip", "netns", "list"])
    assert not state.exists()
    tailnet_py("down", "--state", state)
