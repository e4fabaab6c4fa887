# SPDX-License-Identifier: GPL-2.0-or-later
"""make install and its way back, into a folder."""
import subprocess
from pathlib import Path

from lab import BUILD, built, need


def make(verb, destination):
    done = subprocess.run(["make", "-C", BUILD, verb, f"DESTDIR={destination}"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"make {verb}: {done.stdout}{done.stderr}"
    return sorted(str(path.relative_to(destination)) for path in Path(destination).rglob("*") if not path.is_dir())


def test_uninstall_takes_away_what_install_brought(tmp_path):
    need("make")
    built("module/splitdns.so")
    installed = make("install", tmp_path)
    for name in ("sbin/nat64-relay", "sbin/nat64d", "splitdns.so", "nat64-relay.service", "relay.conf.5"):
        assert any(path.endswith(name) for path in installed), f"make install brings no {name}: {installed}"
    assert make("uninstall", tmp_path) == []
