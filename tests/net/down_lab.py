# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with settings of its own, which `down` gives back."""
import contextlib
import os

from relay_state import differences, snapshot

FOLDERS = ("/etc/nat64-relay", "/run/nat64-relay", "/var/lib/nat64-relay", "/etc/sysctl.d", "/etc/systemd/network", "/run/systemd/network")


def files(*folders):
    """Every file and folder below these: name, owner, mode, contents."""
    found = []
    for folder in folders:
        for path, _, names in os.walk(folder):
            for name in (path, *(os.path.join(path, name) for name in names)):
                with contextlib.suppress(OSError):
                    status = os.lstat(name)
                    text = open(name, "rb").read() if os.path.isfile(name) else b""
                    found.append((name, status.st_uid, status.st_gid, oct(status.st_mode), text))
    return found


def machine(relay):
    """All that up could have changed."""
    state = snapshot(relay.node)
    state["files"] = files(relay.lab.folder / "relay.run", *FOLDERS)
    return state


def as_before(relay, before, what):
    found = differences(before, machine(relay))
    assert found == [], f"{what}: " + "\n".join(found)


def fresh(relay):
    """The machine as up finds it the first time: no runtime folder."""
    relay.node.sysctl(net__ipv4__conf__default__rp_filter=1, net__ipv4__conf__all__accept_redirects=0)
    with contextlib.suppress(FileNotFoundError):
        (relay.lab.folder / "relay.run").rmdir()
    return machine(relay)


def configure(relay, **changes):
    """Other settings; the lab makes the runtime folder again, which a machine has not."""
    was_there = (relay.lab.folder / "relay.run" / "relay.conf").exists()
    relay.config = relay.settings(**changes)
    if not was_there:
        (relay.lab.folder / "relay.run").rmdir()
