# SPDX-License-Identifier: GPL-2.0-or-later
"""check names each fault of the relay's machine that is really made (rules, sysctls, routes, port 53, disks, daemons), and names nothing else."""
import signal

import pytest
from fault_lab import DOMAIN
from fault_row import Row, firewall, no_firewall, on, rows, run, running_lab, settings, settings_as_they_were, several, signal_to, tailscale
from lab import wait_for
from relay import PREFIX

POOL = "192.168.240.0/20"
RP_FILTER = " ".join(f"net.ipv4.conf.{device}.rp_filter=" + "{0}" for device in ("all", "tailscale0", "nat64"))


@pytest.fixture(scope="module")
def lab():
    yield from running_lab()


def folder(lab):
    return f"{lab.tailnet.folder}/relay.data"


def full_disk(lab):
    """A small file system in the place of data-dir, without a block to spare."""
    lab.node("relay").sh(f"mount -t tmpfs -o size=64k,mode=777 none {folder(lab)}; head -c 65536 /dev/zero > {folder(lab)}/full")


def read_only_disk(lab):
    lab.node("relay").sh(f"mount --bind {folder(lab)} {folder(lab)} && mount -o remount,ro,bind {folder(lab)}")


def unmount(lab):
    lab.node("relay").sh(f"umount {folder(lab)}")


def stop(lab):
    assert lab.relay.stop() == 0


def other_route(family, network):
    """A policy rule before ours that leads to a table of somebody else's."""
    return on("relay", f"ip {family} route add {network} dev eth0 table 99 && ip {family} rule add pref 100 to {network} lookup 99")


def no_other_route(family):
    return on("relay", f"ip {family} rule del pref 100; ip {family} route flush table 99")


def of_the_future(lab):
    """A node that was made in an hour, by this machine's clock: that is late by an hour, or the control plane's is fast."""
    lab.tailnet.change_node("client", "created_at", "+1 hour")


def of_today(lab):
    lab.tailnet.change_node("client", "created_at", "-1 hour")


def complain(lab):
    """tailscaled cannot write resolv.conf, and says so in its Health."""
    etc = lab.node("relay").folder / "etc"
    lab.node("relay").sh(f"mount --bind {etc}/resolv.conf /etc/resolv.conf && mount -o remount,ro,bind /etc/resolv.conf")
    lab.node("relay").tailscale("set", "--accept-dns=false")
    lab.node("relay").tailscale("set", "--accept-dns")


def complain_no_more(lab):
    lab.node("relay").sh("umount /etc/resolv.conf")
    lab.node("relay").tailscale("set", "--accept-dns=false")
    lab.node("relay").tailscale("set", "--accept-dns")


def subnet_router(lab):
    """The target is a subnet router of the pool, by mistake, and the relay takes routes: tailscaled has it in table 52."""
    lab.grant({"src": ["tag:relay"], "dst": [POOL], "ip": ["*"]})
    lab.node("relay").tailscale("set", "--accept-routes")
    lab.target.tailscale("set", f"--advertise-routes={POOL}")
    wait_for(lambda: POOL in lab.tailnet.headscale("nodes", "list-routes"), "the target's route")
    lab.tailnet.approve("target", POOL)
    wait_for(lambda: POOL in lab.node("relay").sh("ip route show table 52").stdout, "the route in table 52", 20)


def table_52_first(lab):
    """And somebody's rule has that table come before ours."""
    subnet_router(lab)
    lab.node("relay").sh(f"ip rule add pref 100 to {POOL} lookup 52")


def no_subnet_router(lab):
    lab.node("relay").sh("ip rule del pref 100", check=False)
    lab.target.tailscale("set", "--advertise-routes=")
    lab.node("relay").tailscale("set", "--accept-routes=false")
    lab.put_policy(lab.policy)


