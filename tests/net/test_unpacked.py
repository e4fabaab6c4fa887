# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of other packages, unpacked and never installed: unpacked.py."""
import os
import subprocess
import sys
from pathlib import Path

import lab
import pytest
import unpacked

CODE = "import sys, unpacked; unpacked.need(sys.argv[1]); print(unpacked.folder(unpacked.PROGRAMS[sys.argv[1]]))"


def python(cache, *arguments, code=CODE, **environment):
    """A Python of its own, whose cache is the folder."""
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env={**os.environ, "XDG_CACHE_HOME": str(cache), **environment},
                            cwd=Path(unpacked.__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_four_at_once_make_one(tmp_path):
    lab.need("tayga")  # or it cannot be had at all
    running = [python(tmp_path, "tayga") for _ in range(4)]
    said = [process.communicate() for process in running]
    root = tmp_path / "nat64-relay/programs/tayga"
    assert said == [(f"{root}\n", "")] * 4, said
    assert subprocess.run([tmp_path / "nat64-relay/programs/bin/tayga", "--help"], capture_output=True, text=True).stderr.startswith("Usage: ")
    assert sorted(path.name for path in root.parent.iterdir()) == ["bin", "tayga", "tayga.lock"], "nothing of the work is left"


def test_what_cannot_be_had_is_skipped_with_the_reason(tmp_path):
    """An apt without package sources: need() skips, and says which program and why; nothing half made stays."""
    lab.need("tayga")
    sources = {"APT_CONFIG": str(tmp_path / "apt.conf")}
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/dev/null"; Dir::State::lists "{tmp_path}/lists";'
                                       f'Dir::Cache "{tmp_path}";')
    out, error = python(tmp_path, "tayga", code="import sys, lab; lab.need(sys.argv[1])", **sources).communicate()
    assert "Skipped: tayga cannot be unpacked: " in error and "Unable to locate package" in error, out + error
    assert not (tmp_path / "nat64-relay/programs/tayga").exists()


def test_a_view_has_the_files_of_the_set_and_the_machine_has_not():
    lab.need("ufw")
    done = subprocess.run(unpacked.inside("ufw", ["ufw", "version"]), capture_output=True, text=True)
    assert done.stdout.startswith("ufw "), done.stdout + done.stderr
    files = subprocess.run(unpacked.inside("ufw", ["sh", "-c", "ls -d /etc/ufw/user.rules /etc/default/ufw /usr/sbin/ufw; ls -d /etc/passwd"]), capture_output=True, text=True)
    assert files.stdout == "/etc/default/ufw\n/etc/ufw/user.rules\n/usr/sbin/ufw\n/etc/passwd\n", files.stdout + files.stderr


@pytest.mark.parametrize("package", sorted({name for names in unpacked.SETS.values() for name in names}))
def test_bootstrap_installs_none_of_them(package):
    words = (lab.TOP / "bootstrap").read_text().replace("(", " ").replace(")", " ").split()
    assert package not in words, f"bootstrap installs {package}: unpacked.py has it"
