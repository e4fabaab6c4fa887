# SPDX-License-Identifier: GPL-2.0-or-later
"""The arrows between the folders of the house: which may include which.

A folder's files include each other freely, but in no circle: a source and its header count as one file. FOREIGN are the headers of other projects.

    for complaint in complaints(top): print(complaint)      "relay/ask/echo.c:12: relay/ask may not include relay/watch/watch.h"
"""
import re
from pathlib import Path

# A folder, and the folders that it may include besides itself. "FOLDER: HEADER..." opens these headers of a folder alone.
ARROWS = {
    "conf": [],
    "kernel": ["conf"],
    "nftables": ["conf", "kernel: netlink.h"],
    "tailscale": ["conf"],
    "module": ["conf"],
    "unbound": ["conf", "module: built_for.h counter_file.h counters.h"],
    "nat64/core": ["conf"],
    "nat64/bpf": ["nat64/core: checksum.h echo.h rules.h"],
    "nat64/control": ["conf"],
    "nat64/pool": ["conf", "kernel", "nat64/core", "nat64/bpf: plain.h"],
    "nat64/daemon": ["conf", "kernel", "nat64/control", "nat64/core", "nat64/bpf: plain.h plain.skel.h", "nat64/pool", "nat64/tayga"],
    "http": ["conf", "nat64/daemon: privileges.h"],
    "nat64/tayga": ["conf", "kernel", "nat64/pool", "nat64/daemon: device.h privileges.h"],
}
LIBRARIES = ["conf", "kernel", "nftables", "tailscale", "unbound", "nat64/control", "module: counter_file.h counters.h"]
ROOMS = ["cli", "host", "ask", "apply", "check", "conflict", "setup", "detect", "show", "watch", "clat", "compare", "trace"]  # of relay: each may include those before it
for number, room in enumerate(ROOMS):
    ARROWS[f"relay/{room}"] = [*LIBRARIES, *(f"relay/{lower}" for lower in ROOMS[:number])]
ARROWS["relay/check/client"] = [*LIBRARIES, *(f"relay/{room}" for room in ROOMS[:ROOMS.index("check") + 1])]
ARROWS["relay"] = [*LIBRARIES, *(f"relay/{room}" for room in ROOMS), "relay/check/client"]
FOREIGN = ("daemon", "dynlibmod", "iterator", "services", "sldns", "util", "validator")  # Unbound's, for module/ alone
INCLUDE = re.compile(r'^#include "([^"]+)"')


def sentence(room):
    """What the README of a room says of its arrows: the libraries stand for LIBRARIES, which the README of relay lists."""
    if room.startswith("relay/"):
        rooms = [arrow.removeprefix("relay/") for arrow in ARROWS[room] if arrow not in LIBRARIES]
        return "May include: the libraries" + (f", and of the rooms of relay: {', '.join(rooms)}." if rooms else ".")
    names = [f"`{name}`" for arrow in ARROWS[room] for home, _, headers in [arrow.partition(": ")]
             for name in ([f"{home}/{header}" for header in headers.split()] or [home]) if not name.startswith("relay/")]
    if room == "module":
        names.append("the headers of Unbound")
    if room == "relay":
        names.append("every room")
    return f"May include: {', '.join(names) or 'no other folder'}."


def folder_of(path):
    return str(Path(path).parent)


def sources(top):
    for folder in ARROWS:
        yield from sorted(path for path in (top / folder).glob("*.[ch]"))


def includes(top):
    """(file, line, header) of every include of a file of ours."""
    for path in sources(top):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := INCLUDE.match(line):
                yield path.relative_to(top), number, match[1]


def is_allowed(folder, header):
    home = folder_of(header)
    if home in (folder, "."):  # "." is config.h
        return True
    for arrow in ARROWS[folder]:
        target, _, names = arrow.partition(": ")
        if home == target and (not names or Path(header).name in names.split()):
            return True
    return folder == "module" and home.split("/")[0] in FOREIGN


def circles(graph):
    """The strongly connected parts with more than one file (Tarjan), each sorted."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            part = []
            while not part or part[-1] != node:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return found


def complaints(top):
    graph, found = {}, []
    for path, number, header in includes(top):
        folder, unit, other = folder_of(path), str(path.with_suffix("")), str(Path(header).with_suffix(""))
        if not is_allowed(folder, header):
            found.append(f"{path}:{number}: {folder} may not include {header}")
        if unit != other and (top / header).exists():
            graph.setdefault(unit, set()).add(other)
    return found + [f"include each other in a circle: {', '.join(circle)}" for circle in circles(graph)]
