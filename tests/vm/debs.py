# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages of these sources, for each release that is tested.

`make deb` builds for the release it runs on: those of another release are built in a root of that release, which debootstrap makes once and the user's
cache keeps, with its private Unbound. Packages younger than every source file are taken as they are.

    goods = packages("trixie", progress)      the folder of the .debs
    earlier(goods, folder)                    the same under a lower version: what an upgrade starts from
    dependencies(goods)                       names of what they depend on
"""
import fcntl
import hashlib
import json
import re
import subprocess
from pathlib import Path

from image import FOLDER, Steps, own_release, package_source, remake
from lab import TOP, run, skip

NAMES = ("nat64-relay-unbound", "nat64-relay")
HERE = TOP / "build" / "deb"
SOURCES = "usr/src/nat64-relay"  # in the root of another release


def packages(release, progress):
    """The folder of the packages for a release, built where they are older than the sources."""
    own = release == own_release()
    folder = HERE if own else TOP / "build" / f"deb-{release}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fresh(folder):
            progress(f"building the packages for {release}")
            steps = Steps(folder / "build.log")
            try:
                if own:
                    steps.run(TOP / "dist/deb/build", "--output", folder)
                else:
                    build_elsewhere(steps, release, folder, progress)
            except subprocess.CalledProcessError:
                raise AssertionError(f"no packages for {release}: {steps.log}:\n{steps.tail()}") from None
    return folder


def is_fresh(folder):
    built = [path.stat().st_mtime for path in folder.glob("*.deb")]
    made_of = [TOP / name for name in sources() if not name.startswith("tests/") and (TOP / name).is_file()]
    return len(built) >= len(NAMES) and min(built) > max(path.stat().st_mtime for path in made_of)


def sources():
    """Git's files and those that are new; of a release, all that no build has made."""
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return listed.stdout.strip("\0").split("\0")
    return [str(path.relative_to(TOP)) for path in TOP.rglob("*") if path.is_file() and not re.match(r"build\b", str(path.relative_to(TOP)))]


# --- another release ---

def build_elsewhere(steps, release, folder, progress):
    root = build_root(release, progress)
    tree = root / SOURCES
    run(["rm", "-rf", tree])
    tree.mkdir(parents=True)
    listing = "\0".join(name for name in sources() if (TOP / name).is_file())
    archive = subprocess.run(["tar", "-C", TOP, "-c", "--null", "-T", "-"], input=listing.encode(), stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-C", tree, "-x"], input=archive, check=True)
    inside(steps, root, f"cd /{SOURCES} && dist/deb/build --output /{SOURCES}/build/deb")
    for path in folder.glob("*.deb"):
        path.unlink()
    run(["cp", *(tree / "build/deb").glob("*.deb"), folder])


def build_root(release, progress):
    """The root of a release with everything that the packages are built of, from the cache or made first."""
    wanted = build_packages()
    name = f"build-{release}-{hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:12]}"

    def make(root, steps):
        steps.run("debootstrap", "--variant=minbase", "--include=" + ",".join(["ca-certificates", *wanted]), release, root, package_source())
        steps.run("chroot", root, "apt-get", "-q", "update")
    return remake(FOLDER / name, make, f"making a root of {release} to build in, once", progress)


def build_packages():
    """What bootstrap says that the packages need."""
    text = (TOP / "bootstrap").read_text()
    groups = [re.search(rf"^{name}=\((.*?)\)", text, re.M | re.S) for name in ("build_packages", "debian_packages")]
    return sorted({word for group in groups for word in group[1].split()})


def inside(steps, root, script):
    """Run a script in the root, which has a /proc meanwhile."""
    steps.run("unshare", "--mount", "--propagation", "private", "sh", "-c",
              'mount -t proc proc "$0/proc" && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh -c "$1"', root, script)


# --- what is in them ---

def field(path, name):
    return run(["dpkg-deb", "-f", path, name]).strip()


def dependencies(folder):
    """The names of what the packages depend on, the first of alternatives, without themselves."""
    words = ",".join(field(path, kind) for path in sorted(folder.glob("*.deb")) for kind in ("Depends", "Pre-Depends")).split(",")
    names = {re.split(r"[\s(|]", word.strip(), maxsplit=1)[0].split(":")[0] for word in words}
    return sorted(names - {*NAMES, ""})


def earlier(folder, destination):
    """Pack the same once more, each under a version that sorts before its own, and fitting each other."""
    destination.mkdir(parents=True)
    versions = {field(path, "Package"): field(path, "Version") for path in folder.glob("*.deb")}
    for path in sorted(folder.glob("*.deb")):
        tree = destination / "tree"
        run(["dpkg-deb", "--raw-extract", path, tree])
        control = tree / "DEBIAN/control"
        text = control.read_text()
        for version in sorted({*versions.values()}, key=len, reverse=True):
            text = re.sub(rf"(?<=[ =]){re.escape(version)}(?=[)\n])", version + "~earlier", text)
        control.write_text(text)
        run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, destination])
        run(["rm", "-rf", tree])
    new = {field(path, "Package"): field(path, "Version") for path in destination.glob("*.deb")}
    assert new == {name: version + "~earlier" for name, version in versions.items()}, f"versions of the earlier packages: {new}"


def files_in(folder):
    """Every file of the packages, as its absolute path on the machine."""
    names = [line.split(None, 5)[5] for path in folder.glob("*.deb") for line in run(["dpkg-deb", "-c", path]).splitlines() if not line.startswith("d")]
    return sorted(name.split(" -> ")[0].lstrip(".") for name in names)


def need_packaging():
    """Skips where packages cannot be built."""
    if not Path("/usr/bin/dpkg-buildpackage").exists() or not (TOP / "dist/deb/build").exists():
        skip("dpkg-buildpackage is missing: run ./bootstrap --tests")
