# SPDX-License-Identifier: GPL-2.0-or-later
"""The benches start and end, and fill their tables: how fast anything is, no test judges. And the fuzz targets have all their sources."""
import os
import re
import subprocess
from pathlib import Path

import pytest
from lab import BUILD, need, skip

TOP = Path(__file__).resolve().parents[2]
BENCH = TOP / "tests" / "bench"


def test_dns():
    need("dnsperf", "ip")
    done = subprocess.run([BENCH / "dns", "--rounds", "1", "--seconds", "0.2", "--misses", "200", "--measures", "cached,miss"],
                          env={**os.environ, "NAT64_BUILD": str(BUILD)}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = dict(re.findall(r"(?m)^\| ([^|]*?) +\| ([^|]*?) +\|", done.stdout))
    for row in ("cached UDP q/s", "cached TCP q/s", "miss UDP q/s", "miss TCP us CPU"):
        assert float(rows[row]) > 0, done.stdout


def symbols(objects, *options):
    """The symbols that nm finds in these objects."""
    lines = subprocess.run(["nm", "-P", *options, *objects], capture_output=True, text=True, check=True).stdout.splitlines() if objects else []
    return {line.split()[0] for line in lines if len(line.split()) > 1}


@pytest.mark.parametrize("target", re.search(r"(?m)^FUZZ_TARGETS = (.*)", (TOP / "tests/fuzz/local.mk").read_text())[1].split())
def test_a_fuzz_target_has_all_its_sources(target):
    """What no object of its sources defines is not defined in another source of ours: `make fuzz` compiles each target of a list of its own."""
    need("nm")
    makefile = BUILD / "Makefile"
    if not makefile.exists():
        skip(f"{makefile} is missing: run configure, or set NAT64_BUILD to the build folder")
    listed = subprocess.run(["make", "-s", "-C", BUILD, f"--eval=show:; @echo $(filter %.c,$(fuzz_{target}_all))", "show"], capture_output=True, text=True, check=True).stdout
    sources = {source.removeprefix(f"{BUILD}/") for source in listed.split()}
    objects = {}
    for path in BUILD.glob("*/**/*.o"):
        source = path.relative_to(BUILD).with_name(path.name.rsplit("-", 1)[-1]).with_suffix(".c")
        if not path.name.startswith("tests_") and (TOP / source).exists():
            objects[str(source)] = path
    gone = [source for source in sources if not (TOP / source).exists() and not (BUILD / source).exists()]
    assert not gone, f"fuzz_{target}_all lists what is not there: {gone}"
    compiled = sources & objects.keys()
    ours = [objects[source] for source in compiled]
    missing = (symbols(ours, "-u") - symbols(ours, "--defined-only")) & symbols([objects[source] for source in objects.keys() - sources], "--defined-only", "-g")
    text = "".join((TOP / source).read_text() for source in sources - compiled if (TOP / source).exists())  # others are generated
    missing = {symbol for symbol in missing if not re.search(rf"(?m)^\w.*\b{symbol}\(", text)}
    assert compiled and not missing, f"defined in no source of fuzz_{target}_all: {missing}"
