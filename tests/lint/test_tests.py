# SPDX-License-Identifier: GPL-2.0-or-later
"""How the tests lie: a unit test beside what it tests, and nothing that several test modules need in one of them."""
import ast
import re

from lab import TOP

TESTS = TOP / "tests"

# Unit tests of more than one file: why they have the name of none.
OF_SEVERAL = {
    "nat64/core/roundtrip-test.c": "packets that go there and come back, through the whole core",
    "nat64/core/uses-test.c": "the packets of the uses that README.md names, through the whole core",
}


def imported(path):
    """(line, module) of each import, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def is_python(path):
    return path.is_file() and (path.suffix == ".py" or path.suffix == "" and path.read_bytes()[:64].startswith(b"#!/usr/bin/python3"))


def test_no_module_imports_a_test_module():
    found = [f"{path.relative_to(TOP)}:{line}: {module}: what it shares goes into a module beside lab.py"
             for path in sorted(TESTS.rglob("*")) if "build" not in path.parts and is_python(path)
             for line, module in imported(path) if re.match(r"test_", module.rsplit(".", 1)[-1])]
    assert not found, "\n".join(found)


def test_a_unit_test_lies_as_what_it_tests():
    tests = {str(path.relative_to(TESTS / "unit")) for path in (TESTS / "unit").rglob("*-test.c")}
    assert len(tests) > 40, f"only {len(tests)} unit tests were found"
    found = [f"tests/unit/{test}: there is neither {test.removesuffix('-test.c')}.c nor .h" for test in sorted(tests - OF_SEVERAL.keys())
             if not any((TOP / test.removesuffix("-test.c")).with_suffix(suffix).exists() for suffix in (".c", ".h"))]
    assert not found, "\n".join(found)
    assert not OF_SEVERAL.keys() - tests, f"listed, and not there: {OF_SEVERAL.keys() - tests}"


def test_every_unit_test_is_built():
    built = (TESTS / "unit/local.mk").read_text()
    found = [str(path) for path in (TESTS / "unit").rglob("*-test.c") if str(path.relative_to(TOP).with_suffix("")) not in built.split()]
    assert not found, "not in tests/unit/local.mk: " + ", ".join(found)
