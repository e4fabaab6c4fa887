# SPDX-License-Identifier: GPL-2.0-or-later
"""check --client names each fault of the client's machine that is really made, and nothing else; the relay, which cannot see it, says nothing wrong."""
from datetime import datetime, timedelta, timezone

import pytest
from fault_lab import NAME, WILD, WILD_ADDRESS
from fault_row import Row, firewall, no_firewall, on, rows, run, running_lab, several, tailscale
from relay import PREFIX


@pytest.fixture(scope="module")
def lab():
    yield from running_lab()


def hosts_line(lab):
    with open(lab.client.folder / "etc/hosts", "a") as hosts:
        hosts.write(f"203.0.113.5 {NAME}\n")


def resolv_conf(*lines):
    """Of somebody else's, as a container has it: tailscaled cannot write it."""
    def make(lab):
        own = lab.client.folder / "resolv.conf"
        own.write_text("".join(f"{line}\n" for line in lines))
        lab.client.sh(f"mount --bind {own} /etc/resolv.conf && mount -o remount,ro,bind /etc/resolv.conf")
    return make


def expires_soon(lab):
    lab.tailnet.expire("client", (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ"))


def new_tailscaled(lab):
    """The interface as tailscaled makes it."""
    lab.client.restart_tailscaled()


OWN_RESOLV_CONF = on("client", "umount /etc/resolv.conf")
ROWS = [
    # tailscaled's settings
    Row("a client without accept-routes", tailscale("client", "set", "--accept-routes=false"), (), ("accept-routes-off",), "client"),
    Row("accept-dns off on the client", tailscale("client", "set", "--accept-dns=false"), (), ("accept-dns-off",), "client"),
    Row("the client's tailscaled is down", tailscale("client", "down"), (), ("tailscaled-down",), "client"),
    Row("the client's key has expired", lambda lab: lab.tailnet.expire("client"), (), ("tailscaled-key-expired",), "",
        lambda lab: lab.log_in("client")),
    Row("the client's key expires soon", expires_soon, (), ("tailscaled-key-expires",), "", lambda lab: lab.tailnet.expire("client", "never")),
    # names
    Row("a line of the client's /etc/hosts", hosts_line, (), ("bypass-hosts",), "client", says=("203.0.113.5",)),
    Row("another resolver, which leads out of the domain by a CNAME", resolv_conf("nameserver 10.99.0.1"), (), ("bypass-resolver",), "",
        OWN_RESOLV_CONF, says=("10.99.0.1", "around.example")),
    Row("a search domain with a wildcard", resolv_conf("nameserver 100.100.100.100", f"search {WILD}", "options ndots:2"), (), ("bypass-search",), "",
        OWN_RESOLV_CONF, says=(WILD_ADDRESS,)),
    # firewall
    Row("UDP 53 dropped by the client", firewall("client", "output", "ip daddr 100.64.0.1 udp dport 53"), (), ("udp-53-dropped",), "", no_firewall("client"),
        says=("this client's own firewall",)),
    Row("the client lets nothing out to port 53 of the relay", firewall("client", "output", "ip daddr 100.64.0.1 meta l4proto { tcp, udp } th dport 53"), (),
        ("firewall-drops",), "", no_firewall("client")),
    Row("large packets do not come through", firewall("client", "input", 'iifname "tailscale0" meta length > 1000'), (), ("mtu-small",), "",
        no_firewall("client")),
    # routes
    Row("another rule takes the prefix on the client",
        on("client", f"ip -6 route add {PREFIX} dev eth0 table 99 && ip -6 rule add pref 100 to {PREFIX} lookup 99"), (), ("prefix-route-taken",), "", on("client", "ip -6 rule del pref 100; ip -6 route flush table 99")),
    Row("no IPv6 on the client", on("client", "sysctl -qw net.ipv6.conf.tailscale0.disable_ipv6=1"), (), ("ipv6-off",), "",
        several(on("client", "sysctl -qw net.ipv6.conf.tailscale0.disable_ipv6=0"), new_tailscaled)),
    Row("an MTU that is too small for IPv6", on("client", "ip link set tailscale0 mtu 1000"), (), ("mtu-small",), "", new_tailscaled),
]


@rows(ROWS)
def test_a_fault_of_the_client_is_named_and_nothing_else(lab, row):
    run(lab, row)


