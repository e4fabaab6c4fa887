# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay on a whole Debian under systemd: its packages installed as a user does it, enabled, rebooted in order and by a power cut, killed, upgraded, stopped and purged."""
import re
import socket

import pytest

from boots import Strangers, reboot
from installed import UNITS
from lab import wait_for
from load import LongTransfer, Questions
from machine import CLEAN
from relay_state import differences, snapshot
from traffic import connect, listen, octets, tcp_pair
from whole import disk, disk_differences

REACH = "not known"  # of the clients' routes, where no tailscaled is asked
DAEMONS = ("nat64d", "nat64-relay-unbound")
PROGRAMS = ("nat64d", "unbound", "nat64-relay")
SOL_UDP, UDP_SEGMENT = 17, 103  # <linux/udp.h>


@pytest.fixture
def running(relay):
    """The relay in service, whatever a test before left behind."""
    relay.systemctl("start", "nat64-relay")
    relay.wait_active()
    return relay


# --- from apt install to the first packet ---

def test_install_asks_nothing_and_starts_nothing(relay):
    """It says what to type next instead."""
    assert re.search(r"sudo nat64-relay init", relay.said), f"expected the next command, got\n{relay.said}"
    assert relay.systemctl("is-enabled", *UNITS, check=False).stdout.split() == ["disabled", "static", "static"], relay.said
    assert relay.states() == ["inactive"] * 3
    assert not relay.machine.run(["pgrep", "-l", "-x", "|".join(PROGRAMS)], check=False).stdout
    templates = relay.machine.sh("ls /var/lib/dpkg/info | grep -E '^nat64-relay.*[.](templates|config)$'", check=False).stdout
    assert not templates, f"debconf asks: {templates}"
    nothing_on_the_network(relay)


def test_init_and_enable_are_all_that_is_left(relay, progress):
    progress("init, enable")
    relay.init()
    relay.systemctl("enable", "--now", "nat64-relay")
    relay.assert_serves()
    relay.assert_whole(REACH)


def test_the_daemons_are_not_root(running):
    for unit in DAEMONS:
        user = running.machine.run(["ps", "-o", "user=", "-p", running.show(unit, "MainPID")]).stdout.strip()
        assert user == "nat64-relay"[:len(user)] != "", f"{unit}: expected the user nat64-relay, got {user!r}"


def test_apparmor_holds_all_three(running):
    for unit in UNITS:
        profile = running.machine.run(["cat", f"/proc/{running.show(unit, 'MainPID')}/attr/apparmor/current"]).stdout.strip()
        assert profile == f"{unit} (enforce)", f"{unit} runs under the profile {profile!r}, expected {unit} (enforce)"


def test_offloads_are_those_of_the_kernel(running):
    """Segments of UDP cross a TUN since Linux 6.2."""
    version = tuple(int(word) for word in re.findall(r"\d+", running.machine.run("uname -r").stdout)[:2])
    offloads = running.status()["translator"]["offloads"]
    assert {"csum", "tso4", "tso6"} <= set(offloads), offloads
    assert any(name.startswith("uso") for name in offloads) == (version >= (6, 2)), f"on Linux {version}: {offloads}"


