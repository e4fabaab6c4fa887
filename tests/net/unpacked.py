#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs whose packages bring a service, for tests that need the program: unpacked into a folder of the user's cache, never installed.

usage: unpacked.py [SET...]     unpacks these sets of packages, by default all. Exit code 1: a set could not be had, and a line says why.

An installed service is started or enabled, takes port 53, closes the machine by a firewall. So a set of packages, with those of its dependencies that this machine
has not, is downloaded by apt, which checks the signatures, and unpacked into CACHE/programs/SET. No script of a package is run. A test gets at the programs in two ways:

    need("tayga")               lab.need() unpacks the set, and its program is in PATH: a line of shell that knows where the libraries are
    inside("ufw", COMMAND)      a command line with a view of its own of the files: those of the set lie over the machine's /usr and /etc, where a program expects them

A set is made once, under a lock, and renamed into place whole. What another release of the distribution offers is another set.

SYSROOTS are libraries of other architectures, whole with all that they depend on, for tests/cross. apt has a state of its own for them: the machine's
dpkg learns of no other architecture. For another C library, musl, Debian has none: those of BUILT come from source packages, and FINISH compiles them.
"""
import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nat64-relay/programs"
BIN = CACHE / "bin"
PLAIN = {"tayga": "tayga", "named": "bind9", "dnsmasq": "dnsmasq-base", "prometheus": "prometheus", "promtool": "prometheus"}  # programs that want nothing but their libraries, and the set of each
VIEWED = {"ufw": "ufw", "firewalld": "firewalld", "firewall-cmd": "firewalld", "apparmor_parser": "apparmor", "chromedriver": "chromium", "sshd": "openssh-server"}  # those that want their other files in place
SETS = {"tayga": ["tayga"], "bind9": ["bind9"], "dnsmasq-base": ["dnsmasq-base"], "ufw": ["ufw"], "firewalld": ["firewalld", "dbus-daemon"], "apparmor": ["apparmor"],
        "prometheus": ["prometheus"], "openssh-server": ["openssh-server", "openssh-client"], "chromium": ["chromium", "chromium-driver", "fonts-dejavu-core", "fonts-wqy-microhei"]}
EMULATORS = {f"qemu-{name}-static": "qemu-user-static" for name in ("aarch64", "arm", "i386", "mipsel", "s390x")}  # a package that is installed registers them with the kernel
SYSROOTS = {f"sysroot-{architecture}": architecture for architecture in ("s390x", "i386", "armhf", "arm64", "mipsel")}
FOREIGN = ("libc6-dev", "libmnl-dev", "liburcu-dev", "libjansson-dev", "libcap-ng-dev", "libseccomp-dev", "libcmocka-dev")
BUILT = {"sysroot-musl": ["liburcu", "cmocka"]}
PLAIN.update(EMULATORS)
SETS["qemu-user-static"] = ["qemu-user-static"]
SETS.update({name: [f"{package}:{architecture}" for package in FOREIGN] for name, architecture in SYSROOTS.items()})
SETS.update(BUILT)
ON_DEMAND = ("sysroot-armhf", "sysroot-arm64", "sysroot-mipsel")  # of no test that runs by default
PROGRAMS = {**PLAIN, **VIEWED}
LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # into /usr, where the machine has them so
# What a package's own script would have done.
FINISH = {"ufw": "cp usr/share/ufw/iptables/*.rules usr/share/ufw/ufw.conf etc/ufw/"}
FINISH["qemu-user-static"] = f"find usr/bin -type f {' '.join(f'! -name {name}' for name in EMULATORS)} -delete"
# musl-gcc looks for nothing in /usr/include: Linux's headers are linked beside the libraries'. libmnl is this machine's own: musl's loader takes itself for libc.so.6, whose
# system calls are all that libmnl wants, but for two words of its printer, which nobody here calls. cmocka, one file, has a cmake alone.
FINISH["sysroot-musl"] = r"""
root=$PWD target=x86_64-linux-musl
export CC=musl-gcc CFLAGS=-Os CPPFLAGS="-isystem $root/usr/include"
libraries=usr/lib/$target own=/usr/lib/$(gcc -print-multiarch)
mkdir -p usr/include $libraries/pkgconfig
ln -s /usr/include/linux /usr/include/asm-generic /usr/include/libmnl /usr/include/$(gcc -print-multiarch)/asm usr/include
cp $own/libmnl.so.0 $libraries
echo 'void *__ctype_b_loc(void); int __fprintf_chk(void); void *__ctype_b_loc(void) { return 0; } int __fprintf_chk(void) { return -1; }' | $CC -x c -c - -o $libraries/libmnl.o
echo 'INPUT(libmnl.so.0 libmnl.o)' >$libraries/libmnl.so
sed "s|^libdir=.*|libdir=/$libraries|" $own/pkgconfig/libmnl.pc >$libraries/pkgconfig/libmnl.pc
cd usr/src/liburcu
./configure -q --host=$target --prefix=/usr --libdir=/$libraries --disable-shared
for folder in include src; do make -s -j2 -C $folder install DESTDIR=$root AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=:; done
cd ../cmocka
$CC $CFLAGS -D_GNU_SOURCE -DHAVE_SIGNAL_H -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_REALTIME -DHAVE_INTTYPES_H -Iinclude -c src/cmocka.c
ar cr $root/$libraries/libcmocka.a cmocka.o
cp include/cmocka*.h $root/usr/include
printf 'Name: cmocka\nDescription: unit tests\nVersion: 1\nLibs: -lcmocka\n' >$root/$libraries/pkgconfig/cmocka.pc
rm -r $root/usr/src
"""
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


class Missing(Exception):
    """A set that cannot be had, and why."""


def release():
    """The distribution's release and architecture, as one word."""
    system = platform.freedesktop_os_release()
    return f"{system.get('ID', '')}{system.get('VERSION_CODENAME', '')}-{platform.machine()}"


