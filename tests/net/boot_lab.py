# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot by hand: the units of the relay in the order of systemd, without one."""
import contextlib
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import lab

SYSTEMD = Path("/lib/systemd/systemd")


# Builds the root, installs into it, and becomes its systemd. $1: the folder of the test, $2: the build folder.
ROOT = r"""
set -e
folder=$1 root=$1/disk/root
mount --make-rprivate /
mkdir $folder/disk; mount -t tmpfs tmpfs $folder/disk; mkdir $folder/disk/upper $folder/disk/work $root
mount -t overlay overlay -o lowerdir=/,upperdir=$folder/disk/upper,workdir=$folder/disk/work $root
mount -t proc proc $root/proc
mount --rbind /sys $root/sys
umount -l $root/sys/fs/cgroup
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
	mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
else
	mount -t tmpfs tmpfs $root/sys/fs/cgroup
	mkdir $root/sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup $root/sys/fs/cgroup/systemd
fi
mount -t tmpfs tmpfs $root/run
mount -t tmpfs tmpfs $root/dev
mkdir $root/dev/net $root/dev/pts $root/dev/shm
mknod -m 666 $root/dev/null c 1 3; mknod -m 666 $root/dev/zero c 1 5; mknod -m 666 $root/dev/full c 1 7
mknod -m 666 $root/dev/random c 1 8; mknod -m 666 $root/dev/urandom c 1 9; mknod -m 666 $root/dev/net/tun c 10 200
ln -s /proc/self/fd $root/dev/fd; ln -s pts/ptmx $root/dev/ptmx
"""


BOOT = r"""
cat >$root/etc/systemd/system/test.service <<END
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /opt/test/inside
StandardOutput=append:/opt/test/log
StandardError=append:/opt/test/log
END
ln -s ../test.service $root/etc/systemd/system/multi-user.target.wants/
exec env -i container=other PATH=$PATH chroot $root /lib/systemd/systemd --unit=multi-user.target
"""


def groups():
    """The folder of control groups that systemd needs one of its own in."""
    return Path("/sys/fs/cgroup") if Path("/sys/fs/cgroup/cgroup.controllers").exists() else Path("/sys/fs/cgroup/systemd")


@contextlib.contextmanager
def own_group():
    """A control group for one process and its children; removed with all that was made below it."""
    group = groups() / f"n64-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


BOOTS, WORKS = 120, 1800  # seconds that a boot may take, and the script inside


def boot(folder, group):
    """Boot, let the script inside do its work, and return its log."""
    log = folder / "log"
    log.touch()
    command = f'echo $$ >{group}/cgroup.procs && exec unshare -mpnuiC -f --kill-child bash {folder}/boot {folder} {lab.BUILD}'
    with open(folder / "console", "wb") as console:
        machine = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
    try:
        begun = time.monotonic()
        while time.monotonic() < begun + WORKS and machine.poll() is None:
            if time.monotonic() > begun + BOOTS and "== boot" not in log.read_text():
                pytest.skip("systemd does not boot in namespaces here")
            time.sleep(0.3)
    finally:
        machine.kill()
        machine.wait()
    return log.read_text(errors="replace")


def boot_steps(folder):
    """{step: what was said in it}: boot what was laid into the folder. Skips where no systemd boots."""
    with own_group() as group:
        log = boot(folder, group)
    if "== boot" not in log:
        pytest.skip("systemd does not boot in namespaces here: " + (folder / "console").read_text(errors="replace")[-500:])
    assert "== end" in log, f"the script inside did not come to its end:\n{log}"
    return dict(re.findall(r"^== (\w+)\n(.*?)(?=^== |\Z)", log, re.M | re.S))


@contextlib.contextmanager
def boot_folder():
    """For what a machine boots of: a folder that goes with it."""
    if not SYSTEMD.exists():
        pytest.skip("no systemd here")
    with tempfile.TemporaryDirectory(prefix="nat64-systemd-", ignore_cleanup_errors=True) as name:
        yield Path(name)
