# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict reader of Prometheus' text format, version 0.0.4: what a scraper forgives is an AssertionError here."""
import math
import re

NAME, LABEL = r"[a-z_:][a-z0-9_:]*", r"[a-z_][a-z0-9_]*"
HELP = re.compile(rf"# HELP ({NAME}) ((?:[^\\]|\\[\\n])+)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:{LABEL}="(?:[^"\\]|\\["\\n])*",?)*)\}})? (-?[0-9]+(?:\.[0-9]+)?)')
PAIR = re.compile(rf'({LABEL})="((?:[^"\\]|\\["\\n])*)"(,|$)')


def labels(text):
    """a="b",c="d" as a sorted tuple of pairs; no label twice, no comma too many."""
    found = PAIR.findall(text or "")
    assert "".join(f'{name}="{value}"{comma}' for name, value, comma in found) == (text or ""), text
    assert not found or found[-1][2] == "", f"a comma at the end of {text}"
    assert len({name for name, _, _ in found}) == len(found), f"a label twice in {text}"
    return tuple(sorted((name, value) for name, value, _ in found))


def family_of(name, families):
    """A sample belongs to the family of its name, a histogram's parts to the histogram."""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and families.get(name.removesuffix(suffix)) == "histogram":
            return name.removesuffix(suffix)
    return name


def check_histogram(name, samples):
    """Buckets in the order of their bounds, never falling, the last +Inf and equal to the count."""
    bounds = [float(dict(pairs)["le"]) for sample, pairs in samples if sample == name + "_bucket"]
    values = [value for (sample, _), value in samples.items() if sample == name + "_bucket"]
    assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf, f"{name}: bounds {bounds}"
    assert values == sorted(values), f"{name}: buckets {values}"
    assert samples[name + "_count", ()] == values[-1] and samples[name + "_sum", ()] >= 0, name


def parse(text):
    """{(sample name, ((label, value), ...)): number}, and {family: type}."""
    assert text.endswith("\n") and "\r" not in text
    families, samples, current, helped = {}, {}, None, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            found = HELP.fullmatch(line)
            assert found, f"bad help: {line}"
            helped = found[1]
        elif line.startswith("#"):
            found = TYPE.fullmatch(line)
            assert found and found[1] == helped and found[1] not in families, f"bad type, or a family twice: {line}"
            current = found[1]
            families[current] = found[2]
            assert (found[2] == "counter") == current.endswith("_total"), f"a counter ends in _total, and nothing else does: {line}"
        else:
            found = SAMPLE.fullmatch(line)
            assert found, f"bad sample: {line!r}"
            key = (found[1], labels(found[2]))
            assert family_of(found[1], families) == current, f"{line}: outside of its family, {current}"
            assert key not in samples, f"twice: {line}"
            samples[key] = float(found[3])
            assert families[current] == "gauge" or samples[key] >= 0, f"below zero: {line}"
    for name, kind in families.items():
        own = [sample for sample, _ in samples if family_of(sample, families) == name]
        assert own, f"{name} has no sample"
        if kind == "histogram":
            check_histogram(name, samples)
    return samples, families


class Metrics:
    """One reading, to be asked and compared."""

    def __init__(self, text):
        self.samples, self.families = parse(text)

    def __call__(self, name, **wanted):
        """One sample by its name without nat64_relay_, and its labels."""
        return self.samples["nat64_relay_" + name, tuple(sorted(wanted.items()))]

    def since(self, before, prefix):
        """What has changed since an earlier reading, of the samples with that prefix: {"name label=value": by how much}."""
        changed = {}
        for (name, pairs), value in self.samples.items():
            by = value - before.samples.get((name, pairs), 0)
            if by and name.startswith("nat64_relay_" + prefix):
                words = [name.removeprefix("nat64_relay_"), *(f"{label}={text}" for label, text in pairs)]
                changed[" ".join(words)] = by
        return changed
