# SPDX-License-Identifier: GPL-2.0-or-later
"""The benches start and end, and fill their tables: how fast anything is, no test judges."""
import os
import re
import subprocess
from pathlib import Path

from lab import BUILD, need

BENCH = Path(__file__).resolve().parents[1] / "bench"


def test_dns():
    need("dnsperf", "ip")
    done = subprocess.run([BENCH / "dns", "--rounds", "1", "--seconds", "0.2", "--misses", "200", "--measures", "cached,miss"],
                          env={**os.environ, "NAT64_BUILD": str(BUILD)}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = dict(re.findall(r"(?m)^\| ([^|]*?) +\| ([^|]*?) +\|", done.stdout))
    for row in ("cached UDP q/s", "cached TCP q/s", "miss UDP q/s", "miss TCP us CPU"):
        assert float(rows[row]) > 0, done.stdout
