# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: what is in them, that two builds are the same octets, and their life on a machine, from install to purge.

The machine is a systemd in namespaces on an overlay of this machine's own file system (boot_lab.py), so that apt and dpkg are the real ones and nothing
of it stays. A really bare machine, and other releases, are the matter of tests/vm. NAT64_DEBS=build/deb takes the packages there as they are.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "vm"))

import debs  # noqa: E402  (after the path)
import lab  # noqa: E402
from image import own_release  # noqa: E402
from relay_lab import ZONE  # noqa: E402
from boot_lab import BOOT, ROOT, boot_folder, boot_steps  # noqa: E402

HERE = Path(__file__).parent
BUILD = lab.TOP / "dist/deb/build"
FURNISH = r"""
rm -rf $root/etc/systemd/system $root/etc/nat64-relay $root/var/lib/nat64-relay
for file in passwd group shadow gshadow; do # the machine may have a relay of its own
	if [ -e $root/etc/$file ]; then sed -i '/^nat64-relay:/d' $root/etc/$file; fi
done
mkdir -p $root/opt/test/debs $root/opt/test/upper $root/opt/test/lower $root/etc/systemd/system/multi-user.target.wants
cp -R $folder/debs $folder/inside $folder/zone $folder/user.py $root/opt/test/
mount --bind $folder/disk/upper $root/opt/test/upper; mount --bind / $root/opt/test/lower
touch $root/opt/test/log; mount --bind $folder/log $root/opt/test/log
"""


