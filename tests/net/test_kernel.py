# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/: what it puts into a namespace, leaves alone, and takes away again."""
import os
import socket

import packets
import pytest
from lab import USER, run
from packets import Device
from relay_state import RelayState, differences, listed, snapshot

ITEMS = ["device nat64", "address 192.168.240.2/32 dev nat64", "route fd64:9929::/96 dev nat64", "route 192.168.240.0/20 dev nat64",
         "rule 5200: to fd64:9929::/96 lookup main", "rule 5200: to 192.168.240.0/20 lookup main", "net.ipv4.ip_forward = 1",
         "net.ipv6.conf.all.forwarding = 1", "nat64 up, MTU 65535"]


@pytest.fixture
def relay(lab):
    """A node with a network of somebody else's: two wires, routes in three tables, rules, tables of nftables."""
    node, other = lab.node("relay"), lab.node("other")
    for name in ("tailscale0", "eth0"):
        lab.connect(node, name, other, name)
    node.address("tailscale0", "100.64.0.1/32", "fd7a:115c:a1e0::1/128")
    node.address("eth0", "10.1.2.3/24", "2001:db8::3/64")
    node.sh("ip route add default via 10.1.2.1; ip route add 172.20.0.0/16 via 10.1.2.9 metric 7 proto static; ip route add blackhole 10.66.0.0/16;"
            "ip route add 100.64.0.0/10 dev tailscale0 table 52; ip -6 route add default via 2001:db8::1; ip -6 route add fd64:9929::/96 dev tailscale0 table 52;"
            "for f in -4 -6; do ip $f rule add pref 5270 lookup 52; ip $f rule add pref 5200 fwmark 9 lookup 52; done;"
            "ip rule add pref 5200 to 192.168.240.0/20 lookup 77")
    node.run("nft -f -", input="table inet theirs { chain forward { type filter hook forward priority 0; tcp dport 25 drop; }; }; table ip nat64-relay { }")
    return node


@pytest.fixture
def state(lab, relay):
    return RelayState(lab, relay)


def test_apply_puts_every_item_in_place(state, relay):
    lines, result, _ = state.kernel("apply")
    assert result == 0
    for item in ITEMS:
        assert f"added {item}" in lines, f"expected 'added {item}' among {lines}"
    device = listed(relay, "ip -j -d link show nat64")[0]
    data = device["linkinfo"]["info_data"]
    assert (device["mtu"], data["type"], data["pi"], data["vnet_hdr"], data["multi_queue"], data["persist"], data["user"]) == \
        (65535, "tun", False, True, True, True, USER)
    assert "UP" in device["flags"] and device["inet6_addr_gen_mode"] == "none"
    assert relay.run("ip -6 addr show dev nat64").stdout == "", "an IPv6 address on the device"
    assert "192.168.240.2" in relay.run("ip route get 192.168.240.77").stdout
    assert "dev nat64" in relay.run("ip -6 route get fd64:9929::6440:3").stdout, "Tailscale's table 52 took the prefix"


def test_fragments_get_their_room_and_give_it_back(state, relay):
    """The memory is a number of eight digits; both sysctls are a namespace's own."""
    names = ["net.netfilter.nf_conntrack_frag6_high_thresh", "net.netfilter.nf_conntrack_frag6_timeout"]

    def values():
        return [int(relay.run(["sysctl", "-n", name]).stdout) for name in names]
    relay.sysctl(**{name.replace(".", "__"): value for name, value in zip(names, (4194304, 60))})
    state.kernel("apply")
    assert values() == [33554432, 2], names
    state.kernel("remove")
    assert values() == [4194304, 60], f"{names} after remove"


def test_the_device_picks_queues_by_ports(state, relay):
    """From the first packet on, with any program attached."""
    state.kernel("apply")
    queues, ports = [packets.Device(relay) for _ in range(3)], range(5000, 5032)
    for port in ports:
        packets.send_raw(relay, packets.udp("100.64.0.1", "192.168.240.77", port, 53))
    came = {packet.ports[0]: queue for packet, queue in packets.dealt_out(queues, lambda packet: packet.protocol == packets.UDP, len(ports))}
    assert came == {port: packets.queue_of(packets.UDP, port, 53, 3) for port in ports}
    for queue in queues:
        queue.close()


def test_maps_are_routed_to_the_device(lab, relay):
    """One outside of the pool gets a route and a rule, one inside has the pool's; both are taken away again."""
    before = snapshot(relay)
    state = RelayState(lab, relay, "map 203.0.113.7 fd7a:115c:a1e0::7\nmap 192.168.241.9 fd7a:115c:a1e0::9\n")
    lines, result, _ = state.kernel("apply")
    assert result == 0 and {"added route 203.0.113.7/32 dev nat64", "added rule 5200: to 203.0.113.7/32 lookup main"} <= set(lines), lines
    assert not [line for line in lines if "192.168.241.9" in line], lines
    assert "dev nat64" in relay.run("ip route get 203.0.113.7").stdout
    state.kernel("remove")
    assert differences(before, snapshot(relay)) == []


