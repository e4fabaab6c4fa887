# SPDX-License-Identifier: GPL-2.0-or-later
"""One fault in the middle of load, what probes noticed of it, and the table of all.

A scene says who suffers: testbed is what a fault strikes, testbed.process the relay, and probes(sessions) begins to look at it:
{column: Echoes or Questions}, and the Sessions.
"""
import re
import statistics
import time

from fault_table import FOREVER, OUR_WORDS
from results import Progress

GOAL = 2.0  # seconds, for what is ours to repair
CALM, PATIENCE = 1.0, 60  # seconds
COLUMNS = {"echo": "no echo for s", "name": "no answer for s", "new name": "new names s"}


class FaultRun:
    """One fault, once."""

    def __init__(self, scene, fault, sessions=50):
        testbed = self.testbed = scene.testbed
        self.askers, self.sessions = scene.probes(sessions)
        time.sleep(CALM)
        said = len(testbed.process.text())
        begin = time.monotonic()
        process = testbed.process
        again = fault.strike(testbed)
        if again and fault.lasts != FOREVER:
            time.sleep(fault.lasts)
            again()
        self.recovered = self.recovery()
        if fault.repaired:
            self.wait(lambda: re.search(fault.repaired, self.words(process, said)))
        time.sleep(CALM)
        end = time.monotonic()
        self.lost, self.wrong = self.sessions.finish()
        self.gaps = {column: asker.gap(begin, end) for column, asker in self.askers.items()}
        for asker in self.askers.values():
            asker.stop()
        self.said = self.words(process, said)
        if again and fault.lasts == FOREVER:
            again()
            assert self.wait(scene.works), f"no echo after {fault.name} was put right"

    def words(self, process, since):
        """What nat64-relay said of itself since then; a new one says all of it since then."""
        text = self.testbed.process.text()
        return "\n".join(found[1] for found in OUR_WORDS.finditer(text[since:] if self.testbed.process is process else text))

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < end:
            time.sleep(0.05)
        return bool(condition())

    def recovery(self):
        """True once all are answered again."""
        mark = time.monotonic()
        return self.wait(lambda: all(len(asker.since(mark)) >= 10 for asker in self.askers.values()))


def spread(values):
    """The median and the worst."""
    return f"{statistics.median(values):.2f} / {max(values):.2f}"


def who(fault, runs):
    """Who put it right: in our own words, or in the fault's."""
    for result in runs:
        for line in result.said.splitlines():
            if fault.repaired and re.search(fault.repaired, line):
                return line.split(" (")[0]
    return fault.remark


def rows(results, columns=COLUMNS):
    yield ["fault", *columns.values(), "sessions lost", "octets wrong", "who put it right, what helped"]
    for fault, runs in results.items():
        yield [fault.name, *(spread([result.gaps[key] for result in runs]) for key in columns),
               str(max(result.lost for result in runs)), str(max(result.wrong for result in runs)), who(fault, runs)]


def missed(results):
    for fault, runs in results.items():
        if any(result.lost and not fault.forgotten or result.wrong or not result.recovered for result in runs):
            yield f"{fault.name}: something was lost"
        for key, what in (("echo", "an echo"), ("name", "an answer")):
            gap = max(result.gaps[key] for result in runs)
            if fault.repaired and gap > GOAL:
                yield f"{fault.name}: {gap:.1f} s without {what}"


def measure(scene, faults, rounds):
    """{fault: [what came of it in each round]}, telling each."""
    results, progress = {}, Progress(rounds * len(faults))
    for number in range(rounds):
        for fault in faults:
            progress.step(f"round {number + 1}: {fault.name}")
            result = FaultRun(scene, fault)
            results.setdefault(fault, []).append(result)
            gaps = ", ".join(f"{key} {gap:.2f} s" for key, gap in result.gaps.items())
            print(f"    {gaps}; {result.lost} lost, {result.wrong} wrong; {'; '.join(result.said.splitlines()[:2])}", flush=True)
    return results
