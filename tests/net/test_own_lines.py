# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's own lines for Unbound that Unbound takes, and by which it answers no split name, or ends: refused, with file and line.

Each line is tried twice: nat64-relay refuses it, and a real Unbound with it shows that it was right to. Lines beside them that do no harm are taken,
and names are answered.
"""
import json
import re
import subprocess

import pytest
from lab import built
from resolver import UNBOUND, Resolver
from upstream import PythonNs, add

ZONE = "@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS a.\n"
RPZ = ZONE + "blocked.example.net 60 CNAME .\n"
CLIENTS = "100.64.0.0/10"
FORWARD = 'forward-zone:\n  name: "lab.example"\n  forward-addr: 127.0.0.9\n'
VIEW = f"server:\n  access-control-view: {CLIENTS} v\nview:\n  name: v\n"

# name: the lines, the number of the one that is named, and a word of why
DEADLY = {
    "order": ('server:\n  module-config: "validator iterator"\n', 2, "dynlib"),
    "order of two": ('server:\n  module-config: "dynlib dynlib validator iterator"\n', 2, "dynlib once"),
    "zone refused": ('server:\n\n  local-zone: "9929." refuse\n', 3, "9929"),
    "zone static, without quotes": ("server:\n  verbosity: 0 local-zone: 9929 # here\n   static\n", 2, "9929"),
    "zone for some": ('server:\n  local-zone-override: "9929." 0.0.0.0/0 refuse\n', 2, "9929"),
    "zone with a tag": (f'server:\n  define-tag: "t"\n  access-control-tag: {CLIENTS} "t"\n  local-zone-tag: "9929." "t"\n'
                        f'  access-control-tag-action: {CLIENTS} "t" refuse\n', 4, "9929"),
    "clients refused": (f"server:\n  access-control: {CLIENTS} refuse\n", 2, "dns-client"),
    "clients dropped": (f"server:\n  access-control: {CLIENTS} deny_non_local\n", 2, "dns-client"),
    "view": (VIEW + '  local-zone: "." static\n', 5, "9929"),
    "view of the domain": (VIEW + '  view-first: yes\n  local-zone: "9929." static\n', 6, "9929"),
    "auth-zone": ('auth-zone:\n  zonefile: "{folder}/zone"\n  name: "9929."\n', 3, "for-downstream"),
    "auth-zone above": ('auth-zone:\n  name: "."\n  zonefile: "{folder}/root"\n  fallback-enabled: yes\n', 2, "for-downstream"),
    "other upstream": (FORWARD, 2, "upstream-dns"),
    "other port": ("server:\n  port: 5353\n", 2, "53"),
    "no IPv4": ("server:\n  do-ip4: no\n", 2, "edge-address"),
    "no UDP": ("server:\n  do-udp:no\n", 2, "UDP"),
    "TLS": ("server:\n  tls-upstream: yes\n", 2, "TLS"),
    "no question to itself": ("server:\n  do-not-query-localhost: yes\n", 2, "on this machine"),
    "no question to a net": ("server:\n  do-not-query-address: 127.0.0.0/8\n", 2, "127.0.0.1@5301"),
    "chroot": ('server:\n  chroot: "/tmp"\n', 2, "exits"),
    "rpz": ('server:\n  module-config: "dynlib validator iterator"\nrpz:\n  name: rpz.test\n  zonefile: "{folder}/rpz"\n', 3, "{file}:2"),
    "response-ip": ('server:\n  module-config: "dynlib validator iterator"\n  response-ip: 192.0.2.0/24 always_nxdomain\n', 3, "{file}:2"),
}
HARMLESS = {
    "order without check": 'server:\n  module-config: "dynlib iterator"\n',
    "order with respip": 'server:\n  module-config: "dynlib respip validator iterator"\n',
    "zone above": 'server:\n  local-zone: "." refuse\n',
    "zone of the real suffix": 'server:\n  local-zone: "lab.example." refuse\n',
    "one name of the zone": 'server:\n  local-zone: "blocked.9929." refuse\n',
    "zone that lets through": 'server:\n  local-zone: "9929." inform\n',
    "a comment": 'server:\n  # module-config: "iterator"\n  hide-identity: yes # port: 5353\n',
    "a later line": "server:\n  port: 5353\nserver:\n  port: 53\n",
    "all clients": "server:\n  access-control: 0.0.0.0/0 deny\n  access-control: ::/0 refuse\n",
    "clients that look in": f"server:\n  access-control: {CLIENTS} allow_snoop\n",
    "view with a way": VIEW + '  local-zone: "." static\n  local-zone: "9929." transparent\n',
    "auth-zone for the resolver": 'auth-zone:\n  name: "."\n  for-downstream: no\n  zonefile: "{folder}/root"\n',
    "forward-zone of the split domain": 'forward-zone:\n  name: "9929."\n  forward-addr: 127.0.0.9\n',
    "private addresses": "server:\n  private-address: 100.64.0.0/10\n  private-address: fd64:9929::/96\n",
    "no ANY": "server:\n  deny-any: yes\n  val-permissive-mode: yes\n",
    "rpz": 'rpz:\n  name: rpz.test\n  zonefile: "{folder}/rpz"\n',
}


class Own(Resolver):
    """A relay's Unbound with own lines, and nat64-relay's opinion of them."""

    def __init__(self, lab):
        self.folder = lab.folder / "unbound.conf.d"
        self.folder.mkdir()
        (lab.folder / "zone").write_text("$ORIGIN 9929.\n" + ZONE)
        (lab.folder / "root").write_text("$ORIGIN .\n" + ZONE)
        (lab.folder / "rpz").write_text("$ORIGIN rpz.test.\n" + RPZ)
        super().__init__(lab, f"""
            split-domain 9929 lab.example
            upstream-dns lab.example 127.0.0.1@5301
            upstream-dns . 127.0.0.1@5301
            prefix fd64:9929::/96
            dynamic-pool 192.168.240.0/20
            advertise-prefix none
            unbound-include-dir {self.folder}
        """)
        self.upstream = PythonNs(self.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A 100.64.1.2"))
        self.file = self.folder / "own.conf"

    def write(self, text):
        self.file.write_text(text.replace("{folder}", str(self.lab.folder)))

    def judged(self):
        """What the relay says of them, a line each; and Unbound's settings are made with them."""
        done = subprocess.run([built("tests/net/judge-own-lines"), self.settings], capture_output=True, text=True)
        said = done.stderr.splitlines()
        assert done.returncode == (2 if said else 0), done.stderr
        self.conf.write_text(done.stdout)
        return said

    def answer(self, name="my-vps.9929"):
        """What a client is told over UDP: addresses, or an answer code; None when nothing comes, or Unbound has ended."""
        answer = self.ask(name, timeout=4)
        return answer and (answer.addresses or answer.rcode)

    def starts(self):
        """Does Unbound take the lines, by its checker, and begin to serve?"""
        checked = self.relay.run([UNBOUND + "-checkconf", self.conf], check=False)
        if "respip module" in checked.stderr:  # as that of 1.26 does, without the line
            return False
        assert checked.returncode == 0, f"unbound-checkconf itself finds it: {checked.stdout}{checked.stderr}"
        try:
            self.start()
        except AssertionError:
            assert not self.unbound.alive, "Unbound neither serves nor ends"
            return False
        return True


