# SPDX-License-Identifier: GPL-2.0-or-later
"""Tailnets with two relays, as README has them under "Several relays"."""
import re
from dataclasses import dataclass
from pathlib import Path

from relay import Relay
from tailnet import Plan, reverse_zone

TOP = Path(__file__).resolve().parents[2]
PORT = 8064  # of http-listen


class ExampleRelay(Relay):
    """A relay by a file of examples/, as it stands there but for the tailnet's own suffix and addresses."""

    def __init__(self, tailnet, example, node):
        super().__init__(tailnet, node=node, name=f"{node}.conf")
        text = (TOP / "examples" / example).read_text().replace("tail1234.ts.net", "ts.test")
        text = re.sub(r"^edge-address fd7a\S+", f"edge-address {self.address6}", text, flags=re.M)
        text = re.sub(r"^edge-address 100\S+", f"edge-address {self.address4}", text, flags=re.M)
        self.prefix = re.search(r"^prefix (\S+)", text, re.M)[1]
        self.domain = re.search(r"^split-domain (\S+)", text, re.M)[1]
        self.settings = tailnet.lab.settings(f"{text}\ntailscale-socket {self.node.socket}\n", name=f"{node}.conf")


@dataclass
class Failover(Plan):
    """Two relays on one prefix, each of which may ask the other's /healthz."""
    relays: tuple = ("relay", "relay2")

    def policy(self):
        policy = super().policy()
        policy["grants"].append({"src": ["tag:relay"], "dst": ["tag:relay"], "ip": [f"tcp:{PORT}"]})
        return policy


@dataclass
class TwoLines(Plan):
    """Each relay has its own split domain and its own prefix."""
    relays: tuple = ("relay", "relay2")
    split: tuple = ("9929", "cn2")
    nat64: tuple = ("fd64:9929::/96", "fd64:c2::/96")

    def headscale(self, folder):
        settings = super().headscale(folder)
        servers = settings["dns"]["nameservers"]["split"]
        for number, (domain, prefix) in enumerate(zip(self.split, self.nat64), 1):
            servers[domain] = servers[reverse_zone(prefix)] = [f"100.64.0.{number}"]
        return settings


def block(node, address):
    """Nothing of this node, or through it, comes to the address any more."""
    node.run("nft -f -", input=f"""table inet blocked {{
        chain output {{ type filter hook output priority 0; ip daddr {address} drop; }}
        chain forward {{ type filter hook forward priority 0; ip daddr {address} drop; }}
    }}""")


def unblock(node):
    node.run(["nft", "delete", "table", "inet", "blocked"])
