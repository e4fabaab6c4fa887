# SPDX-License-Identifier: GPL-2.0-or-later
"""Each example of examples/ at work, with the addresses that stand in it: the file itself is used, completed by the places of the laboratory."""
import re
import subprocess

import pytest
from lab import TOP, built, module_of, skip, unbound_program
from example_use import Use, lab


def test_unbound_conf_of_the_example():
    """examples/unbound.conf is what relay.conf leads to, but for comments and for what its head says it leaves out."""
    def options(text):
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", "include-toplevel"))]
        return [line for line in lines if not re.match(r"num-threads|\S+-slabs|trust-anchor-file|dynlib-file|control-interface|username", line)]
    done = subprocess.run([built("tests/net/print-unbound-conf"), TOP / "examples/relay.conf"], capture_output=True, text=True, check=True)
    generated = done.stdout
    zone = re.search(r'forward-zone:\n    name: "64\.100\.in-addr\.arpa\."\n(?:    .*\n)+', generated)[0]
    for number in range(65, 128):  # each like the 64th
        for text in (zone.replace('"64.', f'"{number}.'), f'    domain-insecure: "{number}.100.in-addr.arpa."\n'):
            assert generated.count(text) == 1, f"expected once: {text}"
            generated = generated.replace(text, "")
    example = options((TOP / "examples/unbound.conf").read_text())
    assert example == options(generated), "make it anew: tests/net/print-unbound-conf examples/relay.conf"