@pytest.fixture
def own(lab):
    own = Own(lab)
    yield own
    own.upstream.close()


@pytest.mark.parametrize("case", DEADLY)
def test_a_line_that_stops_names_is_named(own, case):
    text, number, why = DEADLY[case]
    own.write(text)
    said = own.judged()
    assert len(said) == 1 and f"{own.file}:{number}: " in said[0] and why.replace("{file}", str(own.file)) in said[0], said
    if own.starts():
        assert own.answer() in (None, "REFUSED", "NXDOMAIN", "SERVFAIL"), "the line does no harm"


@pytest.mark.parametrize("case", HARMLESS)
def test_a_line_that_does_no_harm_is_taken(own, case):
    own.write(HARMLESS[case])
    assert own.judged() == []
    assert own.starts() and own.answer() == {"fd64:9929::6440:102"}


def test_an_rpz_works(own):
    """The order of the modules is made for it; a split name is answered as before."""
    own.write(HARMLESS["rpz"])
    assert own.judged() == [] and own.starts()
    assert own.ask("blocked.example.net", "A").rcode == "NXDOMAIN" and own.ask("other.example.net", "A").rcode == "NOERROR"
    assert own.answer() == {"fd64:9929::6440:102"}


def test_an_rpz_beside_dns64_is_refused(own):
    """Unbound knows no order of modules for a split-domain, dns64 and an rpz."""
    own.settings.write_text(own.settings.read_text() + "dns64 fd64:9929::/96\nallow-destination 0.0.0.0/0\n")
    own.write(HARMLESS["rpz"])
    said = own.judged()
    assert len(said) == 1 and f"{own.file}:1: rpz: " in said[0] and "dns64" in said[0], said


