# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay clat on a host whose life is not quiet: it moves to another network, other programs take things away, its process is killed."""
import contextlib
import fcntl
import os
import re
import signal
from pathlib import Path

import pytest
from clat_site import OLD, OWN, ROUTER, SITE, WELL_KNOWN, Router, advertise, site  # noqa: F401  (site is a fixture)
from lab import USER, built, wait_for
from upstream import PythonNs, add

DEFAULT = "ip -4 route show default"


def kill(site):
    site.host.run(["kill", "-KILL", str(site.status()["pid"])])
    wait_for(lambda: not site.status()["up"], "nobody maintains it")


def proxied(site):
    return site.host.run("ip -6 neigh show proxy").stdout


def test_another_network_has_its_own_prefix(site):
    """What a router of the former network has advertised, for hours to come, says nothing of this one."""
    advertise(site, {WELL_KNOWN: 64000})
    site.up()
    site.wait(up=True, prefix=WELL_KNOWN)
    site.host.run("ip link set eth0 down")
    site.wait(up=False)
    site.router.networks, site.router.nat64 = {OLD: 600}, {OWN: 1800}
    site.host.run("ip link set eth0 up")
    site.wait(up=True, prefix=OWN)
    assert wait_for(site.pings, "an echo by the other network's NAT64")


def test_a_prefix_is_of_the_link_that_it_was_advertised_on(site):
    """Another link's router speaks of its own NAT64, to which the way does not lead."""
    advertise(site)
    other = site.lab.node("other")
    site.lab.connect(other, "eth0", site.host, "eth1")
    other.run(f"ip address add {ROUTER}/64 dev eth0 nodad")
    elsewhere = Router(other, "eth0")
    elsewhere.lifetime, elsewhere.networks, elsewhere.nat64 = 0, {}, {"2001:db8:99::/96": 1800}
    elsewhere.start()
    try:
        site.up()
        sent = elsewhere.sent
        wait_for(lambda: elsewhere.sent > sent + 2, "advertisements on the other link")
        assert "no NAT64 prefix" in site.status()["why"], site.status()
        site.router.nat64 = {OWN: 1800}
        site.wait(up=True, prefix=OWN)
        assert wait_for(site.pings, "an echo")
    finally:
        elsewhere.end()


@pytest.mark.parametrize("taken", ["ip -4 route del default dev clat", "ip -4 route flush all", "ip link set clat down", "ip address flush dev clat",
                                   "ip link del clat", "ip -6 route flush dev clat", "sysctl -w net.ipv6.conf.eth0.proxy_ndp=0", "sysctl -w net.ipv6.conf.all.forwarding=0"])
def test_what_others_take_away_comes_back(site, taken):
    advertise(site, {OWN: 1800})
    site.up()
    site.wait(up=True)
    assert wait_for(site.pings, "an echo")
    site.host.sh(taken)
    assert wait_for(lambda: "dev clat" in site.host.run(DEFAULT).stdout and site.pings(), f"an echo after {taken}", 30)


def test_an_uplink_that_was_down_for_a_moment(site):
    """Its addresses and routes are there again at once, as ifup puts them; for whom it answers it has forgotten."""
    advertise(site, {OWN: 1800})
    site.up()
    assert wait_for(site.pings, "an echo")
    before = proxied(site)
    assert "dev eth0" in before
    site.host.sh("sysctl -qw net.ipv6.conf.eth0.keep_addr_on_down=1; ip -6 address show dev eth0 scope global | sed -n 's/.*inet6 \\([^ ]*\\).*/\\1/p' > addresses; "
                 "route=$(ip -6 route show default | sed 's/ proto.*//'); printf '%s\\n' 'link set eth0 down' 'link set eth0 up' > batch; ip -batch batch; "
                 "for a in $(cat addresses); do ip address replace $a dev eth0 nodad; done; ip -6 route replace $route; rm addresses batch")
    assert wait_for(lambda: proxied(site) == before and site.pings(), "the proxied address, and an echo", 30)


