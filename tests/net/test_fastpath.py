# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path: plain packets that stay in the kernel get the same answer, and are counted as ever; all others take the device."""
import json
import os
import socket

import traffic
from fastpath_lab import FILTER, counters, fast, filters, path, ping, started, warm_up  # noqa: F401  (path is a fixture)
from lab import need, wait_for


def echo(path, kind, payloads):
    """Each payload to the target and back by UDP."""
    far = traffic.listen(path.target, path.TARGET, kind)
    near = traffic.connect(path.client, path.TARGET6, far.getsockname()[1], kind)
    with far, near:
        for payload in payloads:
            near.send(payload)
            text, peer = far.recvfrom(70000)
            assert text == payload, f"{len(payload)} octets arrived as {len(text)} others"
            far.sendto(text, peer)
            assert near.recv(70000) == payload, f"{len(payload)} octets came back as others"


def test_plain_packets_stay_in_the_kernel_and_are_counted_as_ever(path):
    assert started(path) == "on"
    assert FILTER in filters(path)
    warm_up(path)
    before, fast_before = counters(path), fast(path)
    assert ping(path, count=50) and ping(path, "-s", "1200", count=20)
    echo(path, socket.SOCK_DGRAM, [os.urandom(size) for size in (1, 2, 3, 100, 1000, 1200, 1232)])
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        transfer = traffic.Transfer(near, far, 20_000_000)
        transfer.finish()
    after = counters(path)
    assert {reason: count for reason, count in after["drops"].items() if count and reason != "martian-source"} == {}
    assert after["fast_path_errors"] == 0
    for direction, least in (("6to4", 100), ("4to6", 80)):
        grown = after[f"fast_path_{direction}"]["packets"] - before[f"fast_path_{direction}"]["packets"]
        total = after[f"translated_{direction}"]["packets"] - before[f"translated_{direction}"]["packets"]
        assert least < grown <= total, f"{direction}: {grown} of {total} packets took the fast path"
        assert after[f"fast_path_{direction}"]["bytes"] <= after[f"translated_{direction}"]["bytes"]
    assert fast_before != fast(path)
    client, = path.ask("clients")["clients"]
    totals = {"out": after["translated_6to4"], "in": after["translated_4to6"]}
    for direction, total in totals.items():
        assert client[direction] == total, f"{direction}: the client's traffic is {client[direction]}, that of all {total}"


def test_the_last_use_of_a_lease_comes_back(path):
    started(path)
    warm_up(path)
    first, = path.ask("clients")["clients"]
    before = fast(path)
    wait_for(lambda: ping(path) and path.ask("clients")["clients"][0]["idle"] == 0 and fast(path) > before, "a lease that is in use")
    assert path.ask("clients")["clients"][0]["ipv4"] == first["ipv4"]


def test_off_serves_by_the_device(path):
    assert started(path, "fast-path off\n") == "fast-path off"
    assert ping(path, count=20)
    assert fast(path) == (0, 0)
    assert FILTER not in filters(path)


def test_odd_packets_take_the_device(path):
    """What is no plain packet is answered as ever, between endpoints that the fast path knows."""
    started(path)
    warm_up(path)
    before = fast(path)
    assert ping(path, "-s", "3000")
    assert fast(path) == before, "fragments took the fast path"
    assert "Time exceeded" in path.client.run(["ping", "-c", "1", "-t", "2", "-W", "2", path.TARGET6], check=False).stdout


NOTES = """
    table inet notes {
        counter marked {}
        counter hurried {}
        counter tracked {}
        chain noted { meta mark != 0 counter name marked; meta priority != 0 counter name hurried; ct mark != 0 counter name tracked; }
        chain note { type filter hook forward priority 0; oifname "nat64" meta mark set 42 meta priority set 1:7 ct mark set 42; }
        chain look { type filter hook prerouting priority raw; iifname "nat64" jump noted; }
    }
"""


def test_what_the_kernel_noted_on_a_packet_does_not_come_back(path):
    """Mark, priority and connection of the packet are not those of its translation, whichever way it took."""
    need("nft")
    started(path)
    path.relay.run("nft -f -", input=NOTES)
    warm_up(path)
    assert ping(path, count=20)
    echo(path, socket.SOCK_DGRAM, [b"noted"] * 20)
    seen = json.loads(path.relay.run("nft -j list counters table inet notes").stdout)["nftables"]
    found = {entry["counter"]["name"]: entry["counter"]["packets"] for entry in seen if "counter" in entry}
    assert found == {"marked": 0, "hurried": 0, "tracked": 0}
