# SPDX-License-Identifier: GPL-2.0-or-later
"""split-domain NAME auto and edge-address auto: who knows what the word stands for, and what everybody does who does not.

tailscaled is that of watch_lab.py; on a real tailnet test_watch_tailnet.py has its address and its suffix change.
"""
import contextlib
import json
import os
import re
import signal
import threading

import lab
import pytest
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)
from reload_lab import ANSWER, NAME, pong
from watch_lab import Tailscaled, watched  # noqa: F401  (watched is a fixture)

OWN = ["100.64.0.1", "fd7a:115c:a1e0::1"]


def automatic(relay, **changes):  # noqa: F811
    """The settings with auto in them; the socket is the test's, whether anybody listens or not."""
    lines = {"split_domain": "9929 auto", "edge_address": "auto", "advertise_prefix": None, "tailscale_socket": relay.lab.folder / "tailscaled.sock",
             "upstream_dns": "test 127.0.0.1@5300"}
    relay.config = relay.settings(**(lines | changes))


@contextlib.contextmanager
def tailscaled_at(relay):  # noqa: F811
    path = relay.lab.folder / "tailscaled.sock"
    with Tailscaled(path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
            path.unlink()


def copy_of(relay):  # noqa: F811
    runtime = re.search(r"^runtime-dir (\S+)", relay.config.read_text(), re.M)[1]
    return open(f"{runtime}/relay.conf", encoding="ascii").read().splitlines()


def number_of(relay, begin):  # noqa: F811
    """The number of the line that begins so."""
    return 1 + next(i for i, line in enumerate(relay.config.read_text().splitlines()) if line.startswith(begin))


def works(relay):  # noqa: F811
    lab.wait_for(lambda: relay.ask(NAME) == [ANSWER], f"{ANSWER} as the address of {NAME}", 60)
    lab.wait_for(lambda: pong(relay, ANSWER), "a pong", 60)


@pytest.mark.parametrize("changes, expected", [
    ({"edge_address": "auto 100.64.0.1"}, '"100.64.0.1" together with auto'),
    ({"edge_address": "100.64.0.1 auto"}, '"100.64.0.1" together with auto'),
    ({"split_domain": "9929 auto extra"}, "split-domain has 3 arguments: write split-domain SPLIT REAL|auto"),
])
def test_bad_lines_are_named(relay, changes, expected):  # noqa: F811
    automatic(relay, **changes)
    text = relay.expect(2, "up")
    assert f"line {number_of(relay, next(iter(changes)).replace('_', '-'))}: {expected}" in text, text


def test_the_copy_has_the_words_in_the_same_lines(relay):  # noqa: F811
    with tailscaled_at(relay):
        automatic(relay, native_aaaa="9929 no #=auto")
        process = relay.run()
        works(relay)
        own, copy = relay.config.read_text().splitlines(), copy_of(relay)
        assert copy[number_of(relay, "split-domain") - 1] == "split-domain 9929 real.test #=auto"
        assert copy[number_of(relay, "edge-address") - 1] == f"edge-address {' '.join(OWN)} #=auto"
        assert [line for line in copy if not line.startswith(("split-domain", "edge-address"))] == [line for line in own if not line.endswith(" auto")]
        assert relay.expect(0, "diff").startswith("no difference")
        settings = json.loads(relay.command("status", "--json").stdout)["settings"]
        assert settings["in_force"] is True and settings["edge_addresses"] == OWN, settings
        assert process.stop(timeout=40) == 0, process.tail()


def test_what_counted_last_goes_on_counting(relay):  # noqa: F811
    """Without tailscaled another edit is taken all the same; a daemon that is killed comes back; diff tells what tailscaled then says."""
    with tailscaled_at(relay):
        automatic(relay, advertise_prefix="none")
        process = relay.run()
    automatic(relay, advertise_prefix="none", a_policy="9929 nxdomain")
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert f"edge-address {' '.join(OWN)} #=auto" in copy_of(relay)
    before = relay.child("unbound")
    os.kill(before, signal.SIGKILL)
    lab.wait_for(lambda: relay.child("unbound") not in (None, before), "the next unbound", 40)
    works(relay)
    with tailscaled_at(relay) as tailscaled:
        tailscaled.suffix = "other.test"
        text = relay.expect(1, "diff")
        assert "+ split-domain 9929 other.test" in text and "- split-domain 9929 real.test" in text and "edge-address" not in text, text
        assert json.loads(relay.command("status", "--json").stdout)["settings"]["in_force"] is False
    assert process.stop(timeout=40) == 0, process.tail()


@pytest.mark.parametrize("advertised", [None, "none"])
def test_a_change_is_followed_and_told_once(relay, advertised):  # noqa: F811
    """A reload comes too early, before the interface has the address: it is tried again, and no line comes twice."""
    with tailscaled_at(relay) as tailscaled:
        automatic(relay, advertise_prefix=advertised)
        process = relay.run()
        tailscaled.addresses, tailscaled.suffix = ["100.64.0.9", OWN[1]], "other.test"
        process.wait_for("the tailnet has another suffix: other.test, formerly real.test; reloading", 60)
        process.wait_for("edge-address 100.64.0.9 is not an address of this node", 60)
        relay.node.run("ip address del 100.64.0.1/10 dev tailscale0")
        relay.node.address("tailscale0", "100.64.0.9/10")
        process.wait_for("watching with the new settings", 120)
        lab.wait_for(lambda: f"edge-address 100.64.0.9 {OWN[1]} #=auto" in copy_of(relay), "the new address in force", 60)
        assert process.text().count(f"tailscaled has another address: 100.64.0.9 {OWN[1]}, formerly {' '.join(OWN)}; ") == 1, process.tail()
        assert "no longer true" not in process.text(), process.tail()
        assert process.stop(timeout=60) == 0, process.tail()


def test_a_comment_is_no_auto(relay):  # noqa: F811
    """The copy was copied by hand: its words are words like any, and what tailscaled says is nothing to them."""
    with tailscaled_at(relay) as tailscaled:
        automatic(relay, edge_address=f"{' '.join(OWN)} #=auto", split_domain="9929 real.test #=auto")
        process = relay.run()
        assert "#=auto" not in "".join(copy_of(relay))
        tailscaled.suffix = "other.test"
        process.wait_for("no longer true: .*the tailnet's suffix is other.test now", 60)
        assert "reloading" not in process.text() and process.stop(timeout=40) == 0, process.tail()


def test_up_and_run_refuse_what_nobody_knows(relay):  # noqa: F811
    automatic(relay)
    before = relay.snapshot()
    for command in ("up", "run", "diff", "reload"):
        text = relay.expect(2, command)
        assert re.search(rf'relay\.conf: line {number_of(relay, "split-domain")}: "auto" needs a value from tailscaled, but: .*tailscaled', text), text
        assert len(text.splitlines()) == 1, text
    same(before, relay.snapshot(), "after all that refused")
    done = relay.command("status", "--json")
    settings = json.loads(done.stdout)["settings"]
    assert 'warning: ' in done.stderr and '"auto" needs a value from tailscaled' in done.stderr and settings["broken"] is None, done


def test_watch_waits_for_who_knows(watched):  # noqa: F811
    automatic(watched)
    process = watched.watch()
    process.wait_for('waiting: .*"auto" needs a value from tailscaled', 30)
    with tailscaled_at(watched):
        process.wait_for("ready after", 90)
        works(watched)
        assert process.stop(timeout=60) == 0, process.tail()


def test_the_translator_takes_such_lines(relay):  # noqa: F811
    """They are nothing to it."""
    automatic(relay)
    process = relay.node.start([lab.built("nat64d"), "--nodetach", "-c", relay.config], "nat64d")
    lab.wait_for(lambda: relay.node.sh("ip -o link show nat64", check=False).returncode == 0, "the device of nat64d", 30)
    assert process.alive and "auto" not in process.text(), process.text()
    assert process.stop() == 0, process.tail()
