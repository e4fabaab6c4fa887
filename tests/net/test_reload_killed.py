# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay reload that is killed on its way, at every file that it puts in place and at every question to a daemon: the settings before are
in force again, by the program that comes next: run or watch, the next reload, down, or a watch that was killed as well."""
import contextlib
import json
import os
import signal

import lab
import pytest
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)
from down_lab import as_before, configure, fresh
from reload_lab import WIDER, Watched as Held
from reload_lab import ANSWER, NAME, pong
from watch_lab import watched  # noqa: F401  (a fixture)

FILE, COUNTERS, ROUTES = (("rename", number) for number in (1, 4, 5))
PREVIOUS, CURRENT = (("renameat", number) for number in (1, 2))
POINTS = [FILE, PREVIOUS, CURRENT, COUNTERS, ROUTES, *(("connect", number) for number in (4, 5, 8, 10)), ("unlinkat", 3)]
DONE = "The relay has the new settings."


def killed(relay, call, number):  # noqa: F811
    """A reload that gets SIGKILL as it makes that call for the number-th time. True: it was, and not done before."""
    environment = {**relay.environment, "ASAN_OPTIONS": "detect_leaks=0"}  # who is traced cannot look for leaks
    done = relay.node.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}",
                           relay.program, "-c", relay.config, "reload"], check=False, env=environment)
    assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL) and (done.returncode != 0) != (DONE in done.stdout), \
        f"{call} {number}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.returncode != 0


def is_due(runtime):
    return os.path.lexists(runtime / "previous")


def becomes(before, look, what):
    """watch puts back, and holds, what it does with its next looks."""
    def is_same():
        with contextlib.suppress(AssertionError):
            same(before, look(), what)
            return True

    with contextlib.suppress(AssertionError):
        lab.wait_for(is_same, what, 20)
    same(before, look(), what)


def is_back(held, runtime):
    """All as before, the answers too."""
    lab.wait_for(lambda: not is_due(runtime), f"the end of the undoing\n{held.process.tail()}", 90)
    becomes(held.before, held.look, "after a reload that was killed")
    assert held.relay.ask("my-vps.fast.test") == []
    lab.wait_for(lambda: held.relay.ask(NAME) == [ANSWER], "the answer", 30)


@pytest.mark.parametrize("part", range(3))
def test_run_undoes_it(relay, part):  # noqa: F811
    held = Held(relay)
    for call, number in POINTS[part::3]:
        held.maps.write_text("map 192.168.250.9 fd77::9\n")
        held.change(**WIDER)
        if not killed(relay, call, number):
            held.change()
            held.maps.write_text("map 192.168.250.1 fd77::1\n")
            held.taken()
        is_back(held, held.runtime)
    assert "The former settings are in force again." in held.process.text() and pong(relay, ANSWER), held.process.tail()
    held.taken(**WIDER)
    assert [path.name for path in held.runtime.glob("gen-*")] == [os.readlink(held.runtime / "current")]
    lab.wait_for(lambda: relay.ask("my-vps.fast.test"), "the new domain", 40)
    assert held.process.stop() == 0, held.process.tail()


def test_the_next_reload_undoes_it(relay):  # noqa: F811
    """Nobody looks meanwhile; and the next reload is refused, or of other settings."""
    held = Held(relay)
    os.kill(held.process.pid, signal.SIGSTOP)
    try:
        held.change(**WIDER)
        assert killed(relay, *ROUTES) and is_due(held.runtime)
        held.change(workers=1)
        text = relay.expect(2, "reload")
        assert "restoring the settings from before" in text and "workers cannot change" in text, text
        is_back(held, held.runtime)
        held.change(**WIDER)
        assert killed(relay, *COUNTERS) and is_due(held.runtime)
        assert "restoring" in relay.expect(0, "reload")
        lab.wait_for(lambda: relay.ask("my-vps.fast.test"), "the new domain", 40)
    finally:
        os.kill(held.process.pid, signal.SIGCONT)
    assert held.process.stop() == 0, held.process.tail()


def test_down_after_it(relay):  # noqa: F811
    before = fresh(relay)
    process = relay.run()
    configure(relay, **WIDER)
    os.kill(process.pid, signal.SIGSTOP)
    assert killed(relay, *ROUTES)
    process.kill()
    relay.expect(0, "down")
    as_before(relay, before, "run, a reload that was killed, down")


def test_a_watch_that_was_killed_as_well(watched):  # noqa: F811
    runtime = watched.lab.folder / "relay.run"
    first = watched.watch()
    first.wait_for("ready after", 60)
    before = watched.snapshot()
    kept = {name: (runtime / name).read_text() for name in ("relay.conf", "maps", "unbound.conf")}
    os.kill(first.pid, signal.SIGSTOP)
    watched.config = watched.settings(**WIDER)
    assert killed(watched, *ROUTES)
    first.kill()
    second = watched.watch()
    second.wait_for("ready after", 60)
    lab.wait_for(lambda: not is_due(runtime), f"the end of the undoing\n{second.tail()}", 90)
    assert {name: (runtime / name).read_text() for name in kept} == kept
    becomes(before, watched.snapshot, "after the undoing")
    assert watched.ask(NAME) == [ANSWER] and watched.ask("my-vps.fast.test") == []
    assert second.stop(timeout=60) == 0, second.tail()


def flatten(runtime):
    """The layout of an earlier version: the files lie in the runtime folder itself."""
    active = runtime / os.readlink(runtime / "current")
    (runtime / "current").unlink()
    for file in active.iterdir():
        (runtime / file.name).unlink()
        file.rename(runtime / file.name)
    active.rmdir()


def test_a_watch_of_an_earlier_version(watched):  # noqa: F811
    """A reload leaves it alone; the next watch carries on with what it has left, and the daemons, which have read those files, follow a reload."""
    runtime = watched.lab.folder / "relay.run"
    first = watched.watch()
    first.wait_for("ready after", 60)
    before = watched.snapshot()
    os.kill(first.pid, signal.SIGSTOP)
    flatten(runtime)
    kept = {name: (runtime / name).read_text() for name in ("relay.conf", "maps", "unbound.conf")}
    assert json.loads(watched.command("status", "--json").stdout)["settings"]["in_force"] is True
    watched.config = watched.settings(**WIDER)
    text = watched.expect(2, "reload")
    assert f"(pid {first.pid})" in text and "of an earlier version" in text and (runtime / "relay.conf").is_file(), text
    first.kill()
    second = watched.watch()
    second.wait_for("ready after", 60)
    assert os.readlink(runtime / "current") == "gen-1" and {name: (runtime / name).read_text() for name in kept} == kept
    assert all((runtime / name).is_symlink() and (runtime / "gen-1" / name).stat().st_nlink == 1 for name in kept)
    becomes(before, watched.snapshot, "after the layout has changed")
    assert DONE in watched.expect(0, "reload")
    assert os.readlink(runtime / "current") == "gen-2" and not (runtime / "gen-1").exists()
    lab.wait_for(lambda: watched.ask("my-vps.fast.test"), "the new domain", 40)
    assert second.stop(timeout=60) == 0, second.tail()


def test_a_reload_after_an_earlier_version(relay):  # noqa: F811
    """Nobody watches: it goes on by itself, and back to what that version had when it is killed."""
    held = Held(relay)
    held.process.kill()
    flatten(held.runtime)
    held.change(**WIDER)
    assert killed(relay, *ROUTES) and is_due(held.runtime) and os.readlink(held.runtime / "current") == "gen-2"
    assert "restoring" in relay.expect(0, "reload") and relay.ask("my-vps.fast.test")
    relay.expect(0, "down")
    assert not held.runtime.exists()
