# SPDX-License-Identifier: GPL-2.0-or-later
"""find-go: where the Go that builds tailscale and headscale comes from on a machine that has none, or an older one. Both are downloaded, into folders of the test."""
import os
import re
import subprocess

import pytest

from lab import TOP, need, skip

FIND_GO = TOP / "tests/tailscale/find-go"
# Nothing of the machine's own is seen; PATH is the system's.
HIDDEN = "for folder in /usr/local/go /usr/lib/go-*; do [ ! -d $folder ] || mount -t tmpfs tmpfs $folder; done\nexec \"$@\""


def least():
    return max((re.search(r"^go (\S+)$", path.read_text(), re.M)[1] for path in TOP.glob("tests/tailscale/tools/*/go.mod")),
               key=lambda version: [int(number) for number in version.split(".")])


class Machine:
    """A home folder, and a PATH without Go."""

    def __init__(self, home):
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "XDG_"))}
        self.environment.update(HOME=str(home), PATH="/usr/sbin:/usr/bin:/sbin:/bin")

    def run(self, *argv, **more):
        return subprocess.run(["unshare", "--mount", "sh", "-c", HIDDEN, "sh", *argv], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={**self.environment, **more})

    def find_go(self, *options, **more):
        return self.run(FIND_GO, *options, **more)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """One on which Debian's Go fetches; skipped where its package or the toolchain is out of reach."""
    need("unshare", "curl", "apt-cache")
    address = f"https://proxy.golang.org/golang.org/toolchain/@v/v0.0.1-go{least()}.linux-amd64.info"
    if subprocess.run(["curl", "-sSf", "-o", "/dev/null", "--max-time", "60", address], capture_output=True).returncode:
        skip("the Go project's modules cannot be reached")
    if "Depends: golang-" not in subprocess.run(["apt-cache", "depends", "golang-go"], capture_output=True, text=True).stdout:
        skip("apt offers no golang-go")
    machine = Machine(tmp_path_factory.mktemp("home"))
    yield machine
    subprocess.run(["chmod", "-R", "u+w", machine.home])


def version(machine, path):
    return machine.run(path, "version", GOTOOLCHAIN="local").stdout.split()[2]


def test_without_go_the_distribution_fetches_one(machine):
    """Debian's go command is unpacked, and fetches the toolchain, which runs and is found again; with --installed nothing is fetched."""
    assert (machine.find_go("--installed").returncode, list(machine.home.iterdir())) == (3, [])
    found = machine.find_go()
    assert found.returncode == 0, found.stderr
    assert "which is not installed" in found.stderr and f"fetches Go {least()}" in found.stderr, found.stderr
    path = found.stdout.strip()
    assert path.startswith(str(machine.home)) and version(machine, path) == f"go{least()}"
    again = machine.find_go(GOPROXY="off")
    assert (again.returncode, again.stdout.strip()) == (0, path), again.stderr


def test_a_go_that_knows_toolchains_fetches_it_itself(machine):
    """Go 1.21, first in PATH, with GOTOOLCHAIN=local as some machines set it."""
    old = machine.find_go(FIND_GO_LEAST="1.21.13")
    assert old.returncode == 0 and version(machine, old.stdout.strip()) == "go1.21.13", old.stderr
    folder = os.path.dirname(old.stdout.strip())
    found = machine.find_go(PATH=f"{folder}:{machine.environment['PATH']}", GOTOOLCHAIN="local")
    assert found.returncode == 0 and "Go 1.21.13 fetches" in found.stderr, found.stderr
    assert version(machine, found.stdout.strip()) == f"go{least()}"


def test_where_none_can_be_had_it_says_what_to_do(tmp_path):
    """No Go, and an apt without package sources."""
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/dev/null"; Dir::State::lists "{tmp_path}"; Dir::Cache "{tmp_path}";')
    done = Machine(tmp_path).find_go(APT_CONFIG=str(tmp_path / "apt.conf"))
    assert (done.returncode, done.stdout) == (3, "")
    assert f"install Go {least()} from the Go project, or put tailscale, tailscaled and headscale into PATH" in done.stderr, done.stderr
