# SPDX-License-Identifier: GPL-2.0-or-later
"""What a running nat64d may still do, seen from outside, and by what it cannot read any more. tests/unit/nat64/daemon/privileges-test tries the rest from inside."""
import ctypes
import grp
import os
import pwd
import signal
from pathlib import Path as FolderPath

import pytest
from lab import USER, need
from path import Path

CREATE_RULESET, VERSION_FLAG = 444, 1


def landlock():
    """The version of the kernel's Landlock; 0 without."""
    return max(0, ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION_FLAG))


@pytest.fixture
def path(lab):
    need("ip", "nft")
    path = Path(lab)
    yield path
    path.finish()


def threads(path):
    """What /proc says of each thread: {name: value}."""
    for status in FolderPath(f"/proc/{path.ask('info')['pid']}/task").glob("*/status"):
        yield dict(line.split(":", 1) for line in status.read_text().splitlines())


def test_no_thread_has_a_right(path):
    path.start()
    user, found = pwd.getpwnam(USER), 0
    for status in threads(path):
        found += 1
        assert status["Uid"].split() == [str(user.pw_uid)] * 4 and status["Gid"].split() == [str(user.pw_gid)] * 4
        assert status["Groups"].split() == []
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[capabilities], 16) == 0, f"{capabilities} is {status[capabilities]}"
        assert status["NoNewPrivs"].strip() == "1"
        assert status["Seccomp"].strip() == "2", "expected a filter of system calls"
    assert found >= 1 + path.ask("info")["queues"], "expected the main thread and a worker for each queue"


def test_what_lies_elsewhere_cannot_be_read(path):
    """A map-file that all may read, but which the daemon was not started with: refused by the kernel, and the old settings stay."""
    if not landlock():
        pytest.skip("no Landlock in this kernel")
    path.start()
    path.settings("map-file /etc/hosts\n")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for("/etc/hosts: cannot be opened: Permission denied")
    path.daemon.wait_for("translating with the old ones")
    path.client.run(["ping", "-c", "1", "-W", "5", path.TARGET6])


def replace(file, text):
    """As an editor does: a new file in the place of the old one."""
    new = file.with_name(file.name + ".new")
    new.write_text(text)
    os.replace(new, file)


def test_replaced_files_are_read_again(path):
    """relay.conf through a link, and a map-file in another folder, both replaced while it runs."""
    maps = path.lab.folder / "maps"
    maps.mkdir()
    (maps / "map-file").write_text("map 10.99.0.6 fd00:c::6\n")
    path.settings(f"map-file {maps}/map-file\n")
    real = path.lab.folder / "real"
    real.mkdir()
    os.rename(path.conf, real / "relay.conf")
    path.conf.symlink_to(real / "relay.conf")
    path.start()
    replace(maps / "map-file", "map 10.99.0.7 fd00:c::7\n")
    replace(real / "relay.conf", (real / "relay.conf").read_text() + "map 10.99.0.8 fd00:c::8\n")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for("translating with the new settings")
    for number in (7, 8):
        path.client.address("eth0", f"fd00:c::{number}/64")
        path.target.run(["ping", "-c", "1", "-W", "5", f"10.99.0.{number}"])


def test_another_group(path):
    path.start("--group", "daemon")
    for status in threads(path):
        assert status["Gid"].split() == [str(grp.getgrnam("daemon").gr_gid)] * 4
