# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is started anew starts by the settings that were last taken: an edit that was refused, or not reloaded yet, is nothing to it."""
import json
import os
import re
import signal

import lab
import pytest
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)
from reload_lab import WIDER, Watched as Held
from reload_lab import ANSWER, NAME, pong
from watch_lab import watched  # noqa: F401  (a fixture)

EDITS = {"another pool": {"dynamic_pool": "192.168.224.0/20", "prefix": "fd64:bbbb::/96"}, "nonsense": {"nonsense": "here"}}


def anew(relay, name):  # noqa: F811
    """SIGKILL; the next one must have come."""
    before = relay.child(name)
    os.kill(before, signal.SIGKILL)
    lab.wait_for(lambda: relay.child(name) not in (None, before), f"the next {name}", 40)


def works(relay):  # noqa: F811
    lab.wait_for(lambda: relay.ask(NAME) == [ANSWER], f"{ANSWER} as the address of {NAME}", 40)
    lab.wait_for(lambda: pong(relay, ANSWER), "a pong", 40)


def told_by_status(relay, edit):  # noqa: F811
    """That what the file says is not in force, and why, when it cannot be; check says so too."""
    text, settings = relay.expect(0 if edit != "nonsense" else 1, "status"), json.loads(relay.command("status", "--json").stdout)["settings"]
    assert settings["in_force"] is False, settings
    if edit != "nonsense":
        assert settings["broken"] is None and "warning    settings: the file was edited, and not reloaded" in text, text
        return
    assert re.search(r'^FAIL +settings: .*line \d+: unknown directive "nonsense".*nat64-relay reload$', text, re.M), text
    assert 'unknown directive "nonsense"' in settings["broken"] and settings["prefixes"] == ["fd64:9929::/96"], settings
    check = relay.command("check", "my-vps", "--json")
    steps = {one["id"]: one for one in json.loads(check.stdout)["checks"]}
    assert steps["answer"]["result"] == "ok" and steps["reboot"]["result"] == "FAIL" and "nonsense" in steps["reboot"]["text"], steps
    assert "nat64_relay_healthy" in relay.expect(0, "metrics")


@pytest.mark.parametrize("edit", EDITS)
def test_a_daemon_that_is_killed_after_a_refused_reload(relay, edit):  # noqa: F811
    """relay.conf, the map-file and the own lines were all edited, and the reload was refused for the last of them."""
    held = Held(relay)
    held.maps.write_text("map 192.168.250.9 fd77::9\n")
    (held.own / "own.conf").write_text("server:\n    nonsense: yes\n")
    held.change(**EDITS[edit])
    held.reload_refused(2)
    told_by_status(relay, edit)
    for name in ("nat64d", "unbound"):
        anew(relay, name)
    works(relay)
    same(held.before, held.look(), "after both daemons have started anew")
    (held.own / "own.conf").unlink()
    held.taken(**WIDER)
    assert json.loads(relay.expect(0, "status", "--json"))["settings"]["in_force"] is True
    assert "192.168.250.9" in relay.expect(0, "maps")
    for name in ("nat64d", "unbound"):
        anew(relay, name)
    lab.wait_for(lambda: relay.ask("my-vps.fast.test"), "the new domain, from an Unbound that has started anew", 40)
    assert "192.168.250.9" in relay.expect(0, "maps")
    assert held.process.stop() == 0, held.process.tail()


@pytest.mark.parametrize("edit", EDITS)
def test_a_watch_that_is_killed_after_a_refused_reload(watched, edit):  # noqa: F811
    """The next one carries on by what is in force, and leaves the copy of it as it is."""
    runtime, own = watched.lab.folder / "relay.run", watched.lab.folder / "unbound.conf.d"
    own.mkdir()
    watched.config = watched.settings(unbound_include_dir=own)
    first = watched.watch()
    first.wait_for("ready after", 60)
    kept = {name: (runtime / name).read_text() for name in ("relay.conf", "maps", "unbound.conf")}
    (own / "own.conf").write_text("server:\n    nonsense: yes\n")
    watched.config = watched.settings(unbound_include_dir=own, **EDITS[edit])
    watched.expect(2, "reload")
    first.kill()
    second = watched.watch()
    second.wait_for("ready after", 60)
    assert {name: (runtime / name).read_text() for name in kept} == kept, "a refused file is in force"
    works(watched)
    (own / "own.conf").unlink()
    watched.config = watched.settings(unbound_include_dir=own, **WIDER)
    assert "The relay has the new settings." in watched.expect(0, "reload")
    lab.wait_for(lambda: watched.ask("my-vps.fast.test"), "the new domain", 40)
    assert second.stop(timeout=40) == 0, second.tail()
