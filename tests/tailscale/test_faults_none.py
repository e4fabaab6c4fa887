# SPDX-License-Identifier: GPL-2.0-or-later
"""Set-ups of a relay in which all works: check finds nothing on either end, whatever else the relay and the tailnet do."""
import contextlib
from dataclasses import dataclass
from typing import Callable

import pytest
from fault_lab import NAME, TWIN, FaultLab, plan
from fault_row import dns, rows, settings, settings_as_they_were, several, tailscale
from lab import wait_for
from relay import PREFIX, Relay, need_tailnet
from tailnet import Tailnet

GIT, SUBNET = "git.example", "198.51.100.0/24"


@pytest.fixture(scope="module")
def lab():
    need_tailnet()
    with Tailnet(plan(split=("9929", "4134", GIT), other_routes=(TWIN, SUBNET))) as net:
        lab = FaultLab(net, names=(f"--host-record={GIT},10.99.0.5",)).start()
        yield lab
        assert lab.relay.stop() == 0, lab.relay.process.tail()


@dataclass
class Setup:
    name: str
    make: Callable = lambda lab: None
    undo: Callable = lambda lab: None
    asked: str = NAME
    there: Callable = lambda lab: True  # is it really so?
    relay: Callable = lambda lab: ()  # what is found on the relay all the same


@contextlib.contextmanager
def second_relay(lab):
    """relay2 has the same prefix, and split DNS names both."""
    both = ["100.64.0.1", "100.64.0.2"]
    with Relay(lab.tailnet, node="relay2", name="relay2.conf") as second:
        lab.change_dns(split={zone: both if "100.64.0.1" in servers else servers for zone, servers in lab.without_zone().items()})
        yield second
        lab.change_dns()


def iptables(lab):
    lab.relay.node.restart_tailscaled(TS_DEBUG_FIREWALL_MODE="iptables")


def nftables(lab):
    lab.relay.node.restart_tailscaled()


def complaints(lab):
    """A kernel without all of iptables' modules: tailscaled says so itself, and check repeats it."""
    return ("tailscaled-health",) if "connmark" in " ".join(lab.relay.node.status()["Health"] or []) else ()


def takes_routes(lab):
    """The relay accepts a subnet that another node has, and table 52 leads there."""
    several(tailscale("target", "set", f"--advertise-routes={SUBNET}"), tailscale("relay", "set", "--accept-routes"))(lab)
    lab.tailnet.approve("target", SUBNET)
    wait_for(lambda: SUBNET in lab.relay.node.sh("ip route show table 52").stdout, "the subnet in the relay's table 52", 20)


def takes_none(lab):
    several(tailscale("relay", "set", "--accept-routes=false"), tailscale("target", "set", "--advertise-routes="))(lab)


def client_routes(lab, wanted):
    return all(route in lab.client.sh("ip route show table 52; ip -6 route show table 52").stdout for route in wanted)


SETUPS = [
    Setup("as README says, with headscale"),
    Setup("a twin", settings(f"twin-prefix {TWIN}"), settings_as_they_were, there=lambda lab: client_routes(lab, (TWIN,))),
    Setup("several split domains", settings("split-domain 4134 ts.test"), settings_as_they_were, asked="my-vps.4134"),
    Setup("a name relayed under its own", settings(f"split-domain {GIT} {GIT}", f"upstream-dns {GIT} 10.99.0.1", "allow-destination 100.64.0.0/10",
                                                   "allow-destination 10.99.0.0/24"), settings_as_they_were, asked=GIT),
    Setup("a gateway too", settings(f"dns64 {PREFIX}", "allow-destination 0.0.0.0/0"), settings_as_they_were),
    Setup("an exit node beside it", tailscale("relay", "set", "--advertise-exit-node"), tailscale("relay", "set", "--advertise-exit-node=false")),
    Setup("a subnet router beside it", tailscale("relay", "set", f"--advertise-routes={PREFIX},{SUBNET}"),
          tailscale("relay", "set", f"--advertise-routes={PREFIX}"), there=lambda lab: client_routes(lab, (SUBNET, PREFIX))),
    Setup("accept-routes on the relay", takes_routes, takes_none),
    Setup("accept-dns off on the relay", tailscale("relay", "set", "--accept-dns=false"), tailscale("relay", "set", "--accept-dns")),
    Setup("shields up on the client", tailscale("client", "set", "--shields-up"), tailscale("client", "set", "--shields-up=false")),
    Setup("MagicDNS off, where split DNS and names go on", dns(magic_dns=False), lambda lab: lab.change_dns()),
    Setup("iptables mode", iptables, nftables, there=lambda lab: "ts-forward" in lab.relay.node.sh("iptables-save").stdout, relay=complaints),
]


@rows(SETUPS)
def test_where_all_works_nothing_is_found(lab, row):
    row.make(lab)
    try:
        wait_for(lambda: row.there(lab), row.name, 20)
        lab.both(row.relay(lab), (), row.asked)
    finally:
        row.undo(lab)
    lab.both((), ())


def test_two_relays_find_nothing_nor_does_a_client(lab):
    with second_relay(lab) as second:
        lab.both((), ())
        first, lab.relay = lab.relay, second
        try:
            lab.both((), ())
        finally:
            lab.relay = first
    lab.both((), ())
