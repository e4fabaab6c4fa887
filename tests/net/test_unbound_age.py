# SPDX-License-Identifier: GPL-2.0-or-later
"""The private Unbound's version and age, and that the distribution has a newer one: by apt's lists and dpkg's status on the disk.

The lists and the status are made, and bound over the machine's own where the command runs; the command is the real one, and so is its Unbound.
"""
import json
import re

import pytest
from resolver import UNBOUND
from relay_lab import relay  # noqa: F401  (a fixture)

OWN = next(iter(re.findall(rb"--with-source-package=([^' \0]+)", open(UNBOUND, "rb").read())), b"").decode() if UNBOUND else ""
NEWER = OWN + "+relaytest1"
BIND = """mount --bind "$1/lists" /var/lib/apt/lists && mount --bind "$1/status" /var/lib/dpkg/status && mount --bind "$1/os-release" /etc/os-release || exit 99
shift; exec "$@" """


@pytest.fixture
def aged(relay):  # noqa: F811
    """A relay; know() makes what its machine knows of Unbound."""
    folder = relay.lab.folder / "debian"
    (folder / "lists").mkdir(parents=True)
    (folder / "os-release").write_text("ID=debian\nVERSION_CODENAME=bookworm\n")

    def know(offered="", installed=""):
        (folder / "lists" / "mirror_debian_dists_bookworm_main_binary-amd64_Packages").write_text(
            f"Package: ubridge\nVersion: 1\n\nPackage: unbound\nVersion: {offered}\n\nPackage: z\nVersion: 1\n" if offered else "Package: z\nVersion: 1\n")
        (folder / "status").write_text(f"Package: unbound\nStatus: install ok installed\nVersion: {installed}\n\n" if installed else "")

    relay.know = know
    relay.before = ["unshare", "-m", "sh", "-c", BIND, "sh", folder]
    know()
    return relay


def test_what_is_not_older_is_only_told(aged):
    aged.know(offered=OWN, installed=OWN)
    assert "Unbound" not in aged.expect(0, "up", before=aged.before)
    said = aged.expect(1, "status", "-v", before=aged.before)  # its daemons do not run
    assert re.search(rf"ok +Unbound {re.escape(OWN)}, built 20\d\d-\d\d-\d\d, \d+ days? ago$", said, re.M), said
    told = json.loads(aged.command("status", "--json", before=aged.before).stdout)["unbound"]
    assert (told["version"], told["newer"] if "newer" in told else None) == (OWN, None) and told["days"] >= 0


def test_a_newer_one_that_is_installed(aged):
    """up says so with the commands to rebuild and restart; status and check have it too, until it is rebuilt."""
    aged.know(installed=NEWER)
    said = aged.expect(0, "up", before=aged.before)
    assert f"Unbound: built from {OWN}, {NEWER} is installed" in said, said
    assert "./bootstrap && " in said and "systemctl restart nat64-relay-unbound" in said
    assert f"; this machine has installed {NEWER}" in aged.expect(1, "status", "-v", before=aged.before)
    told = json.loads(aged.command("status", "--json", before=aged.before).stdout)["unbound"]
    assert (told["newer"], told["newer_is_installed"]) == (NEWER, True)


def test_a_newer_one_of_the_distribution(aged):
    aged.run()
    aged.know(offered=NEWER, installed=OWN)
    found = json.loads(aged.command("check", "my-vps", "--json", before=aged.before).stdout)
    one = next(one for one in found["findings"] if one["id"] == "unbound-outdated")
    assert f"Unbound {OWN}, built " in one["text"] and f"the distribution has {NEWER}" in one["text"] and "./bootstrap" in one["advice"], one
    said = aged.command("status", before=aged.before)
    assert f"the distribution has {NEWER}" in said.stdout and said.returncode == 0, said.stdout
    aged.know(offered=OWN)
    said = aged.command("check", "my-vps", before=aged.before).stdout
    assert re.search(rf"no other program of this machine is in the way: Unbound {re.escape(OWN)}, built ", said), said
