# SPDX-License-Identifier: GPL-2.0-or-later
"""Every type of every kind of name under every a-policy, over UDP and TCP: one table of what must come.

The upstream answers every type with a record, most of them with real names and addresses in them: hints, targets, keys. So what is empty here is empty because the
relay keeps it back. Its names say what they are: host has one address, alias leads to it, away lies outside of what the relay reaches.
"""
import dns.flags
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.reversename
import dns.rrset
import pytest
from lab import Lab
from resolver import RELAY4, Resolver
from upstream import PythonNs, add

REAL = "tail1234.ts.net"
SOA = "{} nobody.invalid. 1 3600 900 604800 300"

# What the real zone says of each type; {0} is the name asked.
RECORDS = {
    "TXT": f'"a text about {REAL}"', "MX": f"10 mail.{REAL}.", "SRV": f"1 1 80 web.{REAL}.", "NS": f"ns.{REAL}.", "PTR": f"ptr.{REAL}.", "SOA": f"ns.{REAL}. admin.{REAL}. 1 2 3 4 5",
    "HTTPS": f"1 web.{REAL}. ipv4hint=100.64.1.2 ipv6hint=2001:db8::7", "SVCB": f"0 web.{REAL}.", "CAA": f'0 issue "{REAL}"', "NAPTR": f'1 1 "s" "x" "" sip.{REAL}.',
    "URI": f'1 1 "https://{REAL}/"', "SSHFP": "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789", "TLSA": "3 1 1 " + "ab" * 32, "LOC": "1 2 3 N 4 5 6 E 7m",
    "HINFO": '"a" "b"', "RP": f"a.{REAL}. b.{REAL}.", "AFSDB": f"1 a.{REAL}.", "KX": f"1 k.{REAL}.", "DNAME": f"elsewhere.{REAL}.", "SPF": f'"v=spf1 a:{REAL}"',
    "DS": "1 13 2 " + "cd" * 32, "DNSKEY": "257 3 13 " + "AwEAAQ==", "CDS": "1 13 2 " + "cd" * 32, "CDNSKEY": "257 3 13 AwEAAQ==", "NSEC": f"next.{REAL}. A AAAA",
    "NSEC3PARAM": "1 0 0 -", "OPENPGPKEY": "AwEAAQ==", "SMIMEA": "3 1 1 " + "ab" * 32, "TYPE65280": "\\# 2 abcd",
}
TYPES = ["A", "AAAA", "ANY", "CNAME", "RRSIG", "NSEC3", *RECORDS]

# Real name -> its A records; None: there is no such name.
HOSTS = {
    "host": ["100.64.1.2"], "several": ["100.64.1.2", "8.8.8.8", "100.64.1.3", "100.100.100.100"], "away": ["8.8.8.8"], "magic": ["100.100.100.100"], "relay": [RELAY4],
    "pool": ["192.168.240.9"], "bare": [], "gone": None, "deep.er": ["100.127.255.254"],
}
ALIASES = {"alias": "host", "lost": "gone"}


class Zone:
    """The upstream: it answers whatever it is asked."""

    def __call__(self, name, message, transport):
        kind = message.question[0].rdtype
        label = name.removesuffix("." + REAL)
        if label == "broken":
            message.set_rcode(dns.rcode.SERVFAIL)
            return True
        if name.endswith("in-addr.arpa"):
            return self.backwards(name, message)
        if label in ALIASES and dns.rdatatype.to_text(kind) != "CNAME":
            add(message, f"{name}. 30 CNAME {ALIASES[label]}.{REAL}.")
            label = ALIASES[label]
        self.host(f"{label}.{REAL}", label, dns.rdatatype.to_text(kind), message)
        return True

    def host(self, name, label, kind, message):
        if HOSTS.get(label) is None:
            message.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == "A":
            add(message, *(f"{name}. 60 A {address}" for address in HOSTS[label]))
        elif kind in RECORDS and label != "bare":
            add(message, f"{name}. 60 {kind} {RECORDS[kind]}")
        if not message.answer or message.answer[-1].rdtype == dns.rdatatype.CNAME:
            message.authority.append(dns.rrset.from_text(f"{REAL}.", 100, "IN", "SOA", f"ns.{REAL}. admin.{REAL}. 1 2 3 4 77"))

    def backwards(self, name, message):
        names = {"2.1.64.100.in-addr.arpa": f"host.{REAL}.", "254.255.127.100.in-addr.arpa": f"deep.er.{REAL}.", "9.1.64.100.in-addr.arpa": "www.elsewhere.example."}
        if name in names:
            add(message, f"{name}. 60 PTR {names[name]}")
        else:
            message.set_rcode(dns.rcode.NXDOMAIN)
        return True


