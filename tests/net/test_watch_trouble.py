# SPDX-License-Identifier: GPL-2.0-or-later
"""watch and run while the machine is in trouble: clocks jump, it sleeps, the overlay flaps, and whom they ask hangs. The loop goes on.

The clocks are those of tests/net/clock-shift.c, under everything that the command starts; what is taken away and put back meanwhile is as in
watch_lab.py.
"""
import fcntl
import json
import os
import re
import signal
import struct
import time

import lab
from relay_lab import ZONE, relay  # noqa: F401  (a fixture)
from watch_lab import ANSWER, PREFIX, SYSTEMCTL, is_whole, pong, said, state_of, tailscaled_of, take, watched  # noqa: F401  (another)

HOUR, YEAR = 3600, 365 * 86400
ROUTE = f"ip -6 route del {PREFIX} dev nat64"


class Clocks:
    """How far the clocks of a relay are ahead, in seconds. It has to be made before the relay is started."""

    def __init__(self, relay):  # noqa: F811
        self.path = relay.lab.folder / "clocks"
        self.set()
        shim = str(lab.built("tests/net/clock-shift.so"))
        preload = ":".join(filter(None, (relay.environment.get("LD_PRELOAD"), shim)))  # a sanitizer's library wants to be first
        relay.environment = {**relay.environment, "LD_PRELOAD": preload, "CLOCK_SHIFT": str(self.path)}

    def set(self, wall=0, boot=0, steady=0):
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            file.write(struct.pack("qqq", wall, boot, steady))


def question(relay, name):  # noqa: F811
    """(status, least time to live) of what the resolver says."""
    said = relay.client.run(f"dig +noall +comments +answer +tries=2 +time=5 @{relay.hosts.RELAY6} {name} AAAA", check=False).stdout
    lives = [int(life) for life in re.findall(r"^\S+\s+(\d+)\s+IN", said, re.M)]
    return re.search(r"status: (\w+)", said)[1] if "status" in said else said, min(lives, default=None)


def clients(relay):  # noqa: F811
    """{IPv6: IPv4} of those that hold an address."""
    return {row["ipv6"]: row["ipv4"] for row in json.loads(relay.expect(0, "clients", "--json"))["clients"]}


def new_client(relay, number):  # noqa: F811
    """Another client sends for the first time; it must have an address, and that be on disk. Its address."""
    address = f"fd7a:115c:a1e0::{number:x}"
    relay.client.address("eth0", address + "/64")
    lab.wait_for(lambda: " 0% packet loss" in relay.client.run(f"ping -n -c 1 -W 2 -I {address} {ANSWER}", check=False).stdout, f"a pong for {address}", 20)
    leases = relay.lab.folder / "relay.data/dynamic.map"
    lab.wait_for(lambda: leases.exists() and address in leases.read_text(), f"{address} in dynamic.map", 20)
    return address


# --- clocks ---

def test_a_wall_clock_that_jumps(relay):  # noqa: F811
    """Years ahead, then years back: what is taken away is put back, names and packets go on, new leases reach the disk, and are read again."""
    clocks = Clocks(relay)
    process = relay.run()
    assert pong(relay) and question(relay, "my-vps.9929")[0] == "NOERROR", process.tail()
    known = [new_client(relay, 0x100)]
    for wall in (10 * YEAR, -10 * YEAR):
        clocks.set(wall)
        take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
        known.append(new_client(relay, 0x100 + len(known)))
        lab.wait_for(lambda: relay.ask("my-vps.9929") == [ANSWER], "the name", 20)
    assert said(process, "asleep") == 0 and said(process, "unhealthy") == 0, process.tail()
    before = clients(relay)
    assert set(known) <= set(before), before
    assert process.stop() == 0, process.tail()
    clocks.set()  # the leases are of years ago now
    process = relay.run()
    assert clients(relay) == before, process.tail()
    assert process.stop() == 0, process.tail()


def test_a_wall_clock_that_is_set_back_makes_no_answer_live_longer(relay):  # noqa: F811
    """Unbound keeps what it knows until a time of the wall clock: set back by hours, it would keep for hours that an upstream answers nonsense, and tell
    clients to keep an answer as long."""
    clocks = Clocks(relay)
    process = relay.run()
    status, life = question(relay, "my-vps.9929")
    assert status == "NOERROR" and life <= 60, f"{status}, {life} s to live"
    assert question(relay, "late.9929")[0] == "SERVFAIL"  # kept for five seconds
    relay.upstream.stop()
    zone = relay.lab.folder / "zone"
    known, others = ZONE.split("ENTRY_BEGIN\nMATCH opcode\n")
    zone.write_text(f"{known}{known.replace('my-vps', 'late')}ENTRY_BEGIN\nMATCH opcode\n{others}")
    relay.upstream = relay.node.start(["ldns-testns", "-p", "5300", zone], "upstream again")
    clocks.set(wall=-8 * HOUR)
    process.wait_for(r"the clock was set back by 2\d{4} s: the resolver starts with an empty cache", 30)
    lab.wait_for(lambda: question(relay, "late.9929")[0] == "NOERROR", "the name that is known now", 40)
    status, life = question(relay, "my-vps.9929")
    assert status == "NOERROR" and life <= 60, f"after the clock was set back: {status}, {life} s to live"
    clocks.set()  # and forward again: nothing is to be done
    take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
    assert said(process, "the clock was set back") == 1 and relay.ask("my-vps.9929") == [ANSWER], process.tail()
    assert process.stop() == 0, process.tail()


