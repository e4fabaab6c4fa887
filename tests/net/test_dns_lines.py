# SPDX-License-Identifier: GPL-2.0-or-later
"""`nat64-relay unbound-lines`: pasted into an unbound.conf of a user's own they make it answer, whatever else stands in it.

Its file is as hostile as an honest one can be: a trust anchor for the root that no answer here can satisfy, and private-address for what the real
names have. Each line that is taken out is missed.
"""
import subprocess

import dns.flags
import dns.reversename
import pytest
from lab import built
from resolver import CLIENT6, RELAY4, RELAY6, UNBOUND, Resolver
from upstream import PythonNs, add

SETTINGS = """
    split-domain test lab.example
    upstream-dns lab.example 127.0.0.1@5301
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""
OWN = f"""
server:
    interface: {RELAY4}
    interface: {RELAY6}
    access-control: 100.64.0.0/10 allow
    access-control: {CLIENT6}/128 allow
    private-address: 100.64.0.0/10
    private-address: fd00::/8
    trust-anchor: ". DS 20326 8 2 {'ab' * 32}"
    module-config: "validator iterator"
    username: nobody
    chroot: ""
    directory: ""
    pidfile: ""
    use-syslog: no
remote-control:
    control-enable: no
"""


class Own(Resolver):
    """The user's own Unbound, with the lines."""

    def __init__(self, lab):
        super().__init__(lab, SETTINGS)
        self.upstream = PythonNs(self.relay, "127.0.0.1", 5301, self.answer)

    def answer(self, name, message, transport):
        if name == "2.1.64.100.in-addr.arpa":
            add(message, f"{name}. 60 PTR my-vps.lab.example.")
        elif name == "my-vps.lab.example":
            add(message, f"{name}. 60 A 100.64.1.2")
        elif name == "alias.example":
            add(message, f"{name}. 60 CNAME planted.test.")
        elif name == "planted.test":
            add(message, f"{name}. 60 AAAA 2001:db8::bad")
        else:
            message.set_rcode(3)

    def lines(self):
        done = self.command()
        assert done.returncode == 0, done.stderr
        return done.stdout

    def command(self):
        return subprocess.run([built("nat64-relay"), "-c", self.settings, "unbound-lines"], capture_output=True, text=True, timeout=60)

    def paste(self, lines):
        self.conf.write_text(OWN + lines)
        return self

    def forward(self):
        return self.ask("my-vps.test")

    def reverse(self):
        return self.ask(dns.reversename.from_address("fd64:9929::6440:102"), "PTR", timeout=8)


@pytest.fixture
def own(lab):
    own = Own(lab)
    yield own
    own.upstream.close()


def names(answer):
    return [record.to_text() for rrset in answer.message.answer for record in rrset] if answer else []


def test_pasted_they_are_accepted_and_answer(own):
    lines = own.paste(own.lines()).conf.read_text()
    done = own.relay.run([UNBOUND + "-checkconf", own.conf], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"NAT64_RELAY_CONF={own.settings}" in lines and f"{own.module} mr," in lines
    own.start()
    assert own.forward().addresses == {"fd64:9929::6440:102"}
    assert names(own.reverse()) == ["my-vps.test."]
    assert own.ask("gone.test").rcode == "NXDOMAIN"


def test_nothing_in_them_is_the_users_business(own):
    options = {line.split(":")[0].strip() for line in own.lines().splitlines() if not line.startswith("#")}
    assert not options & {"interface", "port", "username", "chroot", "control-enable", "remote-control", "access-control", "num-threads", "verbosity"}


@pytest.mark.parametrize("missing, question", [
    ('module-config: "dynlib validator iterator"', "forward"),
    ('local-zone: "test." transparent', "forward"),         # Unbound itself says that there is no such name (RFC 6761)
    ('domain-insecure: "lab.example."', "forward"),          # the root's key does not lead there
    ('private-domain: "lab.example."', "forward"),           # its addresses are taken away
    ('do-not-query-localhost: no', "forward"),
    ('9.2.9.9.4.6.d.f.ip6.arpa." transparent', "reverse"),  # Unbound itself says that such addresses have no names (RFC 6303)
    ('domain-insecure: "64.100.in-addr.arpa."', "reverse"),
    ('forward-addr: 127.0.0.1@5301', "forward"),
    ('forward-addr: 127.0.0.1@5301', "reverse"),
])
def test_each_line_is_needed(own, missing, question):
    lines = own.lines()
    assert missing in lines
    if missing.startswith("module-config"):
        lines = lines[:lines.index("# The module. It reads")] + lines[lines.index("# Names of"):]
    own.paste("\n".join(line for line in lines.splitlines() if missing not in line) + "\n").start()
    answer = own.ask("my-vps.test", timeout=3) if question == "forward" else own.reverse()
    assert answer is None or not answer.message.answer


def test_an_alias_from_outside_cannot_plant_names(own):
    """With CD a client would be given what Unbound has found behind the alias."""
    own.paste(own.lines() + 'forward-zone:\n    name: "."\n    forward-addr: 127.0.0.1@5301\n').start()
    own.ask("alias.example", flags=dns.flags.RD | dns.flags.CD)
    answer = own.ask("planted.test", flags=dns.flags.RD | dns.flags.CD)
    assert (answer.rcode, answer.records) == ("NXDOMAIN", set())


def test_a_program_that_cannot_load_the_module(own):
    own.settings.write_text(own.settings.read_text().replace(f"unbound-program {UNBOUND}", "unbound-program /bin/true"))
    done = own.command()
    assert (done.returncode, done.stdout) == (2, "") and "/bin/true: this is not the Unbound that" in done.stderr


def test_without_a_split_domain(own):
    own.settings.write_text("\n".join(line for line in own.settings.read_text().splitlines() if "split-domain" not in line))
    done = own.command()
    assert (done.returncode, done.stdout) == (2, "") and "no split-domain" in done.stderr