@pytest.fixture(scope="module")
def resolver():
    with Lab() as lab:
        resolver = Resolver(lab, f"""
            split-domain 9929 {REAL}
            split-domain empty.internal {REAL}
            a-policy empty.internal empty
            split-domain open.internal {REAL}
            a-policy open.internal real
            split-domain closed.internal {REAL}
            a-policy closed.internal nxdomain
            split-domain pass.internal {REAL}
            type-policy pass.internal pass TLSA SSHFP LOC
            twin-prefix 10.192.0.0/10
            upstream-dns {REAL} 127.0.0.1@5300
            prefix fd64:9929::/96
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
        """)
        zone = PythonNs(resolver.relay, "127.0.0.1", 5300, Zone())
        yield resolver.start()
        zone.close()


# --- what must come ---

def reached(label):
    """The addresses of a real name that the relay lets packets through to."""
    addresses = HOSTS[ALIASES.get(label, label)] or []
    return [address for address in addresses if address.startswith("100.") and address not in ("100.100.100.100", RELAY4)]


def in_prefix(address):
    a, b, c, d = (int(part) for part in address.split("."))
    return f"fd64:9929::{a * 256 + b:x}:{c * 256 + d:x}"


def in_twin(address):
    a, b, c, d = address.split(".")
    return f"10.{int(b) + 128}.{c}.{d}"


def expected(policy, label, kind):
    """(rcode, the data of the answer): the whole of the table."""
    if label == "broken":
        return ("NXDOMAIN" if (policy, kind) == ("nxdomain", "A") else "SERVFAIL"), set()
    if HOSTS[ALIASES.get(label, label)] is None:
        return "NXDOMAIN", set()
    if kind in ("AAAA", "ANY"):
        return "NOERROR", {in_prefix(address) for address in reached(label)}
    if kind == "A":
        twin = {in_twin(address) for address in reached(label)}
        answers = {"twin": twin, "pass": twin, "real": set(reached(label))}
        return ("NXDOMAIN" if policy == "nxdomain" else "NOERROR"), answers.get(policy, set())
    if policy == "pass" and kind in ("TLSA", "SSHFP", "LOC") and label != "bare":
        return "NOERROR", {dns.rdata.from_text("IN", kind, RECORDS[kind]).to_text()}
    return "NOERROR", set()


DOMAINS = {"twin": "9929", "empty": "empty.internal", "real": "open.internal", "nxdomain": "closed.internal", "pass": "pass.internal"}
LABELS = [*HOSTS, *ALIASES, "broken"]


def assert_like(answer, rcode, data, zone, name, words):
    """The answer has this and nothing else: the records under the name asked, or one SOA of the split domain; never AD."""
    assert answer is not None, f"{words}: no answer"
    message = answer.message
    got = {record.to_text() for rrset in message.answer for record in rrset}
    assert (answer.rcode, got) == (rcode, data), f"{words}: expected {rcode} {data}, got {answer.rcode} {got}"
    assert all(rrset.name == dns.name.from_text(name) for rrset in message.answer), f"{words}: records of other names: {message.answer}"
    assert message.additional == [] and not answer.has("AD") and answer.has("RA"), words
    authority = [(rrset.name.to_text(), record.to_text()) for rrset in message.authority for record in rrset]
    wanted = [] if data or rcode == "SERVFAIL" else [(f"{zone}.", SOA.format(zone + "."))]
    assert authority == wanted, f"{words}: the authority section holds {authority}"
    assert REAL.encode() not in answer.wire.lower() and b"tail1234" not in answer.wire.lower(), f"{words}: {answer.wire}"


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("policy", DOMAINS)
def test_every_type_of_every_name(resolver, policy, transport):
    for label in LABELS:
        for kind in TYPES:
            name = f"{label}.{DOMAINS[policy]}"
            answer = resolver.ask(name, kind, transport)
            assert_like(answer, *expected(policy, label, kind), DOMAINS[policy], name, f"{kind} {name} by {transport}")


