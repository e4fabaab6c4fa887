# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay compare: names side by side, over ways that lose packets, take smaller ones, or lead nowhere.

me - router - far, and me - router - near: near's way is good, far's has a smaller MTU. The names are those of me's /etc/hosts. No check is of a time that was measured.
"""
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from lab import PATIENCE, Lab, built

MTU = 1400
HOSTS = """127.0.0.1 localhost
10.0.1.2 near
10.0.2.2 far
fd00:2::2 far6
10.0.3.9 silent
"""
MEMBERS = {"name": str, "sent": int, "received": int, "loss": float, "p50_ms": (float, None), "p95_ms": (float, None), "jitter_ms": (float, None),
           "path_mtu": (int, None), "path_mtu_confirmed": bool, "upload": (float, None), "download": (float, None)}


class Ways:
    def __init__(self, lab):
        self.me, self.router, self.near, self.far = (lab.node(name) for name in ("me", "router", "near", "far"))
        lab.connect(self.me, "eth0", self.router, "me")
        lab.connect(self.near, "eth0", self.router, "near")
        lab.connect(self.far, "eth0", self.router, "far", mtu=MTU)
        for number, (node, device) in enumerate(((self.me, "me"), (self.near, "near"), (self.far, "far"))):
            self.router.address(device, f"10.0.{number}.1/24", f"fd00:{number}::1/64")
            node.address("eth0", f"10.0.{number}.2/24", f"fd00:{number}::2/64")
            node.route("default", "via", f"10.0.{number}.1")
            node.route("::/0", "via", f"fd00:{number}::1")
        self.router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self.rules(self.router, "chain forward { type filter hook forward priority 0; ip daddr 10.0.3.9 drop; }")
        self.me.resolv_conf("nameserver 127.0.0.1\n")
        (Path("/etc/netns") / self.me.netns / "hosts").write_text(HOSTS)
        (Path("/etc/netns") / self.me.netns / "nsswitch.conf").write_text("hosts: files\n")

    @staticmethod
    def rules(node, chains):
        node.run(["nft", "-f", "-"], input=f"table inet t\ndelete table inet t\ntable inet t {{\n{chains}\n}}\n")

    def compare(self, *words, check=0, user=()):
        done = self.me.run([*user, built("nat64-relay"), "compare", "--interval", "50", *words], check=False)
        assert done.returncode == check, f"expected exit code {check}, got {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if check != 2 else done.stderr

    def json(self, *words, **options):
        said = json.loads(self.compare("--json", *words, **options))
        assert said["version"] == 1 and said["exit_code"] == options.get("check", 0) and said["interval_ms"] == 50, said
        return said, {one["name"]: one for one in said["names"]}


@pytest.fixture
def ways():
    with Lab() as lab:
        yield Ways(lab)


def test_loss_silence_and_a_name_that_is_not_there(ways):
    """Each fourth request to far is dropped, whatever goes to near meanwhile."""
    ways.rules(ways.far, "chain input { type filter hook input priority 0; icmp type echo-request numgen inc mod 4 0 drop; }")
    said, names = ways.json("--count", "20", "near", "far", "silent", "nosuch", check=1)
    assert (said["way"], said["port"], said["rounds"]) == ("icmp", None, 20)
    assert list(names) == ["near", "far", "silent", "nosuch"]
    for one in said["names"]:
        assert set(MEMBERS) <= set(one) <= {*MEMBERS, "address", "problem"}, one
        for member, kinds in MEMBERS.items():
            kinds = kinds if isinstance(kinds, tuple) else (kinds,)
            assert any(one[member] is None if kind is None else type(one[member]) is kind for kind in kinds), (member, one)
    near, far, silent, nosuch = said["names"]
    assert (near["address"], near["sent"], near["received"], near["loss"]) == ("10.0.1.2", 20, 20, 0)
    assert (far["sent"], far["received"], far["loss"]) == (20, 15, 0.25)
    assert 0 < near["p50_ms"] <= near["p95_ms"] and near["jitter_ms"] >= 0 and "problem" not in near
    assert (silent["address"], silent["sent"], silent["received"], silent["p50_ms"], silent["problem"]) == ("10.0.3.9", 20, 0, None, "no reply")
    assert nosuch["sent"] == 0 and "address" not in nosuch and "not known" in nosuch["problem"], nosuch


def test_the_table_and_its_bars(ways):
    text = ways.compare("--count", "4", "near", "far", "nosuch", check=1)
    assert text.startswith("4 rounds, one every 50 ms, by ICMP echo\n"), text
    bars = {found[1]: len(found[2]) for found in re.finditer(r"^(\w+) +[0-9.]+ % .* (#+)$", text, re.M)}
    assert set(bars) == {"near", "far"} and max(bars.values()) == 30, text
    assert "\r" not in text and re.search(r"^nosuch +no answer: ", text, re.M), text


@pytest.mark.parametrize("told", [True, False])
def test_path_mtu(ways, told):
    """By what the router tells, and past a router that tells nothing; near's way has the MTU of Ethernet."""
    if not told:
        ways.rules(ways.router, "chain output { type filter hook output priority 0; icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }")
    _, names = ways.json("--count", "2", "near", "far", "far6")
    assert {name: (one["path_mtu"], one["path_mtu_confirmed"]) for name, one in names.items()} == {
        "near": (1500, True), "far": (MTU, True), "far6": (MTU, True)}


