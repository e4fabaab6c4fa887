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
PAGE, CLAT = "nat64-relay-http", "nat64-relay-clat"
PROGRAMS = ("nat64d", "unbound", "nat64-relay", "nat64-relay-htt")  # as the kernel has their names: 15 octets
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


def fast(relay):
    """Packets by the fast path, out and back."""
    counters = relay.status()["translator"]["counters"]
    return [counters[f"fast_path_{way}"]["packets"] for way in ("6to4", "4to6")]


def program(relay):
    """That of the fast path, among the kernel's symbols."""
    return relay.machine.run("grep 'bpf_prog_[0-9a-f]*_plain' /proc/kallsyms", check=False).stdout


def test_plain_packets_stay_in_the_kernel(running):
    assert running.status()["translator"]["fast_path"] == "on"
    assert "nat64-fast-path" in running.machine.run("tc filter show dev nat64 egress").stdout
    before = fast(running)
    running.assert_serves()
    assert all(now > then for now, then in zip(fast(running), before)), f"by the fast path: {before}, then {fast(running)}"
    assert running.status()["translator"]["counters"]["fast_path_errors"] == 0
    assert program(running)


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


# --- a kernel without what the fast path wants ---

def test_a_kernel_without_clsact(running, progress):
    """Its module may not be loaded: that is said once, and to who asks for the status, and nat64d serves all packets."""
    progress("no clsact")
    machine, rule = running.machine, "/etc/modprobe.d/no-clsact.conf"
    running.systemctl("stop", "nat64-relay")
    machine.sh(f"echo install sch_ingress /bin/false >{rule}; rmmod sch_ingress")
    running.systemctl("start", "nat64-relay")
    running.wait_active()
    machine.run(["rm", rule])
    reason = "cannot add the qdisc clsact: No such file or directory"
    said = machine.run(["journalctl", "-b", "--no-pager", "-o", "cat", f"_PID={running.show('nat64d', 'MainPID')}"]).stdout
    assert said.count(f"no fast path: {reason}") == 1, said
    assert running.status()["translator"]["fast_path"].startswith(reason)
    assert f"no fast path: {reason}" in running.command("status", "--verbose", check=False).stdout
    running.assert_serves()
    assert fast(running) == [0, 0] and not program(running)
    running.systemctl("restart", "nat64-relay")
    running.wait_active()
    test_plain_packets_stay_in_the_kernel(running)


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


def test_page_has_a_unit_of_its_own(running):
    """A reload brings it, and it goes with the relay (test_stop_takes_everything_away). It answers from behind its walls and its profile."""
    machine = running.machine
    machine.sh(f"printf 'http-listen auto\\nprobe {running.TARGET4}\\n' >>/etc/nat64-relay/relay.conf")
    running.systemctl("reload", "nat64-relay")
    url = f"http://[{running.RELAY6}]:8064"
    wait_for(lambda: running.client.run(["curl", "-gsS", "-m", "5", f"{url}/healthz"], check=False).stdout == "The relay works.\n", "the page's server", timeout=60, interval=1)
    assert running.client.run(["curl", "-gsS", "-m", "20", f"{url}/metrics"]).stdout.startswith("# "), "no metrics"
    process = f"/proc/{running.show(PAGE, 'MainPID')}"
    assert machine.run(["cat", f"{process}/attr/apparmor/current"]).stdout.strip() == f"{PAGE} (enforce)"
    assert re.search(r"^CapEff:\s+0+$", machine.run(["cat", f"{process}/status"]).stdout, re.M)

    def age(query=""):
        """How old the relay's look at its way out is, in ms, by the answer's header. look=now asks the relay for another, by the FIFO."""
        head = running.client.run(["curl", "-gsS", "-m", "20", "-D", "-", "-o", "/dev/null", f"{url}/healthz{query}"]).stdout
        found = re.search(r"^NAT64-Reach: good; age=(\d+)", head, re.M)
        return int(found[1]) if found else -1

    ages = [wait_for(lambda: 6000 < (now := age()) < 15000 and now, "a look that is some seconds old", timeout=120)]
    wait_for(lambda: ages.append(age("?look=now")) or 0 <= ages[-1] < ages[-2], "another look", timeout=60)
    assert max(ages) < 25000, f"this look was not asked for, but due, as one is every 30 seconds: {ages}"
    assert running.show(PAGE, "NRestarts") == "0", machine.run(["journalctl", "--no-pager", "-u", PAGE]).stdout


