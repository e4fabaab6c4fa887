# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests that need root, and a clean end when they are terminated."""
import signal
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("net", "load", "bench")]

from lab import Lab, ThreeHosts, need  # noqa: E402  (after the path)


def pytest_configure(config):
    """A terminated run takes its namespaces down as an interrupted one does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """The ends of the lab's logs are part of a failure's report."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and call.when in ("setup", "call"):
        values = getattr(item, "funcargs", {}).values()
        labs = {id(lab): lab for lab in (getattr(value, "lab", value) for value in values) if hasattr(lab, "processes")}
        for lab in labs.values():
            for process in lab.processes:
                if process.log.exists() and process.text().strip():
                    report.sections.append((f"log {process.log.name}", process.tail()))


@pytest.fixture
def lab():
    """An empty laboratory for one test."""
    need("ip", "sysctl")
    laboratory = Lab()
    try:
        yield laboratory
    finally:
        laboratory.down()


@pytest.fixture
def hosts(lab):
    """The classic three: hosts.client, hosts.relay, hosts.target (see lab.ThreeHosts)."""
    return ThreeHosts(lab)
