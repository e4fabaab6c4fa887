# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images for the machines of these tests: a Debian as debootstrap makes it, bare but for what the tests themselves use.

The image of a release is made once and kept in the user's cache, under a name that holds a sum of everything it is made of; a machine boots from an
overlay of it, so that it is never written to. It comes from this machine's own package source. The machine has no way to the internet: what the packages
of the relay depend on lies in a repository of its own, /var/local/packages, the only one that its apt knows. None of that is installed.

    base = base_image("trixie", dependencies, progress)     disk.img, vmlinuz, initrd.img in one folder
    disk_of(tree, path, label)                              an ext4 image of a folder
"""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess

from lab import CACHE, run, skip

FOLDER = CACHE / "vm"
SIZE = "3G"  # sparse
PACKAGES = ("systemd", "systemd-sysv", "udev", "dbus", "linux-image-cloud-amd64", "initramfs-tools", "nftables", "iproute2", "iptables", "iputils-ping",
            "procps", "ethtool", "kmod", "apparmor", "qemu-guest-agent")
# Work for a machine that stays up; it would only slow the emulated one down.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer", "e2scrub_reap.service",
          "getty@tty1.service", "serial-getty@ttyS0.service")
REPOSITORY = "var/local/packages"
FILES = {
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    "etc/hostname": "relay\n",
    "etc/systemd/system/qemu-guest-agent.service.d/quiet.conf": "[Service]\nLogLevelMax=notice\n",  # it logs every word of the test
    # What this machine needs, and no more: the boot spends its time with the rest.
    "etc/initramfs-tools/conf.d/small.conf": "MODULES=list\nCOMPRESS=lz4\n",
    "etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
    "etc/dpkg/dpkg.cfg.d/fast": "force-unsafe-io\n",
}
LAST_FILES = {"etc/resolv.conf": "", "etc/apt/sources.list": f"deb [trusted=yes] file:/{REPOSITORY} ./\n"}


def own_release():
    """The name of this machine's Debian release; skips elsewhere."""
    words = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    if words.get("ID") != "debian" or os.uname().machine != "x86_64":
        skip("the machines are Debians on x86-64 like the one that emulates them")
    return words["VERSION_CODENAME"]


def package_source():
    """Where this machine gets Debian's packages from: a source has every release."""
    lines = run(["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(SITE)", "Created-By: Packages"])
    for line in lines.splitlines():
        codename, component, site = line.split()
        if (codename, component) == (own_release(), "main"):
            return site
    skip(f"apt has no package source for {own_release()}")


def remake(folder, make, what, progress):
    """A folder of the cache; where it is not there, make(work folder, steps) makes it, one process at a time. Skips when that fails."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    work = folder.with_name(folder.name + ".new")
    with open(FOLDER / f".lock-{folder.name}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        progress(f"{what}, in {FOLDER} (2 minutes)")
        steps = Steps(FOLDER / f"{folder.name}.log")
        run(["rm", "-rf", "--one-file-system", work])
        work.mkdir()
        try:
            make(work, steps)
        except subprocess.CalledProcessError as error:
            skip(f"{' '.join(map(str, error.cmd[:3]))} failed, see {steps.log}: {steps.tail(1)}")
        work.rename(folder)
    return folder


def base_image(release, dependencies, progress):
    """The folder of the base image of a release with these packages in its repository. Skips when it cannot be made."""
    recipe = [release, PACKAGES, sorted(dependencies), MASKED, FILES, LAST_FILES, SIZE]
    name = f"{release}-{hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]}"

    def make(work, steps):
        root = work / "root"
        steps.run("debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), release, root, package_source())
        write_files(root, FILES)
        steps.run("chroot", root, "update-initramfs", "-u")
        make_repository(steps, root, sorted(dependencies))
        run(["systemctl", f"--root={root}", "mask", *MASKED])
        run(["systemctl", f"--root={root}", "enable", "systemd-networkd.service", "systemd-networkd-wait-online.service"])
        for kind in ("vmlinuz", "initrd.img"):
            shutil.copy(next((root / "boot").glob(f"{kind}-*")), work / kind)
        disk_of(root, work / "disk.img", "root", SIZE)
        shutil.rmtree(root)
    return remake(FOLDER / name, make, f"making the image of a Debian {release} once", progress)


def make_repository(steps, root, dependencies):
    """Fetch the packages and what they depend on in turn, as far as the image has not got it, and make that all that apt can have."""
    repository, archives = root / REPOSITORY, root / "var/cache/apt/archives"
    shutil.rmtree(archives)
    (archives / "partial").mkdir(parents=True)
    steps.run("chroot", root, "apt-get", "-q", "update")
    steps.run("chroot", root, "apt-get", "-q", "-y", "--no-install-recommends", "--download-only", "install", *dependencies)
    repository.mkdir(parents=True)
    for path in archives.glob("*.deb"):
        shutil.move(path, repository)
    with open(repository / "Packages", "w") as stream:
        subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=repository, stdout=stream, stderr=subprocess.DEVNULL, check=True)
    write_files(root, LAST_FILES)
    for path in (root / "var/lib/apt/lists").glob("*_*"):
        path.unlink()
    steps.run("chroot", root, "apt-get", "-q", "update")


def write_files(root, files):
    for path, text in files.items():
        with contextlib.suppress(FileExistsError):
            (root / path).parent.mkdir(parents=True)
        (root / path).unlink(missing_ok=True)
        (root / path).write_text(text)


class Steps:
    """Commands with their output in a log."""

    def __init__(self, log):
        self.log = log
        log.write_text("")

    def run(self, *argv):
        with open(self.log, "a") as stream:
            subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=True,
                           env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})

    def tail(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def disk_of(tree, path, label, size="256M"):
    """Make an ext4 image that holds a folder."""
    run(["truncate", "-s", size, path])
    run(["/usr/sbin/mkfs.ext4", "-q", "-L", label, "-d", tree, path])
    return path