def test_lines_of_included_files_are_found(own):
    more = own.folder / "more"
    more.mkdir()
    (more / "first").write_text("# nothing\n")
    (more / "second").write_text('  local-zone: "9929." static\n')
    own.write(f'server:\n  include: "{more}/*"\n')
    said = own.judged()
    assert len(said) == 1 and f"{more}/second:1: local-zone: 9929. static: " in said[0], said


def test_an_include_of_itself_ends(own):
    own.write(f'server:\n  include: "{own.file}"\n  do-udp: no\n')
    assert own.judged()[0].endswith("clients use UDP: remove the line")


LOCAL = 'server:\n  local-data: "my-vps.lab.example. 60 A 100.64.7.7"\n  local-data: "printer.9929. 60 AAAA fd64:9929::6440:707"\n'


def test_local_data_is_what_a_client_asks_itself(own):
    """Unbound looks into it for the questions of clients: a line for a split name is the answer, and one for a real name changes no split name."""
    own.write(LOCAL)
    assert own.judged() == [] and own.starts()
    for _ in range(2):
        assert {data for _, _, data in own.ask("my-vps.lab.example", "A").records} == {"100.64.7.7"}
        assert own.answer() == {"fd64:9929::6440:102"} and own.answer("printer.9929") == {"fd64:9929::6440:707"}
        assert own.ask("printer.9929", "A").records == set() and own.answer("other.9929") == {"fd64:9929::6440:102"}


def test_local_data_of_a_name_for_dns64_needs_the_address_too(own):
    """What has a line has the types of its lines alone: with A nothing is synthesized, and an AAAA line is answered as it stands."""
    settings = own.settings.read_text().replace("prefix fd64:9929::/96", "prefix fd64:9929::/96 9929")
    own.settings.write_text(settings + "prefix fd64:1::/96\ndns64 fd64:1::/96\nallow-destination 0.0.0.0/0\n")
    own.write('server:\n  local-data: "one.example.org. 60 A 203.0.113.7"\n  local-data: "two.example.org. 60 A 203.0.113.7"\n'
              '  local-data: "two.example.org. 60 AAAA fd64:1::203.0.113.7"\n')
    assert own.judged() == [] and own.starts()
    for _ in range(2):
        assert own.answer("one.example.org") == "NOERROR" and own.answer("two.example.org") == {"fd64:1::cb00:7107"}
        assert own.answer("other.example.org") == {"fd64:1::6440:102"}


# --- what check says of local-data ---

DNS64 = "prefix fd64:1::/96\ndns64 fd64:1::/96\nallow-destination 0.0.0.0/0\n"
PRINTER = '  local-data: "printer.9929. A 100.64.7.7"\n'

