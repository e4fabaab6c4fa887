# SPDX-License-Identifier: GPL-2.0-or-later
"""The same sources make the same bytes, wherever and whenever they are built."""
from handed_out import elf_files


def files(tree):
    return {str(path.relative_to(tree)): path for path in tree.rglob("*") if path.is_file()}


def test_two_builds_have_the_same_bytes(installed, again):
    one, two = files(installed), files(again)
    assert set(one) == set(two), f"files of one build alone: {sorted(set(one) ^ set(two))}"
    assert {"nat64d", "nat64-relay", "splitdns.so", "relay.conf.5"} <= {path.name for path in one.values()}, sorted(one)
    different = [name for name in sorted(one) if one[name].read_bytes() != two[name].read_bytes()]
    assert not different, f"files that differ: {different}"


def test_no_folder_of_the_build_is_in_a_program(installed):
    for path in elf_files(installed):
        if "unbound" not in path.name:  # it is built elsewhere, and keeps its configure line
            for folder in (installed.parent / "tree", installed.parent / "build"):
                assert str(folder).encode() not in path.read_bytes(), f"{path.name} holds {folder}"
