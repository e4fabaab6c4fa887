# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay clat: IPv4 on a host that has IPv6 alone. Real packets through a real NAT64; the router's advertisements are made by hand."""
import ipaddress
import json
import shutil

import pytest
import traffic
from clat_site import FAR4, OLD, OWN, SITE, ULA, WELL_KNOWN, advertise, site  # noqa: F401  (site is a fixture)
from lab import built, unbound_program, wait_for

DNS64 = """
server:
    module-config: "dns64 iterator"
    dns64-prefix: {prefix}
    interface: 2001:db8:1::1
    access-control: ::/0 allow
    do-not-query-localhost: no
    use-syslog: no
    username: ""
    chroot: ""
    pidfile: ""
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@5301
"""


def within(address, network):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def test_a_prefix_of_router_advertisements(site):
    """The well-known prefix: ping, TCP, a large datagram; nothing is left by down."""
    advertise(site, {WELL_KNOWN: 1800})
    before = site.left()
    assert not site.pings(), "it has IPv4 already"
    said = site.up()
    assert f"through the NAT64 {WELL_KNOWN} (router advertisement), over eth0" in said, said
    state = site.status()
    assert within(state["address6"], SITE) and state["address4"] == "192.0.0.1" and state["mtu"] == 1500
    assert "dev clat proto 64 scope link src 192.0.0.1 metric 2048" in site.host.run("ip -4 route show default").stdout
    assert wait_for(site.pings, "an echo")
    near, far = traffic.tcp_pair(site.internet, FAR4, site.host, FAR4)
    with near, far:
        assert far.getpeername()[0] == "9.9.9.1"
        traffic.tcp_sizes(near, far, [1, 1400, 65000])
    assert site.pings("-M", "do", "-s", "1452") and not site.pings("-M", "do", "-s", "1453")
    names = site.gateway.start(["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--listen-address=2001:db8:1::1", "--address=/ipv4only.arpa/192.0.0.170", "--local=/ipv4only.arpa/",
                                "--user=root", "--pid-file="], name="dnsmasq")
    wait_for(lambda: site.host.run([built("nat64-relay"), "detect", "--server", "2001:db8:1::1"], check=False).returncode == 0, "a verdict")
    detected = json.loads(site.host.run([built("nat64-relay"), "detect", "--json", "--server", "2001:db8:1::1"]).stdout)
    assert detected["prefixes"] == [] and detected["pref64"] == [{"prefix": WELL_KNOWN, "lifetime": 1800}]
    names.stop()
    assert site.clat("up", "--foreground", check=False).returncode == 2, "a second one"
    program = site.lab.folder / "nat64-relay-of-a-user"
    shutil.copy(built("nat64-relay"), program)
    site.lab.folder.chmod(0o755)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    said = site.host.run([*user, program, "clat", "status", "--runtime-dir", site.folder]).stdout
    assert f"through the NAT64 {WELL_KNOWN} (router advertisement)" in said, said
    site.clat("down")
    assert site.left() == before and not site.folder.exists()
    assert site.status() == {"up": False, "why": "no process maintains it"}


@pytest.mark.parametrize("networks, expected", [({OLD: 0, SITE: 600}, SITE), ({SITE: 600, OLD: 0}, SITE), ({ULA: 600}, ULA)],
                         ids=["one-deprecated", "the-other-deprecated", "a-ULA-alone"])
def test_the_address_on_the_way(site, networks, expected):
    """In the network that the kernel itself sends from: never in that of a deprecated address."""
    advertise(site, {OWN: 1800}, networks)
    site.up()
    state = site.wait(up=True)
    assert within(state["address6"], expected), state
    assert wait_for(site.pings, "an echo")


def test_a_prefix_found_by_dns_alone(site):
    """RFC 7050: no router advertises one, and the network's resolver is a DNS64. What a router says later comes first (RFC 8781 section 5.1)."""
    advertise(site)
    site.host.resolv_conf("nameserver 2001:db8:1::1\n")
    site.gateway.start(["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--port=5301", "--listen-address=127.0.0.1", "--address=/ipv4only.arpa/192.0.0.170",
                        "--user=root", "--pid-file="], name="dnsmasq")
    conf = site.lab.folder / "dns64.conf"
    conf.write_text(DNS64.format(prefix=OWN))
    site.gateway.start([unbound_program(), "-d", "-c", conf], name="unbound").wait_for("start of service")
    said = site.up()
    assert f"through the NAT64 {OWN} (DNS), over eth0" in said, said
    assert site.wait(up=True, source="DNS")["prefix"] == OWN
    assert wait_for(site.pings, "an echo")
    site.router.nat64 = {WELL_KNOWN: 1800}
    site.wait(up=True, prefix=WELL_KNOWN, source="router advertisement")
    site.router.nat64 = {WELL_KNOWN: 0}
    site.wait(up=True, prefix=OWN, source="DNS")


def test_a_given_prefix(site):
    advertise(site)
    assert f"through the NAT64 {OWN} (given)" in site.up("--prefix", OWN, "--metric", "77")
    assert "metric 77" in site.host.run("ip -4 route show default").stdout
    assert wait_for(site.pings, "an echo")


def test_changes_are_followed(site):
    """Another prefix, another MTU, the network gone and back, a translator that was killed; and nothing where IPv4 is."""
    advertise(site, {WELL_KNOWN: 1800})
    site.up()
    site.wait(up=True, prefix=WELL_KNOWN)
    site.router.nat64 = {WELL_KNOWN: 0, OWN: 1800}
    site.wait(up=True, prefix=OWN)
    assert wait_for(site.pings, "an echo by the other prefix")
    site.host.run("ip link set eth0 mtu 1400")
    wait_for(lambda: "mtu 1400 " in site.host.run("ip link show clat", check=False).stdout and
             " mtu 1380" in site.host.run("ip -4 route show default").stdout, "the MTU of the device and that of the route", 20)
    site.host.run("ip link set eth0 mtu 1500")
    pid = wait_for(lambda: site.host.pid_of("nat64d"), "the translator")
    site.host.run(["kill", "-KILL", str(pid)])
    wait_for(lambda: site.host.pid_of("nat64d") not in (None, pid) and site.pings(), "an echo by another translator", 30)
    site.host.run("ip link set eth0 down")
    site.wait(up=False)
    site.host.run("ip link set eth0 up")
    site.wait(up=True)
    assert wait_for(site.pings, "an echo after the network was gone", 20)
    site.host.sh("ip tuntap add dev other mode tun && ip link set other up && ip address add 192.0.2.2/24 dev other && ip route add default via 192.0.2.1")
    assert site.wait(up=False)["why"] == "IPv4 has a default route through other"
    assert "clat" not in site.host.run("ip -br link").stdout
    site.host.run("ip link del other")
    site.wait(up=True)


def test_without_a_nat64_it_waits(site):
    """And goes on when one is advertised."""
    advertise(site)
    said = site.up()
    assert "The CLAT waits: no NAT64 prefix" in said, said
    site.router.nat64 = {OWN: 1800}
    site.wait(up=True, prefix=OWN, source="router advertisement")


@pytest.mark.parametrize("words, said", [(["sideways"], "up, down or status"), (["up", "--prefix", "64:ff9b::1/96"], "without host bits"),
                                         (["up", "--prefix", "2001:db8::/33"], "of length 32"), (["up", "--prefix", "::ffff:0:0/96"], "a NAT64 prefix"),
                                         (["up", "--metric", "0"], "from 1 to"), ([], "up, down or status")])
def test_wrong_words(words, said):
    import subprocess
    done = subprocess.run([built("nat64-relay"), "clat", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr, done
