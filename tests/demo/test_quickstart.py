# SPDX-License-Identifier: GPL-2.0-or-later
"""./quickstart as a newcomer runs it: over plain wires and over the real tailnet, its refusals, what it leaves."""
import os
import subprocess
import sys

import pytest

from lab import TOP, need, run, skip

sys.path.insert(0, str(TOP / "tests/tailscale"))
from tailnet import find_programs  # noqa: E402  (after the path)


def quickstart(*arguments, timeout=900):
    return subprocess.run([TOP / "quickstart", *arguments], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)


def demo_namespaces():
    return [line.split()[0] for line in run(["ip", "netns", "list"]).splitlines() if line.startswith("demo-")]


@pytest.fixture(autouse=True)
def nobody_explores():
    need("ip", "tayga", "iperf3", "dig", "curl")
    if demo_namespaces():
        skip("somebody explores a demonstration: sudo ./quickstart --down ends it")
    if (TOP / "config.status").exists():
        skip("this folder was configured in place: make distclean")


def shown(done):
    """What a user wants to see at the end."""
    text = done.stdout
    assert done.returncode == 0, text + done.stderr
    for words in ("my-vps.9929.", "fd64:9929::6440:", "rtt", "my-vps saw 100.64.0.1 (the relay)",
                  "checksums equal", "(through the relay)", "% lost  (direct)", "nat64d / tayga", "my-vps stays direct"):
        assert words in text, f"expected {words!r} in:\n{text}"


def test_over_plain_wires():
    shown(quickstart("--overlay", "veth"))
    assert demo_namespaces() == [], "namespaces were left"


def test_over_the_real_tailnet_kept_and_removed():
    missing = [name for name, path in find_programs().items() if not path]
    if missing:
        skip("not built: " + " ".join(missing))
    shown(quickstart("--keep"))
    try:
        assert {"demo-client", "demo-control", "demo-relay", "demo-target"} <= set(demo_namespaces())
        ping = subprocess.run(["ip", "netns", "exec", "demo-client", "ping", "-c", "1", "-W", "5", "my-vps.9929"], capture_output=True, text=True)
        assert ping.returncode == 0, "the kept relay does not answer: " + ping.stdout + ping.stderr
    finally:
        gone = quickstart("--down")
    assert gone.returncode == 0 and "removed" in gone.stdout, gone.stdout + gone.stderr
    assert demo_namespaces() == []
    assert "nothing to remove" in quickstart("--down").stdout


def test_wrong_arguments():
    for arguments, words in ((["--bogus"], "unknown argument '--bogus'"), (["--overlay", "carrier-pigeon"], "takes tailscale or veth")):
        done = quickstart(*arguments)
        assert done.returncode == 2 and words in done.stderr, f"{arguments}: {done.returncode} {done.stderr}"


def test_estimates_go_by_what_is_missing_and_by_the_machine():
    """about, as quickstart has it: 100 processor seconds on two processors, each second as long as said."""
    text = (TOP / "quickstart").read_text()
    functions = text[text.index("speed_measure()"):text.index("# step WHAT")]

    def about(words, **variables):
        given = {"cores": 2, "speed": 1000, "tools": "", "number": 0, **variables}
        lines = [f"{name}={value}" for name, value in given.items()]
        return subprocess.run(["bash", "-euc", "\n".join([*lines, functions, words])], capture_output=True, text=True, check=True).stdout

    assert about("about 100 2 /etc/passwd/none") == " (about 50 s)"
    assert about("about 100 1 /etc/passwd/none") == " (about 100 s)"
    assert about("about 100 2 /etc/passwd /etc/passwd/none", cores=8, speed=3000) == " (about 150 s)"
    assert about("about 100 2 /etc/passwd/none", tools=1) == " (about 100 s)", "Go has half of the processors"
    assert about("about 100 2 /etc/passwd/none", tools=1, number=4) == " (about 50 s)"
    assert about("about 100 2 /etc/passwd /etc/group") == about("about 8 2 /etc/passwd/none") == ""
    assert int(about("speed_measure; echo $speed")) > 0


def test_a_failure_names_its_step(tmp_path):
    """An iperf3 that ends at once: the step is named, and nothing is left."""
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "iperf3").write_text("#!/bin/sh\nexit 1\n")
    (broken / "iperf3").chmod(0o755)
    environment = {**os.environ, "PATH": f"{broken}:{os.environ['PATH']}"}
    done = subprocess.run([TOP / "quickstart", "--overlay", "veth"], capture_output=True, text=True, timeout=900, env=environment, stdin=subprocess.DEVNULL)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the step 'a web server and iperf3 on my-vps' failed" in done.stderr, done.stderr
    assert demo_namespaces() == [], "namespaces were left after a failure"
