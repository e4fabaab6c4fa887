# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing leaks, however many questions there are and whatever the upstream says.

dns-load asks by UDP and by TCP connections that are kept open, over IPv4 and IPv6, names of every kind for every type, with every combination
of RD, AD, CD, DO and EDNS sizes, in changing case; it reads each message that comes back, follows every compression pointer, and searches
names, data and octets for the real suffixes. dns-upstream answers with chains, DNAME, SVCB, SRV, MX, TXT and PTR full of them, and its zone
changes all the time: names are added, removed, slow, broken. LEAK_QUESTIONS in the environment asks fewer or more than 250,000.
"""
import os

from flood import Flood
from lab import UNBOUND

QUESTIONS = int(os.environ.get("LEAK_QUESTIONS", "50000" if UNBOUND else "250000"))


def summary(counts):
    rcodes = ", ".join(f"{name} {counts.get(f'rcode{number}', 0)}" for number, name in ((0, "NOERROR"), (3, "NXDOMAIN"), (2, "SERVFAIL"), (5, "REFUSED")))
    return (f"{counts['asked']} questions, {counts['answered']} answers ({counts['udp']} by UDP, {counts['tcp']} by TCP, {counts['truncated']} of them truncated), "
            f"{counts['octets']} octets searched, {counts['leaks']} leaks; {counts['data']} with data, {rcodes}; {counts['lost']} lost; {counts['seconds']} s")


def test_a_flood_of_questions(lab, record_property):
    flood = Flood(lab)
    counts, said = flood.ask(QUESTIONS)
    print(summary(counts))
    record_property("flood", summary(counts))
    assert counts["leaks"] == 0, said
    assert counts["answered"] + counts["lost"] >= counts["asked"] == QUESTIONS
    assert counts["lost"] < QUESTIONS // 10, "an answer must come to almost every question, or little has been searched"
    assert counts["data"] > QUESTIONS // 20 and counts["rcode3"] > QUESTIONS // 50 and counts["tcp"] > QUESTIONS // 20, summary(counts)


def test_an_upstream_that_lies_about_everything(lab, record_property):
    flood = Flood(lab, manner="wild")
    counts, said = flood.ask(min(QUESTIONS // 10, 20000))
    print(summary(counts))
    record_property("wild", summary(counts))
    assert counts["leaks"] == 0, said
    assert counts["data"] > 0 and flood.resolver.unbound.alive