ANSWER_MISSING = ("answer-missing",)
ROWS = [
    # rules
    # the second table, which watch holds against this, keeps clients going
    Row("the masquerade is gone", on("relay", "nft flush chain inet nat64-relay source-nat"), ("rules-held",), (), "relay", unwatched=True),
    Row("the relay's table is gone", on("relay", "nft delete table inet nat64-relay"), ("rules-held",), (), "relay", unwatched=True),
    Row("stateful filtering", tailscale("relay", "set", "--stateful-filtering"), ("stateful-filtering",), ANSWER_MISSING, "relay"),
    Row("a firewall drops what is translated", firewall("relay", "forward", 'iifname "nat64"'), ("firewall-drops",), ANSWER_MISSING, "",
        no_firewall("relay")),
    # sysctls
    Row("forwarding off", on("relay", "sysctl -qw net.ipv4.ip_forward=0"), ("forwarding-off",), ANSWER_MISSING, "relay", unwatched=True),
    # reverse-path filtering drops nothing with these routes: the relay finds that it is not as it was put, and the client that all works
    Row("reverse-path filtering", on("relay", f"sysctl -qw {RP_FILTER.format(1)}"), ("rp-filter",), (), "relay", unwatched=True),
    # routes
    Row("another rule takes the pool", other_route("-4", POOL), ("pool-route-taken",), ANSWER_MISSING, "", no_other_route("-4"), unwatched=True),
    Row("another rule takes the prefix", other_route("-6", PREFIX), ("prefix-route-taken",), ANSWER_MISSING, "", no_other_route("-6"), unwatched=True),
    Row("another subnet router has the pool", subnet_router, ("subnet-overlaps",), (), "", no_subnet_router, says=("192.168.240.0/20 leads to my-vps",)),
    Row("tailscaled's table 52 takes the pool", table_52_first, ("pool-route-taken",), ANSWER_MISSING, "", no_subnet_router, unwatched=True,
        says=("leave by tailscale0 (the tailnet's route 192.168.240.0/20 to my-vps",)),
    Row("an MTU that is too small for IPv6", on("relay", "ip link set tailscale0 mtu 1000"), ("mtu-small",), ANSWER_MISSING, "",
        lambda lab: lab.node("relay").restart_tailscaled(), unwatched=True),
    # port 53
    Row("UDP 53 dropped on the relay", firewall("relay", "input", "udp dport 53"), ("udp-53-dropped",), ("udp-53-dropped",), "", no_firewall("relay")),
    Row("UDP 53 dropped on the way to the relay", firewall("relay", "input", 'iifname "tailscale0" udp dport 53'), ("udp-53-dropped",), ("udp-53-dropped",),
        "", no_firewall("relay")),
    Row("TCP 53 dropped on the relay", firewall("relay", "input", "tcp dport 53"), ("tcp-53-dropped",), ("tcp-53-dropped",), "", no_firewall("relay")),
    # daemons
    Row("the resolver stands still", signal_to("unbound", signal.SIGSTOP), ("resolver-silent",), ("relay-unreached",), "",
        signal_to("unbound", signal.SIGCONT), unwatched=True),
    Row("the translator stands still", several(settings("fast-path off"), signal_to("nat64d", signal.SIGSTOP)), ("translator-silent",), ANSWER_MISSING, "",
        several(signal_to("nat64d", signal.SIGCONT), settings_as_they_were), unwatched=True),
    Row("the relay is not running", stop, ("not-running",), ("resolver-silent",), "", lambda lab: lab.start_again()),
    # relay.conf
    Row("a mistake in relay.conf", lambda lab: lab.write_setting("spilt-domain x y"), ("settings-broken",), (), "", settings_as_they_were),
    Row("relay.conf edited, and not taken", lambda lab: lab.write_setting(f"a-policy {DOMAIN} nxdomain"), ("settings-edited",), (), "relay",
        settings_as_they_were),
    # disks
    Row("a full disk", full_disk, ("disk-full",), (), "", unmount),
    Row("a read-only disk", read_only_disk, ("disk-read-only",), (), "relay", unmount),
    # tailscaled, and the clock
    Row("tailscaled complains", complain, ("tailscaled-health",), (), "", complain_no_more),
    Row("the clock is late", of_the_future, ("clock-wrong",), (), "", of_today),
    Row("the relay's key has expired", lambda lab: lab.tailnet.expire("relay"), ("tailscaled-key-expired",), ("relay-unreached",), "",
        lambda lab: lab.tailnet.expire("relay", "never")),
]


@rows(ROWS)
def test_a_fault_of_the_relay_is_named_and_nothing_else(lab, row):
    run(lab, row)