def test_it_is_killed_and_down_takes_all_away(site):
    advertise(site, {OWN: 1800})
    before = site.left()
    site.up()
    assert wait_for(site.pings, "an echo")
    kill(site)
    site.clat("down")
    assert site.left() == before and not site.folder.exists()
    assert site.host.pid_of("nat64d") is None
    assert site.clat("down", check=False).returncode == 0, "down where nothing is up"


def test_it_is_killed_while_it_comes_up(site):
    """Its translator has just been started, and a file is half written."""
    advertise(site, {OWN: 1800})
    before = site.left()
    killer = site.lab.folder / "killer"
    killer.write_text(f'#!/bin/sh\nkill -KILL $PPID\nexec {built("nat64d")} "$@"\n')
    killer.chmod(0o755)
    process = site.host.start([built("nat64-relay"), "clat", "up", "--foreground", "--runtime-dir", site.folder, "--user", USER, "--translator", killer], name="clat")
    wait_for(lambda: not process.alive, "the end of the process")
    assert proxied(site)
    (site.folder / "clat.json.new").write_text("{")
    site.clat("down")
    assert site.left() == before and not site.folder.exists()


def test_one_that_ends_at_once_says_why(site):
    """In the background too, and without a minute of waiting for it."""
    (site.folder / "lock").mkdir(parents=True)
    done = site.host.run([built("nat64-relay"), "clat", "up", "--runtime-dir", site.folder, "--user", USER, "--translator", built("nat64d")], check=False, timeout=90)
    assert done.returncode == 1 and f"the CLAT has ended: {site.folder}/log says why" in done.stderr, done
    assert f"cannot lock {site.folder}/lock" in (site.folder / "log").read_text()