def build(folder, **environment):
    """{package: path} of what a build in a folder makes."""
    done = subprocess.run([BUILD, "--output", folder], env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, f"dist/deb/build: {done.stdout}{done.stderr}"
    return found(folder)


def field(path, name):
    return lab.run(["dpkg-deb", "-f", path, name]).strip()


@pytest.fixture(scope="module")
def folder():
    lab.need("dpkg-buildpackage", "dh", "lintian", "apt-get")
    with tempfile.TemporaryDirectory(prefix="nat64-packages-") as name:
        yield Path(name)


def found(folder):
    """{package: path} of a folder."""
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb")}


@pytest.fixture(scope="module", params=["debian", "ubuntu"])
def flags(request, folder):
    """The environment in which dpkg-buildflags says what that distribution compiles with: Ubuntu's optimize while they link."""
    if request.param == "debian":
        return {}
    if not os.environ.get("VM_FULL"):
        lab.skip("VM_FULL=1 tests packages with Ubuntu's compiler flags as well")
    origins = folder / "origins"
    origins.mkdir()
    (origins / "ubuntu").write_text("Vendor: Ubuntu\nParent: Debian\n")
    shutil.copy("/etc/dpkg/origins/debian", origins)
    return {"DPKG_ORIGINS_DIR": str(origins), "DEB_VENDOR": "Ubuntu"}


@pytest.fixture(scope="module")
def packages(folder, flags):
    """Those that the machines of tests/vm install too: the test that comes first builds them."""
    ready = os.environ.get("NAT64_DEBS")
    if flags:
        return build(folder / "debs", **flags)
    return found(Path(ready) if ready else debs.packages(own_release(), lambda text: None))


def contents(path):
    """{name: mode} of its files and folders."""
    rows = (line.split(None, 5) for line in lab.run(["dpkg-deb", "-c", path]).splitlines())
    return {row[5].lstrip("."): row[0] for row in rows}


def test_names_and_dependencies(packages):
    assert sorted(packages) == ["nat64-relay", "nat64-relay-unbound"]
    relay, unbound = packages["nat64-relay"], packages["nat64-relay-unbound"]
    assert re.fullmatch(r"[\d.]+\+(deb|ubuntu)[\d.]+", field(relay, "Version")), field(relay, "Version")
    depends = [word.strip() for word in field(relay, "Depends").split(",")]
    assert f"nat64-relay-unbound (= {field(unbound, 'Version')})" in depends, f"the relay wants the very Unbound it is built for: {depends}"
    source = (lab.CACHE / "unbound/source/.complete").read_text().strip()
    assert field(unbound, "Version").startswith(source + "+"), "its version is that of the distribution's source package"


def test_every_installed_file_is_in_them(packages, folder):
    """What `make install` installs, the one as the other; prefix and doc folder differ."""
    done = subprocess.run(["make", "-C", lab.BUILD, "install", f"DESTDIR={folder}/tree"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    installed = {path.name for path in (folder / "tree").rglob("*") if path.is_file()}
    packed = {Path(name).name.removesuffix(".gz") for path in packages.values() for name in contents(path)}
    assert installed <= packed, f"installed by make, in no package: {sorted(installed - packed)}"


def test_nothing_runs_with_more_rights(packages):
    for path in packages.values():
        odd = [f"{mode} {name}" for name, mode in contents(path).items() if re.search(r"[sStT]|^-?.{7}w", mode)]
        assert not odd, f"{path.name}: setuid, or writable for all: {odd}"


def test_lintian(packages):
    done = subprocess.run(["lintian", "--fail-on", "warning", "--allow-root", *packages.values()], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr


def test_two_builds_are_the_same_octets(packages, folder, flags):
    """In another folder, at another time, in another zone and language, with another mask."""
    again = build(folder / "a-longer-name" / f"debs{len(flags)}", TZ="Asia/Tokyo", LC_ALL="C", DEB_BUILD_OPTIONS="parallel=1", **flags)
    for name, path in packages.items():
        assert path.read_bytes() == again[name].read_bytes(), f"{name}: the two builds differ; diffoscope tells where"


def earlier(path, destination):
    """The same package under a lower version."""
    tree = destination / "tree"
    destination.mkdir()
    lab.run(["dpkg-deb", "--raw-extract", path, tree])
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: ", "Version: 0~", control.read_text(), flags=re.M))
    lab.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, destination])
    shutil.rmtree(tree)


@pytest.fixture(scope="module")
def steps(packages):
    """{step: what was said in it} of world.sh."""
    lab.need("unshare", "dig", "ldns-testns", "nft", "nsenter")
    with boot_folder() as folder:
        (folder / "debs").mkdir()
        for path in packages.values():
            shutil.copy(path, folder / "debs")
        earlier(packages["nat64-relay"], folder / "debs/earlier")
        (folder / "boot").write_text(ROOT + FURNISH + BOOT)
        (folder / "zone").write_text(ZONE)
        shutil.copy(HERE / "world.sh", folder / "inside")
        shutil.copy(HERE / "user.py", folder / "user.py")
        return boot_steps(folder)


def test_installing_starts_nothing_and_names_the_next_command(steps):
    assert len(re.findall(r"^nat64-relay: .*", steps["install"], re.M)) == 1, steps["install"]
    assert re.search(r"^nat64-relay: .* Next: sudo nat64-relay init --split-domain NAME$", steps["install"], re.M), steps["install"]
    assert steps["installed"] == "inactive inactive inactive\ndisabled\nnat64-relay\n", steps["installed"]


def test_two_commands_later_it_runs(steps):
    assert steps["up"].endswith("active active active\n"), f"{steps['up']}\n{steps['end']}"


def test_an_upgrade_breaks_no_connection_and_loses_no_answer(steps):
    assert "goes on with this version" in steps["upgrade"], steps["upgrade"]
    lines = steps["upgraded"].splitlines()
    assert lines[:2] == ["active active active", "new processes"], f"{steps['upgraded']}\n{steps['upgrade']}\n{steps['end']}"
    assert len(lines) == 4 and all("No such file" in line for line in lines[2:]), f"expected nothing of the bridge, got\n{steps['upgraded']}"
    seen = json.loads(steps["seen"])
    assert seen["asked"] > 500 and seen["sent"] > 50, f"there was little traffic: {seen}"
    assert (seen["unanswered"], seen["wrong"], seen["refused"]) == (0, 0, 0), f"questions: {seen}\n{steps['upgrade']}\n{steps['end']}"
    assert seen["broken"] is None and seen["alive"] and seen["seen"] == "100.64.0.1", f"the connection: {seen}\n{steps['end']}"


def test_removing_ends_the_relay_and_keeps_the_settings(steps):
    lines = steps["removed"].splitlines()
    assert "inactive inactive inactive" in lines, f"{steps['removed']}\n{steps['end']}"
    rest = lines[lines.index("inactive inactive inactive") + 1:]
    assert rest[0].startswith("Device") and "No such file" in rest[1], f"device, tables, runtime folder: expected none of them, got\n{steps['removed']}"
    assert {"relay.conf", "dynamic.map"} <= set(rest), f"settings and leases stay: {rest}"


def test_purging_leaves_nothing(steps):
    assert steps["left"] == "", f"before and after differ:\n{steps['left']}\n{steps['purged']}"
