# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d and Debian's tayga are given the same packets, thousands of every kind, and what they make of each is compared field by field.

Every difference has to be explained by a row of DIFFERENCES: which of the two is right, and by which section of which RFC. One that no row explains
fails, and so does a row that explains nothing: the table is what the two do, no more and no less. The kernel is the second judge: what nat64d makes of
sound packets is taken in by a kernel whose counters of wrong checksums, lengths and headers must not move.

NAT64_SEED=number repeats a run; the seed is printed.
"""
import os
import random
import time
from collections import Counter
from typing import Callable, NamedTuple

import craft
import pytest
from bench_side import our_side, tayga_side
from lab import need
from packets import ICMP, ICMPV6
from path import ask
from variety import Maker

CASES, JUDGED, TWICE = 6000, 4000, 1500
SEED = int(os.environ.get("NAT64_SEED", "7915"))
OURS, BOTH = "nat64d", "both"  # who is right; where tayga is right nat64d is to be repaired


class Difference:
    """One field of what came of a case, as tayga and as nat64d have it. Field outcome: what came of it at all."""

    def __init__(self, case, name, theirs, ours, packet=b""):
        self.case, self.name, self.theirs, self.ours, self.packet = case, name, theirs, ours, packet

    def tagged(self, *tags):
        return self.case.tags.issuperset(tags)

    def became(self, theirs, ours):
        return self.name == "outcome" and self.theirs == theirs and self.ours == ours

    def input(self):
        return craft.read_header(self.case.packets[0])[0]

    def __str__(self):
        return f"{self.name}: tayga {self.theirs}, nat64d {self.ours}, for {self.case}"


class Row(NamedTuple):
    name: str
    right: str
    why: str
    explains: Callable[[Difference], bool]


def lost(d):
    return d.became("translated", "dropped")


def gained(d):
    return d.became("dropped", "translated")


def quoted(d):
    return d.tagged("icmp", "error")


# The kernel's counters of what is wrong with a packet, and not with who gets it. Those of ICMP errors count quotes of connections that nobody has, too.
JUDGE = ("IpInHdrErrors", "IpInDiscards", "IpReasmFails", "IcmpInCsumErrors", "TcpInErrs", "TcpInCsumErrors", "UdpInErrors", "UdpInCsumErrors", "UdpLiteInErrors",
         "UdpLiteInCsumErrors", "Ip6InHdrErrors", "Ip6InTruncatedPkts", "Ip6InDiscards", "Ip6ReasmFails", "Icmp6InCsumErrors", "Udp6InErrors",
         "Udp6InCsumErrors", "UdpLite6InErrors", "UdpLite6InCsumErrors")

DIFFERENCES = [
    # headers
    Row("identification", OURS, "RFC 7739 section 5: it cannot be foretold; tayga's is a fixed sequence",
        lambda d: d.name == "ident" and d.case.version == 6 and not craft.read_header(d.packet)[0]["more"] and not d.tagged("train")),
    Row("identification of answers", OURS, "RFC 7739 section 5; RFC 791: packets that may be fragmented need one, and tayga's are all 0",
        lambda d: d.name == "ident" and d.case.version == 4 and d.theirs == 0 and outcome(d.case, [d.packet]).startswith("answer")),
    Row("don't fragment", OURS, "RFC 7915 section 5.1: DF on more than 1260 octets of IPv4 alone, since who sends IPv6 has 1280 at least",
        lambda d: d.name == "df" and d.case.version == 6 and d.ours == (len(d.packet) > 1260)),
    Row("don't fragment in a quoted packet", OURS, "RFC 7915 section 5.3: a quoted header is translated as any other",
        lambda d: d.name == "quote df" and d.case.version == 6 and d.ours == (craft.read(d.packet)["quote length"] > 1260)),
    Row("hop limit zero", OURS, "RFC 1812 section 5.3.1, RFC 4443 section 3.3: a packet whose time is over is answered; tayga answers at 1 alone",
        lambda d: d.name == "outcome" and d.theirs == "dropped" and d.ours in ("answer 11/0", "answer 3/0") and d.input()["hops"] == 0),
    Row("source route", OURS, "RFC 7915 section 4.1: an unexpired one is answered with 3/5, an expired one is an option as any other",
        lambda d: d.became("translated", "answer 3/5") and d.tagged("option route") and not d.tagged("option expired")),
    Row("malformed options", OURS, "RFC 791 section 3.1: an option that is longer than the header has no end",
        lambda d: lost(d) and d.tagged("option bad")),
    Row("segments left", OURS, "RFC 7915 section 5.1: answered with 4/0", lambda d: d.became("translated", "answer 4/0") and d.tagged("segments left")),
    Row("extension headers behind an atomic fragment", OURS, "RFC 7915 section 5.1.1: they are skipped; tayga makes an IPv4 protocol of them",
        lambda d: d.name in ("protocol", "data", "sum") and d.tagged("extensions", "atomic fragment")),
    Row("two fragment headers", OURS, "RFC 8200 section 4.1: there is at most one", lambda d: lost(d) and d.tagged("two fragment headers")),
    # addresses
    Row("clients of the translator talk", OURS, "RFC 7757 section 4, RFC 6146 section 3.8: hairpinning",
        lambda d: d.became("answer 1/0", "hairpin") and d.tagged("address")),
    Row("a source inside the prefix that is mapped as well", OURS, "RFC 7757 section 3.2: no map has that IPv6 address, so the prefix counts",
        lambda d: d.became("answer 1/5", "translated") and d.tagged("address") and "c0a8:f00" in d.input()["source"]),
    Row("martians in the prefix", BOTH, "RFC 1812 section 5.3.7 allows silence: no host has such an address",
        lambda d: d.name == "outcome" and d.theirs in ("answer 1/0", "answer 1/5") and d.ours == "dropped" and d.tagged("address")),
    Row("0.0.0.0/8", OURS, "RFC 1122 section 3.2.1.3: no host has such an address", lambda d: lost(d) and d.tagged("address") and "0.1.2.3" in str(d.case.tags)),
    Row("240.0.0.0/4", BOTH, "RFC 1112 section 4 reserves it, and networks use it; tayga 0.9.6 translates it too",
        lambda d: gained(d) and d.tagged("address") and "240.0.0.1" in str(d.case.tags)),
    # transport
    Row("protocols of the other family", OURS, "RFC 7915 section 4.2 drops IGMP in silence; as an IPv6 protocol the others would be extension headers",
        lambda d: lost(d) and d.tagged("alien")),
    Row("UDP without checksum", OURS, "RFC 7915 sections 4.4 and 4.5: dropped, and answered with 3/13",
        lambda d: d.became("dropped", "answer 3/13") and d.tagged("udp", "zero checksum")),
    Row("checksum zero is said as 0xffff", OURS, "RFC 768: zero means that there is none",
        lambda d: d.name == "sum" and d.theirs == "zero" and d.ours == "right" and d.tagged("checksum folds")),
    Row("DCCP and UDP-Lite", OURS, "RFC 7915 sections 4.5 and 5.5 leave them to the translator; unadjusted their checksums are wrong",
        lambda d: d.name == "sum" and d.theirs == "wrong" and d.ours == "right" and (d.tagged("33") or d.tagged("136"))),
    Row("no whole header of DCCP or UDP-Lite", OURS, "RFC 4340 section 5.1, RFC 3828 section 3.1: there is nothing to adjust",
        lambda d: lost(d) and d.tagged("transport short") and (d.tagged("33") or d.tagged("136"))),
    Row("TCP's data offset", OURS, "RFC 9293 section 3.1: five at least, and inside the segment", lambda d: lost(d) and d.tagged("tcp offset")),
    Row("UDP's length", OURS, "RFC 768: eight at least, and inside the packet",
        lambda d: lost(d) and (d.tagged("udp bad length") or d.tagged("total short"))),
    # fragments
    Row("overlapping fragments", OURS, "RFC 3128 section 2: they would put another TCP header over the one that firewalls saw",
        lambda d: lost(d) and d.tagged("lone fragment", "overlapping")),
    Row("extension headers behind a fragment's header", OURS, "RFC 7915 section 5.1.1: dropped; tayga makes an IPv4 protocol of them",
        lambda d: lost(d) and d.tagged("options behind") and d.case.version == 6),
    Row("fragmented echoes", OURS, "RFC 7915 section 1.1 leaves them out; nat64d knows the length once the last fragment came",
        lambda d: gained(d) and d.tagged("train", "icmp")),
    # ICMP
    Row("echo to the translator", BOTH, "RFC 792, RFC 4443 section 4.2 leave DF and flow label of the reply to the sender",
        lambda d: d.name in ("df", "flow") and d.tagged("own", "echo")),
    Row("parameter problems", OURS, "RFC 7915 sections 4.2 and 5.2: pointers are translated", lambda d: gained(d) and quoted(d) and d.tagged("pointer")),
    Row("protocol unreachable", OURS, "RFC 7915 section 4.2: it becomes 4/1", lambda d: gained(d) and quoted(d) and d.tagged("kind 3/2")),
    Row("errors of IPv6 routers", OURS, "RFC 6791: they come from the translator's own address",
        lambda d: gained(d) and quoted(d) and d.tagged("router") and d.case.version == 6),
    Row("short quotes", OURS, "RFC 792: eight octets of the transport are enough", lambda d: gained(d) and d.tagged("quote short")),
    Row("quoted UDP without checksum", OURS, "RFC 7915 section 4.3: what is quoted is not delivered", lambda d: gained(d) and d.tagged("quoted zero checksum")),
    Row("quoted fragments", OURS, "RFC 7915 sections 4.3 and 5.3: a quoted fragment is translated with its Fragment header",
        lambda d: quoted(d) and (d.tagged("quoted fragment") or d.tagged("quoted later fragment")) and (gained(d) or d.name.startswith("quote "))),
    Row("quoted routing headers", OURS, "RFC 7915 section 5.3: no packet of ours had one with segments left",
        lambda d: lost(d) and d.tagged("quoted routing") and d.case.version == 6),
    Row("quotes of other people's packets", OURS, "RFC 5927 section 4: who gets an error must have sent what it quotes",
        lambda d: lost(d) and d.tagged("quoted strangers")),
    Row("quotes of transports that are never translated", OURS, "RFC 7915 sections 4.2 and 5.2: no packet of ours had one, as it is dropped itself",
        lambda d: lost(d) and quoted(d) and d.tagged("quoted alien")),
    Row("quotes of packets to 0.0.0.0/8", OURS, "RFC 1122 section 3.2.1.3: no packet goes there; all other martians are dropped by tayga, too",
        lambda d: lost(d) and quoted(d) and d.tagged("quoted martian", "to 0.1.2.3")),
    Row("ICMP extensions", OURS, "RFC 4884 section 4, RFC 7915 section 4.2: they are kept, behind a quote of 128 octets or more",
        lambda d: d.tagged("rfc 4884") and d.name in ("extensions", "rest", "quote data")),
    Row("address unreachable", OURS, "RFC 7915 section 5.2: 1/3 becomes 3/1", lambda d: gained(d) and d.tagged("kind 1/3") and d.case.version == 6),
    Row("packet too big below 1280", OURS, "RFC 8201 section 4: no IPv6 path has less, so 1260 of IPv4 is what passes",
        lambda d: d.name == "rest" and d.case.version == 6 and d.tagged("mtu") and d.ours == "000004ec"),
    Row("packet too big without MTU", OURS, "RFC 8201 section 4, and RFC 7915 section 5.2 drops none: as above",
        lambda d: gained(d) and d.case.version == 6 and d.tagged("mtu 0")),
]


def outcome(case, packets):
    """In a word: dropped, translated, hairpin, or an answer to the sender with its type and code."""
    if not packets:
        return "dropped"
    first = craft.read(packets[0])
    if first["version"] != case.version:
        return "translated"
    if first["protocol"] in (ICMP, ICMPV6) and first["destination"] == craft.read_header(case.packets[0])[0]["source"]:
        return f"answer {first['kind']}/{first['code']}"
    return "hairpin"


def pieces(packets):
    """Packets in the order of their offsets: a first fragment may have waited for the last."""
    return sorted(packets, key=lambda packet: craft.read_header(packet)[0].get("offset", 0))


def compare(case, theirs, ours):
    """Every difference."""
    what = outcome(case, theirs), outcome(case, ours)
    if what[0] != what[1]:
        yield Difference(case, "outcome", *what)
        return
    if len(theirs) != len(ours):
        yield Difference(case, "pieces", len(theirs), len(ours))
        return
    for a, b in zip(pieces(theirs), pieces(ours)):
        left, right = craft.read(a), craft.read(b)
        for name in sorted(left.keys() | right.keys()):
            if left.get(name) != right.get(name):
                yield Difference(case, name, left.get(name), right.get(name), b)


def explain(difference, used):
    for row in DIFFERENCES:
        if row.explains(difference):
            used[row.name] += 1
            return True
    return False


def pace(case, packets):
    """The translator sends 1000 errors a second and no more."""
    if packets and outcome(case, packets).startswith("answer"):
        time.sleep(0.002)


@pytest.fixture
def maker():
    need("ip", "nft", "stdbuf")
    print(f"NAT64_SEED={SEED}")
    return Maker(random.Random(SEED))


def test_every_difference_to_tayga_is_explained(lab, maker):
    need("tayga")
    tayga, ours = tayga_side(lab), our_side(lab)
    used, unexplained, compared = Counter(), [], Counter()
    for _ in range(CASES):
        case = maker.make()
        left, right = tayga.take(case), ours.take(case)
        pace(case, right)
        compared[outcome(case, right)] += 1
        unexplained += [difference for difference in compare(case, left, right) if not explain(difference, used)]
    print(f"{CASES} cases: {dict(compared)}\n" + "\n".join(f"{used[row.name]:6} {row.name}: {row.right} right, {row.why}" for row in DIFFERENCES))
    assert not unexplained, f"{len(unexplained)} differences that no row explains:\n" + "\n".join(str(difference)[:600] for difference in unexplained[:20])
    idle = [row.name for row in DIFFERENCES if not used[row.name]]
    assert not idle, f"rows that explain nothing any more: {idle}"
    assert compared["translated"] > CASES / 3, f"too few packets were translated to tell anything: {compared}"


def test_the_fast_path_makes_no_difference(lab, maker):
    """One nat64d has it, the other has not."""
    slow, fast = our_side(lab, "fast-path off\n", "slow"), our_side(lab, "", "fast")
    differences, compared = [], Counter()
    for _ in range(TWICE):
        case = maker.make()
        left, right = slow.take(case), fast.take(case)
        pace(case, right)
        compared[outcome(case, right)] += 1
        differences += [difference for difference in compare(case, left, right) if difference.name != "ident"]
    runtime = lab.folder / "fast.run"
    state, counters = ask(runtime, "info")["fast_path"], ask(runtime, "counters")["counters"]
    carried = sum(counters[f"fast_path_{way}"]["packets"] for way in ("6to4", "4to6"))
    print(f"{TWICE} cases: {dict(compared)}, {carried} packets by the fast path: {state}")
    assert not differences, f"{len(differences)} differences:\n" + "\n".join(str(difference)[:600] for difference in differences[:20])
    assert carried > TWICE / 20 or state != "on", f"too few packets took the fast path: {carried}"


def moved(side, before):
    """How far each counter of the side's kernel went."""
    return {name: value - before.get(name, 0) for name, value in side.statistics().items()}