def test_down_while_another_comes_up(site):
    """The lock passes from one process to another: down ends with a reason, and does not wait for the end of the other one."""
    advertise(site, {OWN: 1800})
    site.up()
    pid = str(site.wait(up=True)["pid"])
    site.host.run(["kill", "-STOP", pid])
    with open(site.folder / "lock", "r+", encoding="ascii") as lock:
        down = site.host.start([built("nat64-relay"), "clat", "down", "--runtime-dir", site.folder], name="down")
        wait_for(lambda: int(re.search(r"^ShdPnd:\s+(\w+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1], 16) & 1 << signal.SIGTERM - 1, "the signal of down")
        site.host.run(["kill", "-CONT", pid])
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        wait_for(lambda: not down.alive, "the end of down")
        assert "the CLAT is up already" in down.text(), down.text()


def test_down_removes_nothing_of_others(site):
    """A folder that no CLAT has had, and files of others in one that it has."""
    def theirs():
        return sorted(str(path.relative_to(site.folder)) for path in site.folder.rglob("*"))

    for name in ("data", "log"):
        (site.folder / name).mkdir(parents=True)
        (site.folder / name / "important").write_text("")
    before = theirs()
    site.clat("down")
    assert theirs() == before
    (site.folder / "lock").touch(0o600)
    site.clat("down")
    assert theirs() == before


def test_it_is_killed_and_up_goes_on(site):
    """Another network meanwhile: the address that was answered for there is forgotten too."""
    advertise(site, {OWN: 1800})
    before = site.left()
    site.up()
    assert wait_for(site.pings, "an echo")
    kill(site)
    site.router.networks = {OLD: 600, SITE: 0}
    wait_for(lambda: "2001:db8:2:" in site.host.run("ip -6 address show dev eth0 scope global").stdout, "the other network's address", 20)
    site.up()
    site.wait(up=True)
    assert wait_for(site.pings, "an echo")
    assert len(proxied(site).splitlines()) == 1, proxied(site)
    site.clat("down")
    assert site.left()[:3] == before[:3]


def test_a_device_of_another_program_stays(site):
    """clatd's device has the same name."""
    advertise(site, {OWN: 1800})
    site.host.sh("ip tuntap add dev clat mode tun && ip link set clat up && ip address add 192.0.0.4 dev clat && ip route add default dev clat mtu 1480")
    said = site.up()
    assert "IPv4 has a default route through clat" in said, said
    site.host.run("ip route del default")
    wait_for(lambda: "the device clat" in site.status()["why"], "the reason", 20)
    site.clat("down")
    assert "192.0.0.4" in site.host.run("ip -4 address show dev clat").stdout
    site.host.run("ip link del clat")


def test_a_second_instance_waits(site):
    advertise(site, {OWN: 1800})
    site.up()
    assert wait_for(site.pings, "an echo")
    pid = site.host.pid_of("nat64d")
    second = site.lab.folder / "second"
    said = site.host.run([built("nat64-relay"), "clat", "up", "--runtime-dir", second, "--user", "nobody", "--translator", built("nat64d")], check=False, timeout=90).stdout
    assert "IPv4 has a default route through clat" in said, said
    site.host.run([built("nat64-relay"), "clat", "down", "--runtime-dir", second])
    assert site.host.pid_of("nat64d") == pid and site.pings()


def test_interfaces_that_forward_already_go_on(site):
    site.lab.connect(site.lab.node("other"), "eth0", site.host, "eth1")
    site.host.run("sysctl -w net.ipv6.conf.eth1.forwarding=1")
    advertise(site, {OWN: 1800})
    site.up()
    site.wait(up=True)
    site.clat("down")
    assert site.host.sh("sysctl -n net.ipv6.conf.eth1.forwarding net.ipv6.conf.eth0.forwarding net.ipv6.conf.all.forwarding").stdout.split() == ["1", "0", "0"]


def test_another_uplink_still_takes_router_advertisements(site):
    """One that is there, and one that comes later."""
    advertise(site, {OWN: 1800})
    site.lab.connect(site.gateway, "eth2", site.host, "eth1")
    site.up()
    site.wait(up=True, uplink="eth0")
    site.lab.connect(site.gateway, "eth3", site.host, "eth2")
    for there, here in (("eth2", "eth1"), ("eth3", "eth2")):
        site.gateway.run(f"ip address add {ROUTER}/64 dev {there} nodad")
        router = Router(site.gateway, there)
        router.networks = {OLD: 600}
        router.start()
        try:
            wait_for(lambda here=here: "proto ra" in site.host.run(f"ip -6 route show default dev {here}").stdout, f"a default route by {here}", 20)
        finally:
            router.end()
    site.clat("down")
    assert site.host.sh("sysctl -n net.ipv6.conf.eth0.accept_ra net.ipv6.conf.eth1.accept_ra net.ipv6.conf.default.accept_ra").stdout.split() == ["1", "1", "1"]


def test_a_temporary_address_that_is_exchanged_breaks_nothing(site):
    """Privacy addresses (RFC 8981): the host sends from another one each day, and its IPv4 connections stay."""
    advertise(site, {OWN: 1800})
    site.host.run("ip address add 2001:db8:1::aaaa/64 dev eth0 nodad")
    site.up()
    before = site.wait(up=True)["address6"]
    pid = site.host.pid_of("nat64d")
    site.host.sh("for a in $(ip -6 address show dev eth0 scope global | sed -n 's/.*inet6 \\([^ ]*\\).*/\\1/p'); do ip address change $a dev eth0 preferred_lft 0; done; "
                 "ip address add 2001:db8:1::bbbb/64 dev eth0 nodad")
    site.host.run("ip link set eth0 mtu 1400")  # a change that the keeper is seen to have noticed
    site.wait(up=True, mtu=1400)
    assert site.status()["address6"] == before and site.host.pid_of("nat64d") == pid and site.pings()


def test_a_resolver_that_fails_says_nothing_of_the_network(site):
    """Another one may know, and is asked."""
    advertise(site)

    def answer(name, message, transport):
        del transport
        if name == "ipv4only.arpa":
            add(message, "ipv4only.arpa. 60 AAAA 2001:db8:64::c000:aa" if message.question[0].rdtype == 28 else "ipv4only.arpa. 60 A 192.0.0.170")

    def fail(name, message, transport):
        del name, transport
        message.set_rcode(2)
    with contextlib.closing(PythonNs(site.gateway, "2001:db8:1::1", 53, fail)), contextlib.closing(PythonNs(site.gateway, "2001:db8:2::1", 53, answer)):
        site.host.resolv_conf("nameserver 2001:db8:1::1\nnameserver 2001:db8:2::1\n")
        site.up()
        site.wait(up=True, prefix=OWN, source="DNS")


def test_a_network_of_few_addresses(site):
    """A /112, as a cheap VPS has: the address on the way lies in it."""
    site.gateway.run("ip address add 2001:db8:5::1/112 dev eth1 nodad")
    site.host.sh("sysctl -qw net.ipv6.conf.eth0.accept_ra=0; ip address add 2001:db8:5::72/112 dev eth0 nodad; ip -6 route add default via fe80::1 dev eth0")
    site.up("--prefix", OWN)
    state = site.wait(up=True)
    assert state["address6"].startswith("2001:db8:5::") and wait_for(site.pings, "an echo"), state


def test_detect_leaves_out_a_prefix_that_a_router_takes_back(site):
    advertise(site, {WELL_KNOWN: 0})

    def answer(name, message, transport):
        del transport
        if message.question[0].rdtype == 1:
            add(message, f"{name}. 60 A 192.0.0.170")
    with contextlib.closing(PythonNs(site.gateway, "2001:db8:1::1", 53, answer)):
        done = site.host.run([built("nat64-relay"), "detect", "--server", "2001:db8:1::1"], check=False)
        assert done.returncode == 1 and "No router of this link advertises a prefix" in done.stdout, done.stdout
        site.router.nat64 = {WELL_KNOWN: 0, OWN: 600}
        done = site.host.run([built("nat64-relay"), "detect", "--server", "2001:db8:1::1"], check=False)
        assert done.returncode == 0 and "64:ff9b" not in done.stdout and f"advertises {OWN} for 600 s" in done.stdout, done.stdout


@pytest.mark.parametrize("ipv4", [True, False], ids=["IPv4 is there", "no NAT64 is there"])
def test_routers_are_not_asked_again_and_again(site, ipv4):
    """Each answer goes to all hosts of the link: where there is IPv4 nobody is asked, and elsewhere at intervals that double."""
    advertise(site)
    if ipv4:
        site.host.sh("ip tuntap add dev other mode tun && ip link set other up && ip address add 192.0.2.2/24 dev other && ip route add default via 192.0.2.1")
    site.up()
    asked, rounds, state = site.router.asked, set(), site.folder / "clat.json"
    wait_for(lambda: rounds.add(state.stat().st_mtime_ns) or len(rounds) > 12, "twelve rounds", 90)
    assert site.router.asked - asked <= (0 if ipv4 else 6), f"{site.router.asked - asked} solicitations"


def test_where_ipv4_comes_the_host_is_as_it_was(site):
    """No router any more, until IPv4 goes."""
    advertise(site, {OWN: 1800})
    before = site.left()
    site.up()
    assert wait_for(site.pings, "an echo")
    site.host.sh("ip tuntap add dev other mode tun && ip link set other up && ip address add 192.0.2.2/24 dev other && ip route add default via 192.0.2.1")
    site.wait(up=False)
    assert wait_for(lambda: site.left()[2:] == before[2:], f"{before[2:]}, got {site.left()[2:]}")
    site.host.run("ip link del other")
    assert wait_for(site.pings, "an echo", 20)
    site.clat("down")
    assert site.left() == before
