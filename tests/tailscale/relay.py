# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay run on a node of the tailnet, and what the tests ask it."""
import json
import re
import socket

from lab import built, need, preload, skip, wait_for
from tailnet import find_programs

PREFIX = "fd64:9929::/96"


def need_tailnet():
    """Skip when the tailnet cannot be had here."""
    need("ip", "sysctl", "curl", "ping", "nsenter", "unshare")
    missing = [name for name, path in find_programs().items() if not path]
    if missing:
        skip(f"no {', '.join(missing)}: tests/tailscale/build-tools builds them where there is Go, or one can be fetched (find-go)")


class Relay:
    """A running relay. Use as a context manager: inside it is ready; leaving it ends it with SIGTERM, and wants exit code 0."""

    def __init__(self, tailnet, node="relay", prefix=PREFIX, extra="", name="relay.conf", automatic=False):
        self.tailnet, self.node, self.prefix = tailnet, tailnet[node], prefix
        self.address4, self.address6 = self.node.addresses()
        self.settings = tailnet.lab.settings(f"""
            split-domain 9929 {"auto" if automatic else "ts.test"}
            edge-address {"auto" if automatic else f"{self.address4} {self.address6}"}
            prefix {prefix}
            dynamic-pool 192.168.240.0/20
            tailscale-socket {self.node.socket}
            {extra}
            """, name=name)
        self.environment = preload(built("module/splitdns.so"))
        self.process = None

    def start(self):
        self.process = self.node.start([built("nat64-relay"), "run", "-c", self.settings], name="nat64-relay", env=self.environment)
        self.process.wait_for(r"ready after", timeout=40)
        self.tailnet.announce(self.node.name)
        return self

    def stop(self):
        return self.process.stop(timeout=20)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        code = self.stop()
        assert kind is not None or code == 0, f"nat64-relay run ended with {code}, expected 0\n{self.process.tail()}"

    def command(self, *arguments, check=True, timeout=90):
        """Run a subcommand on the relay: command("check", "my-vps.9929")."""
        return self.node.run([built("nat64-relay"), arguments[0], "-c", self.settings, *arguments[1:]], check=check, timeout=timeout)

    def pid(self, program):
        """The process of that name on the relay; waits for it."""
        return wait_for(lambda: self.node.pid_of(program), f"a process {program} on the relay")

    def ask(self, command):
        """Ask nat64d over its control socket; its answer."""
        runtime = re.search(r"^runtime-dir (\S+)", self.settings.read_text(), re.M)[1]
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            control.connect(f"{runtime}/sockets/nat64d.sock")
            control.sendall(json.dumps({"command": command}).encode() + b"\n")
            with control.makefile() as lines:
                return json.loads(lines.readline())

    def prefs(self):
        """tailscaled's preferences."""
        return json.loads(self.node.tailscale("debug", "prefs"))

    def resolve(self, client, name="my-vps.9929"):
        """What a program on the client gets for the name: the first IPv6 address, by getaddrinfo. Waits until it is there."""
        found = wait_for(lambda: client.run(["getent", "ahostsv6", name], check=False).stdout, f"{name} at {client.name}", timeout=20)
        return found.split()[0]
