# SPDX-License-Identifier: GPL-2.0-or-later
"""A world in which one zone is signed, signed.test, and one server knows all of it.

    good.signed.test      has its signature                     forged.signed.test    has the address of somebody else, and no signature
    open.signed.test      is delegated without keys             host.open.signed.test needs no signature
    real.example, git.example.com, plain.example are not signed: aliases there lead into the signed zone
"""
import subprocess
import threading

import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

GOOD, FORGED, OPEN = "100.64.1.1", "100.64.6.6", "100.64.1.3"
SIGNED = f"""\
signed.test. 60 IN SOA ns.signed.test. nobody.invalid. 1 60 60 60 60
signed.test. 60 IN NS ns.signed.test.
ns.signed.test. 60 IN A 127.0.0.1
good.signed.test. 60 IN A {GOOD}
good.signed.test. 60 IN TXT "good"
forged.signed.test. 60 IN A {GOOD}
forged.signed.test. 60 IN AAAA 2001:db8::1
forged.signed.test. 60 IN TXT "good"
open.signed.test. 60 IN NS ns.open.signed.test.
ns.open.signed.test. 60 IN A 127.0.0.1
"""
ALIASES = {"alias": "forged.signed.test.", "chain": "alias.plain.example.", "fine": "good.signed.test.", "absent": "denied.signed.test.", "opened": "host.open.signed.test.",
           "away": "ns.forged.signed.test."}
REAL = ("real.example.", "git.example.com.", "plain.example.", "split.test.")


def sign(folder):
    """(the signed zone, the DS record of its key)."""
    def ldns(*words):
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    (folder / "signed.zone").write_text(SIGNED)
    key = ldns("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "signed.test")
    ldns("ldns-signzone", "-o", "signed.test", "-f", "signed.signed", "signed.zone", key)
    zone = dns.zone.from_file(str(folder / "signed.signed"), origin="signed.test.", relativize=False)
    return zone, (folder / f"{key}.ds").read_text().strip()


class Server:
    """Answers for everybody. log: (name, type)."""

    def __init__(self, zone):
        self.zone, self.log, self.lock = zone, [], threading.Lock()

    def asked(self, name, kind):
        return self.log.count((name, kind))

    def __call__(self, name, message, transport):
        owner, kind = dns.name.from_text(name), message.question[0].rdtype
        with self.lock:
            self.log.append((name, dns.rdatatype.to_text(kind)))
        if name.endswith("open.signed.test") and name != "open.signed.test":
            self.unsigned(owner, kind, message, {"host.open.signed.test": OPEN})
        elif name.endswith("signed.test"):
            self.signed(owner, kind, message)
        else:
            label, _, zone = name.partition(".")
            if label == "dname" or name.endswith(tuple("dname." + real.rstrip(".") for real in REAL)):
                self.dname(owner, message, name)
            elif label in ALIASES and zone + "." in REAL:
                message.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", ALIASES[label]))
            else:
                self.unsigned(owner, kind, message, {"host." + zone: "100.64.1.9"})

    @staticmethod
    def dname(owner, message, name):
        """dname.ZONE is signed.test."""
        labels = name.split(".dname.")
        zone = labels[-1] if len(labels) > 1 else name.partition(".")[2]
        message.answer.append(dns.rrset.from_text(f"dname.{zone}.", 60, "IN", "DNAME", "signed.test."))
        if len(labels) > 1:
            message.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", f"{labels[0]}.signed.test."))

    @staticmethod
    def unsigned(owner, kind, message, hosts):
        address = hosts.get(owner.to_text(omit_final_dot=True))
        if address and kind == dns.rdatatype.A:
            message.answer.append(dns.rrset.from_text(owner, 60, "IN", "A", address))
            return
        message.authority.append(dns.rrset.from_text(owner.parent(), 60, "IN", "SOA", "ns.invalid. nobody.invalid. 1 60 60 60 60"))
        if not address:
            message.set_rcode(dns.rcode.NXDOMAIN)

    def both(self, owner, kind):
        """An rrset with its signature."""
        return [rrset for rrset in (self.zone.get_rrset(owner, kind), self.zone.get_rrset(owner, dns.rdatatype.RRSIG, kind)) if rrset]

    def signed(self, owner, kind, message):
        name = owner.to_text(omit_final_dot=True)
        lies = {"A": FORGED, "AAAA": "2001:db8::6", "TXT": '"forged"'}
        if name in ("forged.signed.test", "ns.forged.signed.test") and dns.rdatatype.to_text(kind) in lies:
            message.answer.append(dns.rrset.from_text(owner, 60, "IN", dns.rdatatype.to_text(kind), lies[dns.rdatatype.to_text(kind)]))
        elif name == "denied.signed.test":  # somebody denies it without a proof
            message.set_rcode(dns.rcode.NXDOMAIN)
            message.authority.append(self.zone.find_rrset("signed.test.", dns.rdatatype.SOA))
        elif self.zone.get_rdataset(owner, kind):
            message.answer += self.both(owner, kind)
        else:
            message.authority += self.both("signed.test.", dns.rdatatype.SOA) + self.denial(owner)
            if not self.zone.get_node(owner):
                message.set_rcode(dns.rcode.NXDOMAIN)

    def denial(self, owner):
        """The NSEC records that match or cover the name and the wildcard beside it."""
        names = sorted(name for name in self.zone.nodes if self.zone.get_rdataset(name, dns.rdatatype.NSEC))
        wanted = {max(name for name in names if name <= sought) for sought in (owner, dns.name.from_text("*.signed.test."))
                  if sought >= names[0]}
        return [rrset for name in sorted(wanted) for rrset in self.both(name, dns.rdatatype.NSEC)]
