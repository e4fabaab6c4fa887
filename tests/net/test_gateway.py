# SPDX-License-Identifier: GPL-2.0-or-later
"""A host without IPv4 and a gateway, from the name to the page: Unbound, the translator and the rules as nat64-relay run puts them up.

    host 2001:db8:1::2 ---- eth1 gateway eth0 ---- internet 203.0.113.5, 2001:db8:9::5 (name server, web server)
"""
import json
import re
import socket

import pytest
import traffic
from lab import USER, built, wait_for
from example_use import Use
from upstream import PythonNs, add
from example_use import PAGE

GATEWAY6, GATEWAY4, HOST6 = "2001:db8:1::53", "203.0.113.1", "2001:db8:1::2"
SO_NO_CHECK = 11  # linux/socket.h; Python has no name for it
INTERNET4, INTERNET6 = "203.0.113.5", "2001:db8:9::5"
SPLIT = "split-domain relay lab.example\nupstream-dns lab.example 203.0.113.5\nprefix fd64:9929::/96 relay\n"
ZONE = {
    "www.example.org": {"A": INTERNET4},
    "dual.example.org": {"A": INTERNET4, "AAAA": INTERNET6},
    "mapped.example.org": {"A": INTERNET4, "AAAA": "::ffff:" + INTERNET4},
    "box.lab.example": {"A": INTERNET4},
}


def answer(name, message, transport):
    del transport
    kind = re.search(r"IN (\S+)$", message.question[0].to_text())[1]
    if name not in ZONE:
        message.set_rcode(3)
    elif kind in ZONE[name]:
        add(message, f"{name}. 5 {kind} {ZONE[name][kind]}")


@pytest.fixture(params=["", SPLIT], ids=["gateway", "relay too"])
def gateway(lab, request):
    """The example's gateway with the internet behind it; with more lines it is a relay as well."""
    use = Use(lab, "gateway.conf", relay=(GATEWAY6 + "/64",), client=(HOST6 + "/64",))
    use.internet = lab.node("internet")
    lab.connect(use.relay, "eth0", use.internet, "eth0")
    use.relay.address("eth0", GATEWAY4 + "/24", "2001:db8:9::1/64")
    use.internet.address("eth0", INTERNET4 + "/24", INTERNET6 + "/64")
    use.internet.route("2001:db8:1::/64", "via", "2001:db8:9::1")
    use.client.run(["ip", "-6", "route", "add", "default", "via", GATEWAY6])
    use.client.resolv_conf(f"nameserver {GATEWAY6}\n")
    names = PythonNs(use.internet, INTERNET4, 53, answer)
    use.internet.start(["/usr/bin/python3", "-c", PAGE], name="web").wait_for("ready")
    yield use.run(f"upstream-dns . {INTERNET4}\n" + request.param)
    names.close()


def page(use, name):
    """Fetch the page of a name: the address that the web server saw."""
    return use.client.run(["curl", "-sS", "-m", "20", f"http://{name}/"]).stdout


def test_from_the_name_to_the_page(gateway):
    """IPv4 alone goes through the translator, native IPv6 does not, an excluded address does."""
    assert page(gateway, "www.example.org") == GATEWAY4
    assert page(gateway, "dual.example.org") == HOST6
    assert page(gateway, "mapped.example.org") == GATEWAY4
    assert "2001:db8:1:64::cb00:7105" in gateway.client.run("ping -c 1 www.example.org").stdout
    found = gateway.client.run([built("nat64-relay"), "detect", "--prefix", "2001:db8:1:64::/96", "--probe", INTERNET4]).stdout
    assert f"{INTERNET4} answers through it" in found, found
    status = gateway.relay.run([built("nat64-relay"), "-c", gateway.settings, "status"], check=False)
    assert status.returncode == 0, status.stdout + status.stderr


def counter(use, reason):
    counters = json.loads(use.relay.run([built("nat64-relay"), "-c", use.settings, "counters", "--json"]).stdout)
    return counters["counters"]["drops"].get(reason, 0)


