# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings in examples/, used as they stand."""
import re

import pytest

from lab import TOP, Lab, built, module_of, need, preload, wait_for
from upstream import TestNs, entry


class Use:
    """A relay with the settings of an example, and hosts on one switch around it."""

    def __init__(self, lab, example, **hosts):
        """hosts: the addresses of each on the switch; the device of the relay there is the example's overlay-interface."""
        self.lab = lab
        text = (TOP / "examples" / example).read_text()
        found = re.search(r"^overlay-interface (\S+)", text, re.M)
        self.overlay = found[1] if found else "tailscale0"
        self.nodes = {name: lab.node(name) for name in hosts}
        lab.switch("switch", {node: self.overlay if name == "relay" else "eth0" for name, node in self.nodes.items()})
        for name, addresses in hosts.items():
            self.nodes[name].address(self.overlay if name == "relay" else "eth0", *addresses)
        self.relay, self.client = self.nodes["relay"], self.nodes["client"]
        self.includes = lab.folder / "unbound.conf.d"
        self.includes.mkdir()
        self.text = text + f"unbound-include-dir {self.includes}\n"
        self.environment = preload(module_of())

    def run(self, more=""):
        """nat64-relay run, until it is ready."""
        self.settings = self.lab.settings(self.text + more)
        self.process = self.relay.start([built("nat64-relay"), "-c", self.settings, "run"], name="nat64-relay", env=self.environment)
        self.process.wait_for("ready after", 40)
        return self

    def names(self, node, *names, port=53):
        """A name server on a node: names are "NAME ADDRESS"; they have nothing of the other family."""
        entries = []
        for name, address in (pair.split() for pair in names):
            soa = [f"{name}. 5 IN SOA ns.invalid. nobody.invalid. 1 5 5 5 5"]
            kind, other = ("AAAA", "A") if ":" in address else ("A", "AAAA")
            entries += [entry(f"{name}. {kind}", [f"{name}. 5 IN {kind} {address}"]), entry(f"{name}. {other}", authority=soa)]
        TestNs(node, port, entries, name=f"names-{port}", six=kind == "AAAA")

    def answer(self, name, server):
        """The AAAA that the client gets."""
        def ask():
            return re.search(r"^[0-9a-f:]+$", self.client.run(f"dig +short +time=2 +tries=1 AAAA {name} @{server}", check=False).stdout, re.M)
        return wait_for(ask, f"AAAA {name}")[0]

    def reaches(self, address, node=None):
        """One echo; False when none comes back."""
        return (node or self.client).run(f"ping -n -c 2 -i 0.2 -W 2 {address}", check=False).returncode == 0

    def drops(self, counter):
        said = self.relay.run(["nft", "list", "counter", "inet", "nat64-relay", counter]).stdout
        return int(re.search(r"packets (\d+)", said)[1])


@pytest.fixture
def lab():
    need("ip", "ldns-testns", "dig", "nft", "ping")
    built("nat64d")
    with Lab() as laboratory:
        yield laboratory


PAGE = """
import http.server, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.client_address[0].replace("::ffff:", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
server = Server(("::", 80), Page)
print("ready", flush=True)
server.serve_forever()
"""
