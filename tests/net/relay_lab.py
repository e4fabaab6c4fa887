# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay whose command is run: its settings, its zone, a machine for it, and what has to be as before afterwards."""
import re

import pytest

import lab

ZONE = """\
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
my-vps.real.test. IN A
SECTION ANSWER
my-vps.real.test. 60 IN CNAME host7.real.test.
host7.real.test. 60 IN A 100.64.0.3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
host7.real.test. IN A
SECTION ANSWER
host7.real.test. 60 IN A 100.64.0.3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
my-vps.real.test.real.test. IN A
SECTION ANSWER
my-vps.real.test.real.test. 60 IN A 100.64.0.3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
my-vps.real.test. IN AAAA
SECTION AUTHORITY
real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
www.example.net. IN A
SECTION ANSWER
www.example.net. 60 IN A 100.64.0.3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
www.example.net. IN AAAA
SECTION AUTHORITY
example.net. 60 IN SOA ns.example.net. admin.example.net. 1 60 60 60 60
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
six.real.test. IN AAAA
SECTION ANSWER
six.real.test. 60 IN AAAA fd7a:115c:a1e0::3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
six.real.test. IN A
SECTION AUTHORITY
real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
two.real.test. IN A
SECTION ANSWER
two.real.test. 60 IN A 100.100.100.100
two.real.test. 60 IN A 100.64.0.3
ENTRY_END
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NXDOMAIN
ADJUST copy_id
SECTION QUESTION
gone.real.test. IN A
SECTION AUTHORITY
real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60
ENTRY_END
ENTRY_BEGIN
MATCH opcode
REPLY QR AA NXDOMAIN
ADJUST copy_id copy_query
SECTION AUTHORITY
real.test. 60 IN SOA ns.real.test. admin.real.test. 1 60 60 60 60
ENTRY_END
"""


SETTINGS = """\
split-domain 9929 real.test
upstream-dns real.test 127.0.0.1@5300
edge-address 100.64.0.1
edge-address fd7a:115c:a1e0::1
prefix fd64:9929::/96
dynamic-pool 192.168.240.0/20
overlay-interface tailscale0
advertise-prefix none
"""


# What a relay changes: all of it must be as before after down.
SNAPSHOTS = {
    "links": "ip -o link | cut -d: -f2- | sed 's/ qlen.*//'",
    "addresses": "ip -o address | grep -v ' lo ' | sed 's/ *valid_lft.*//'",
    "rules": "ip rule; ip -6 rule",
    "routes": "ip route show table all; ip -6 route show table all | grep -v 'fe80\\|ff00'",
    "nftables": "nft list ruleset | sed '/elements = {/,/}$/d; s,packets [0-9]* bytes [0-9]*,,'",  # elements: the meters of clients that were there
    "sysctls": "sysctl -a -r '^net\\.ipv[46]\\.(ip_forward|conf\\..*\\.(forwarding|rp_filter|accept_ra|disable_ipv6))' 2>/dev/null",
}


class Relay:
    """The three hosts with the settings of a relay, and the command inside."""

    def __init__(self, laboratory):
        self.lab = laboratory
        self.hosts = lab.ThreeHosts(laboratory)
        self.node, self.client, self.target = self.hosts.relay, self.hosts.client, self.hosts.target
        self.node.sysctl(net__ipv4__ip_forward=0, net__ipv6__conf__all__forwarding=0)
        self.program = lab.built("nat64-relay")
        self.environment = lab.preload(lab.module_of())
        lab.built("nat64d")
        self.config, self.runs = laboratory.settings(SETTINGS), 0
        zone = laboratory.folder / "zone"
        zone.write_text(ZONE)
        self.upstream = self.node.start(["ldns-testns", "-p", "5300", zone], "upstream")

    def settings(self, **changes):
        """The settings with some lines replaced: keyword=None takes its lines away, a list repeats the keyword."""
        lines = [line for line in SETTINGS.splitlines() if line.split()[0].replace("-", "_") not in changes]
        for keyword, value in changes.items():
            for one in value if isinstance(value, list) else [value] if value is not None else []:
                lines.append(f"{keyword.replace('_', '-')} {one}")
        return self.lab.settings("\n".join(lines))

    def command(self, *words, before=()):
        """Run the command to its end; what came of it."""
        return self.node.run([*before, self.program, "-c", self.config, *words], check=False, env=self.environment)

    def expect(self, code, *words, before=()):
        """The same; its output, both streams. The exit code must be that one."""
        done = self.command(*words, before=before)
        assert done.returncode == code, f"nat64-relay {' '.join(words)}: expected exit code {code}, got {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run(self):
        """Start nat64-relay run, and wait until it is ready."""
        self.runs += 1
        process = self.node.start([self.program, "-c", self.config, "run"], f"run{self.runs}", env=self.environment)
        process.wait_for(r"ready after", 30)
        return process

    def snapshot(self):
        return {name: self.node.sh(script, check=False).stdout for name, script in SNAPSHOTS.items()}

    def child(self, name):
        """The pid of a program that lives in the relay's namespace."""
        return self.node.pid_of(name)

    def ask(self, name, kind="AAAA"):
        return self.client.run(f"dig +short +tries=1 +time=20 @{self.hosts.RELAY6} {name} {kind}", check=False).stdout.split()


def same(before, after, what):
    """Compare two snapshots; the message shows the lines that differ."""
    for name in before:
        lost = sorted(set(before[name].splitlines()) - set(after[name].splitlines()))
        new = sorted(set(after[name].splitlines()) - set(before[name].splitlines()))
        assert not lost and not new, f"{what}: {name} differ: expected {lost}, got {new}"


@pytest.fixture
def relay():
    lab.need("ldns-testns", "dig", "nft", "ip")
    with lab.Lab() as laboratory:
        yield Relay(laboratory)


def marks(text, steps=6):
    """The result of each of check's first steps, in order: what its first line says."""
    found = {}
    for mark, number in re.findall(r"^(ok|FAIL|not known|warning) +(\d+)\.", text, re.M):
        found.setdefault(int(number), mark)
    return [found[number] for number in sorted(found) if number <= steps]


INIT = ["init", "--no-tailscale", "--split-domain", "9929", "--real-suffix", "real.test", "--edge-address", "100.64.0.1",
        "--upstream-dns", "127.0.0.1@5300"]
