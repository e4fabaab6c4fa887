# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the house: names that were given up do not come back, and a comment names no file that is gone.

Only what is certain is here. A word that is wrong in one sense and right in another, as "hold" or "site", is for the reader to see.
"""
import re

import pytest

from lab import TOP

SOURCES = sorted(path for folder in ("conf", "http", "kernel", "module", "nat64", "nftables", "relay", "tailscale", "unbound", "tests/unit", "tests/fuzz")
                 for path in (TOP / folder).rglob("*.[ch]") if "build" not in path.parts)
COMMENT = re.compile(r"/\*.*?\*/", re.S)

# Identifiers, and what stands for them.
RETIRED = {
    r"\w+_(?:say|tell|told|said)": "print, log, add or describe",
    r"\w+_(?:look|do|take)": "the verb that is meant: poll, compare, check, read, acquire",
    r"(?:say|tell)_\w+": "print or log",
    r"look_(?!ups?\b)\w+": "check, poll or compare",
    r"fence\w*": "landlock",
    r"rights": "privileges",
    r"keeper": "writer, or the process that is meant",
    r"wish(?:es)?": "request",
    r"errand\w*": "job",
    r"undo(?:ing)?|undo_\w+": "rollback",
    r"news": "changes, or netlink events",
    r"tally": "statistics",
    r"steer|stale": "queue selector, orphans",
}
PROSE = {r"\b(?:[Ww]hoever|[Ff]or who)\b": "the noun: the program that, the client that, anyone who"}
# Files that comments name, and that others have: Unbound's, the kernel's, of libraries, of the build; and those that stand for any.
OTHERS = {"config.h", "services/mesh.c", "util/rtt.c", "include/net/tcp_states.h", "include/linux/virtio_net.h", "libnftnl/expr.h", "datatype.h", "watch_NAME.c"}


def without_prose(text):
    """The code alone: comments and strings are blank, and every line stays where it is."""
    text = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def retired_names(text):
    """(line, name, what is meant) of each retired identifier."""
    code = without_prose(text)
    for pattern, better in RETIRED.items():
        yield from ((line_of(code, found.start()), found[0], better) for found in re.finditer(rf"\b(?:{pattern})\b", code))


def retired_prose(text):
    for comment in COMMENT.finditer(text):
        for pattern, better in PROSE.items():
            yield from ((line_of(text, comment.start() + found.start()), found[0], better) for found in re.finditer(pattern, comment[0]))


def files_named(text):
    """(line, name) of each source that a comment names."""
    for comment in COMMENT.finditer(text):
        for found in re.finditer(r"(?<![\w./<*-])(?:\w[\w.-]*/)*\w[\w-]*\.[ch]\b(?![\w/.*-]\w)", comment[0]):
            yield line_of(text, comment.start() + found.start()), found[0]


def test_no_retired_name_comes_back():
    found = [f"{path.relative_to(TOP)}:{line}: {name}: {better}" for path in SOURCES for line, name, better in retired_names(path.read_text())
             if "tests" not in path.parts or not name.startswith(("a_", "what_", "routes_", "the_"))]  # sentences: names of tests
    assert len(SOURCES) > 400 and not found, "\n".join(found)


def test_comments_have_a_noun_for_a_subject():
    found = [f"{path.relative_to(TOP)}:{line}: {name}: {better}" for path in SOURCES for line, name, better in retired_prose(path.read_text())]
    assert not found, "\n".join(found)


def test_comments_name_files_that_are_there():
    there = {str(path.relative_to(TOP)) for path in SOURCES} | {path.name for path in SOURCES}
    found = [f"{path.relative_to(TOP)}:{line}: there is no {name}" for path in SOURCES for line, name in files_named(path.read_text())
             if name not in there | OTHERS and not (path.parent / name).exists() and not any(other.endswith("/" + name) for other in there)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("check, text, expected", [
    (retired_names, 'int a; /* tally */\nstatic int lines_say(void) { print("tally"); }', [(2, "lines_say")]),
    (retired_names, "enum { STEP_LOOK_UP }; struct keeper *keeper; int keepers, look_ups;", [(1, "keeper"), (1, "keeper")]),
    (retired_prose, "/* For who\n * asks, or whoever\n comes */ int whoever;", [(1, "For who"), (2, "whoever")]),
    (files_named, "/* See gone.c, conf/gone.h (and x.o, a.conf). */\nint gone_c; // gone.c", [(1, "gone.c"), (1, "conf/gone.h")]),
], ids=["a function", "a variable", "prose", "files"])
def test_what_breaks_the_rules_is_named(check, text, expected):
    assert [found[:2] for found in check(text)] == expected