# name: the lines, who is asked for what, the number of the line that is named, a word of why, what a client gets, and gets after the advice
MISTAKEN = {
    "split name with A": ("server:\n" + PRINTER, "printer.9929", 2, "bypass the relay", "NOERROR", {"fd64:9929::6440:707"}),
    "split name with another AAAA": ('server:\n  local-data: "printer.9929. 60 IN AAAA 2001:db8::7"\n', "printer.9929", 2, "bypass the relay",
                                     {"2001:db8::7"}, {"fd64:9929::6440:102"}),
    "real name": ('server:\n  local-data: "my-vps.lab.example. 60 A 100.64.7.7"\n', "my-vps.9929", 2, "it does not change my-vps.9929",
                  {"fd64:9929::6440:102"}, {"fd64:9929::6440:707"}),
    "dns64": ('server:\n  local-data: "one.example.org. A 203.0.113.7"\n', "one.example.org", 2, "dns64 does not use local-data", "NOERROR",
              {"fd64:1::cb00:7107"}),
    "zone": ('server:\n  local-zone: "example.org." always_nxdomain\n  local-data: "one.example.org. AAAA 2001:db8::7"\n', "one.example.org", 3,
             "{file}:2) ignores local-data", "NXDOMAIN", {"2001:db8::7"}),
    "view": ("server:\n" + PRINTER.replace("A 100.64.7.7", "AAAA fd64:9929::6440:707") + f"  access-control-view: {CLIENTS} v\nview:\n  name: v\n"
             '  local-zone: "ads.example." static\n', "printer.9929", 2, "clients of the view v ({file}:6) do not get it", {"fd64:9929::6440:102"},
             {"fd64:9929::6440:707"}),
}


def told(own):
    """What check says of local-data: [(text, advice)]."""
    done = own.relay.run([built("nat64-relay"), "-c", own.settings, "check", "--conflicts", "--json"], check=False)
    return [(one["text"], one["advice"]) for one in json.loads(done.stdout)["conflicts"] if one["topic"] == "local-data"]


def follow(text, advice):
    """The lines with what the advice says."""
    lines = re.search(r'"(local-data: .*)"', advice)
    if "remove the line" in advice:
        return text.replace(re.search(r"  local-data: .*\n", text)[0], "")
    if "instead" in advice:
        return text.replace(re.search(r"  local-data: .*\n", text)[0], f"  {lines[1]}\n")
    if "beside it" in advice:
        return text.replace("server:\n", f"server:\n  {lines[1]}\n", 1)
    if "local-zone" in advice:
        zone = re.search('(local-zone: .*?)"', advice)[1]
        return re.sub("  local-zone: .*\n", f"  {zone}\n", text)
    return text.replace("  name: v\n", "  name: v\n  view-first: yes\n")


@pytest.mark.parametrize("case", MISTAKEN)
def test_check_names_local_data_that_does_not_work(own, case):
    """With file, line and a line to write; a real Unbound shows that it is so, and that the advice helps."""
    text, name, number, why, before, after = MISTAKEN[case]
    own.settings.write_text(own.settings.read_text().replace("prefix fd64:9929::/96", "prefix fd64:9929::/96 9929") + (DNS64 if "example.org" in name else ""))
    own.write(text)
    assert own.judged() == [], "it is no reason to refuse the settings"
    found = told(own)
    assert len(found) == 1 and found[0][0].startswith(f"{own.file}:{number}: local-data: "), found
    assert why.replace("{file}", str(own.file)) in found[0][0] and found[0][1].endswith(", then: nat64-relay reload"), found
    assert own.starts() and own.answer(name) == before
    own.unbound.stop()
    own.write(follow(text, found[0][1]))
    assert own.judged() == [] and told(own) == []
    assert own.starts() and own.answer(name) == after


def test_check_is_content_with_local_data_that_works(own):
    own.settings.write_text(own.settings.read_text().replace("prefix fd64:9929::/96", "prefix fd64:9929::/96 9929") + DNS64)
    own.write('server:\n  local-data: "printer.9929. 60 AAAA fd64:9929::6440:707"\n  local-data: "two.example.org. 60 A 203.0.113.7"\n'
              '  local-data: "two.example.org. 60 AAAA fd64:1::203.0.113.7"\n  local-data: "text.example.org. TXT hello"\n  local-data-ptr: "100.64.7.7 printer.9929."\n'
              '  local-zone: "ads.example.org." always_nxdomain\n')
    assert told(own) == []