def test_datagrams_that_the_kernel_merges(running):
    """Tailscale's advice for a fast node, rx-udp-gro-forwarding, makes super-packets of UDP that a TUN without USO cannot take: the kernel cuts them up before."""
    size, count = 1200, 400
    running.machine.run("ethtool -K eth0 rx-udp-gro-forwarding on rx-gro-list off")
    running.machine.run("nft add table ip6 probe; add chain ip6 probe in { type filter hook prerouting priority raw; }; add rule ip6 probe in meta l4proto udp counter")
    with listen(running.target, "0.0.0.0", socket.SOCK_DGRAM) as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        with connect(running.client, running.address, far.getsockname()[1], socket.SOCK_DGRAM) as near:
            near.setsockopt(SOL_UDP, UDP_SEGMENT, size)
            came = []
            for number in range(count // 40):
                near.send(octets(size * 40, number))
                came += [far.recv(65536) for _ in range(40)]
    sent = [part for number in range(count // 40) for part in pieces(octets(size * 40, number), size)]
    counted = int(re.search(r"counter packets (\d+)", running.machine.run("nft list table ip6 probe").stdout)[1])
    running.machine.run("nft delete table ip6 probe")
    assert sorted(came) == sorted(sent), "datagrams are not those that were sent"
    assert counted < count, f"none of {count} datagrams was merged: {counted} packets came in"


@pytest.mark.parametrize("how, rate", {"reload": 901, "kill --kill-who=main --signal=HUP": 902}.items(), ids=["systemctl", "SIGHUP"])
def test_reload_from_within_the_unit(running, how, rate):
    """It has the unit's walls and its profile, and so has the checker of Unbound that it starts."""
    machine, own = running.machine, "/etc/nat64-relay/unbound.conf.d/own.conf"
    machine.sh(f"sed -i '/^icmp-rate/d' /etc/nat64-relay/relay.conf; echo icmp-rate {rate} >>/etc/nat64-relay/relay.conf; printf 'server:\\n    neg-cache-size: 2m\\n' >{own}")
    running.systemctl(*how.split(), "nat64-relay")
    wait_for(lambda: machine.run(["grep", "-x", f"icmp-rate {rate}", "/run/nat64-relay/relay.conf"], check=False).stdout, "the settings in force", timeout=60)
    machine.run(["rm", own])
    running.assert_serves()


def test_what_somebody_takes_away_is_put_back(running):
    """Watch is behind those walls as well, and reads who may have been it."""
    running.machine.run("nft delete table inet nat64-relay")
    wait_for(lambda: running.status()["rules"]["complete"], "the rules", timeout=60, interval=0.5)
    running.assert_serves()


def pieces(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


# --- boots ---

def after_boot(relay, settings, leases):
    """It came up by itself, at the first attempt, and with all that it had."""
    assert relay.settings() == settings
    relay.assert_whole(REACH)
    attempts = {unit: relay.show(unit, "NRestarts") for unit in UNITS}
    assert set(attempts.values()) == {"0"}, f"expected no restart of a unit, got {attempts}\n{relay.journal()}"
    relay.assert_serves()
    now = relay.leases()
    lost = {client: (address, now.get(client)) for client, address in leases.items() if now.get(client) != address}
    assert not lost, f"leases that are not the same after the boot: {lost}"


def test_reboot(running, progress):
    running.assert_serves()
    wait_for(lambda: running.CLIENT6 in running.leases(), "the client's lease on disk", timeout=30, interval=0.5)
    settings, leases = running.settings(), running.leases()
    progress(" ".join(CLEAN))
    reboot(running, CLEAN, progress)
    after_boot(running, settings, leases)


def test_power_cut_while_a_lease_is_written(running, progress):
    """New clients come all the time, a transfer is under way, and the machine stops dead when nat64d writes the leases once more."""
    settings = running.settings()
    near, far = tcp_pair(running.target, running.TARGET4, running.client, running.address, running.CLIENT6)
    with near, far, Strangers(running.client, running.address):
        transfer = LongTransfer(near, far)
        leases = wait_for(lambda: enough(running.leases()), "the leases of 40 strangers on disk", timeout=60, interval=0.5)
        progress(f"power cut, with {len(leases)} leases")
        assert transfer.received > 0, "no traffic is under way"
        reboot(running, None, progress, down=lambda how: cut_in_the_middle(running.machine))
        transfer.abandon()
    after_boot(running, settings, leases)


def enough(leases):
    return leases if len(leases) > 40 else None


def cut_in_the_middle(machine):
    """Off at the moment when the second file is there that nat64d writes beside the leases: what the kernel still holds in its memory is lost, as
    with the power (sysrq b: no sync, no unmount)."""
    machine.agent("guest-exec", path="bash", arg=["-c", "until [ -e /var/lib/nat64-relay/dynamic.map~~ ]; do :; done; echo b > /proc/sysrq-trigger"])
    machine.wait_off()


# --- accidents ---

@pytest.mark.parametrize("unit", UNITS)
def test_what_is_killed_comes_back(running, unit):
    before = running.show(unit, "MainPID")
    running.machine.run(["kill", "-KILL", before])
    wait_for(lambda: running.show(unit, "MainPID") not in ("0", before), f"systemd to start {unit} again", timeout=30, interval=0.5)
    running.wait_active()
    running.assert_serves()


# --- upgrade, stop, purge ---

def test_upgrade_under_traffic(running, progress):
    """The newer version runs at the end, and nobody noticed: the connection lives, every question has its answer."""
    progress("upgrade")
    before = {unit: running.show(unit, "MainPID") for unit in UNITS}
    settings = running.settings()
    near, far = tcp_pair(running.target, running.TARGET4, running.client, running.address, running.CLIENT6)
    with near, far:
        transfer = LongTransfer(far, near)
        questions = Questions(running.client, running.RELAY6, running.address, running.NAME)
        try:
            said = running.install("new")
            running.wait_active()
            wait_for(lambda count=questions.count: questions.count > count + 20, "questions after the upgrade", timeout=60)
        finally:
            count, again, slowest = questions.finish()
            transfer.finish()
    progress(f"{count} questions during the upgrade, {again} asked again, the longest took {slowest:.1f} s; {transfer.received >> 10} KiB of one connection")
    versions = running.machine.run(["dpkg-query", "-W", "-f", "${Version}\n", "nat64-relay", "nat64-relay-unbound"]).stdout
    assert "~earlier" not in versions, f"{versions}{said}"
    after = {unit: running.show(unit, "MainPID") for unit in UNITS}
    assert not before.items() & after.items(), f"one of them still runs the earlier version: {before} {after}\n{said}"
    assert running.settings() == settings
    running.assert_whole(REACH)


def nothing_on_the_network(relay):
    left = differences(relay.network, snapshot(relay.machine))
    assert not left, "expected the machine as it was before, got\n" + "\n".join(left)
    processes = relay.machine.run(["pgrep", "-l", "-x", "|".join(PROGRAMS)], check=False).stdout
    assert not processes, f"still running: {processes}"


def test_stop_takes_everything_away(running, progress):
    progress("stop, purge")
    running.systemctl("stop", "nat64-relay")
    assert running.states() == ["inactive"] * 3
    nothing_on_the_network(running)


def test_apparmor_refused_nothing(running):
    running.assert_no_denial()


def test_purge_of_a_running_relay_leaves_nothing(running):
    running.assert_serves()
    said = running.apt("autopurge", "nat64-relay", "nat64-relay-unbound")
    others = running.installed() - running.bare
    if others:  # libraries that apt keeps because something else likes to have them
        assert not {name for name in others if name.startswith("nat64")}, said
        running.apt("purge", *others)
    nothing_on_the_network(running)
    left = disk_differences(running.disk, disk(running.machine))
    assert not left, "the disk is not as it was before the installation:\n" + "\n".join(left) + f"\n{said}"
    profiles = running.machine.run("cat /sys/kernel/security/apparmor/profiles").stdout
    assert not re.search(r"^nat64", profiles, re.M), f"the kernel still has a profile of ours:\n{profiles}"
    running.assert_no_denial()
