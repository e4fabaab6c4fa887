# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benches keep: a section each in RESULTS.md, and a chart of ratios beside it."""
import math
import os
import platform
import re
import time
from pathlib import Path
from xml.sax.saxutils import escape

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
HEAD = "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n# What the benches measured\n"
COLOURS = ("#0b6e99", "#8ab17d", "#e9a03b", "#b5525c")
LABELS, PLOT, ROW, BAR = 190, 520, 14, 11  # pixels


def machine():
    """What it was measured on, and when."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (f"{os.cpu_count()} processors ({model[1] if model else platform.machine()}), Linux {platform.release().split('-')[0]}, "
            f"{time.strftime('%Y-%m-%d')}")


def build(program):
    """How the program was built, which says more of its times than the machine does."""
    return "built with sanitizers" if b"__asan_init" in Path(program).read_bytes() else "release build"


class Progress:
    """Says how far a tool is: step() before each of so many steps."""

    def __init__(self, steps):
        self.steps, self.done, self.begun = steps, 0, time.monotonic()

    def step(self, what):
        gone = time.monotonic() - self.begun
        left = f", about {gone / self.done * (self.steps - self.done):.0f} s to go" if self.done else ""
        self.done += 1
        print(f"[{self.done}/{self.steps}, {gone:.0f} s{left}] {what}", flush=True)


def table(rows):
    """Rows of cells as a Markdown table; the first is the head."""
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def section_write(title, text):
    """Put the text under its title into RESULTS.md, in the place of what stood there."""
    sections = re.split(r"(?m)^(?=## )", RESULTS.read_text() if RESULTS.exists() else HEAD)
    new = f"## {title}\n\n{text.strip()}\n\n"
    kept = [section for section in sections[1:] if not section.startswith(f"## {title}\n")]
    place = next((i for i, section in enumerate(sections[1:]) if section.startswith(f"## {title}\n")), len(kept))
    RESULTS.write_text(sections[0].rstrip() + "\n\n" + "\n\n".join(section.strip() for section in kept[:place] + [new] + kept[place:]) + "\n")


def chart_write(name, title, rows):
    """An SVG of ratios on a logarithmic scale: rows are (label, {series: ratio}), the same series in each. 1 is the middle line."""
    series = list(rows[0][1])
    least = min(ratio for _, ratios in rows for ratio in ratios.values())
    most = max(ratio for _, ratios in rows for ratio in ratios.values())
    low, high = min(-1, math.floor(math.log2(least))), max(1, math.ceil(math.log2(most)))
    at = lambda ratio: LABELS + PLOT * (math.log2(ratio) - low) / (high - low)  # noqa: E731
    group = ROW * len(series) + 8
    top, height = 62, 62 + group * len(rows) + 24
    parts = ["<!-- SPDX-License-Identifier: GPL-2.0-or-later -->",
             f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABELS + PLOT + 70}" height="{height}" font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="#ffffff"/>',
             f'<text x="10" y="20" font-size="14">{escape(title)}</text>']
    for number, one in enumerate(series):
        parts.append(f'<rect x="{10 + 150 * number}" y="32" width="10" height="10" fill="{COLOURS[number]}"/>'
                     f'<text x="{25 + 150 * number}" y="41">{escape(one)}</text>')
    for power in range(low, high + 1):
        x, bold = at(2 ** power), ' stroke-width="2"' if power == 0 else ""
        parts.append(f'<line x1="{x:.1f}" y1="{top - 8}" x2="{x:.1f}" y2="{height - 20}" stroke="#cccccc"{bold}/>'
                     f'<text x="{x:.1f}" y="{height - 7}" text-anchor="middle" fill="#666666">{2 ** power:g}</text>')
    for index, (label, ratios) in enumerate(rows):
        y = top + group * index
        parts.append(f'<text x="{LABELS - 8}" y="{y + ROW * len(series) / 2 + 3:.0f}" text-anchor="end">{escape(label)}</text>')
        for number, ratio in enumerate(ratios.values()):
            left, right = sorted((at(1), at(ratio)))
            parts.append(f'<rect x="{left:.1f}" y="{y + ROW * number}" width="{max(right - left, 1):.1f}" height="{BAR}" fill="{COLOURS[number]}"/>'
                         f'<text x="{right + 4:.1f}" y="{y + ROW * number + 9}" fill="#333333">{ratio:.2f}</text>')
    RESULTS.with_name(name).write_text("\n".join(parts + ["</svg>"]) + "\n")
