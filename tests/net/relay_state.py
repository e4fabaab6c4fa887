# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel state and the rules of a relay, put in place by the libraries themselves through state-tool."""
import json
import re

from lab import built

SETTINGS = """
    split-domain 9929 ts.test
    edge-address 100.64.0.1
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""


class RelayState:
    """state-tool on one node with one file of settings."""

    def __init__(self, lab, node, extra="", settings=SETTINGS, name="relay.conf"):
        self.node = node
        self.conf = lab.settings(settings + extra, name)
        self.tool = built("tests/net/state-tool")

    def call(self, library, verb, check=True):
        """(lines, result, messages)."""
        done = self.node.run([self.tool, self.conf, library, verb], check=False)
        assert not check or done.returncode == 0, f"{library} {verb}: exit code {done.returncode}, expected 0\n{done.stdout}{done.stderr}"
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        *lines, last = done.stdout.splitlines()
        return lines, int(last.split()[1]), done.stderr

    def kernel(self, verb, **options):
        return self.call("kernel", verb, **options)

    def nftables(self, verb, **options):
        return self.call("nftables", verb, **options)

    def up(self):
        self.kernel("apply")
        self.nftables("apply")

    def counters(self):
        """Name -> packets."""
        return {line.split()[0]: int(line.split()[1]) for line in self.nftables("counters")[0]}


def without_volatile(value):
    """JSON of nft or ip without what counts, ages or numbers by itself."""
    if isinstance(value, dict):
        return {key: without_volatile(item) for key, item in value.items()
                if key not in ("handle", "packets", "bytes", "metainfo", "stats64", "stats", "preferred_life_time", "valid_life_time", "expires")}
    if isinstance(value, list):
        return [without_volatile(item) for item in value]
    return value


def listed(node, command):
    """The JSON that nft or ip prints, without the volatile."""
    return without_volatile(json.loads(node.run(command).stdout or "[]"))


def snapshot(node):
    """All that up could have changed in a node: links, addresses, routes, rules, nftables, sysctls."""
    commands = ["ip -j -d link", "ip -j addr", "ip -j -4 route show table all", "ip -j -6 route show table all", "ip -j -4 rule", "ip -j -6 rule",
                "nft -j list ruleset"]
    state = {command: listed(node, command) for command in commands}
    state["nft -j list ruleset"] = state["nft -j list ruleset"]["nftables"]
    sysctls = node.run("sysctl -a --pattern ^net.ipv[46]").stdout
    state["sysctl"] = sorted(line for line in sysctls.splitlines() if not re.search(r"stable_secret|nf_conntrack_count|random", line))
    return state


def differences(before, after):
    """What is not the same, for a failure's message."""
    found = []
    for key, old in before.items():
        new = after[key]
        found += [f"{key}: gone: {item}" for item in old if item not in new]
        found += [f"{key}: new: {item}" for item in new if item not in old]
    return found
