# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of packages for OpenWrt and Alpine (dist/openwrt, dist/alpine), followed with musl-gcc as their systems would do it.

The commands are the recipes' own: APKBUILD is sourced by a shell, OpenWrt's Makefile run by make with openwrt/*.mk in the place of OpenWrt's. The sources are what
`make dist` would pack. Each init script is run by a shell too, in which the few words of procd and OpenRC that it uses do what they would do there.
"""
import os
import re
import subprocess
from pathlib import Path

import unpacked
from lab import BUILD, TOP, need, skip

TRIPLET = "x86_64-linux-musl"
# abuild(1) with abuild.conf's own flags, as far as this recipe goes: no fetching, no splitting into subpackages.
ABUILD = """\
set -e
startdir=$1 srcdir=$2 pkgdir=$3 CBUILD=x86_64-alpine-linux-musl CHOST=x86_64-alpine-linux-musl
export CC=musl-gcc CFLAGS="-Os -fstack-clash-protection -Wformat -Werror=format-security"
. "$startdir/APKBUILD"
for one in $source; do
	[ -d "$srcdir/${one%.tar.xz}" ] || cp "$startdir/$one" "$srcdir"
done
cd "$builddir" && build
cd "$builddir" && package
"""
# A service: started in the foreground, asked to end by SIGTERM, and what its script does then.
SUPERVISE = """
supervise() { trap 'kill $!' TERM; "$@" & wait $!; wait $!; }
"""
PROCD = SUPERVISE + """
procd_open_instance() { :; }
procd_set_param() { [ "$1" != command ] || { shift; command=$*; }; }
procd_close_instance() { :; }
. /etc/init.d/nat64d
start_service
supervise $command
service_stopped
"""
OPENRC = SUPERVISE + """
RC_SVCNAME=nat64d
. /etc/conf.d/nat64d
. /etc/init.d/nat64d
for one in $required_files; do [ -e "$one" ] || exit 1; done
supervise $command $command_args
stop_post
"""
# The package's files over this machine's, and folders that are empty as after the boot of a router.
INSIDE = """\
for top in usr etc; do mount -t overlay -o "lowerdir=$0/$top:/$top" overlay "/$top"; done
for folder in /run /var/lib; do mount -t tmpfs tmpfs "$folder"; done
"""


class Package:
    """What one of the recipes has installed. name: openwrt or alpine."""

    def __init__(self, name, folder, source):
        need("musl-gcc", "make")
        try:
            self.sysroot = unpacked.folder("sysroot-musl")
        except unpacked.Missing as error:
            skip(f"no libraries for musl: {error}")
        self.name, self.folder, self.root = name, folder, folder / "root"
        self.service = {"openwrt": PROCD, "alpine": OPENRC}[name]
        subprocess.run(["cp", "-a", source, folder], check=True)
        getattr(self, name)()

    def openwrt(self):
        self.step(["make", "-s", "-j2", "-C", TOP / "dist/openwrt/nat64d", f"TOPDIR={TOP}/tests/cross/openwrt", f"BUILD_DIR={self.folder}",
                   f"PKG_INSTALL_DIR={self.folder}/installed", f"ROOT={self.root}"])

    def alpine(self):
        self.step(["sh", "-c", ABUILD, "abuild", TOP / "dist/alpine", self.folder, self.root])

    def step(self, argv):
        """Where the compiler finds libraries: on those systems it is their own folder."""
        libraries = f"{self.sysroot}/usr/lib/{TRIPLET}"
        kept = {key: value for key, value in os.environ.items() if not key.endswith("FLAGS")}
        done = subprocess.run(list(map(str, argv)), stdin=subprocess.DEVNULL, capture_output=True, text=True, env={
            **kept, "LC_ALL": "C.UTF-8", "CPPFLAGS": f"-isystem {self.sysroot}/usr/include", "LDFLAGS": f"-L{libraries} -Wl,-rpath,{libraries}",
            "PKG_CONFIG_LIBDIR": f"{libraries}/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": str(self.sysroot), "MAKEFLAGS": "-j2"})
        assert done.returncode == 0, f"{self.name}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        assert "warning:" not in done.stderr, done.stderr

    def files(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())

    def command(self, script):
        """The command line that runs a script where the package is installed."""
        return ["unshare", "--mount", "sh", "-c", f"{INSIDE}\n{script}", self.root]


def sources(folder):
    """The tree of the tarball that `make dist` makes."""
    version = re.search(r"^AC_INIT\(\[nat64-relay\], \[(.+)\]\)", (TOP / "configure.ac").read_text(), re.M)[1]
    tree = Path(folder) / f"nat64-relay-{version}"
    done = subprocess.run(["make", "-s", "-C", BUILD, "distdir", f"distdir={tree}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return tree
