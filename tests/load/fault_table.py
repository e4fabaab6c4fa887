# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to servers, done to a relay on purpose, one at a time.

strike(testbed) does it, and returns what puts the world right again when nobody of ours is to do that (a dead upstream, a full disk), or None.
The fault that kills `nat64-relay run` stands in for its service manager too: it starts another one a second later, as RestartSec of the unit says.
"""
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from attacks import ATTACKER, BODY, SOURCE, UDP_SUM, flood, udp6
from client_load import POOL, PREFIX, RELAY4, RELAY6, TARGET, embed
from lab import built, run, wait_for

OUR_WORDS = re.compile(r"^nat64-relay: (put back: .*|started \w+ again.*|healthy again.*|ready after.*|tailscaled is up.*)$", re.M)


FOREVER = float("inf")


@dataclass(frozen=True)
class Fault:
    name: str
    strike: object
    lasts: float = 0       # seconds until the world is put right; FOREVER: after all is told
    repaired: str = ""     # what our own words must say about it, as a regular expression; "": nothing of ours broke
    forgotten: bool = False  # the kernel itself gives connections up
    remark: str = ""       # for the reader of the table


def pid_of(testbed, program):
    """The pid of a daemon of the relay."""
    return wait_for(lambda: testbed.relay.pid_of(program), f"a process {program}", 20)


def kill(program):
    return lambda testbed: os.kill(pid_of(testbed, program), signal.SIGKILL)


def kill_run(testbed):
    """The supervisor alone; its daemons go on, and the next one takes their place."""
    os.kill(pid_of(testbed, "nat64-relay"), signal.SIGKILL)
    testbed.process.wait(10)
    time.sleep(1)
    testbed.start(wait=False)


def shell(script):
    def strike(testbed):
        testbed.relay.sh(script)
    return strike


# --- the disk ---

def data_folder(testbed):
    return testbed.lab.folder / "relay.data"


def fill_disk(testbed):
    """The last octet of the data folder's file system, and then a lease to write."""
    ballast = data_folder(testbed) / "ballast"
    subprocess.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=4096"], capture_output=True, check=False)
    new_client(testbed)
    return ballast.unlink


def read_only(testbed):
    run(["mount", "-o", "remount,ro", data_folder(testbed)])
    new_client(testbed)
    return lambda: run(["mount", "-o", "remount,rw", data_folder(testbed)])


def new_client(testbed):
    """A source that was never seen: it needs a lease at once."""
    address = f"fd7a:115c:a1e0:a::{time.monotonic_ns() & 0xffff:x}"
    testbed.attacker.address("eth0", address + "/64")
    answered = testbed.attacker.run(["ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", "-I", address, embed(TARGET)], check=False).returncode == 0
    assert answered, "a new client got no address of the pool"


# --- memory ---

def out_of_memory(testbed):
    """nat64d in a control group that allows it next to nothing more, and then thousands of clients: the kernel ends it."""
    memory = Path("/sys/fs/cgroup/memory")
    legacy = (memory / "memory.limit_in_bytes").exists()  # control groups of version 1
    group = (memory if legacy else memory.parent) / f"nat64-faults-{os.getpid()}"
    pid = pid_of(testbed, "nat64d")
    group.mkdir(exist_ok=True)
    (group / ("memory.limit_in_bytes" if legacy else "memory.max")).write_text(str(128 << 10))
    (group / "cgroup.procs").write_text(str(pid))
    flood(testbed, 4000, 3500, [udp6("fd7a:115c:a1e0:a::1000", embed(TARGET))], (SOURCE, 3500, UDP_SUM), name="testbed").wait(60)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the kernel to end nat64d", 10)
    return group.rmdir


def conntrack_full(testbed):
    """New flows until the relay's table of connections is full: each takes two entries."""
    most = int(Path("/proc/sys/net/netfilter/nf_conntrack_max").read_text())
    filling = flood(testbed, 100000, 4 * most, [udp6(ATTACKER, embed(TARGET), 5001)], (BODY, 1 << 31, UDP_SUM), name="fill")
    wait_for(lambda: int(testbed.relay.run("cat /proc/sys/net/netfilter/nf_conntrack_count").stdout) > most * 0.98, f"{most} connections", 60)
    time.sleep(1)
    filling.stop()


# --- the upstream ---

def upstream_replaced(*words):
    """Another upstream in the place of the good one: dns-responder's or dns-upstream's words; none: nobody answers."""
    def strike(testbed):
        testbed.upstream.stop()
        bad = testbed.relay.start([built(words[0]), *words[1:]], name="bad-upstream") if words else None

        def again():
            if bad:
                bad.stop()
            testbed.upstream_start()
        return again
    return strike


