# SPDX-License-Identifier: GPL-2.0-or-later
"""A few faults of tests/load/faults: all comes back, our own words say who did it, no session is lost, and no octet comes back wrong.

How long it takes is measured by tests/load/faults, and is no test.
"""
import pytest
from lab import Lab, need
from fault_table import FAULTS
from script import program
from fault_run import FaultRun

SHORT = ("SIGKILL of nat64d", "SIGKILL of unbound", "SIGKILL of nat64-relay run", "nft flush ruleset", "the prefix's route removed",
         "disk full, then a new client", "upstream dead")
faults = program("faults")


@pytest.fixture(scope="module")
def scene():
    need("ip", "nft", "mount")
    with Lab() as lab:
        made = faults.Scene(lab, load=False)
        yield made
        made.close()


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.name in SHORT], ids=lambda fault: fault.name)
def test_a_fault_is_got_over(scene, fault):
    result = FaultRun(scene, fault, sessions=10)
    assert result.recovered, f"echoes, known and new names are not all answered again\n{scene.testbed.process.tail()}"
    assert (result.lost, result.wrong) == (0, 0), f"{result.lost} sessions lost, {result.wrong} octets wrong"
    assert not fault.repaired or result.said, f"nothing says {fault.repaired!r}\n{scene.testbed.process.tail()}"
