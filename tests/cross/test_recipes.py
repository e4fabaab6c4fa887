# SPDX-License-Identifier: GPL-2.0-or-later
"""What the recipes for OpenWrt and Alpine build with musl: a small nat64d alone, which their init scripts start with the settings that they install, and it translates.

Alpine's is followed each time, OpenWrt's, which builds the same sources with the same options, with NAT64_CROSS=all.
"""
import re
import subprocess

import pytest
from lab import TOP, need, wait_for
from machines import EVERYTHING
from recipes import Package, sources
from traffic import receive, tcp_pair

MOST = 256 << 10  # octets of the program with liburcu inside; a router's flash has 8 MiB or 16
HOST, ROUTER6, ROUTER4, FAR = "2001:db8:1::2", "2001:db8:1::1", "9.9.9.1", "9.9.9.9"
TARGET = "64:ff9b::909:909"  # global: RFC 6052 3.1 keeps the prefix for these
RECIPES = {"alpine": "dist/alpine/APKBUILD", "openwrt": "dist/openwrt/nat64d/Makefile"}
FILES = {
    "openwrt": ["etc/init.d/nat64d", "etc/nat64-relay/relay.conf", "usr/sbin/nat64d"],
    "alpine": ["etc/conf.d/nat64d", "etc/init.d/nat64d", "etc/nat64-relay/relay.conf", "usr/sbin/nat64d", "usr/share/man/man5/relay.conf.5", "usr/share/man/man8/nat64d.8"],
}


def options(text):
    """What configure is told beyond folders and machines."""
    return re.findall(r"--(?:disable|without)-\S+", re.sub(r"^#.*$", "", text, flags=re.M))


def test_both_have_the_same_options():
    recipes = [options((TOP / path).read_text()) for path in RECIPES.values()]
    assert recipes[0] == recipes[1] and len(recipes[0]) == 6, recipes


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return sources(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module", params=FILES)
def package(request, tmp_path_factory, source):
    if request.param != "alpine" and not EVERYTHING:
        pytest.skip("NAT64_CROSS=all follows OpenWrt's recipe too")
    return Package(request.param, tmp_path_factory.mktemp(request.param), source)


def test_what_is_in_it(package):
    assert package.files() == FILES[package.name]
    program = package.root / "usr/sbin/nat64d"
    header = subprocess.run(["readelf", "-ld", program], capture_output=True, text=True, check=True).stdout
    assert "ld-musl" in header and re.findall(r"NEEDED.*\[(.+)\]", header) == ["libmnl.so.0", "libc.so"], header
    subprocess.run(["strip", program], check=True)
    size = program.stat().st_size
    print(f"{package.name}: nat64d has {size} octets")
    assert size < MOST, f"{size} octets"
    version = re.search(r"^pkgver=(.*)|^PKG_VERSION:=(.*)", (TOP / RECIPES[package.name]).read_text(), re.M)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[:2] == ["nat64d", version[1] or version[2]]


def test_settings_are_checked(package, tmp_path):
    (tmp_path / "broken.conf").write_text("tun-device nat64\ndynamic-pool 192.168.240.0/33\n")
    done = subprocess.run([package.root / "usr/sbin/nat64d", "-c", tmp_path / "broken.conf"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "broken.conf: line 2: \"192.168.240.0/33\"" in done.stderr, done


def test_its_service_translates(package, lab):
    """A host behind the router reaches an IPv4 one, by the settings and the two commands that stand at their top; the device goes with the service."""
    need("ip", "nft", "ping", "unshare")
    host, router, far = lab.node("host"), lab.node("router"), lab.node("far")
    lab.connect(router, "lan", host, "eth0")
    lab.connect(router, "wan", far, "eth0")
    host.address("eth0", f"{HOST}/64")
    router.address("lan", f"{ROUTER6}/64")
    router.address("wan", f"{ROUTER4}/24")
    far.address("eth0", f"{FAR}/24")
    host.route("64:ff9b::/96", "via", ROUTER6)
    settings = package.root / "etc/nat64-relay/relay.conf"
    for line in re.findall(r"^#   (.+)$", settings.read_text(), re.M):
        router.sh(line)
    for file, line in (("passwd", "nat64-relay:x:464:464::/nonexistent:/bin/false"), ("group", "nat64-relay:x:464:")):
        (package.root / "etc" / file).write_text(f"root:x:0:{'' if file == 'group' else '0::/root:/bin/sh'}\n{line}\n")
    service = router.start(package.command(package.service), name="service")
    service.wait_for("translating on nat64", 20)
    assert wait_for(lambda: host.run(f"ping -n -c 1 -W 3 {TARGET}", check=False).returncode == 0, "an echo", 20)
    near, far_end = tcp_pair(far, FAR, host, TARGET)
    with near, far_end:
        assert far_end.getpeername()[0] == ROUTER4
        near.sendall(bytes(range(256)) * 256)
        assert receive(far_end, 65536) == bytes(range(256)) * 256
    status = router.run(["cat", f"/proc/{router.pid_of('nat64d')}/status"]).stdout
    assert re.search(r"^Uid:\s+464\s", status, re.M) and re.search(r"^CapEff:\s+0+$", status, re.M), status
    service.stop()
    assert "nat64" not in router.run("ip -br link").stdout, service.text()