def test_the_kernel_takes_what_comes_of_sound_packets(lab, maker):
    ours, before, sent = our_side(lab), None, Counter()
    before = ours.statistics()
    for _ in range(JUDGED):
        case = maker.make()
        if not case.sound:
            continue
        result = ours.take(case)
        pace(case, result)
        for packet in result:
            sent[packet[0] >> 4] += 1
        sent["trains 4"] += "train" in case.tags and case.version == 6 and len(result) > 1
        sent["trains 6"] += "train" in case.tags and case.version == 4 and len(result) > 1
        sent["udp"] += "udp" in case.tags and bool(result)
    after = moved(ours, before)
    print(f"{dict(sent)}: {({name: value for name, value in after.items() if value})}")
    assert after["IpInReceives"] >= sent[4] > JUDGED / 10 and after["Ip6InReceives"] >= sent[6] > JUDGED / 10, "not all of it came to the kernel"
    assert after["IpReasmOKs"] == sent["trains 4"] > 0 and after["Ip6ReasmOKs"] >= sent["trains 6"] > 0, "not all fragments fit together"
    assert after["UdpNoPorts"] + after["Udp6NoPorts"] >= sent["udp"] > 0, "not all datagrams were taken"
    assert {name: after[name] for name in JUDGE if after.get(name)} == {}, "the kernel found something wrong"


def test_the_kernel_would_see_a_wrong_checksum(lab, maker):
    ours = our_side(lab)
    before, wrong = ours.statistics(), 0
    while wrong < 20:
        case = maker.make()
        if case.tags >= {"udp", "wrong checksum"}:
            wrong += bool(ours.take(case))
    after = moved(ours, before)
    assert after["UdpInCsumErrors"] + after["Udp6InCsumErrors"] == wrong
