# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay that was installed on a whole machine, between a client and a target of the laboratory."""
import fcntl
import json
import re
import subprocess
from pathlib import Path

from image import base_image, disk_of, libraries
from lab import CACHE, TOP, Lab, skip, wait_for
from machine import MAC, Machine
from relay_state import snapshot
from traffic import Transfer, tcp_pair
from upstream import TestNs, entry

UNITS = ("nat64-relay", "nat64d", "nat64-relay-unbound")
BUILT = TOP / "build" / "vm"  # plain programs: those of the other tests have the sanitizers in them
NETWORK = """\
[Match]
MACAddress={mac}
[Network]
{addresses}
IPv6AcceptRA=no
"""
NOTHING = ["real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60"]
NO_SUCH_NAME = entry("nobody. A", authority=NOTHING, rcode="NXDOMAIN", match="opcode").replace("copy_id", "copy_id copy_query")


def plain_build(progress):
    """Build the programs as a user's configure and make do; another file of tests may do so too. The folder."""
    BUILT.mkdir(parents=True, exist_ok=True)
    log = BUILT / "build.log"
    with open(BUILT / ".lock", "w") as lock, open(log, "a") as stream:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stream.truncate(0)

        def step(*argv):
            done = subprocess.run(argv, cwd=BUILT, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
            assert done.returncode == 0, f"{' '.join(map(str, argv))}: see {log}\n" + "\n".join(log.read_text().splitlines()[-20:])
        if not (TOP / "configure").exists() or not (CACHE / "unbound/source/unbound").exists():
            skip("there is no configure, or no private Unbound: run ./bootstrap")
        if not (BUILT / "config.status").exists() or (BUILT / "config.status").stat().st_mtime < (TOP / "configure").stat().st_mtime:
            progress("configuring")
            step(TOP / "configure")
        progress("building without sanitizers")
        step("make", "-j2", "all")
    return BUILT


def install(destination, verb="install"):
    """make install, or make uninstall, into a folder."""
    done = subprocess.run(["make", "-C", BUILT, verb, f"DESTDIR={destination}"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"make {verb}: {done.stdout}{done.stderr}"


def files_of(tree):
    """Every file below a folder, as its absolute path on the machine."""
    return sorted("/" + str(path.relative_to(tree)) for path in Path(tree).rglob("*") if not path.is_dir())


class Installed:
    """The machine with the relay on it: what a person at its keyboard does and sees."""

    def __init__(self, progress, lab):
        plain_build(progress)
        self.progress, self.lab, self.machine = progress, lab, None
        self.tree = lab.folder / "tree"
        install(self.tree)

    def furnish(self, switch):
        """Make the machine on the switch, with the files of the tree at hand."""
        base = base_image(libraries(self.tree / "usr/local"), self.progress)
        self.machine = Machine(self.lab, base, switch, disk_of(self.tree, self.lab.folder / "goods.img", "goods"))

    def boot(self, *addresses):
        self.progress("booting the machine")
        self.machine.start()
        self.machine.write("/etc/systemd/network/wire.network", NETWORK.format(mac=MAC, addresses="\n".join(f"Address={one}" for one in addresses)))
        self.machine.run("networkctl reload")

    def install(self):
        """What `sudo make install` does on the machine itself: the files, the user, and systemd is told."""
        self.machine.sh("mkdir /goods && mount -o ro /dev/vdb /goods && cp -dR --preserve=mode,links /goods/. / && rm -rf /lost+found && umount /goods")
        self.machine.run("systemd-sysusers /usr/local/lib/sysusers.d/nat64-relay.conf")
        self.machine.run("systemctl daemon-reload")

    def command(self, *arguments, check=True):
        return self.machine.run(["nat64-relay", *arguments], check=check)

    def systemctl(self, *arguments, check=True):
        return self.machine.run(["systemctl", *arguments], check=check)

    def start(self):
        """Have the service run, whatever a test before left."""
        self.systemctl("start", "nat64-relay")

    # --- what is there ---

    def states(self):
        """Of the three units, as `systemctl is-active` says it."""
        return self.systemctl("is-active", *UNITS, check=False).stdout.split()

    def wait_active(self, timeout=120):
        try:
            wait_for(lambda: self.states() == ["active"] * 3, "the three units", timeout, interval=1)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.states()}\n{self.journal()}") from None

    def show(self, unit, name):
        """A property of a unit."""
        return self.systemctl("show", "-P", name, unit).stdout.strip()

    def journal(self):
        units = [word for unit in UNITS for word in ("-u", unit)]
        return self.machine.run(["journalctl", "-b", "--no-pager", "-n", "60", "-o", "short-monotonic", *units]).stdout

    def status(self):
        return json.loads(self.command("status", "--json").stdout)

    def marks(self):
        """The results of the six steps of check."""
        text = self.command("check", "my-vps", check=False).stdout
        return re.findall(r"^(ok|FAIL|not known) +\d\.", text, re.M), text

    def lease(self, client):
        """The client's line of the lease file without the time of its last use; [] when there is none."""
        text = self.machine.run("cat /var/lib/nat64-relay/dynamic.map", check=False).stdout
        return next((words[:2] for words in map(str.split, text.splitlines()) if words[1:2] == [client]), [])

    def assert_whole(self, reach):
        """Units, status and check agree that all is well. reach: what check says of its third step."""
        self.wait_active()
        failed = self.systemctl("--failed", "--plain", "--no-legend").stdout
        assert not failed, f"failed units:\n{failed}\n{self.journal()}"
        status = self.status()
        assert status["kernel"]["complete"] and status["rules"]["complete"] and status["translator"]["running"], status
        assert [one["answers"] for one in status["resolver"]] == [True, True], status["resolver"]
        marks, text = self.marks()
        assert marks == ["ok", "ok", reach, "ok", "ok", "ok"], f"check: expected ok, but {reach} at 3, got\n{text}\n{self.journal()}"

    def assert_carries(self, client, source, target, seen, address, length=1 << 20):
        """Three pings without loss, and a checked megabyte each way; the target sees the relay."""
        pong = client.run(f"ping -n -c 3 -i 0.2 -W 5 -I {source} {address}", check=False).stdout
        assert " 0% packet loss" in pong, f"ping through the relay: expected no loss, got\n{pong}\n{self.journal()}"
        for way in ("out", "back"):
            near, far = tcp_pair(target, "0.0.0.0", client, address, source)
            with near, far:
                assert far.getpeername()[0] == seen, f"expected the target to see {seen}, it sees {far.getpeername()[0]}"
                Transfer(*((near, far) if way == "out" else (far, near)), length).finish()


class InstalledRelay(Installed):
    """client (IPv6 only) - relay, the whole machine - target (IPv4 only, and the name server of the real names), on one switch. No Tailscale."""
    CLIENT6, LATE_CLIENT6, RELAY6 = "fd7a:115c:a1e0::2", "fd7a:115c:a1e0::9", "fd7a:115c:a1e0::1"
    RELAY4, TARGET4 = "100.64.0.1", "100.64.0.3"
    NAME = "my-vps.9929"

    def __init__(self, progress):
        super().__init__(progress, Lab())
        self.prefix = self.address = self.before = None
        self.client, self.target = self.lab.node("client"), self.lab.node("target")
        switch = self.lab.switch("switch", {self.client: "eth0", self.target: "eth0"})
        self.client.address("eth0", self.CLIENT6 + "/64", self.LATE_CLIENT6 + "/64")
        self.target.address("eth0", self.TARGET4 + "/10")
        TestNs(self.target, 5300, [entry("my-vps.real.test A", [f"my-vps.real.test. IN A {self.TARGET4}"]),
                                   entry("my-vps.real.test AAAA", authority=NOTHING), NO_SUCH_NAME], count=False)
        self.furnish(switch)

    def set_up(self):
        """Boot, install, init, enable. What the machine was like before is kept to compare."""
        self.boot(f"{self.RELAY4}/10", f"{self.RELAY6}/64")
        wait_for(lambda: self.client.run(f"ping -n -c 1 -W 1 {self.RELAY6}", check=False).returncode == 0, "the machine on the switch", timeout=30)
        self.progress("installing, init, enable")
        self.install()
        self.before = snapshot(self.machine)
        self.init()
        self.systemctl("enable", "--now", "nat64-relay")

    def init(self):
        """nat64-relay init; what it chose becomes the client's route."""
        self.command("init", "--no-tailscale", "--split-domain", "9929", "--real-suffix", "real.test", "--edge-address", self.RELAY4,
                     "--edge-address", self.RELAY6, "--upstream-dns", f"{self.TARGET4}@5300")
        written = self.machine.run("cat /etc/nat64-relay/relay.conf").stdout
        self.prefix = re.search(r"^prefix (\S+)::/96$", written, re.M)[1]
        self.address = f"{self.prefix}::6440:3"
        self.client.route(f"{self.prefix}::/96", "via", self.RELAY6)

    def ask(self):
        """The AAAA records of my-vps.9929, asked by the client."""
        return self.client.run(f"dig +short +tries=1 +time=3 @{self.RELAY6} {self.NAME} AAAA", check=False).stdout.split()

    def ping(self, count=1, source=CLIENT6):
        return self.client.run(f"ping -n -c {count} -i 0.2 -W 5 -I {source} {self.address}", check=False)

    def assert_serves(self):
        """A client's question and its packets. The name server inside may need a moment after its start."""
        answer = wait_for(self.ask, f"an answer for {self.NAME}", timeout=20)
        assert answer == [self.address], f"AAAA of {self.NAME}: expected {self.address}, got {answer}\n{self.journal()}"
        self.assert_carries(self.client, self.CLIENT6, self.target, self.RELAY4, self.address)
