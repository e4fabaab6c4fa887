# SPDX-License-Identifier: GPL-2.0-or-later
"""The module of each Unbound in each Unbound: its own answers, any other is refused with one clear line, by Unbound and by the command.

The Unbounds are this release's and those of `dist/unbound/build --release`; runtests passes the tests of the name service with each.
"""
import re
import subprocess

import pytest
from lab import built, module_of, skip, unbound_program
from resolver import Resolver
from upstream import PythonNs, add

RELEASES = ["", "trixie", "sid"]
SETTINGS = """
    split-domain 9929 lab.example
    upstream-dns lab.example 127.0.0.1@5301
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""


def identity(program):
    """Its version and how it was configured: two releases may have one Unbound."""
    return subprocess.run([program, "-V"], capture_output=True, text=True).stdout.splitlines()[:3]


class Pair:
    """A program, and the module that is built for an Unbound which may be another."""

    def __init__(self, lab, built_for, started):
        for release in (built_for, started):
            if not unbound_program(release).exists():
                skip(f"no Unbound of {release or 'this release'}: dist/unbound/build {release and '--release ' + release} says why")
        program = unbound_program(started)
        self.resolver = Resolver(lab, f"unbound-program {program}\n{SETTINGS}", program=str(program))
        self.resolver.module = lab.module(module_of(built_for))
        self.belong_together = identity(unbound_program(built_for)) == identity(program)
        self.name = "unbound " + identity(unbound_program(built_for))[0].split()[-1]

    def command(self):
        """What nat64-relay says before it starts anything. Something else is wrong too, so that it starts nothing in any case."""
        settings = self.resolver.settings.with_name("refused.conf")
        settings.write_text(re.sub("(?m)^user .*", "user no-such-user", self.resolver.settings.read_text()))
        done = self.resolver.relay.run([built("nat64-relay"), "-c", settings, "run"], check=False)
        assert done.returncode == 2 and "no user no-such-user" in done.stderr, done.stdout + done.stderr
        return [line for line in done.stderr.splitlines() if "no-such-user" not in line]


@pytest.fixture(params=RELEASES, ids=lambda release: f"in-{release or 'default'}")
def started(request):
    return request.param


@pytest.fixture(params=RELEASES, ids=lambda release: f"built-for-{release or 'default'}")
def pair(lab, started, request):
    return Pair(lab, request.param, started)


def test_each_module_in_each_unbound(pair):
    """A module in its own Unbound answers; in any other it ends it, which is better than a crash on the first question."""
    resolver, said = pair.resolver, pair.command()
    if pair.belong_together:
        assert said == []
        upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A 100.64.1.2") or True)
        try:
            assert resolver.start().ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}
        finally:
            upstream.close()
        return
    assert len(said) == 1 and f"is built for ({pair.name}" in said[0] and "this is not the Unbound that" in said[0], said
    process = resolver.launch()
    assert process.wait(timeout=20) == 1, process.text()
    lines = [line for line in process.text().splitlines() if "splitdns:" in line]
    assert len(lines) == 1 and f"({pair.name})" in lines[0] and "--with-unbound-source" in lines[0], process.text()