def recipe(name):
    """What a set is made of, as one word: one that was made in another way is made again."""
    return hashlib.sha256(f"1 {release()} {SETS[name]} {FINISH.get(name)}".encode()).hexdigest()


def run(argv, why):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=ENVIRONMENT)
    if done.returncode != 0:
        last = ([line for line in done.stderr.splitlines() if line.strip()] or [f"exit code {done.returncode}"])[-1]
        raise Missing(f"{why}: {last}")
    return done.stdout


def download(name, work):
    """The packages of a set that this machine has not, in a folder. The machine's own lists may be old, or none: then by lists of our own."""
    for folder in ("archives/partial", "lists/partial"):
        (work / folder).mkdir(parents=True)
    command = ["apt-get", "-q", "-y", "-o", f"Dir::Cache::archives={work}/archives", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"]
    own = ["-o", f"Dir::State::lists={work}/lists", "-o", f"Dir::Cache::pkgcache={work}/pkgcache", "-o", f"Dir::Cache::srcpkgcache={work}/srcpkgcache"]
    want = ["--no-install-recommends", "--reinstall", "--download-only", "install", *SETS[name]]
    if name in SYSROOTS:
        own += foreign(SYSROOTS[name], work)
    else:
        try:
            run([*command, *want], name)
            own = None
        except Missing:
            pass
    if own:
        try:
            run([*command, *own, "update"], f"apt cannot read its package sources for {name}")
        except Missing as error:  # one of several sources may be out of order, and the rest have all
            print(f"unpacked: {error}; trying on", file=sys.stderr)
        run([*command, *own, *want], f"apt cannot download {name}")
    return sorted((work / "archives").glob("*.deb"))


def foreign(architecture, work):
    """Options of an apt that has another architecture alone, and nothing installed."""
    (work / "status").touch()
    return ["-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}", "-o", f"Dir::State::status={work}/status",
            "-o", "Acquire::Languages=none"]


def sources(name, work, root):
    """The source packages of a set, unpacked below usr/src of a folder. apt gets them where this machine's packages come from."""
    for folder in ("lists/partial", "cache/archives/partial", "packages"):
        (work / folder).mkdir(parents=True)
    lines = run(["apt-get", "indextargets", "--format", "deb-src $(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"], name)
    (work / "sources.list").write_text("".join(f"{line}\n" for line in sorted(set(lines.splitlines()))))
    command = ["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={work}/sources.list", "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::State::lists={work}/lists",
               "-o", f"Dir::Cache={work}/cache", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"]
    run([*command, "update"], f"apt cannot read the lists of sources for {name}")
    for package in SETS[name]:
        run(["sh", "-ec", 'cd "$1" && shift && exec "$@"', "sh", work / "packages", *command, "--download-only", "source", package],
            f"apt cannot download the source of {package}")
        [description] = (work / "packages").glob(f"{package}_*.dsc")
        run(["dpkg-source", "--no-copy", "-x", description, root / "usr/src" / package], f"{description.name} cannot be unpacked")


def unpack(packages, root):
    """The files of packages, below a folder in which the machine's links into /usr are as they are."""
    for link in LINKS:
        if Path("/", link).is_symlink():
            (root / "usr" / link).mkdir(parents=True)
            (root / link).symlink_to(f"usr/{link}")
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as deb:
            tar = subprocess.run(["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", root], stdin=deb.stdout, capture_output=True, text=True)
        if tar.returncode or deb.returncode:
            raise Missing(f"{package.name} cannot be unpacked: {tar.stderr.strip()}")


def wrapper(program, name):
    """The program's line of shell in BIN. The libraries come from the set where the machine has none."""
    root = CACHE / name
    path = next((path for path in (root / "usr/sbin" / program, root / "usr/bin" / program) if path.exists()), None)
    if not path:
        raise Missing(f"{name} has no {program}")
    folders = sorted({str(one.parent) for one in (root / "usr/lib").glob("*-linux-*/*.so*")})
    line = f'export LD_LIBRARY_PATH={shlex.quote(":".join(folders))}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\n' if folders else ""
    BIN.mkdir(exist_ok=True)
    new = BIN / f".{program}.new"
    new.write_text(f'#!/bin/sh\n{line}exec {shlex.quote(str(path))} "$@"\n')
    new.chmod(0o755)
    new.rename(BIN / program)


def make(name):
    root, work = CACHE / name, CACHE / f"{name}.building"
    shutil.rmtree(work, ignore_errors=True)
    fresh = work / "root"
    fresh.mkdir(parents=True)
    try:
        if name in BUILT:
            (fresh / "usr/src").mkdir(parents=True)
            sources(name, work, fresh)
        else:
            unpack(download(name, work), fresh)
        run(["sh", "-ec", f"cd {shlex.quote(str(fresh))}\nmkdir -p usr etc\n{FINISH.get(name, ':')}"], f"{name} cannot be made ready")
        (fresh / ".recipe").write_text(recipe(name))
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for program, owner in PLAIN.items():
        if owner == name:
            wrapper(program, name)


def whole(name):
    stamp = CACHE / name / ".recipe"
    return stamp.exists() and stamp.read_text() == recipe(name)


def folder(name):
    """The folder of a set, which is made when it is not there. Raises Missing."""
    if not whole(name):
        CACHE.mkdir(parents=True, exist_ok=True)
        with open(CACHE / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole(name):
                make(name)
    return CACHE / name


def need(program):
    """Have the set of a program, when it is one of ours. Raises Missing."""
    if program in PROGRAMS:
        folder(PROGRAMS[program])


def laid_over(name):
    """Lines of shell that lay the set's /usr and /etc over the machine's, for a shell that has a mount namespace of its own."""
    root = folder(name)
    return "\n".join(f"mount -t overlay -o lowerdir={root}/{top}:/{top} overlay /{top}" for top in ("usr", "etc"))


def inside(name, command):
    """The command line that runs a command where the set's files lie over the machine's."""
    return ["unshare", "--mount", "sh", "-ec", f'{laid_over(name)}\nexec "$@"', "sh", *map(str, command)]


def main(names):
    code = 0
    for name in names or (name for name in SETS if name not in ON_DEMAND):
        try:
            print(f"unpacked: {folder(name)}")
        except Missing as error:
            print(f"unpacked: {error}: tests that need it will be skipped", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
