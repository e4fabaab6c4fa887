# SPDX-License-Identifier: GPL-2.0-or-later
"""Two peers that run side by side and are measured in short turns: what decides where a ratio is near 1.

A round trip depends on which processor a translator's thread happens to stay on, and on what else the machine does in that second: one run after the
other differs by half. So both are started anew many times, and are measured in slices of a few hundredths of a second, in an order by chance. Each start
gives one ratio. What is told is their median, and the interval that holds the true median with 95 % (the sign test's: it asks nothing of how they scatter).
"""
import math
import random
import statistics

SLICES, ECHOES, INTERVAL = 8, 40, 1000  # of a start: slices of each peer, echoes in each, microseconds between them
SECONDS = 0.4  # of each load of datagrams or connections


def interval(values):
    """(median, low, high): the median's 95 % interval, by order. All there is when they are fewer than six."""
    values, count = sorted(values), len(values)
    tail, lower = 2.0 ** -count, 0
    while count > 5 and tail + math.comb(count, lower + 1) * 2.0 ** -count <= 0.025:
        lower += 1
        tail += math.comb(count, lower) * 2.0 ** -count
    return statistics.median(values), values[lower], values[-lower - 1]


def echoes(bench, peers):
    """{peer's name: {figure: value}} of echoes in slices."""
    targets = {peer.target: peer.name for peer in peers}
    said = bench.path.client.run([bench.options.echoes, SLICES, ECHOES, INTERVAL, *targets]).stdout
    times = {name: [] for name in targets.values()}
    for line in said.splitlines():
        target, *values = line.split()
        times[targets[target]] += map(float, values)
    return {name: {"ping p50 us": statistics.median(values), "ping p99 us": sorted(values)[len(values) * 99 // 100]} for name, values in times.items()}


def one_by_one(peers, measure):
    """{peer's name: {figure: value}} of a measure of the bench, one peer after the other."""
    peers = [peer for peer in peers if peer.process]
    return {peer.name: measure(peer) for peer in random.sample(peers, len(peers))}


class Turns:
    """The ratios of all starts: {(figure, ours, other): [ratio]}."""

    def __init__(self):
        self.ratios = {}

    def note(self, found, ours, other):
        for figure in found[ours]:
            self.ratios.setdefault((figure, ours, other), []).append(found[ours][figure] / found[other][figure])

    def interval(self, figure, ours, other):
        """(median, low, high); None when it was not measured in turns."""
        values = self.ratios.get((figure, ours, other))
        return interval(values) if values else None

    def lines(self):
        """A line a ratio, with its interval."""
        for (figure, ours, other), values in self.ratios.items():
            middle, low, high = interval(values)
            sure = "95 % " if len(values) > 5 else "all "
            yield f"- {figure}, {ours} / {other}: {middle:.3f}, {sure}between {low:.3f} and {high:.3f}; {len(values)} starts of both"
