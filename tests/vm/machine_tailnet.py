# SPDX-License-Identifier: GPL-2.0-or-later
"""A tailnet of the real programs whose relay is a whole machine: tailscaled is a unit there, and its address comes when the control plane lets it.

The other nodes are those of tests/tailscale/tailnet.py. The machine joins first, and so has the first address, which the split DNS points to.
"""
import shutil
from dataclasses import dataclass

from installed import Installed
from lab import run, wait_for
from tailnet import URL, Plan, Tailnet

RELAY = "100.64.0.1"
UNIT = """\
[Unit]
Description=Tailscale node agent
Wants=network-pre.target
After=network-pre.target systemd-networkd.service
[Service]
Type=notify
Environment=TS_DEBUG_FIREWALL_MODE=nftables TS_NO_LOGS_NO_SUPPORT=true TS_DEBUG_USE_DERP_HTTP=1
ExecStart=/usr/sbin/tailscaled --state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock --port=41641
RuntimeDirectory=tailscale
StateDirectory=tailscale
Restart=on-failure
[Install]
WantedBy=multi-user.target
"""


@dataclass
class MachinePlan(Plan):
    """One relay, which is no namespace."""
    relays: tuple = ()

    def headscale(self, folder):
        settings = super().headscale(folder)
        nameservers = settings["dns"]["nameservers"]
        nameservers["split"] = {zone: [RELAY] for zone in nameservers["split"]}
        return settings


class MachineTailnet(Tailnet):
    """control, client, target, and the machine: .relay"""

    def __init__(self, progress, release):
        super().__init__(MachinePlan())
        try:
            self.relay = TailnetRelay(progress, self, release)
        except BaseException:
            self.down()
            raise

    def start_headscale(self):
        """The machine joins before everybody else."""
        super().start_headscale()
        self.relay.join(self.keys["tag:relay"])


class TailnetRelay(Installed):
    """The relay of a tailnet."""
    NAME = "my-vps.9929"

    def __init__(self, progress, tailnet, release):
        super().__init__(progress, tailnet.lab, release)
        self.tailnet, self.prefix, self.address = tailnet, tailnet.plan.nat64[0], None
        there = self.tree / "tailscale"
        for program, folder in (("tailscaled", "usr/sbin"), ("tailscale", "usr/bin")):
            (there / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(tailnet.programs[program], there / folder / program)
        unit = there / "usr/lib/systemd/system/tailscaled.service"
        unit.parent.mkdir(parents=True)
        unit.write_text(UNIT)

    @property
    def client(self):
        return self.tailnet["client"]

    @property
    def target(self):
        return self.tailnet["target"]

    def join(self, key):
        """Boot, install everything, and bring Tailscale up."""
        self.furnish(self.lab.node("switch"))
        self.boot("10.99.0.100/24")
        self.progress("installing, tailscale up, init, enable")
        self.machine.sh("cp -dR --preserve=mode,links /mnt/tailscale/. / && systemctl daemon-reload")
        self.install()
        self.systemctl("enable", "--now", "tailscaled")
        self.machine.run(["tailscale", "up", f"--login-server={URL}", f"--auth-key={key}", "--hostname=relay", "--timeout=240s"])

    def set_up(self):
        """What README tells a user."""
        self.command("init", "--split-domain", "9929", "--prefix", self.prefix)
        self.systemctl("enable", "--now", "nat64-relay")
        self.wait_active()

    def control_reachable(self, reachable):
        """Plug the control plane's wire in or out."""
        run([*self.tailnet.control.ip, "link", "set", "eth0", "up" if reachable else "down"])

    def ask(self, patience=5):
        """The addresses of the name, as a program on the client finds them by its own resolver."""
        found = self.client.run(["timeout", str(patience), "getent", "ahostsv6", self.NAME], check=False).stdout
        return sorted({line.split()[0] for line in found.splitlines()})

    def ping(self, patience=2):
        return self.client.run(["ping", "-n", "-c", "1", "-W", str(patience), self.address], check=False)

    def assert_serves(self):
        """The client finds the name by its own resolver, and its packets arrive."""
        try:
            [self.address] = wait_for(self.ask, f"the address of {self.NAME}", timeout=60, interval=0.5)
            wait_for(lambda: self.ping().returncode == 0, f"a ping of {self.address}", timeout=60, interval=0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.journal()}") from None
        source = self.client.addresses()[1]
        self.assert_carries(self.client, source, self.target, RELAY, self.address)
