# SPDX-License-Identifier: GPL-2.0-or-later
"""The last line of runtests: adds up automake's results and pytest's.

usage: summary.py BUILD MAKE-EXIT PYTEST-XML PYTEST-EXIT [PYTEST-XML PYTEST-EXIT]... Exit code 0: something passed, and nothing failed. A runner that failed without a
failed test to show for it (a build error, no test collected) counts as one failure.
"""
import re
import sys
import xml.etree.ElementTree
from pathlib import Path


def unit_results(build):
    """(passed, failed, skipped) of `make check`, from the .trs files that its TAP driver writes."""
    passed = failed = skipped = 0
    for path in Path(build).glob("tests/**/*.trs"):
        results = re.findall(r"^:test-result: (\w+)", path.read_text(), re.M)
        passed += sum(result in ("PASS", "XFAIL") for result in results)
        skipped += results.count("SKIP")
        failed += sum(result in ("FAIL", "XPASS", "ERROR") for result in results)
    return passed, failed, skipped


def pytest_results(path):
    """(passed, failed, skipped) of pytest's XML report."""
    if not Path(path).exists():
        return 0, 0, 0
    passed = failed = skipped = 0
    for suite in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        failed += bad
        skipped += int(suite.get("skipped"))
        passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    return passed, failed, skipped


def main(build, unit_exit, *reports):
    totals = [0, 0, 0]
    runs = [(unit_results(build), int(unit_exit))]
    runs += [(pytest_results(report), int(code)) for report, code in zip(reports[::2], reports[1::2])]
    for results, code in runs:
        totals = [total + result for total, result in zip(totals, results)]
        if code != 0 and results[1] == 0:
            totals[1] += 1
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 0 if totals[0] > 0 and totals[1] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
