# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree as a user builds and installs it, in a place and under circumstances of the caller's choice."""
import os
import shutil
import subprocess

from lab import CACHE, TOP

USUAL = {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
UNUSUAL = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "USER": "somebody", "HOME": "/nonexistent"}


def left_out(folder, names):
    """What is no source: folders of other builds, and git's."""
    builds = [name for name in names if name.startswith("build") and name != "build-aux"] if folder == str(TOP) else []
    return [*builds, ".git", "autom4te.cache", "__pycache__", "config.status"]


def build(folder, circumstances):
    """Configure, make and install in a copy of the tree, without sanitizers. The folder into which everything was installed."""
    source, installed = folder / "tree", folder / "installed"
    shutil.copytree(TOP, source, ignore=left_out, symlinks=True)
    (folder / "build").mkdir()
    environment = {**{key: value for key, value in os.environ.items() if not key.endswith("FLAGS")}, **circumstances}
    unbound = CACHE / "unbound/source"
    for argv in ([source / "configure", "-q", f"--with-unbound-source={unbound}"],
                 ["make", "-s", "-j2", "all"],
                 ["make", "-s", "install-exec", "install-data", f"DESTDIR={installed}"]):  # each would build by itself
        done = subprocess.run(argv, cwd=folder / "build", env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{argv[0]}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return installed


def elf_files(tree):
    """The programs and libraries in a folder."""
    return [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"]
