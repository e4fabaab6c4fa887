# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay that was installed on a whole machine from its packages."""
import json
import re
import shutil

from image import base_image, disk_of
from lab import wait_for
from machine import MAC, Machine
from debs import dependencies, earlier, need_packaging, packages
from traffic import Transfer, tcp_pair

UNITS = ("nat64-relay", "nat64d", "nat64-relay-unbound")
NETWORK = """\
[Match]
MACAddress={mac}
[Network]
{addresses}
IPv6AcceptRA=no
"""
LEASE = re.compile(r"[\d.]+\t[\da-f:]+\t\d+")


class Installed:
    """The machine with the relay's packages on it: what a person at its keyboard does and sees."""

    def __init__(self, progress, lab, release):
        need_packaging()
        self.progress, self.lab, self.release, self.machine = progress, lab, release, None
        self.packages = packages(release, progress)
        self.tree = lab.folder / "goods"  # what the second disk brings
        shutil.copytree(self.packages, self.tree / "new", ignore=lambda folder, names: [name for name in names if not name.endswith(".deb")])
        earlier(self.packages, self.tree / "earlier")

    def furnish(self, switch):
        """Make the machine on the switch, with the goods at hand."""
        base = base_image(self.release, dependencies(self.packages), self.progress)
        self.machine = Machine(self.lab, base, switch, disk_of(self.tree, self.lab.folder / "goods.img", "goods"))

    def boot(self, *addresses):
        self.progress(f"booting a Debian {self.release}")
        self.machine.start()
        self.machine.write("/etc/systemd/network/wire.network", NETWORK.format(mac=MAC, addresses="\n".join(f"Address={one}" for one in addresses)))
        self.machine.run("networkctl reload")
        self.mount()

    def mount(self):
        """Have the second disk at /mnt."""
        self.machine.sh("mountpoint -q /mnt || mount -o ro /dev/vdb /mnt")

    def apt(self, *arguments):
        """apt as a person has it, but for the one question that it asks by itself: whether to go on. What it said; a package's question would have no answer."""
        return self.machine.sh(f"LC_ALL=C.UTF-8 apt -y -q {' '.join(arguments)} 2>&1 </dev/null", timeout=300).stdout

    def install(self, which="new"):
        """apt install of the packages. which: new or earlier."""
        self.mount()
        return self.apt("install", f"/mnt/{which}/*.deb")

    def installed(self):
        """The names of all packages of the machine."""
        return set(self.machine.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]).stdout.replace("ii ", "").split())

    def command(self, *arguments, check=True):
        return self.machine.run(["nat64-relay", *arguments], check=check)

    def systemctl(self, *arguments, check=True):
        return self.machine.run(["systemctl", *arguments], check=check)

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
        return json.loads(self.command("status", "--json", check=False).stdout)

    def settings(self):
        """The file of settings, octet by octet."""
        return self.machine.run("base64 -w 0 /etc/nat64-relay/relay.conf").stdout

    def marks(self):
        """The results of the six steps of check."""
        text = self.command("check", "my-vps", check=False).stdout
        return re.findall(r"^(ok|FAIL|not known) +[1-6]\.", text, re.M), text

    def leases(self):
        """{client: its IPv4 address} as the lease file has it; every line of it is whole, and no address is lent twice."""
        text = self.machine.run("cat /var/lib/nat64-relay/dynamic.map", check=False).stdout
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        torn = [line for line in lines if not LEASE.fullmatch(line)]
        assert not torn and text[-1:] in ("", "\n"), f"the lease file has lines that are none: {torn or text[-80:]}"
        pairs = [line.split("\t")[:2] for line in lines]
        assert len({address for address, _ in pairs}) == len({client for _, client in pairs}) == len(pairs), f"an address or a client stands twice:\n{text}"
        return {client: address for address, client in pairs}

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

    def assert_no_denial(self):
        """AppArmor refused nothing, in any of the boots whose journal is on the disk. The kernel's messages alone would not do: it prints few of many."""
        said = self.machine.sh("journalctl --no-pager --quiet | grep apparmor=", check=False).stdout.splitlines()
        for unit in UNITS:
            assert [line for line in said if 'apparmor="STATUS"' in line and f'name="{unit}"' in line], f"the journal does not tell of the profile {unit}"
        refused = [line for line in said if 'apparmor="DENIED"' in line]
        assert not refused, "AppArmor refused:\n" + "\n".join(refused)

    def assert_carries(self, client, source, target, seen, address, length=1 << 20):
        """Three pings, each with its reply, and a checked megabyte each way; the target sees the relay."""
        for _ in range(3):  # of several at once, ping waits for the last no longer than twice as long as the first ones took
            pong = client.run(f"ping -n -c 1 -W 10 -I {source} {address}", check=False).stdout
            assert " 0% packet loss" in pong, f"ping through the relay: expected no loss, got\n{pong}\n{self.journal()}"
        for way in ("out", "back"):
            near, far = tcp_pair(target, "0.0.0.0", client, address, source)
            with near, far:
                assert far.getpeername()[0] == seen, f"expected the target to see {seen}, it sees {far.getpeername()[0]}"
                Transfer(*((near, far) if way == "out" else (far, near)), length).finish()
