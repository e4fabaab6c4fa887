# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d alone (configure --disable-relay), with as few libraries as keep its walls up: what it is linked with, what it says, what it gives up, and that it translates."""
import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from bench_side import our_side
from lab import TOP, need
from variety import Maker

WITHOUT = ("jansson", "libcap-ng", "libsystemd")
LIBRARIES = {"libc", "libmnl", "libseccomp", "liburcu-memb"}
MOST = 256 << 10  # octets of the program; a router's flash has 8 MiB or 16
NO_CLANG = ("tests/unit/nat64/bpf/plain-test", "tests/unit/nat64/bpf/again/translate-test")  # compiled without the fast path, and skipped


def without_clang(folder):
    """A folder for PATH: every program that is found now, but clang. Not by way of ccache, which looks for the next program of its own name."""
    folder.mkdir()
    for place in (place for place in os.environ["PATH"].split(":") if not place.endswith("ccache")):
        for program in Path(place).glob("*"):
            if program.name != "clang" and not os.path.lexists(folder / program.name):
                (folder / program.name).symlink_to(program)
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The build folder, and what configure said. There is no clang, which nat64d's fast path is compiled by."""
    folder = tmp_path_factory.mktemp("alone")
    environment = {key: value for key, value in os.environ.items() if not key.endswith("FLAGS")}
    environment["PATH"], said = str(without_clang(folder / "programs")), ""
    for argv in ([TOP / "configure", "--disable-relay", "--enable-werror", "CFLAGS=-Os", *(f"--without-{name}" for name in WITHOUT)],
                 ["make", "-s", "-j2", "nat64d", "tests/unit/nat64/daemon/privileges-test", *NO_CLANG]):
        done = subprocess.run(argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"{argv[0]}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        said += done.stdout
    return folder, said


def test_configure_says_what_is_left_out(alone):
    _, said = alone
    left_out = said[said.index("nat64d alone is built, without"):].splitlines()[1:4]
    assert [re.search(r"\((.+)\)$", line)[1] for line in left_out] == list(WITHOUT), left_out


def test_configure_finds_out_that_there_is_no_clang(alone):
    folder, said = alone
    assert re.search(r"nat64d is built without its fast path\. For it, on Debian: apt-get install.* clang\b", said), said[-2000:]
    for name in NO_CLANG:
        text = subprocess.run([folder / name], env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"}, capture_output=True, text=True, check=True).stdout
        assert "1..0 # SKIP no fast path here: this nat64d is built without it" in text, text


def test_it_is_small(alone):
    folder, _ = alone
    needed = re.findall(r"NEEDED +(\S+?)\.so", subprocess.run(["objdump", "-p", folder / "nat64d"], capture_output=True, text=True, check=True).stdout)
    assert set(needed) == LIBRARIES, needed
    subprocess.run(["strip", "-o", folder / "stripped", folder / "nat64d"], check=True)
    size = (folder / "stripped").stat().st_size
    print(f"nat64d alone: {size} octets")
    assert size < MOST, f"{size} octets"


def test_it_gives_up_its_rights(alone):
    """By the system calls of capabilities(7) themselves, as libcap-ng does."""
    need("ip")
    folder, _ = alone
    done = subprocess.run(["tests/unit/nat64/daemon/privileges-test"], cwd=folder, env={**os.environ, "srcdir": str(TOP), "CMOCKA_MESSAGE_OUTPUT": "TAP"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0 and "\nok 1" in done.stdout and "not ok" not in done.stdout, done.stdout + done.stderr


def test_it_translates(alone, lab):
    need("ip", "nft")
    folder, _ = alone
    side, maker = our_side(lab, f"runtime-dir {lab.folder}/run\n", program=[folder / "nat64d"]), Maker(random.Random(7915))
    cases = [maker.make() for _ in range(100)]
    translated = sum(bool(packets) and packets[0][0] >> 4 != case.version for case in cases for packets in [side.take(case)])
    assert translated > 30, f"{translated} of {len(cases)}"
    text = side.process.text()
    assert text.count("built without a control socket") == 1, text