def test_a_machine_that_was_asleep_is_looked_at(relay):  # noqa: F811
    """The clock of the boot goes on while the machine sleeps, the monotonic one does not."""
    clocks = Clocks(relay)
    process = relay.run()
    known = new_client(relay, 0x100)
    before = clients(relay)
    for hours in (1, 20):
        clocks.set(boot=hours * HOUR, wall=hours * HOUR)
        process.wait_for(rf"asleep for {(hours - (hours > 1)) * HOUR} s: examining everything", 30)
        take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
    assert said(process, "asleep") == 2 and said(process, "unhealthy") == 0 and said(process, "set back") == 0, process.tail()
    assert clients(relay)[known] == before[known] and pong(relay), process.tail()
    assert process.stop() == 0, process.tail()


# --- an overlay that flaps ---

def overlay_drop(relay):  # noqa: F811
    relay.node.run("ip link del tailscale0")


def overlay_raise(relay, number):  # noqa: F811
    """As a tailscaled that starts makes it: another device of the same name, with the same addresses."""
    switch = relay.hosts.switch
    relay.lab.connect(switch, f"again{number}", relay.node, "tailscale0")
    switch.run(f"ip link set again{number} master bridge")
    relay.node.address("tailscale0", f"{relay.hosts.RELAY6}/64", f"{relay.hosts.RELAY4}/10")


def test_an_overlay_that_flaps(relay):  # noqa: F811
    """It goes and comes twenty times in some ten seconds: fewer lines tell of it than it went, it ends well, and the next loss is mended at once."""
    process = relay.run()
    began = len(process.text().splitlines())
    for number in range(20):
        overlay_drop(relay)
        time.sleep(0.2)
        overlay_raise(relay, number)
        time.sleep(0.2)
    peace = {"health": "healthy", "conflicts": 0, "obstacle": ""}
    lab.wait_for(lambda: peace.items() <= state_of(relay).items() and is_whole(relay), f"health and peace\n{process.tail()}", 60)
    lab.wait_for(lambda: pong(relay, 1) and relay.ask("my-vps.9929") == [ANSWER], f"the whole path\n{process.tail()}", 30)
    lines = process.text().splitlines()[began:]
    assert len(lines) < 20, f"{len(lines)} lines:\n" + "\n".join(lines)
    take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
    assert process.stop() == 0, process.tail()


# --- others that hang ---

def test_a_tailscaled_that_hangs(relay):  # noqa: F811
    with tailscaled_of(relay) as tailscaled:
        process = relay.run()
        tailscaled.goes.clear()
        process.wait_for("waiting: .*tailscaled", 40)
        take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
        assert pong(relay), process.tail()
        tailscaled.goes.set()
        process.wait_for("tailscaled is up", 40)
        lab.wait_for(lambda: state_of(relay)["health"] == "healthy" and tailscaled.routes == [PREFIX], "health", 30)
        assert process.stop(timeout=40) == 0, process.tail()


def test_a_systemctl_that_hangs(watched):  # noqa: F811
    """It is not waited for; when it has failed, it is started again."""
    script, hangs = watched.lab.folder / "systemctl", watched.lab.folder / "hangs"
    text = script.read_text()
    assert text.startswith(SYSTEMCTL.splitlines()[0])
    script.write_text(text.replace("\n", f"\n[ -e {hangs} ] && exec sleep 1000\n", 1))
    hangs.touch()
    process = watched.watch()
    sleeper = lab.wait_for(lambda: watched.child("sleep"), f"the systemctl\n{process.tail()}", 40)
    lab.wait_for(lambda: is_whole(watched), f"all in place\n{process.tail()}", 30)
    take(watched, process, ROUTE, f"route {PREFIX} dev nat64 ")
    assert watched.child("sleep") == sleeper and said(process, "systemctl could not") == 0, process.tail()
    hangs.unlink()
    os.kill(sleeper, signal.SIGKILL)
    process.wait_for("systemctl could not start all of the daemons", 30)
    process.wait_for("ready after", 60)
    assert pong(watched) and said(process, "systemctl could not") == 1, process.tail()
    assert process.stop(timeout=40) == 0, process.tail()


def test_a_reload_that_hangs(relay):  # noqa: F811
    """It holds its lock: for a while nothing is touched, then it is waited for no longer, which is said once."""
    process = relay.run()
    with open(relay.lab.folder / "relay.run/reload.lock", "r+b") as lock:
        lab.wait_for(lambda: locked(lock), "the lock of a reload", 10)
        take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ", timeout=60)
        take(relay, process, ROUTE, f"route {PREFIX} dev nat64 ")
        assert said(process, "a nat64-relay reload has not ended within 20 s") == 1, process.tail()
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert process.stop() == 0, process.tail()


def locked(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