def test_udp_without_a_checksum_comes_through(gateway):
    """A whole datagram is given one, also where it is cut for the host; fragments are dropped and counted, for the sum needs all of them."""
    with traffic.listen(gateway.internet, INTERNET4, socket.SOCK_DGRAM) as far, \
            traffic.connect(gateway.client, "2001:db8:1:64::cb00:7105", far.getsockname()[1], socket.SOCK_DGRAM) as near:
        far.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        near.send(b"question")
        peer = far.recvfrom(100)[1]
        for size in (1, 1000, 1400):
            far.sendto(bytes(size), peer)
            assert len(near.recv(2000)) == size
        assert counter(gateway, "udp-checksum-zero") == 0
        far.sendto(bytes(3000), peer)
        wait_for(lambda: counter(gateway, "udp-checksum-zero") == 1, "the fragment to be counted")
        far.sendto(b"after it", peer)
        assert near.recv(4000) == b"after it"


@pytest.mark.parametrize("gateway", [SPLIT], indirect=True, ids=["relay too"])
def test_split_names_beside_it(gateway):
    """The split name lies in its own prefix; check sees that the real one stays direct, although there is a DNS64."""
    assert gateway.answer("box.relay", GATEWAY6) == "fd64:9929::cb00:7105"
    assert page(gateway, "box.relay") == GATEWAY4
    assert gateway.client.run(["curl", "-sS", "-m", "20", "http://box.lab.example/"], check=False).returncode != 0, "not by DNS64"
    said = gateway.relay.run([built("nat64-relay"), "-c", gateway.settings, "check", "box.relay"], check=False).stdout
    assert re.search(r"^ok +2\.", said, re.M) and re.search(r"^ok +5\.", said, re.M), said


@pytest.mark.parametrize("gateway", [""], indirect=True, ids=["gateway"])
def test_reload_makes_it_a_relay_too(gateway):
    """The module comes and goes with the split domains, and DNS64 with its line, while the resolver runs."""
    before = gateway.settings.read_text()

    def reload(text):
        gateway.settings.write_text(text)
        gateway.relay.run([built("nat64-relay"), "-c", gateway.settings, "reload"])
    reload(before + SPLIT)
    assert gateway.answer("box.relay", GATEWAY6) == "fd64:9929::cb00:7105"
    assert gateway.answer("www.example.org", GATEWAY6) == "2001:db8:1:64::cb00:7105"
    reload(before)
    assert gateway.answer("www.example.org", GATEWAY6) == "2001:db8:1:64::cb00:7105"
    assert "NXDOMAIN" in gateway.client.run(f"dig +time=2 AAAA box.relay @{GATEWAY6}").stdout
    reload(re.sub("(?m)^dns64 .*\n", "", before))
    assert "ANSWER: 0" in gateway.client.run(f"dig +time=2 AAAA www.example.org @{GATEWAY6}").stdout


@pytest.mark.parametrize("gateway", [""], indirect=True, ids=["gateway"])
def test_a_host_with_a_clat_reaches_addresses_too(gateway):
    """Nothing is said but "clat up": the gateway's own resolver tells the prefix (RFC 7050). Programs that know IPv4 alone work, by the address."""
    clat = [built("nat64-relay"), "clat"]
    folder = ["--runtime-dir", gateway.lab.folder / "clat"]
    assert gateway.client.run(f"curl -4sS -m 5 http://{INTERNET4}/", check=False).returncode != 0, "it has IPv4 already"
    try:
        said = gateway.client.run([*clat, "up", "--user", USER, "--translator", built("nat64d"), *folder], check=False, timeout=90).stdout
        assert "through the NAT64 2001:db8:1:64::/96 (DNS)" in said, said
        wait_for(lambda: gateway.client.run(f"ping -n -c 1 -W 3 {INTERNET4}", check=False).returncode == 0, "an echo", 30)
        assert page(gateway, INTERNET4) == GATEWAY4 and page(gateway, "www.example.org") == GATEWAY4
        with traffic.listen(gateway.internet, INTERNET4) as listener, traffic.connect(gateway.client, INTERNET4, listener.getsockname()[1]) as near:
            far = listener.accept()[0]
            with far:
                traffic.tcp_sizes(near, far, [1, 1400, 65000])
    finally:
        gateway.client.run([*clat, "down", *folder], check=False, timeout=90)
    assert gateway.client.run("ip -4 route").stdout == ""
