# SPDX-License-Identifier: GPL-2.0-or-later
"""A client whose own resolver validates: plain Unbound, with a root that is signed, hands the split domain to the relay.

    client: Unbound, trust anchor of the root, forward-zone "9929" to the relay, "." to a server of the signed root
    relay: Unbound with the module, which signs nothing

The root proves that there is no 9929, so the client holds the relay's answers for forged until it is told that the domain has no keys (domain-insecure).
"""
import subprocess

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest
from lab import Lab, need
from resolver import RELAY4, Resolver
from upstream import PythonNs, TestNs, entry

REAL = "tail1234.ts.net"
ROOT = """\
. 60 IN SOA ns.invalid. nobody.invalid. 1 60 60 60 60
. 60 IN NS ns.invalid.
"""


def sign_root(folder):
    """(the signed zone, its DS record)."""
    def ldns(*words):
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    (folder / "root.zone").write_text(ROOT)
    key = ldns("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ".")
    ldns("ldns-signzone", "-o", ".", "-f", "root.signed", "root.zone", key)
    zone = dns.zone.from_file(str(folder / "root.signed"), origin=".", relativize=False)
    return zone, (folder / f"{key}.ds").read_text().strip()


class SignedRoot:
    """The server of the signed root: what is not at its apex is proved not to be."""

    def __init__(self, zone):
        self.zone = zone

    def records(self, kind):
        """The records of a type at the apex with their signature."""
        return [self.zone.find_rrset(".", kind), self.zone.find_rrset(".", dns.rdatatype.RRSIG, kind)]

    def __call__(self, name, message, transport):
        kind = message.question[0].rdtype
        message.flags |= dns.flags.AA
        if name in ("", ".") and self.zone.get_rdataset(".", kind):
            message.answer += self.records(kind)
        else:
            message.authority += self.records(dns.rdatatype.SOA) + self.records(dns.rdatatype.NSEC)
            if name not in ("", "."):
                message.set_rcode(dns.rcode.NXDOMAIN)


CLIENT = """
server:
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.1
    module-config: "validator iterator"
    do-not-query-localhost: no
    trust-anchor: "{anchor}"
    {more}
forward-zone:
    name: "9929."
    forward-addr: {relay}
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@5400
"""


class Client:
    """The client's validating resolver, asked on its own loopback."""

    def __init__(self, resolver, anchor, more=""):
        self.resolver = resolver
        conf = resolver.lab.folder / "client.conf"
        conf.write_text(CLIENT.format(folder=resolver.lab.folder, anchor=anchor, relay=RELAY4, more=more))
        self.process = resolver.client.start([resolver.program, "-d", "-c", conf], name="validating")
        self.process.wait_for("start of service")

    def ask(self, name, kind="AAAA", **options):
        return self.resolver.ask(name, kind, server="127.0.0.1", want_dnssec=True, **options)


@pytest.fixture(scope="module")
def world():
    need("ldns-keygen", "ldns-signzone")
    with Lab() as lab:
        resolver = Resolver(lab, f"""
            split-domain 9929 {REAL}
            upstream-dns {REAL} 127.0.0.1@5300
            prefix fd64:9929::/96
            twin-prefix 10.192.0.0/10
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        TestNs(resolver.relay, 5300, [entry(f"host.{REAL}. A", [f"host.{REAL}. 60 IN A 100.64.1.2"]),
                                      entry(f"gone.{REAL}. A", authority=[f"{REAL}. 100 IN SOA ns.{REAL}. admin.{REAL}. 1 2 3 4 77"], rcode="NXDOMAIN")])
        zone, anchor = sign_root(lab.folder)
        root = PythonNs(resolver.client, "127.0.0.1", 5400, SignedRoot(zone))
        resolver.start()
        yield resolver, anchor
        root.close()


def test_the_root_is_validated(world):
    """Else the other tests would prove nothing: what the root denies is denied with AD."""
    client = Client(*world)
    answer = client.ask("nowhere")
    client.process.stop()
    assert answer.rcode == "NXDOMAIN" and answer.has("AD")


def test_without_a_word_about_it_the_domain_is_forged(world):
    client = Client(*world)
    answers = [client.ask("host.9929"), client.ask("host.9929", "A"), client.ask("host.9929", flags=dns.flags.RD | dns.flags.CD)]
    client.process.stop()
    assert [answer.rcode for answer in answers] == ["SERVFAIL", "SERVFAIL", "NOERROR"], "CD gets what nobody else does"


SIGNED = "signed.example"


@pytest.fixture
def signed_elsewhere():
    """A relay that validates, whose real names are unsigned; one is an alias for a name that has to be signed, and is not."""
    with Lab() as lab:
        resolver = Resolver(lab, f"""
            split-domain 9929 {REAL}
            upstream-dns {REAL} 127.0.0.1@5300
            prefix fd64:9929::/96
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        target = f"target.{SIGNED}. 60 IN A 100.64.1.2"
        TestNs(resolver.relay, 5300, [entry(f"alias.{REAL}. A", [f"alias.{REAL}. 60 IN CNAME target.{SIGNED}.", target]),
                                      entry(f"near.{REAL}. A", [f"near.{REAL}. 60 IN CNAME host.{REAL}.", f"host.{REAL}. 60 IN A 100.64.1.3"]),
                                      entry(f"host.{REAL}. A", [f"host.{REAL}. 60 IN A 100.64.1.3"]),
                                      entry(f"target.{SIGNED}. A", [target]),
                                      entry(f"{SIGNED}. DNSKEY", authority=[f"{SIGNED}. 100 IN SOA ns.{SIGNED}. admin.{SIGNED}. 1 2 3 4 77"])])
        resolver.generate(f"""
server:
    trust-anchor: "{SIGNED}. DS 12345 13 2 {'ab' * 32}"
forward-zone:
    name: "{SIGNED}."
    forward-addr: 127.0.0.1@5300
""")
        yield resolver.start()


def test_an_alias_for_a_name_that_has_to_be_signed(signed_elsewhere):
    """An unsigned real name is looked up without the validator; where it leads out of what is unsigned, it is not."""
    assert signed_elsewhere.ask("near.9929").addresses == {"fd64:9929::6440:103"}
    for kind in ("AAAA", "A"):
        answer = signed_elsewhere.ask("alias.9929", kind)
        assert (answer.rcode, answer.records) == ("SERVFAIL", set()), f"{kind} of an alias for a forged name: {answer.rcode} {answer.records}"
    answer = signed_elsewhere.ask("alias.9929", flags=dns.flags.RD | dns.flags.CD)
    assert (answer.rcode, answer.addresses) == ("NOERROR", {"fd64:9929::6440:102"}), "who asks with CD checks by himself"
    direct = [signed_elsewhere.ask(f"host.{REAL}", "A"), signed_elsewhere.ask(f"host.{REAL}", "A")]
    assert [answer.rcode for answer in direct] == ["NOERROR"] * 2, "the real name itself, of which the cache has an unchecked answer"


def test_domain_insecure_settles_it(world):
    client = Client(*world, more='domain-insecure: "9929."')
    for kind, expected in (("AAAA", {"fd64:9929::6440:102"}), ("A", {"10.192.1.2"}), ("TXT", set()), ("DS", set()), ("DNSKEY", set()), ("NSEC", set())):
        answer = client.ask("host.9929", kind)
        got = {record.to_text() for rrset in answer.message.answer for record in rrset}
        assert (answer.rcode, got) == ("NOERROR", expected), f"{kind}: {answer.rcode} {got}"
        assert not answer.has("AD")
    assert client.ask("gone.9929").rcode == "NXDOMAIN" and client.ask("9929", "SOA").rcode == "NOERROR"
    client.process.stop()