FLAGS = {"plain": {}, "CD": {"flags": dns.flags.RD | dns.flags.CD}, "AD": {"flags": dns.flags.RD | dns.flags.AD}, "DO": {"want_dnssec": True},
         "DO and CD": {"want_dnssec": True, "flags": dns.flags.RD | dns.flags.CD}, "EDNS": {"use_edns": 0}}


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("flags", FLAGS)
def test_dnssec_flags_change_nothing_but_themselves(resolver, flags, transport):
    """DO comes back with its OPT record, CD as it was, and no flag brings signatures, denials, keys or the claim of a validated answer."""
    for label in ("host", "alias", "gone", "bare"):
        for kind in ("A", "AAAA", "ANY", "TXT", "DS", "DNSKEY", "NSEC", "RRSIG", "HTTPS"):
            words = f"{kind} {label}.9929 with {flags} by {transport}"
            answer = resolver.ask(f"{label}.9929", kind, transport, **FLAGS[flags])
            assert_like(answer, *expected("twin", label, kind), "9929", f"{label}.9929", words)
            assert answer.has("CD") == ("CD" in flags), words
            assert (answer.message.edns >= 0) == (flags not in ("plain", "CD", "AD")), words
            assert bool(answer.message.ednsflags & dns.flags.DO) == ("DO" in flags), words


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_every_type_of_the_split_domain_itself(resolver, transport):
    """A SOA, no NS, no chain: DS, DNSKEY and NSEC are empty, which leaves it an insecure zone for a resolver that validates."""
    for zone in DOMAINS.values():
        for kind in TYPES:
            answer = resolver.ask(zone, kind, transport, want_dnssec=True)
            got = {record.to_text() for rrset in answer.message.answer for record in rrset}
            if kind == "SOA":
                assert len(got) == 1 and got.pop().endswith("nobody.invalid. 1 3600 900 604800 300")
            else:
                assert (answer.rcode, got) == ("NOERROR", set()), f"{kind} {zone} by {transport}: {answer.rcode} {got}"
                assert [rrset.name.to_text() for rrset in answer.message.authority] == [f"{zone}."]
            assert not answer.has("AD") and REAL.encode() not in answer.wire.lower()


BACKWARDS = {  # address -> the name that PTR gives; None: NXDOMAIN
    "10.192.1.2": "host.9929.", "10.255.255.254": "deep.er.9929.", "10.192.1.9": None, "10.192.1.77": None, "10.228.100.100": None, "10.192.0.1": None,
    "fd64:9929::6440:102": "host.9929.", "fd64:9929::6440:109": None, "fd64:9929::808:808": None,
}


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("address", BACKWARDS)
def test_names_of_addresses(resolver, address, transport):
    name, wanted = dns.reversename.from_address(address), BACKWARDS[address]
    for kind in ("PTR", "ANY", "A", "AAAA", "TXT", "NS", "DS"):
        answer = resolver.ask(name, kind, transport)
        records = {wanted} if wanted and kind in ("PTR", "ANY") else set()
        got = {record.to_text() for rrset in answer.message.answer for record in rrset}
        assert (answer.rcode, got) == ("NOERROR" if wanted else "NXDOMAIN", records), f"{kind} {address}: {answer.rcode} {got}"
        assert b"tail1234" not in answer.wire.lower() and b"elsewhere" not in answer.wire.lower()


def test_addresses_beside_the_twin_are_as_ever(resolver):
    """Unbound's own empty zone for private addresses still answers for the rest of 10.0.0.0/8, and asks nobody."""
    answer = resolver.ask("2.1.191.10.in-addr.arpa", "PTR")
    assert answer.rcode == "NXDOMAIN" and [rrset.name.to_text() for rrset in answer.message.authority] == ["10.in-addr.arpa."]
    answer = resolver.ask("192.10.in-addr.arpa", "SOA")
    assert [record.to_text() for record in answer.message.answer[0]][0].endswith("nobody.invalid. 1 3600 900 604800 300")
    assert resolver.ask("1.192.10.in-addr.arpa", "PTR").rcode == "NOERROR", "names lie below it (RFC 8020)"