def test_apply_twice_changes_nothing(state, relay):
    state.kernel("apply")
    first, memory = snapshot(relay), state.conf.parent / "relay.run" / "sysctl.json"
    remembered = memory.read_text()
    lines, result, _ = state.kernel("apply")
    assert result == 0 and all(line.startswith("ok ") for line in lines), lines
    assert differences(first, snapshot(relay)) == []
    assert memory.read_text() == remembered


def test_compare_names_what_is_missing(state, relay):
    _, result, _ = state.kernel("compare")
    assert result >= len(ITEMS)
    state.kernel("apply")
    assert state.kernel("compare")[1] == 0
    relay.sh("ip route del 192.168.240.0/20 dev nat64; ip -6 rule del pref 5200 to fd64:9929::/96; sysctl -qw net.ipv4.ip_forward=0; ip link set nat64 mtu 1500")
    lines, result, _ = state.kernel("compare")
    missing = [line for line in lines if line.startswith("missing ")]
    assert {"missing route 192.168.240.0/20 dev nat64", "missing rule 5200: to fd64:9929::/96 lookup main", "missing net.ipv4.ip_forward = 1",
            "missing nat64 up, MTU 65535"} <= set(missing), missing
    assert result == len(missing)
    assert state.kernel("apply")[1] == 0 and state.kernel("compare")[1] == 0


def test_remove_leaves_the_node_as_it_was(state, relay):
    before = snapshot(relay)
    state.kernel("apply")
    assert differences(before, snapshot(relay)) != []
    lines, result, _ = state.kernel("remove")
    assert result == 0
    assert {"removed device nat64", "removed route fd64:9929::/96 dev nat64", "removed net.ipv4.ip_forward = 0"} <= set(lines), lines
    assert differences(before, snapshot(relay)) == []
    assert state.kernel("remove")[:2] == ([], 0), "a second remove found something"
    assert not (state.conf.parent / "relay.run" / "sysctl.json").exists()


def test_remove_takes_the_device_from_under_a_reader(state, relay):
    before = snapshot(relay)
    state.kernel("apply")
    reader = Device(relay)
    assert state.kernel("remove")[1] == 0
    assert differences(before, snapshot(relay)) == []
    reader.close()


def test_sysctls_that_were_on_stay_on(state, relay):
    relay.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    before = snapshot(relay)
    lines, _, _ = state.kernel("apply")
    assert "ok net.ipv4.ip_forward = 1" in lines
    state.kernel("remove")
    assert relay.run("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding").stdout.split() == ["1", "1"]
    assert differences(before, snapshot(relay)) == []


def test_what_forwarding_takes_along_comes_back(state, relay):
    """An interface that forwarded by itself, and redirects that were refused, survive the way on and off."""
    relay.sysctl(net__ipv4__conf__eth0__forwarding=1, net__ipv6__conf__eth0__forwarding=1, net__ipv4__conf__all__accept_redirects=0)
    before = snapshot(relay)
    state.kernel("apply")
    state.kernel("apply")
    state.kernel("remove")
    assert differences(before, snapshot(relay)) == []


def test_a_sysctl_that_somebody_changed_since_stays(state, relay):
    relay.sysctl(net__ipv6__conf__eth0__accept_ra=1)
    run([*relay.ip, "-6", "route", "replace", "default", "via", "2001:db8::1", "dev", "eth0", "proto", "ra"])
    assert "added net.ipv6.conf.eth0.accept_ra = 2" in state.kernel("apply")[0]
    relay.sysctl(net__ipv6__conf__eth0__accept_ra=0)
    state.kernel("remove")
    assert relay.run("sysctl -n net.ipv6.conf.eth0.accept_ra").stdout.strip() == "0"


def test_an_interface_with_its_route_from_advertisements_keeps_taking_them(state, relay):
    relay.sysctl(net__ipv6__conf__eth0__accept_ra=1)
    run([*relay.ip, "-6", "route", "replace", "default", "via", "2001:db8::1", "dev", "eth0", "proto", "ra"])
    lines, _, _ = state.kernel("apply")
    assert "added net.ipv6.conf.eth0.accept_ra = 2" in lines, lines
    assert lines.index("added net.ipv6.conf.eth0.accept_ra = 2") < lines.index("added net.ipv6.conf.all.forwarding = 1")
    assert "2001:db8::1" in relay.run("ip -6 route show default").stdout
    state.kernel("remove")
    assert relay.run("sysctl -n net.ipv6.conf.eth0.accept_ra").stdout.strip() == "1"


