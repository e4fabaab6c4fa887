# SPDX-License-Identifier: GPL-2.0-or-later
"""A real container engine, podman, that leaves nothing on the machine.

It lives in a Debian of its own, which debootstrap makes once and the user's cache keeps (tests/vm/image.py), behind the walls of engine-room. There is no
registry: the base image that dist/Containerfile names is a minimal Debian from this machine's package source.

The engine gets none of the kernel's control groups and no more open files than it may have itself: both would ask for more rights than a test may
have. All else is as everywhere: its seccomp filter, its read-only /proc/sys, its choice of devices and capabilities.
"""
import os
import resource
import signal
import subprocess
from pathlib import Path

from image import FOLDER, own_release, package_source, remake
from lab import TOP, Lab, Process, wait_for

BASE = "debian:bookworm-slim"  # dist/Containerfile's
PROGRAMS = ("podman", "crun", "buildah", "ca-certificates")
BASE_TAR = "var/local/base.tar"  # in the engine's Debian
LIMITS = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}


def engine_root(progress):
    """The engine's Debian."""
    def make(root, steps):
        steps.run("debootstrap", "--variant=minbase", own_release(), root, package_source())
        archive = FOLDER / f"{root.name}.tar"
        steps.run("tar", "-C", root, "-cf", archive, ".")
        steps.run("chroot", root, "apt-get", "-q", "update")
        steps.run("chroot", root, "apt-get", "-q", "-y", "--no-install-recommends", "install", *PROGRAMS)
        archive.rename(root / BASE_TAR)
    return remake(FOLDER / f"engine-{own_release()}", make, "making a Debian with podman once", progress)


class Engine:
    """podman, ready, with the base image. A context manager; its files are in the folder meanwhile."""

    def __init__(self, folder, progress):
        root = engine_root(progress)
        with Lab() as lab:
            lab.node("first")  # from then on /run/netns is a mount, which hands on what is mounted there later
        self.room = Process("engine", [str(word) for word in (Path(__file__).parent / "engine-room", root, folder, TOP)], folder / "engine.log")
        self.room.wait_for("^ready", 30)
        self.pid = Path(f"/proc/{self.room.pid}/task/{self.room.pid}/children").read_text().split()[0]
        self.podman("import", f"/{BASE_TAR}", BASE)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.kill(int(self.pid), signal.SIGKILL)  # and all in the room with it
        self.room.wait()

    def command(self, *words):
        """A command line of podman's."""
        return ["nsenter", "--target", self.pid, "--mount", "--pid", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb",
                "podman", "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=none", *map(str, words)]

    def podman(self, *words, timeout=120, both=False):
        """Run podman to its end; its output, or both streams."""
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"podman {' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        return (done.stdout + (done.stderr if both else "")).strip()

    def build(self, tag, *arguments):
        """What the head of dist/Containerfile tells a user."""
        return self.podman("build", "--layers=false", "--isolation=chroot", "--network=host", "-t", tag, "-f", "/sources/dist/Containerfile", *arguments, "/sources",
                           timeout=1200)

    def run(self, *words, detached=False):
        """podman run, with the limits above."""
        limits = [f"--ulimit={name}={min(one for one in (4096, *resource.getrlimit(number)) if one >= 0)}" for name, number in LIMITS.items()]
        return self.podman("run", *(["--detach"] if detached else ["--rm"]), "--cgroups=disabled", *limits, *words)

    def logs(self, container):
        """What a container has said, both streams."""
        return self.podman("logs", container, both=True)

    def wait_for(self, container, text, timeout=60):
        """Wait until a container has said it."""
        try:
            wait_for(lambda: text in self.logs(container), f"{text!r} of the container {container}", timeout, interval=0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs(container)}") from None