def nothing_on_the_network(relay):
    left = differences(relay.network, snapshot(relay.machine))
    assert not left, "expected the machine as it was before, got\n" + "\n".join(left)
    processes = relay.machine.run(["pgrep", "-l", "-x", "|".join(PROGRAMS)], check=False).stdout
    assert not processes, f"still running: {processes}"
    wait_for(lambda: not program(relay), "the end of the fast path's program", timeout=60)


def test_stop_takes_everything_away(running, progress):
    progress("stop, purge")
    running.systemctl("stop", "nat64-relay")
    assert running.states() == ["inactive"] * 3
    assert [running.show(PAGE, name) for name in ("ActiveState", "Result")] == ["inactive", "success"]
    nothing_on_the_network(running)


def test_clat_has_a_unit_of_its_own(relay, progress):
    """IPv4 by an uplink that has IPv6 alone: the target translates. The unit comes back when it is killed, and clat down leaves nothing."""
    progress("clat")
    machine, far4, prefix = relay.machine, "198.51.100.9", "2001:db8:64::/96"
    near6 = relay.translate(prefix, far4)
    machine.sh(f"ip -6 route add default via {near6} dev eth0; mkdir -p /etc/default; echo 'CLAT_OPTIONS=\"--prefix {prefix}\"' >/etc/default/{CLAT}")
    before = snapshot(machine)
    said = machine.run("nat64-relay clat up", check=False, timeout=240)
    journal = machine.run(["journalctl", "--no-pager", "-o", "cat", "-u", CLAT]).stdout
    assert said.returncode == 0 and f"IPv4 goes through the NAT64 {prefix} (given), over eth0" in said.stdout, f"{said.stdout}{said.stderr}{journal}"
    reaches = f"ping -n -c 1 -W 10 {far4}"
    assert machine.run(reaches, check=False).returncode == 0, journal
    assert "nat64-fast-path" in machine.run("tc filter show dev clat egress").stdout and "no fast path" not in journal, journal
    with listen(relay.target, far4) as listener:
        text = machine.sh(f"exec 3<>/dev/tcp/{far4}/{listener.getsockname()[1]}; printf 'by IPv4' >&3; exec 3>&-").stdout
        far, _ = listener.accept()
        with far:
            assert (text, far.recv(100)) == ("", b"by IPv4")
    main = relay.show(CLAT, "MainPID")
    machine.run(["kill", "-KILL", main])
    wait_for(lambda: relay.show(CLAT, "MainPID") not in ("0", main), f"systemd to start {CLAT} again", timeout=30, interval=0.5)
    wait_for(lambda: machine.run(reaches, check=False).returncode == 0, "an echo after it was killed", timeout=60, interval=1)
    machine.run("nat64-relay clat down")
    assert [relay.show(CLAT, name) for name in ("ActiveState", "Result")] == ["inactive", "success"], journal
    left = differences(before, snapshot(machine))
    assert not left, "expected the machine as it was before clat up, got\n" + "\n".join(left)
    machine.sh(f"ip -6 route del default; rm /etc/default/{CLAT}")
    nothing_on_the_network(relay)


def test_apparmor_refused_nothing(running):
    running.assert_no_denial()


@pytest.mark.parametrize("lock, bpf", [("integrity", 2), ("confidentiality", 1)])
def test_a_locked_kernel_has_the_fast_path(running, lock, bpf):
    """Lockdown refuses programs that read or write the kernel's memory, and unprivileged_bpf_disabled those of processes without capabilities. Both last until
    the next boot, so this comes late."""
    running.machine.sh(f"echo {lock} >/sys/kernel/security/lockdown; echo {bpf} >/proc/sys/kernel/unprivileged_bpf_disabled")
    running.systemctl("restart", "nat64d")
    running.wait_active()
    assert f"[{lock}]" in running.machine.run("cat /sys/kernel/security/lockdown").stdout
    test_plain_packets_stay_in_the_kernel(running)


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