# --- the overlay ---

OTHER4, OTHER4_NEIGHBOUR = "100.64.0.9", "100.64.0.10"


def overlay_restore(testbed):
    """The addresses and routes of the beginning."""
    testbed.relay.sh(f"ip address replace {RELAY4}/30 dev tailscale0; ip -6 address replace {RELAY6}/126 dev tailscale0 nodad; "
                   "ip route replace 100.64.0.0/10 via 100.64.0.2; ip -6 route replace fd7a:115c:a1e0::/48 via fd7a:115c:a1e0::2")


def addresses_gone(testbed):
    """The overlay loses its addresses, and has them again after a while.

    The kernel forgets what it masqueraded with an address that goes; what a client sends meanwhile begins anew with another address, and is lost.
    """
    testbed.relay.sh(f"ip address del {RELAY4}/30 dev tailscale0; ip -6 address del {RELAY6}/126 dev tailscale0")

    return lambda: overlay_restore(testbed)


def link_down(testbed):
    """As `tailscale down` does it: no addresses, no link; so clients' packets do not come meanwhile."""
    testbed.relay.sh(f"ip link set tailscale0 down; ip address del {RELAY4}/30 dev tailscale0")

    def again():
        testbed.relay.sh(f"ip address add {RELAY4}/30 dev tailscale0; ip link set tailscale0 up")
        overlay_restore(testbed)
    return again


def address_changed(testbed):
    """Another IPv4 address, as after a new login; the IPv6 one stays, and with it the way to the resolver."""
    testbed.net.sh(f"ip address add {OTHER4_NEIGHBOUR}/30 dev relay0")
    testbed.relay.sh(f"ip address del {RELAY4}/30 dev tailscale0; ip address add {OTHER4}/30 dev tailscale0; "
                   f"ip route replace 100.64.0.0/10 via {OTHER4_NEIGHBOUR}")

    def again():
        testbed.net.sh(f"ip address del {OTHER4_NEIGHBOUR}/30 dev relay0")
        testbed.relay.sh(f"ip address del {OTHER4}/30 dev tailscale0")
        overlay_restore(testbed)
    return again


STARTED = "started {} again"
RESPONDER, LIAR = "tests/bench/dns-responder", "tests/load/dns-upstream"
FAULTS = [
    Fault("nothing", lambda testbed: None),
    Fault("SIGKILL of nat64d", kill("nat64d"), repaired=STARTED.format("nat64d")),
    Fault("SIGKILL of unbound", kill("unbound"), repaired=STARTED.format("unbound")),
    Fault("SIGKILL of nat64-relay run", kill_run, repaired="ready after"),
    Fault("nft flush ruleset", shell("nft flush ruleset"), repaired="put back: nftables"),
    Fault("the prefix's route removed", shell(f"ip -6 route del {PREFIX} dev nat64"), repaired="put back: route"),
    Fault("the pool's route removed", shell(f"ip route del {POOL} dev nat64"), repaired="put back: route"),
    Fault("forwarding switched off", shell("sysctl -qw net.ipv6.conf.all.forwarding=0"), repaired="put back: net.ipv6"),
    Fault("the device removed", shell("ip link del nat64"), repaired="put back: device"),
    Fault("no memory in nat64d's control group", out_of_memory, repaired=STARTED.format("nat64d")),
    Fault("disk full, then a new client", fill_disk, 3, remark="the new client got its address"),
    Fault("data folder read-only, then a new client", read_only, 3, remark="the new client got its address"),
    Fault("conntrack's table full", conntrack_full, remark="the kernel lets go what was never answered"),
    Fault("upstream dead for 3 s", upstream_replaced(), 3, remark="what is known is answered meanwhile"),
    Fault("upstream takes 0.8 s", upstream_replaced(RESPONDER, "127.0.0.1", "5300", "800"), 3, remark="what is known is answered as ever"),
    Fault("upstream lies", upstream_replaced(LIAR, "5300", "1", "100", "wild", "ts.test", "--", "elsewhere.invalid"), 3,
          remark="what is known is answered as ever"),
    Fault("the overlay down for a second", link_down, 1, remark="connections were taken up again"),
    Fault("the overlay's addresses gone for a second", addresses_gone, 1, forgotten=True, remark="the kernel forgets what it masqueraded with them"),
    Fault("another IPv4 address of the overlay", address_changed, FOREVER, forgotten=True, remark="targets know connections by the old one"),
]