def test_without_a_right_to_icmp(ways):
    """A user whom the kernel permits no echo request: all names by TCP, where a refusal is a reply. Then one whom it does permit."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    ways.me.sysctl(net__ipv4__ping_group_range="1 0")
    said, names = ways.json("--count", "3", "near", "far6", "silent", check=1, user=user)
    assert (said["way"], said["port"]) == ("tcp", 22)
    assert [names[name]["received"] for name in ("near", "far6", "silent")] == [3, 3, 0], names
    assert names["near"]["path_mtu"] == 1500 and not names["near"]["path_mtu_confirmed"]
    ways.me.sysctl(net__ipv4__ping_group_range="0 2147483647")
    said, names = ways.json("--count", "3", "near", "far6", user=user)
    assert said["way"] == "icmp" and [one["received"] for one in names.values()] == [3, 3], names
    assert names["far6"]["path_mtu"] == MTU and names["far6"]["path_mtu_confirmed"], names


def test_tcp_to_a_port(ways):
    """A port that drops the first SYN: the one that the kernel sends again a second later is no reply of that round."""
    ways.rules(ways.far, "chain input { type filter hook input priority 0; tcp dport 8080 tcp flags syn numgen inc mod 1000 0 drop; }")
    said, names = ways.json("--count", "6", "--port", "8080", "near", "far")
    assert (said["way"], said["port"]) == ("tcp", 8080)
    assert (names["near"]["received"], names["far"]["received"]) == (6, 5), names


def test_throughput(ways):
    server = ways.near.start("iperf3 -s --forceflush")
    server.wait_for("listening")
    _, names = ways.json("--count", "2", "--iperf3", "near", "far", check=1)
    assert names["near"]["upload"] > 0 and names["near"]["download"] > 0, names
    assert names["far"]["upload"] is None and "refused" in names["far"]["problem"], names


@pytest.mark.parametrize("words, expected", [
    ([], "1 to 8 names"), (["a"] * 9, "1 to 8 names"), (["--count", "0", "a"], "--count 0"), (["--count", "5x", "a"], "--count 5x"),
    (["--interval", "10", "a"], "50 to 60000"), (["--port", "65536", "a"], "1 to 65535"), (["--count=-1", "a"], "--count -1"),
    (["--cuont", "3"], "did you mean --count?")])
def test_bad_words(words, expected):
    done = subprocess.run([built("nat64-relay"), "compare", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2 and expected in done.stderr and not done.stdout, done


def test_without_iperf3(tmp_path):
    done = subprocess.run([built("nat64-relay"), "compare", "--iperf3", "localhost"], capture_output=True, text=True, check=False, timeout=60,
                          env={"PATH": str(tmp_path)})
    assert done.returncode == 2 and "install it" in done.stderr, done


def test_a_name_of_control_characters():
    done = subprocess.run([built("nat64-relay"), "compare", "--count", "1", "a\x1b[2Jb"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "\x1b" not in done.stdout + done.stderr and "a?[2Jb" in done.stdout, done


def test_interrupted_it_prints_what_was_measured(ways):
    """As ping does. What is printed on the way shows that it is on its way: only a terminal gets that."""
    command = ways.me.command([built("nat64-relay"), "compare", "--json", "--interval", "50", "--count", "1000", "near", "far"])
    mine, theirs = os.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        while b"round 5 of" not in shown:
            shown += os.read(mine, 4096)
        process.send_signal(signal.SIGINT)
        said = json.loads(process.communicate(timeout=60 * PATIENCE)[0])
    os.close(mine)
    assert process.returncode == 0 and 4 <= said["rounds"] < 1000, said
    assert all(one["sent"] == said["rounds"] and one["received"] > 0 and one["path_mtu"] is None for one in said["names"]), said
