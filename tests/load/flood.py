# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay's name service under very many questions: its settings, the upstream that means ill, and who asks and searches.

Every policy is in the settings: records passed on, AAAA of the host's own or of the twin6, A records that are real or of the twin, names denied, several
prefixes and one of another length, names under their own name, and the names of the addresses of all.
"""
import contextlib
import re
import subprocess

from lab import UNBOUND, built, skip
from resolver import RELAY4, RELAY6, Resolver

REALS = ["tail1234.ts.net", "lab.example"]
OTHERS = ["9929", "open.internal", "elsewhere.invalid", "git.example.com"]
PORTS = 4
SETTINGS = f"""
    split-domain 9929 {REALS[0]}
    split-domain lab.9929 {REALS[1]}
    split-domain open.internal {REALS[0]}
    a-policy open.internal real
    native-aaaa open.internal yes
    type-policy open.internal pass TXT SSHFP CAA
    split-domain closed.internal {REALS[0]}
    a-policy closed.internal nxdomain
    prefix fd64:9929::/96
    prefix fd64:1:2:3::/64 lab.9929
    prefix fd64:1:2::/96 9929
    prefix fd67::/96 9929
    twin-prefix 10.65.0.0/16 100.65.0.0/16
    twin6-prefix fd99:9929:1::/48
    a-policy lab.9929 empty
    aaaa-policy lab.9929 twin6
    split-domain git.example.com git.example.com
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
    dns-rate-limit 0
""" + "".join(f"upstream-dns {zone} {' '.join(f'127.0.0.1@{5301 + port}' for port in range(PORTS))}\n" for zone in [*REALS, "."])
RULES = f"""secret {REALS[0]}
secret {REALS[1]}
zone 9929
zone lab.9929
zone open.internal native real passes
zone closed.internal
zone git.example.com same
reverse {'0.' * 16}9.2.9.9.4.6.d.f.ip6.arpa
reverse 3.0.0.0.2.0.0.0.1.0.0.0.4.6.d.f.ip6.arpa
reverse {'0.' * 12}2.0.0.0.1.0.0.0.4.6.d.f.ip6.arpa
reverse {'0.' * 20}7.6.d.f.ip6.arpa
reverse 65.10.in-addr.arpa
prefix fd64:9929::/96
prefix fd64:1:2:3::/64
prefix fd64:1:2::/96
prefix fd67::/96
twin 10.65.0.0/16
twin6 fd99:9929:1::/48
closed6 fd99:9929:1:b1a::/64
reverse 1.0.0.0.9.2.9.9.9.9.d.f.ip6.arpa
allow 100.64.0.0/10
deny 100.100.100.100/32
deny {RELAY4}/32
deny 192.168.240.0/20
"""


def plain_module():
    """splitdns.so without sanitizers, which goes with this release's Unbound alone."""
    if UNBOUND:
        skip(f"tests/net/splitdns.so is not built for NAT64_UNBOUND={UNBOUND}")
    return built("tests/net/splitdns.so")


class Flood:
    """The resolver, its upstream and the rules of the search."""

    def __init__(self, lab, manner="tame", epoch=20000, more="", module=None, closed=True):
        """epoch: questions until the zone changes; more: lines at the end of unbound.conf; module: another splitdns.so than the built one.

        closed: False takes the forward-zones without servers out of unbound.conf.
        """
        self.resolver = Resolver(lab, SETTINGS)
        if module:
            self.resolver.use(module)
        self.resolver.generate(more)
        if not closed:
            conf = self.resolver.conf
            conf.write_text(re.sub(r'forward-zone:\n    name: "\S+"\n\n', "", conf.read_text()))
        self.rules = lab.folder / "rules"
        self.rules.write_text(RULES)
        self.upstream = self.resolver.relay.start([built("tests/load/dns-upstream"), 5301, PORTS, epoch, manner, *REALS, "--", *OTHERS], name="upstream")
        self.upstream.wait_for("listening")
        self.resolver.start()

    @contextlib.contextmanager
    def load(self, count, seed=1, hosts="20000", first=False):
        """Ask so many questions, or until the first finding; hosts: see dns-load. The process: read its output to the end, or it is ended."""
        argv = [built("tests/load/dns-load"), *(["--first"] if first else []), self.rules, count, seed, hosts, RELAY4, RELAY6]
        load = subprocess.Popen(self.resolver.client.command([str(word) for word in argv]), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield load
        except BaseException:
            load.kill()
            raise
        finally:
            load.wait()

    def ask(self, count, **options):
        """Ask so many questions; what came of them, as dns-load counts it, and what it had to say."""
        with self.load(count, **options) as load:
            out, said = load.communicate()
        assert load.returncode in (0, 1), f"dns-load could not go on:\n{said}"
        return {key: int(number) for key, number in (line.split() for line in out.splitlines())}, said
