# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay clat where several can tell the prefix: two routers of a link, and a resolver whose answer has two prefixes in an order that changes."""
import contextlib
import os
import struct

from clat_site import OWN, WELL_KNOWN, Router, advertise, site  # noqa: F401  (site is a fixture)
from lab import built, sanitizers, wait_for
from upstream import PythonNs, add

OTHER = "fe80::2"


def second_router(site):
    """Beside the first, on the same link and with the same ways."""
    site.gateway.run(f"ip address add {OTHER}/64 dev eth1 nodad")
    router = Router(site.gateway, address=OTHER)
    router.networks = {}
    return router


def default_routers(site):
    return site.host.run("ip -6 route show default").stdout


def test_what_one_router_takes_back_another_still_has(site):
    """It is shut down, and the host stays with the other: nothing is put in place anew, and no connection breaks."""
    advertise(site, {OWN: 1800})
    other = second_router(site)
    other.nat64 = {OWN: 1800}
    other.start()
    try:
        wait_for(lambda: OTHER in default_routers(site), "the second router's route", 20)
        site.up()
        assert wait_for(site.pings, "an echo")
        pid = site.host.pid_of("nat64d")
        other.nat64, other.lifetime = {OWN: 0}, 0
        wait_for(lambda: OTHER not in default_routers(site), "the end of its route", 20)
        site.host.run("ip link set eth0 mtu 1400")  # a change that the keeper is seen to have noticed
        site.wait(up=True, mtu=1400)
        assert site.host.pid_of("nat64d") == pid and site.pings()
        site.router.nat64 = {OWN: 0}
        site.wait(up=False)
    finally:
        other.end()


def test_the_prefix_of_the_next_router_comes_first(site):
    """Each router has a NAT64 of its own. The one in use is a router no more, and what it has advertised for an hour is of no use."""
    advertise(site, {OWN: 3600})
    site.up()
    site.wait(up=True, prefix=OWN)
    other = second_router(site)
    other.nat64 = {WELL_KNOWN: 3600}
    other.start()
    try:
        wait_for(lambda: OTHER in default_routers(site), "the second router's route", 20)
        site.host.run("ip link set eth0 mtu 1400")
        site.wait(up=True, prefix=OWN, mtu=1400)  # the way leads to the first
        site.router.nat64, site.router.lifetime = {}, 0
        site.wait(up=True, prefix=WELL_KNOWN)
        assert wait_for(site.pings, "an echo by the other router's NAT64")
    finally:
        other.end()


def test_the_mtu_that_a_router_advertises(site):
    """Below the link's own: a connection does not begin with packets that are too big."""
    advertise(site, {OWN: 1800})
    site.up()
    site.wait(up=True, mtu=1500)
    for mtu in (1400, 1280, 1500):
        site.router.mtu = mtu
        site.wait(up=True, mtu=mtu)
        wait_for(lambda mtu=mtu: f"mtu {mtu} " in site.host.run("ip link show clat", check=False).stdout and
                 f" mtu {mtu - 20}" in site.host.run("ip -4 route show default").stdout, "the MTU of the device and that of the route")
    assert site.pings("-M", "do", "-s", "1452")


def test_a_prefix_of_dns_stays_in_whatever_order(site):
    """An answer with two prefixes is another one each time. Only one that no longer has the prefix in use says that it is gone."""
    advertise(site)
    clocks = site.lab.folder / "clocks"
    clocks.write_bytes(struct.pack("qqq", 0, 0, 0))
    asked, known = [], [OWN, WELL_KNOWN]

    def answer(name, message, transport):
        del transport
        if name == "ipv4only.arpa" and message.question[0].rdtype == 28:
            asked.append(name)
            known.reverse()
            for prefix in known:
                add(message, f"ipv4only.arpa. 60 AAAA {prefix.replace('/96', '')}c000:aa")
        elif name == "ipv4only.arpa":
            add(message, "ipv4only.arpa. 60 A 192.0.0.170")

    def ask_again():
        count, ahead = len(asked), struct.unpack("qqq", clocks.read_bytes())[2]
        with open(os.open(clocks, os.O_WRONLY), "wb") as file:
            file.write(struct.pack("qqq", 0, 0, ahead + 301))
        site.host.run(f"ip link set eth0 mtu {1400 + count}")
        wait_for(lambda: len(asked) > count, "the next question", 30)
        site.wait(mtu=1400 + count)
    with contextlib.closing(PythonNs(site.gateway, "2001:db8:1::1", 53, answer)):
        site.host.resolv_conf("nameserver 2001:db8:1::1\n")
        preload = ":".join([*sanitizers(built("nat64-relay")), str(built("tests/net/clock-shift.so"))])
        site.up(environment={"LD_PRELOAD": preload, "CLOCK_SHIFT": str(clocks)})
        first = site.wait(up=True, source="DNS")["prefix"]
        pid = site.host.pid_of("nat64d")
        for _ in range(2):
            ask_again()
            assert site.status()["prefix"] == first and site.host.pid_of("nat64d") == pid
        known.remove(first)
        ask_again()
        site.wait(up=True, source="DNS", prefix=known[0])
