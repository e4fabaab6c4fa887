# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images for the machine of these tests: a Debian as debootstrap makes it, and what `make install` puts on it.

The base image is made once and kept in the user's cache, under a name that holds a sum of everything it is made of; a machine boots from an overlay of
it, so that it is never written to. The programs are built on this machine and find the same libraries in the image: it is of this machine's own Debian
release, from this machine's own package source.

    base = base_image(libraries(tree))        disk.img, vmlinuz, initrd.img in one folder
    disk_of(tree, path, label)                an ext4 image of a folder
"""
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from lab import CACHE, run, skip

FOLDER = CACHE / "vm"
SIZE = "3G"  # sparse
PACKAGES = ("systemd", "systemd-sysv", "udev", "dbus", "linux-image-cloud-amd64", "nftables", "iproute2", "iptables", "iputils-ping", "procps",
            "kmod", "apparmor", "qemu-guest-agent")
# Work for a machine that stays up; it would only slow the emulated one down.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer", "e2scrub_reap.service",
          "getty@tty1.service", "serial-getty@ttyS0.service")
FILES = {
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    "etc/hostname": "relay\n",
    "etc/resolv.conf": "",
    "etc/systemd/system/qemu-guest-agent.service.d/quiet.conf": "[Service]\nLogLevelMax=notice\n",  # it logs every word of the test
}


def release():
    """The name of this machine's Debian release; skips elsewhere."""
    words = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    if words.get("ID") != "debian" or os.uname().machine != "x86_64":
        skip("the machine is a Debian on x86-64 like the one that builds it")
    return words["VERSION_CODENAME"]


def package_source(name):
    """Where this machine gets the packages of the release from."""
    lines = run(["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(SITE)", "Created-By: Packages"])
    for line in lines.splitlines():
        codename, component, site = line.split()
        if (codename, component) == (name, "main"):
            return site
    skip(f"apt has no package source for {name}")


def libraries(tree):
    """The packages of the libraries that the programs in a folder are linked with."""
    files = [path for path in sorted(Path(tree).rglob("*")) if path.is_file() and not path.is_symlink() and os.access(path, os.X_OK)]
    found = set()
    for path in files:
        found.update(re.findall(r"=> (/\S+)", subprocess.run(["ldd", path], capture_output=True, text=True).stdout))
    patterns = {"*" + "/".join(["", *Path(os.path.realpath(path)).parts[-2:]]) for path in found}
    return sorted({line.split(":")[0] for line in run(["dpkg-query", "-S", *sorted(patterns)]).splitlines()})


def base_image(packages, progress):
    """The folder of the base image with these packages besides the common ones; made first where it is not in the cache. Skips when it cannot be made."""
    name = release()
    packages = sorted({*PACKAGES, *packages})
    recipe = hashlib.sha256(json.dumps([name, packages, MASKED, FILES, SIZE]).encode()).hexdigest()[:12]
    folder = FOLDER / f"{name}-{recipe}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            progress(f"making the image of a Debian {name} once, in {FOLDER} (2 minutes)")
            make_base(name, packages, folder)
    return folder


def make_base(name, packages, folder):
    work = folder.with_name(folder.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    root = work / "root"
    root.mkdir(parents=True)
    log = FOLDER / "debootstrap.log"
    with open(log, "w") as stream:
        done = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(packages), name, root, package_source(name)],
                              stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    if done.returncode != 0:
        last = log.read_text().splitlines()[-1:]
        shutil.rmtree(work)
        skip(f"debootstrap failed, see {log}: {' '.join(last)}")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    run(["systemctl", f"--root={root}", "mask", *MASKED])
    run(["systemctl", f"--root={root}", "enable", "systemd-networkd.service", "systemd-networkd-wait-online.service"])
    for kind in ("vmlinuz", "initrd.img"):
        shutil.copy(next((root / "boot").glob(f"{kind}-*")), work / kind)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    disk_of(root, work / "disk.img", "root", SIZE)
    shutil.rmtree(root)
    work.rename(folder)


def disk_of(tree, path, label, size="256M"):
    """Make an ext4 image that holds a folder."""
    run(["truncate", "-s", size, path])
    run(["/usr/sbin/mkfs.ext4", "-q", "-L", label, "-d", tree, path])
    return path
