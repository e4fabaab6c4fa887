# SPDX-License-Identifier: GPL-2.0-or-later
"""The options of the programs, as --help prints them, against their manuals: both ways. relay.conf(5) is directive-test's."""
import re
import subprocess

import pytest
from lab import TOP, built

COMMANDS = ("init", "up", "reload", "diff", "down", "run", "watch", "status", "metrics", "clients", "maps", "counters", "flush", "check", "trace", "detect",
            "compare", "client-rules", "clat", "tailnet", "unbound-lines")


def help_options(program, *words):
    """The long options that --help prints."""
    done = subprocess.run([built(program), *words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^ +(?:-\w,)? *--([a-z0-9-]+)", done.stdout, re.M))


def manual_options(page):
    """The long options that have an entry of their own."""
    entries = re.findall(r"^\.It (Fl .*)$", (TOP / "man" / page).read_text(), re.M)
    return {option for entry in entries for option in re.findall(r"(?:Fl |, )-([a-z0-9-]{2,})", entry)}


@pytest.mark.parametrize("page, program, commands", [("nat64-relay.8", "nat64-relay", [(), *((command,) for command in COMMANDS)]),
                                                     ("nat64d.8", "nat64d", [()])])
def test_options_of_the_manual(page, program, commands):
    has = set().union(*(help_options(program, *words) for words in commands))
    said = manual_options(page)
    assert has == said, f"{page}: missing {sorted(has - said)}, not there any more {sorted(said - has)}"


def test_every_command_is_in_the_manual():
    done = subprocess.run([built("nat64-relay"), "--help"], capture_output=True, text=True, check=True)
    has = re.findall(r"^  ([a-z-]+) ", done.stdout, re.M)
    assert has == re.findall(r"^\.Ss (\S+)$", (TOP / "man/nat64-relay.8").read_text(), re.M) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS[1:])  # of init the synopsis shows one option
def test_the_synopsis_of_a_command_has_its_options(command):
    synopsis = (TOP / "man/nat64-relay.8").read_text().split(".Sh SYNOPSIS")[1].split(".Sh DESCRIPTION")[0]
    blocks = [block for block in synopsis.split("\n.Nm\n") if command in (re.search(r"^\.Cm (.*)$", block, re.M) or [""] * 2)[1].split(" | ")]
    said = {option for block in blocks for option in re.findall(r"Fl -([a-z0-9-]+)", block)}
    has = help_options("nat64-relay", command) - {"config", "help"}
    assert blocks and has == said, f"{command}: missing {sorted(has - said)}, not there any more {sorted(said - has)}"


def test_the_table_of_standards_names_tests_that_exist():
    standards = (TOP / "man/nat64d.8").read_text().split(".Sh STANDARDS")[1]
    names = {name.strip() for names in re.findall(r"^\[(.*)\]$", standards, re.M) for name in names.split(",")}
    missing = [name for name in sorted(names) if not list((TOP / "tests").glob(f"unit/**/{name}.c")) + list((TOP / "tests").glob(f"net/{name}.py"))]
    assert len(names) > 10 and not missing, f"no such tests: {missing}"


@pytest.mark.parametrize("page, folders", [("nat64-relay.8", ["relay"]), ("nat64d.8", ["nat64"])])
def test_every_event_of_the_journal_is_in_the_manual(page, folders):
    """Both ways: the names that the sources pass to the log, and those under NAT64_EVENT."""
    calls = re.compile(r'\b(?:relay_print_event|conf_log_event|event)\([^"]*?"([A-Z_]+)"')
    has = {name for folder in folders for path in (TOP / folder).rglob("*.c") for name in calls.findall(path.read_text())}
    entry = (TOP / "man" / page).read_text().split(".It Li NAT64_EVENT\n")[1].split("\n.It ")[0]
    said = set(re.findall(r"^\.Li ([A-Z_]+)(?: |$)", entry, re.M))
    packets = {"DROP", "REJECT", "ICMP", "SELF"} if page == "nat64d.8" else set()  # kinds of packets, from a table of nat64/daemon/packetlog.c
    assert len(has) > 5 and has | packets == said, f"{page}: missing {sorted(has - said)}, not there any more {sorted(said - has - packets)}"
