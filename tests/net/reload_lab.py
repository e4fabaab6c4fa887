# SPDX-License-Identifier: GPL-2.0-or-later
"""Reloads of a whole relay: a name and an address to ask for before and after, and a relay that is watched meanwhile."""
import contextlib
import itertools
import json
import os
import resource
import subprocess

from lab import ECHO
from relay_lab import same

NAME, ANSWER = "my-vps.9929", "fd64:9929::6440:3"


def change(relay, **changes):
    relay.config = relay.settings(**changes)


def pong(relay, address, patience=ECHO):
    return relay.client.echoes(address, patience=patience)


@contextlib.contextmanager
def one_descriptor(pid):
    """A process that may open one file more at a time: it takes a question, and cannot open anything for the answer."""
    taken = {int(number) for number in os.listdir(f"/proc/{pid}/fd")}
    free = next(number for number in itertools.count() if number not in taken)
    limit = next(number for number in itertools.count(free + 1) if number not in taken)
    before = resource.prlimit(0, resource.RLIMIT_NOFILE)[0]
    change = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "prlimit", f"--pid={pid}"]  # its user may, without any right
    subprocess.run([*change, f"--nofile={limit}:"], check=True)
    try:
        yield
    finally:
        subprocess.run([*change, f"--nofile={before}:"], check=True)


WIDER = {"prefix": ["fd64:9929::/96", "fd64:aaaa::/96"], "split_domain": ["9929 real.test", "fast.test real.test"]}


class Watched:
    """A relay under run, with own lines for Unbound and a map-file; and all that a reload may touch."""

    def __init__(self, relay):  # noqa: F811
        self.relay, self.folder = relay, relay.lab.folder
        self.runtime, self.own, self.maps = self.folder / "relay.run", self.folder / "unbound.conf.d", self.folder / "maps"
        self.own.mkdir()
        self.maps.write_text("map 192.168.250.1 fd77::1\n")
        self.change()
        self.process = relay.run()
        self.before = self.look()

    def change(self, **changes):
        self.relay.config = self.relay.settings(unbound_include_dir=self.own, map_file=self.maps, **changes)

    def look(self):
        look = self.relay.snapshot()
        look["maps"] = json.dumps(json.loads(self.relay.command("maps", "--json").stdout), indent=1)
        for name in ("relay.conf", "unbound.conf"):
            look[name] = (self.runtime / name).read_text()
        return look

    def reload_refused(self, code, *words):
        text = self.relay.expect(code, "reload")
        for word in words:
            assert word in text, f"expected {word!r}, got\n{text}"
        return text

    def same(self):
        """Everything is as it was, the answers too, also from daemons that start anew; and the next good file is taken."""
        same(self.before, self.look(), "after a refused reload")
        assert self.relay.ask(NAME) == [ANSWER] and self.relay.ask("my-vps.fast.test") == [] and pong(self.relay, ANSWER)

    def taken(self, **changes):
        self.change(**changes)
        assert "The relay has the new settings." in self.relay.expect(0, "reload")
