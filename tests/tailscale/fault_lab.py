# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay on the real tailnet in which faults are made and taken back, and check is asked on both ends."""
import contextlib
import copy
import json
import os
import shutil
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor

from advice import Typist
from lab import built, patient, wait_for
from relay import Relay
from tailnet import Plan

NAME, DOMAIN, NOBODY = "my-vps.9929", "9929", "65534"
WILD = "wild.example"  # a zone with a wildcard, at the control node's own name server
WILD_ADDRESS = "10.99.0.5"  # all its names: the target on its other network
TWIN = "10.192.0.0/10"


class FaultPlan(Plan):
    """Two nodes that may be relays; split DNS names the first alone."""

    def headscale(self, folder):
        settings = super().headscale(folder)
        split = settings["dns"]["nameservers"]["split"]
        for zone in split:
            split[zone] = ["100.64.0.1"]
        split[WILD] = ["10.99.0.1"]
        return settings


def plan(**more):
    return FaultPlan(relays=("relay", "relay2"), **more)


class FaultLab:
    """The tailnet, a relay that runs on it, and every change that a row makes."""

    def __init__(self, tailnet, names=()):
        """names: more of the control node's name server, as options of dnsmasq."""
        self.tailnet, self.lab, self.client, self.target = tailnet, tailnet.lab, tailnet["client"], tailnet["target"]
        self.policy = self.current_policy = tailnet.plan.policy()
        self.relay = Relay(tailnet)
        self.names, self.typist = names, Typist(self)
        self.program = tailnet.folder / "nat64-relay-of-a-user"  # the build folder may be closed to a user

    def node(self, name):
        """ "relay" is the relay's, whatever it is called."""
        return self.relay.node if name == "relay" else self.tailnet[name]

    # --- up and down ---

    def start(self):
        self.client.sysctl(net__ipv4__ping_group_range="0 2147483647")  # as distributions have it
        shutil.copy(built("nat64-relay"), self.program)
        self.program.chmod(0o755)
        for folder in (self.tailnet.folder, self.client.folder):
            folder.chmod(0o755)
        self.tailnet.control.start(
            ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-z", "--listen-address=10.99.0.1", f"--address=/{WILD}/{WILD_ADDRESS}",
             "--host-record=around.example,203.0.113.9", f"--cname={NAME},around.example", "--user=root", "--pid-file=", *self.names], name="dnsmasq")
        self.relay.start()
        self.settings = self.relay.settings.read_text()
        self.both((), ())
        return self

    def bin(self, node):
        """A folder with sudo, tailscale and nat64-relay as a user of that node has them."""
        folder = node.folder / "bin"
        if not folder.exists():
            folder.mkdir()
            scripts = {"sudo": 'exec "$@"', "tailscale": f'exec {node.programs["tailscale"]} --socket={node.socket} "$@"',
                       "nat64-relay": f'command=$1; shift; exec {built("nat64-relay")} "$command" -c {self.relay.settings} "$@"'}
            for name, line in scripts.items():
                path = folder / name
                path.write_text(f"#!/bin/sh\n{line}\n")
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return folder

    # --- check ---

    def check(self, side, name=NAME):
        """(exit code, [finding], the whole answer) of one side; on the client as nobody."""
        if side == "client":
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", self.program, "check", "--client", "--json",
                       "--socket", self.client.socket, name]
            done = self.client.run(command, check=False, timeout=30)
        else:
            done = self.relay.node.run([built("nat64-relay"), "check", "-c", self.relay.settings, "--json", name], check=False, timeout=30)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"check on the {side} printed no JSON: {done.stdout}{done.stderr}") from None
        assert done.returncode == answer["exit_code"], done.stderr
        return done.returncode, answer["findings"], answer

    def await_findings(self, side, expected, name=NAME, timeout=60):
        """Ask until exactly these ids are found, each once: a change of the tailnet takes its time to arrive. (exit code, findings, seconds of the last
        check)"""
        end = time.monotonic() + patient(timeout)
        while True:
            begun = time.monotonic()
            code, findings, answer = self.check(side, name)
            if sorted(finding["id"] for finding in findings) == sorted(expected):
                return code, findings, time.monotonic() - begun
            if time.monotonic() > end:
                shown = "\n".join(f'  {finding["id"]}: {finding["text"]} <- {[one["id"] for one in finding["consequences"]]}' for finding in findings)
                raise AssertionError(f"check on the {side}: expected {sorted(expected) or 'nothing'}, found\n{shown or '  nothing'}\n{answer['verdict']}")
            time.sleep(0.2)

    def both(self, relay, client, name=NAME):
        """await_findings on both ends at once. None: that end is not asked."""
        with ThreadPoolExecutor() as pool:
            asked = [pool.submit(self.await_findings, side, expected, name) if expected is not None else None
                     for side, expected in (("relay", relay), ("client", client))]
            return [one.result() if one else (0, [], 0) for one in asked]

    # --- relay.conf ---

    def write_setting(self, line):
        """A line of relay.conf, in the place of those of its keyword (and domain)."""
        keyword = line.split()[0]
        words = 2 if keyword in ("a-policy", "native-aaaa", "split-domain", "upstream-dns", "allow-destination", "dns-client") else 1
        kept = [other for other in self.relay.settings.read_text().splitlines() if other.split()[:words] != line.split()[:words]]
        self.relay.settings.write_text("\n".join([*kept, line, ""]))

    def configure(self, *lines):
        for line in lines:
            self.write_setting(line)
        self.relay.command("reload")

    def restore_settings(self):
        if self.relay.settings.read_text() != self.settings:
            self.relay.settings.write_text(self.settings)
            self.relay.command("reload")

    # --- the control plane ---

    def split(self):
        return json.loads((self.tailnet.folder / "headscale.yaml").read_text())["dns"]["nameservers"]["split"]

    def change_dns(self, split=None, **more):
        """Other DNS of the tailnet. Without arguments: as it was."""
        split = split if split is not None else self.without_zone()
        self.tailnet.change_headscale(**{"magic_dns": True, "extra_records": [], "nameservers": {"global": [], "split": split}, **more})

    def without_zone(self, *zones):
        """What split DNS hands on, less these."""
        base = self.tailnet.plan.headscale(self.tailnet.folder)["dns"]["nameservers"]["split"]
        return {zone: servers for zone, servers in base.items() if zone not in zones}

    def put_policy(self, policy):
        self.current_policy = policy
        self.tailnet.reload_policy(policy)

    def policy_without(self, *indexes):
        """The policy less some of its grants: 0 DNS, 1 prefix, 2 relay to targets, 3 users to targets."""
        policy = copy.deepcopy(self.policy)
        policy["grants"] = [grant for index, grant in enumerate(policy["grants"]) if index not in indexes]
        self.put_policy(policy)

    def grant(self, grant):
        policy = copy.deepcopy(self.current_policy)
        policy["grants"].append(grant)
        self.put_policy(policy)

    def log_in(self, name):
        """Again, with the key of its kind."""
        self.tailnet.join(name, "--force-reauth", "--reset")

    # --- the machine ---

    def signal(self, program, number):
        """To a daemon, or to the command that started the daemons: its helpers have the same name."""
        os.kill(self.relay.process.pid if program == "nat64-relay" else self.relay.pid(program), number)

    @contextlib.contextmanager
    def unwatched(self):
        """The relay's watch stands still, so that nothing is repaired."""
        self.signal("nat64-relay", signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal("nat64-relay", signal.SIGCONT)

    def start_again(self):
        """The relay, after its end."""
        self.relay.start()
        wait_for(lambda: self.relay.node.pid_of("nat64d"), "the translator")
