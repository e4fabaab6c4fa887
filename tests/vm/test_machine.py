# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay on a whole Debian under systemd: installed as a user does it, enabled, rebooted, cut from power, killed, stopped and removed."""
import re

import pytest

from installed import UNITS, files_of, install
from lab import wait_for
from relay_state import differences, snapshot
from traffic import Transfer, tcp_pair

MEGABYTE = 1 << 20
REACH = "not known"  # of the clients' routes, where no tailscaled is asked
DAEMONS = ("nat64d", "nat64-relay-unbound")


@pytest.fixture
def running(relay):
    """The relay in service, whatever a test before left behind."""
    relay.systemctl("start", "nat64-relay")
    relay.wait_active()
    return relay


# --- from make install to the first packet ---

def test_enabled_once_it_serves(running):
    running.assert_serves()
    running.assert_whole(REACH)


def test_the_daemons_are_not_root(running):
    for unit in DAEMONS:
        user = running.machine.run(["ps", "-o", "user=", "-p", running.show(unit, "MainPID")]).stdout.strip()
        assert user == "nat64-relay"[:len(user)] != "", f"{unit}: expected the user nat64-relay, got {user!r}"


def test_offloads_are_those_of_the_kernel(running):
    """Segments of UDP cross a TUN since Linux 6.2."""
    version = tuple(int(word) for word in re.findall(r"\d+", running.machine.run("uname -r").stdout)[:2])
    offloads = running.status()["translator"]["offloads"]
    assert {"csum", "tso4", "tso6"} <= set(offloads), offloads
    assert any(name.startswith("uso") for name in offloads) == (version >= (6, 2)), f"on Linux {version}: {offloads}"


# --- boots ---

def booted(relay):
    """It came up by itself, at the first attempt."""
    relay.assert_whole(REACH)
    attempts = {unit: relay.show(unit, "NRestarts") for unit in UNITS}
    assert set(attempts.values()) == {"0"}, f"expected no restart of a unit, got {attempts}\n{relay.journal()}"


def test_reboot(running, progress):
    running.assert_serves()
    progress("rebooting")
    running.machine.reboot()
    lease = running.lease(running.CLIENT6)
    assert lease, "the client's lease is gone after a reboot"
    booted(running)
    running.assert_serves()
    assert running.lease(running.CLIENT6) == lease


def test_power_cut(running, progress):
    """A lease on disk outlives the loss of power a moment later."""
    assert " 0% packet loss" in running.ping(1, running.LATE_CLIENT6).stdout
    lease = wait_for(lambda: running.lease(running.LATE_CLIENT6), "the late client's lease on disk", timeout=30, interval=0.5)
    progress("cutting the power")
    running.machine.power_cut()
    assert running.lease(running.LATE_CLIENT6) == lease
    booted(running)
    assert " 0% packet loss" in running.ping(1, running.LATE_CLIENT6).stdout
    assert running.lease(running.LATE_CLIENT6) == lease
    running.assert_serves()


# --- accidents and a person's orders ---

def test_restart_of_the_translator_keeps_a_transfer(running, progress):
    progress("restarts, kills")
    before = running.show("nat64d", "MainPID")
    near, far = tcp_pair(running.target, running.TARGET4, running.client, running.address, running.CLIENT6)
    with near, far:
        near.settimeout(60)
        far.settimeout(60)
        transfer = Transfer(far, near, 8 * MEGABYTE, pace=MEGABYTE)
        wait_for(lambda: transfer.sent > MEGABYTE, "the transfer to get going")
        running.systemctl("restart", "nat64d")
        assert transfer.sent < 8 * MEGABYTE, "the transfer was over before the restart"
        transfer.finish()
    assert running.show("nat64d", "MainPID") != before
    running.assert_whole(REACH)


@pytest.mark.parametrize("unit", DAEMONS)
def test_a_killed_daemon_comes_back(running, unit):
    before = running.show(unit, "MainPID")
    running.machine.run(["kill", "-KILL", before])
    wait_for(lambda: running.show(unit, "MainPID") not in ("0", before), f"systemd to start {unit} again", timeout=30, interval=0.5)
    running.wait_active()
    running.assert_serves()


def test_restart_of_the_whole(running):
    running.systemctl("restart", "nat64-relay")
    running.wait_active()
    running.assert_serves()


def everything_is_gone(relay):
    left = differences(relay.before, snapshot(relay.machine))
    assert not left, "expected the machine as it was before, got\n" + "\n".join(left)
    processes = relay.machine.run(["pgrep", "-l", "-x", "nat64d|unbound|nat64-relay"], check=False).stdout
    assert not processes, f"still running: {processes}"


def test_stop_takes_everything_away(running, progress):
    progress("stop, uninstall")
    running.systemctl("stop", "nat64-relay")
    assert running.states() == ["inactive"] * 3
    everything_is_gone(running)


def test_uninstall(running):
    """README's way back. Settings and leases are the user's, and stay."""
    running.systemctl("disable", "--now", "nat64-relay")
    everything_is_gone(running)
    installed = files_of(running.tree)
    install(running.tree, "uninstall")
    left = files_of(running.tree)
    assert not left, f"make uninstall leaves {left}"
    running.machine.run(["rm", *installed])
    running.systemctl("daemon-reload")
    assert running.systemctl("list-unit-files", "--no-legend", *(f"{unit}.service" for unit in UNITS), check=False).stdout == ""
    kept = running.machine.run("ls /etc/nat64-relay/relay.conf /var/lib/nat64-relay/dynamic.map").stdout
    assert kept.count("\n") == 2
