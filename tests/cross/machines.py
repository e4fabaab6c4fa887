# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines: a compiler of Debian's for each, its libraries in a folder (unpacked.SYSROOTS), and qemu, which runs its programs. musl is one of them: this
machine with another C library."""
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import unpacked
from lab import TOP, need, skip

EVERYTHING = os.environ.get("NAT64_CROSS") == "all"
FLAGS = "-O1 -g0 -pipe"  # enough for the compiler to look through functions, which is where its warnings come from


class Kind(NamedTuple):
    """triplet: of the compiler. emulator: the name that qemu has for it; "": this machine runs it. why: what no other machine has."""
    triplet: str
    emulator: str
    why: str


KINDS = {
    "s390x": Kind("s390x-linux-gnu", "s390x", "big endian"),
    "i386": Kind("i686-linux-gnu", "i386", "32 bit, 64-bit integers aligned to 4 octets"),
    "armhf": Kind("arm-linux-gnueabihf", "arm", "32 bit, strict alignment, char without sign"),
    "arm64": Kind("aarch64-linux-gnu", "aarch64", "char without sign"),
    "mipsel": Kind("mipsel-linux-gnu", "mipsel", "32 bit, numbers of errors and ioctls of its own"),
    "musl": Kind("x86_64-linux-musl", "", "a C library that is not glibc"),
}


class Machine:
    """nat64d and its tests, built in a folder for one of KINDS. run(program, ...) is what the program said there."""

    def __init__(self, name, folder):
        kind = KINDS[name]
        self.emulator = [f"qemu-{kind.emulator}-static"] if kind.emulator else []
        need(f"{kind.triplet}-gcc", *self.emulator, "make")
        try:
            self.sysroot = unpacked.folder(f"sysroot-{name}")
        except unpacked.Missing as error:
            skip(f"no libraries of {name}: {error}")
        self.kind, self.folder = kind, folder

    def build(self, *targets):
        """configure --disable-relay, and make of the targets. What the compiler said."""
        libraries = f"{self.sysroot}/usr/lib/{self.libraries}"
        self.step([TOP / "configure", "-q", f"--host={self.kind.triplet}", "--disable-relay", "--enable-werror", "--without-bpf",
                   *self.flags(), f"CFLAGS={FLAGS}"],
                  PKG_CONFIG_LIBDIR=f"{libraries}/pkgconfig:{self.sysroot}/usr/share/pkgconfig", PKG_CONFIG_SYSROOT_DIR=str(self.sysroot))
        return self.step(["make", "-s", "-j2", *targets])

    def flags(self):
        """What configure is told of the compiler. musl-gcc has folders of its own, whatever --sysroot says."""
        if self.emulator:
            return [f"CC={self.kind.triplet}-gcc --sysroot={self.sysroot}"]
        libraries = f"{self.sysroot}/usr/lib/{self.libraries}"
        return [f"CC={self.kind.triplet}-gcc", f"CPPFLAGS=-isystem {self.sysroot}/usr/include", f"LDFLAGS=-L{libraries} -Wl,-rpath,{libraries}"]

    @property
    def libraries(self):
        """The name of the folder of libraries, which is not the compiler's triplet everywhere."""
        return self.kind.triplet.replace("i686", "i386")

    def step(self, argv, **environment):
        kept = {key: value for key, value in os.environ.items() if not key.endswith("FLAGS")}
        done = subprocess.run(list(map(str, argv)), cwd=self.folder, env={**kept, **environment, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        assert done.returncode == 0, f"{argv[0]}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stderr

    def programs(self, *patterns):
        """Programs of the build: those that are executable, by pattern."""
        return sorted(path for pattern in patterns for path in self.folder.glob(pattern) if os.access(path, os.X_OK) and path.is_file())

    def command(self, program):
        """The words that start a program of the build."""
        return [str(word) for word in (*self.emulator, *(["-L", self.sysroot] if self.emulator else []), self.folder / program)]

    def run(self, program, *arguments):
        """Run a program of the build: a subprocess.CompletedProcess with octets."""
        argv = [*self.command(program), *map(str, arguments)]
        environment = {**os.environ, "srcdir": str(TOP), "CMOCKA_MESSAGE_OUTPUT": "TAP"}
        return subprocess.run(argv, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def here(program, *arguments):
    """The same of this machine's own build."""
    build = Path(os.environ["NAT64_BUILD"])
    return subprocess.run([build / program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
