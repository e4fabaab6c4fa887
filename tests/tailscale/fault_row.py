# SPDX-License-Identifier: GPL-2.0-or-later
"""
A fault as a row: how it is made, what check must find on either end, and nothing besides, and how it goes away: by typing the advice of one end, or,
where that can only point at somebody else's doing, by hand.
"""
import contextlib
from dataclasses import dataclass
from typing import Callable

import pytest
from fault_lab import NAME, FaultLab, plan
from relay import need_tailnet
from tailnet import Tailnet

WARNINGS = {"split-dns-reverse-missing", "bypass-a-policy", "bypass-aaaa", "settings-edited", "tailscaled-key-expires", "tailscaled-health",
            "clients-restricted", "split-dns-partial", "resolver-own", "rules-held", "subnet-overlaps", "upstream-dns64-zone", "local-data",
            "grant-page-missing"}


@dataclass
class Row:
    name: str
    make: Callable  # of the lab
    relay: tuple = ()  # ids that check finds on the relay; None: it is not asked
    client: tuple = ()
    typed: str = ""  # the end whose advice is typed
    undo: Callable = None  # in the place of the advice, or of what it leaves
    asked: str = NAME
    unwatched: bool = False  # while the relay's watch stands still, which would repair it
    says: tuple = ()  # words that a finding must have, on either end


# --- makers, each a function of the lab ---

def several(*makers):
    return lambda lab: [make(lab) for make in makers]


def dns(**change):
    return lambda lab: lab.change_dns(**change)


def settings(*lines):
    return lambda lab: lab.configure(*lines)


def settings_as_they_were(lab):
    lab.restore_settings()


def policy(*without):
    return lambda lab: lab.policy_without(*without)


def policy_as_it_was(lab):
    lab.put_policy(lab.policy)


def on(node, script, check=True):
    """A shell's line."""
    return lambda lab: lab.node(node).sh(script, check=check)


def tailscale(node, *arguments):
    return lambda lab: lab.node(node).tailscale(*arguments)


def signal_to(program, number):
    return lambda lab: lab.signal(program, number)


def firewall(node, chain, rule):
    """A rule of somebody else's firewall."""
    return on(node, f"nft add table inet other; nft 'add chain inet other {chain} {{ type filter hook {chain} priority -5; }}'; "
                    f"nft 'add rule inet other {chain} {rule} drop'")


def no_firewall(node):
    return on(node, "nft delete table inet other")


# --- a file's tests ---

def running_lab(**more):
    """What a fixture of a file yields: a lab that is ready. At its end the table of what was found."""
    need_tailnet()
    results = []
    with Tailnet(plan(**more)) as net:
        lab = FaultLab(net).start()
        lab.results = results
        yield lab
        print_table(results)
        assert lab.relay.stop() == 0, lab.relay.process.tail()


def print_table(results):
    """Fault, found by, seconds, advice: seen with pytest's -s."""
    for name, found, seconds, advice in results:
        print(f"\n| {name} | {found} | {seconds} | {advice} |", end="")
    print()


def judge(row, side, code, findings):
    """The exit code, and that there is something to do."""
    expected = getattr(row, side) or ()
    assert (code == 1) == bool(set(expected) - WARNINGS), f"{side}: exit code {code} with {expected}"
    for finding in findings:
        assert finding["advice"], f"{side}: {finding['id']} has no advice"


def find(lab, row):
    """What both ends find: (findings, findings, seconds, seconds)."""
    (relay_code, relay, relay_took), (client_code, client, client_took) = lab.both(row.relay, row.client, row.asked)
    judge(row, "relay", relay_code, relay)
    judge(row, "client", client_code, client)
    texts = [finding["text"] for finding in (*relay, *client)]
    for word in row.says:
        assert any(word in text for text in texts), f"{word!r} is not in {texts}"
    return relay, client, f"{relay_took:.1f} / {client_took:.1f}"


def run(lab, row):
    """Make it, have both ends find it, follow the advice, and see it gone."""
    try:
        with lab.unwatched() if row.unwatched else contextlib.nullcontext():
            row.make(lab)
            relay, client, seconds = find(lab, row)
        advised = client if row.typed == "client" else relay or client
        if row.typed:
            lab.typist.follow(advised[0]["advice"], row.typed)
            lab.both((), (), row.asked)
    finally:
        if row.undo:
            row.undo(lab)
    lab.both((), ())
    found = f"R {', '.join(row.relay or ()) or '-'}; C {', '.join(row.client or ()) or '-'}"
    lab.results.append((row.name, found, seconds, f"{'typed: ' if row.typed else ''}{advised[0]['advice'][:140]}"))


def rows(table):
    """The decorator of a file's one test."""
    return pytest.mark.parametrize("row", table, ids=[row.name.replace(" ", "-") for row in table])
