# SPDX-License-Identifier: GPL-2.0-or-later
"""What bash and zsh offer at the tab key, asked of the shells themselves, against what the commands say in --help.

zsh's own functions that show what was found are exchanged for ones that print it.
"""
import re
import subprocess

import pytest
from lab import TOP, built, need

ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $(complete -p nat64-relay | sed "s/.*-F //; s/ .*//"); printf "%s\\n" "${COMPREPLY[@]}"'

ASK_ZSH = """
_call_program() { shift; eval "$@" }
_describe() { print -l -- ${${(P)@[-1]}%%:*} }
_files() { print -l -- $PREFIX*(N) }
_message() { }
file=$1; shift
words=("$@") CURRENT=$#words PREFIX=$words[-1]
source $file
"""
SHELLS = {"bash": ["bash", "--norc", "-c", ASK, "bash"], "zsh": ["zsh", "-f", "-c", ASK_ZSH, "zsh"]}


@pytest.fixture(scope="module", params=SHELLS)
def offered(request, tmp_path_factory):
    """offered(PROGRAM, WORD...): what the shell offers for the last of the words."""
    need(request.param)
    folder = tmp_path_factory.mktemp("completion")
    text = (TOP / f"dist/completions/nat64-relay.{request.param}.in").read_text().replace("@RELAY_CONF_PATH@", str(folder / "default.conf"))
    (folder / "default.conf").write_text("split-domain 9929 tail1234.ts.net\n")
    (folder / "other.conf").write_text("# split-domain no.such thing\n  split-domain lab.9929 lab.example\nsplit-domain home real.example\n")
    (folder / "functions").write_text(text)

    def ask(program, *words):
        argv = [*SHELLS[request.param], folder / "functions", built(program), *words]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=folder, timeout=180)
        assert not done.stderr, done.stderr
        return [word for word in done.stdout.split() if word.startswith(words[-1])]
    return ask


def helped(program, *words):
    return subprocess.run([built(program), *words, "--help"], capture_output=True, text=True, check=True).stdout


def test_every_command_of_the_table(offered):
    commands = re.findall(r"^  ([a-z][a-z-]+) ", helped("nat64-relay"), re.M)
    assert len(commands) > 10 and offered("nat64-relay", "") == commands
    assert offered("nat64-relay", "un") == ["unbound-lines"]


@pytest.mark.parametrize("words", [["nat64-relay"], ["nat64-relay", "check"], ["nat64-relay", "init"], ["nat64d"]])
def test_every_option_of_the_table(offered, words):
    options = re.findall(r"^ +(?:-\w, *)?(--[a-z0-9-]+)", helped(*words), re.M)
    assert len(options) > 2 and offered(*words, "-") == options


def test_files_where_a_file_is_wanted(offered):
    for words in (["nat64-relay", "-c"], ["nat64-relay", "up", "--config"], ["nat64d", "-p"]):
        assert offered(*words, "oth") == ["other.conf"], words


def test_verbs_of_the_usage(offered):
    assert offered("nat64-relay", "tailnet", "") == ["plan", "apply", "forget"]
    assert offered("nat64-relay", "tailnet", "--json", "f") == ["forget"]
    assert offered("nat64-relay", "clat", "") == ["up", "down", "status"]


def test_nothing_where_only_the_user_knows(offered):
    assert offered("nat64-relay", "check", "--wait", "") == []


def test_split_names(offered):
    assert offered("nat64-relay", "check", "my-vps.") == ["my-vps.9929"]
    assert offered("nat64-relay", "trace", "my-vps.") == ["my-vps.9929"]
    assert sorted(offered("nat64-relay", "-c", "other.conf", "check", "--wait", "5", "a.")) == ["a.home", "a.lab.9929"]
    assert offered("nat64-relay", "up", "my-vps.") == []