def test_a_strict_reverse_path_is_loosened_on_the_device_alone(state, relay):
    relay.sysctl(net__ipv4__conf__all__rp_filter=1)
    before = snapshot(relay)
    assert "added net.ipv4.conf.nat64.rp_filter = 2" in state.kernel("apply")[0]
    assert relay.run("sysctl -n net.ipv4.conf.all.rp_filter").stdout.strip() == "1"
    state.kernel("remove")
    assert differences(before, snapshot(relay)) == []


@pytest.mark.parametrize("make, word", [
    ("ip link add nat64 type veth peer name peer0", "not a TUN device"),
    ("ip tuntap add dev nat64 mode tap", "not a TUN device"),
    ("ip tuntap add dev nat64 mode tun", "another kind"),
])
def test_a_foreign_device_is_refused_and_left_alone(state, relay, make, word):
    relay.sh(make)
    before = snapshot(relay)
    _, result, messages = state.kernel("apply", check=False)
    assert result == -1 and word in messages and "ip link del nat64" in messages, messages
    assert state.kernel("remove", check=False)[1] == -1
    assert differences(before, snapshot(relay)) == []


@pytest.mark.parametrize("route", ["-6 route add fd64:9929::/96 dev eth0", "-6 route add fd64:9929::6400:0/104 dev eth0", "route add 192.168.240.0/20 dev eth0",
                                   "addr add 192.168.240.9/24 dev eth0", "route add blackhole 192.168.241.0/24"])
def test_another_translator_on_the_same_prefix_is_refused(state, relay, route):
    relay.sh(f"ip {route}")
    before = snapshot(relay)
    _, result, messages = state.kernel("apply", check=False)
    assert result == -1 and "another translator" in messages, messages
    assert ("eth0" in messages) != ("blackhole" in route), messages
    assert differences(before, snapshot(relay)) == [], "something was changed before the refusal"


def test_an_unknown_user_is_refused(lab, relay):
    state = RelayState(lab, relay, "user nobody-of-this-name\n")
    before = snapshot(relay)
    _, result, messages = state.kernel("apply", check=False)
    assert result == -1 and "nobody-of-this-name" in messages and "useradd" in messages, messages
    assert differences(before, snapshot(relay)) == []


def test_no_root_is_said_plainly(state, relay):
    done = relay.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", state.tool, state.conf, "kernel", "apply"], check=False)
    assert done.returncode == 1 and "root" in done.stderr, done.stderr


def test_a_device_that_lost_its_owner_is_taken_back(state, relay):
    relay.sh("ip tuntap add dev nat64 mode tun multi_queue vnet_hdr")
    assert "added device nat64" in state.kernel("apply")[0]
    assert listed(relay, "ip -j -d link show nat64")[0]["linkinfo"]["info_data"]["user"] == USER


def test_an_own_address_outside_the_pool_gets_its_route(lab, relay):
    state = RelayState(lab, relay, "ipv4-addr 192.0.2.1\nipv6-addr 2001:db8:64::1\n")
    before = snapshot(relay)
    lines, _, _ = state.kernel("apply")
    assert {"added route 192.0.2.1/32 dev nat64", "added route 2001:db8:64::1/128 dev nat64"} <= set(lines), lines
    state.kernel("remove")
    assert differences(before, snapshot(relay)) == []


def test_changed_settings_leave_nothing_behind(lab, state, relay):
    before = snapshot(relay)
    state.kernel("apply")
    other = RelayState(lab, relay, settings="prefix fd65::/96\ndynamic-pool 192.168.224.0/24\n", name="relay2.conf")
    lines, result, _ = other.kernel("apply")
    assert result == 0
    assert {"removed rule 5200: to fd64:9929::/96 lookup main", "removed rule 5200: to 192.168.240.0/20 lookup main", "removed route fd64:9929::/96 dev nat64",
            "removed route 192.168.240.0/20 dev nat64", "removed address 192.168.240.2/32 dev nat64"} <= set(lines), lines
    assert "fd64:9929" not in relay.run("ip -6 route show table main").stdout
    assert other.kernel("compare")[1] == 0 and not any("removed" in line for line in other.kernel("apply")[0])
    other.kernel("remove")
    state.kernel("remove")  # the first one's memory of the sysctls
    assert differences(before, snapshot(relay)) == []


def test_who_has_port_53(state, relay):
    def ask(address):
        lines, result, _ = state.call("listener", address)
        return result, lines
    assert ask("100.64.0.1") == (0, [])
    with relay.inside():
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET6)
    with udp, tcp:
        udp.bind(("100.64.0.1", 53))
        result, lines = ask("100.64.0.1")
        assert result == 1 and lines[0].startswith("udp ") and lines[0].split()[1] == str(os.getpid()), lines
        assert ask("10.1.2.3") == (0, []) and ask("fd7a:115c:a1e0::1") == (0, [])
        tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        tcp.bind(("::", 53))
        tcp.listen()
        assert ask("fd7a:115c:a1e0::1")[1][0].startswith("tcp ")
        assert ask("10.1.2.3") == (0, []), "an IPv6-only socket holds no IPv4 address"