@pytest.mark.parametrize("example, snippet", [("relay.conf", "others.conf")])
def test_lines_for_unbound_are_accepted(example, snippet, tmp_path):
    """Behind the generated file, as unbound-checkconf sees it; without our module, which it does not load."""
    checker = unbound_program().with_name("unbound-checkconf")
    if not checker.exists():
        skip(f"{checker} is missing: run dist/unbound/build")
    done = subprocess.run([built("tests/net/print-unbound-conf"), TOP / "examples" / example], capture_output=True, text=True, check=True)
    text = re.sub(r"^    username: .*$", '    username: ""', done.stdout, flags=re.M)
    text = re.sub(r"^    dynlib-file: .*$", f'    dynlib-file: "{module_of()}"', text, flags=re.M)
    path = tmp_path / "unbound.conf"
    path.write_text(text + f'include-toplevel: "{TOP}/examples/unbound.conf.d/{snippet}"\n')
    done = subprocess.run([checker, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_several(lab):
    """Two domains for the tailnet, one for the network behind the relay; the two kinds lie in prefixes of their own."""
    use = Use(lab, "several.conf", relay=("100.101.102.103/10", "fd7a:115c:a1e0::1/64"), client=("100.64.0.2/10", "fd7a:115c:a1e0::2/64"),
              target=("100.64.0.3/10",), magic=("100.100.100.100/10",))
    behind = {"printer": ("10.3.0.7/16", "10.3.0.1/16"), "names": ("10.3.0.53/16",), "more-names": ("10.3.0.54/16",)}
    lab.switch("behind", {use.relay: "eth1", **{lab.node(name): "eth0" for name in behind}})
    use.relay.address("eth1", "10.3.0.2/16")
    for name, addresses in behind.items():
        lab.node(name).address("eth0", *addresses)
    use.names(use.nodes["magic"], "my-vps.tail1234.ts.net 100.64.0.3")
    for name, port in (("names", 53), ("more-names", 5353)):
        use.names(lab.node(name), "printer.lab.example.net 10.3.0.7", "router.lab.example.net 10.3.0.1", port=port)
    for prefix in ("fd64:9929::/96", "fd64:9930::/96"):
        use.client.route(prefix, "via", "fd7a:115c:a1e0::1")
    use.run("advertise-prefix none\n")
    edge = "100.101.102.103"
    assert use.answer("my-vps.9929", edge) == use.answer("my-vps.hk.internal", edge) == "fd64:9929::6440:3"
    assert use.answer("printer.lab.internal", edge) == "fd64:9930::a03:7"
    assert "warning" not in use.process.text(), use.process.text()
    assert use.reaches("fd64:9929::6440:3"), "a host of the tailnet"
    assert use.reaches("fd64:9930::a03:7"), "a host of the network behind"
    said = use.client.run(f"dig +time=2 AAAA router.lab.internal @{edge}").stdout
    assert "NOERROR" in said and "ANSWER: 0" in said, f"a denied host has no address; got\n{said}"
    assert not use.reaches("fd64:9930::a03:1"), "a denied host"


def test_gateway(lab):
    """A host without IPv4 reaches an IPv4-only one by its ordinary name, and finds the gateway's prefix; nothing of a private network."""
    use = Use(lab, "gateway.conf", relay=("2001:db8:1::53/64",), client=("2001:db8:1::2/64",))
    internet = lab.node("internet")
    lab.connect(use.relay, "eth0", internet, "eth0")
    use.relay.address("eth0", "203.0.113.1/24", "10.9.0.1/16")
    internet.address("eth0", "203.0.113.5/24", "10.9.0.5/16")
    use.names(internet, "www.example.org 203.0.113.5", "inner.example.org 10.9.0.5")
    use.client.run(re.search(r"`(ip -6 route add.*?)`", use.text.replace("\n# ", " "))[1])
    use.run("upstream-dns . 203.0.113.5\n")
    assert use.answer("www.example.org", "2001:db8:1::53") == "2001:db8:1:64::cb00:7105"
    assert use.reaches("2001:db8:1:64::cb00:7105"), "an IPv4 host of the internet"
    assert "ANSWER: 0" in use.client.run("dig +time=2 AAAA inner.example.org @2001:db8:1::53").stdout, "a denied address is not answered"
    assert use.reaches("10.9.0.5", use.relay) and not use.reaches("2001:db8:1:64::a09:5"), "a host of a private network"
    assert not use.reaches("2001:db8:1:64::cb00:7101"), "the gateway's own IPv4 address"
    assert use.answer("ipv4only.arpa", "2001:db8:1::53").startswith("2001:db8:1:64::c000:")


def test_wireguard(lab):
    """An overlay without tailscaled; and, with one line more, an IPv6-only service for the IPv4 hosts behind the relay."""
    use = Use(lab, "wireguard.conf", relay=("10.7.0.1/24", "fd07:7::1/64"), client=("10.7.0.2/24", "fd07:7::2/64"), target=("10.7.0.3/24",),
              names=("10.7.0.53/24",), stranger=("fd08::2/64",), service=("fd07:7::25/64",))
    office = lab.node("office")
    lab.connect(use.relay, "eth1", office, "eth0")
    use.relay.address("eth1", "192.168.7.1/24")
    office.address("eth0", "192.168.7.9/24")
    office.route("192.0.2.25", "via", "192.168.7.1")
    use.relay.address("wg0", "fd08::1/64")
    use.names(use.nodes["names"], "my-vps.mesh.internal 10.7.0.3")
    use.client.route("fd64:9929::/96", "via", "fd07:7::1")
    use.nodes["service"].route("fd64:9929::/96", "via", "fd07:7::1")
    use.nodes["stranger"].route("fd64:9929::/96", "via", "fd08::1")
    use.run("map 192.0.2.25 fd07:7::25\nallow-destination 192.168.7.0/24\n")
    assert use.answer("my-vps.9929", "10.7.0.1") == "fd64:9929::a07:3"
    assert use.reaches("fd64:9929::a07:3")
    assert not use.reaches("fd64:9929::a07:3", use.nodes["stranger"]), "allow-source"
    assert use.drops("drop-source") > 0
    assert use.reaches("192.0.2.25", office), "the service is 192.0.2.25 to IPv4 hosts"


def test_twin(lab):
    """A client without IPv6 goes through the relay as one with it does; neither reaches the relay by its names, nor MagicDNS."""
    use = Use(lab, "twin.conf", relay=("100.101.102.103/10", "fd7a:115c:a1e0::6501:6667/64"), client=("100.64.0.2/10",), modern=("fd7a:115c:a1e0::2/64",),
              target=("100.64.0.3/10",), magic=("100.100.100.100/10",))
    use.names(use.nodes["magic"], "my-vps.tail1234.ts.net 100.64.0.3", "edge.tail1234.ts.net 100.101.102.103")
    use.client.route("10.192.0.0/10", "via", "100.101.102.103")
    use.nodes["modern"].route("fd64:9929::/96", "via", "fd7a:115c:a1e0::6501:6667")
    use.run("advertise-prefix none\n")
    ask = "dig +short +time=2 +tries=1 A {} @100.101.102.103"
    assert use.answer("my-vps.relay.internal", "100.101.102.103") == "fd64:9929::6440:3"
    assert use.client.run(ask.format("my-vps.relay.internal")).stdout.split() == ["10.192.0.3"]
    assert use.client.run(ask.format("edge.relay.internal")).stdout == ""
    assert use.reaches("10.192.0.3"), "a client without IPv6"
    assert use.reaches("fd64:9929::6440:3", use.nodes["modern"]), "a client with IPv6"
    assert not use.reaches("10.228.100.100") and use.drops("drop-denied") > 0, "MagicDNS"
    assert not use.reaches("10.229.102.103") and use.drops("drop-to-relay") > 0, "the relay itself"


def test_twin6(lab):
    """A tailnet without IPv4: a target of IPv6 alone is reached by its name; neither the relay nor MagicDNS is."""
    use = Use(lab, "twin6.conf", relay=("fd7a:115c:a1e0::1/64",), client=("fd7a:115c:a1e0::2/64",), target=("fd7a:115c:a1e0::3/64",),
              magic=("fd7a:115c:a1e0::53/64",))
    use.names(use.nodes["magic"], "my-vps.tail1234.ts.net fd7a:115c:a1e0::3", "edge.tail1234.ts.net fd7a:115c:a1e0::1")
    use.client.route("fd99:9929:1::/48", "via", "fd7a:115c:a1e0::1")
    use.run("advertise-prefix none\n")
    assert use.answer("my-vps.9929", "fd7a:115c:a1e0::1") == "fd99:9929:1::3"
    assert use.client.run("dig +short +time=2 +tries=1 AAAA edge.9929 @fd7a:115c:a1e0::1").stdout == ""
    assert use.reaches("fd99:9929:1::3"), "a target of IPv6 alone"
    assert not use.reaches("fd99:9929:1::53") and use.drops("drop-denied") > 0, "MagicDNS"
    assert not use.reaches("fd99:9929:1::1") and use.drops("drop-to-relay") > 0, "the relay itself"


def test_translator(lab):
    """nat64d with the commands that stand in the file; a client outwards, and an IPv4 host to a mapped server."""
    text = (TOP / "examples/translator.conf").read_text()
    relay, client, host = lab.node("relay"), lab.node("client"), lab.node("host")
    lab.connect(relay, "eth6", client, "eth0")
    lab.connect(relay, "eth4", host, "eth0")
    relay.address("eth6", "2001:db8:1:4444::1/64")
    relay.address("eth4", "192.0.2.1/24")
    client.address("eth0", "2001:db8:1:4444::25/64")
    client.run("ip -6 route add default via 2001:db8:1:4444::1")
    host.address("eth0", "192.0.2.9/24")
    host.route("192.168.7.25", "via", "192.0.2.1")
    settings = lab.settings(re.sub(r"^data-dir .*\n", "", text, flags=re.M))
    start, *commands = re.findall(r"^#   (.*)$", text, re.M)
    assert start == "nat64d -c translator.conf &" and len(commands) == 5
    relay.start([built("nat64d"), "-c", settings], name="nat64d").wait_for("translating on nat64")
    for command in commands:
        relay.sh(command)
    assert client.run("ping -n -c 2 -i 0.2 2001:db8:1:ffff::192.0.2.9", check=False).returncode == 0, "IPv6 to IPv4"
    assert host.run("ping -n -c 2 -i 0.2 192.168.7.25", check=False).returncode == 0, "IPv4 to the mapped server"
