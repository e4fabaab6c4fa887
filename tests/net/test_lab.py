# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory itself: what it promises to the tests that stand on it."""
import os
import socket
import subprocess

import pytest
from lab import Lab, namespace_remove, need, run, sweep, wait_for


def test_three_hosts_reach_the_relay(hosts):
    assert hosts.client.echoes(hosts.RELAY6) and hosts.target.echoes(hosts.RELAY4)
    assert hosts.in_prefix("100.64.0.3") == "fd64:9929::6440:3"


def test_families_are_kept_apart(hosts):
    """The client has no IPv4 and the target no IPv6 but the link's own: only a translator brings them together."""
    assert "inet " not in hosts.client.run("ip -4 -o address show dev eth0").stdout
    assert "scope global" not in hosts.target.run("ip -6 -o address show dev eth0").stdout
    assert hosts.client.run(["ping", "-c", "1", "-W", "1", hosts.in_prefix(hosts.TARGET4)], check=False).returncode != 0


def test_inside_makes_sockets_of_the_node(hosts):
    before = os.readlink("/proc/thread-self/ns/net")
    with hosts.client.inside():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with sock:
        sock.bind((hosts.CLIENT6, 0))
    assert os.readlink("/proc/thread-self/ns/net") == before


def test_a_process_is_watched_and_stopped(lab):
    node = lab.node("a")
    process = node.start(["sh", "-c", "echo ready; exec sleep 100"], name="sleeper")
    process.wait_for("ready")
    assert process.pid in node.pids()
    assert process.stop() == -15
    assert node.pids() == []


def test_a_process_that_ends_early_fails_at_once(lab):
    process = lab.node("a").start(["sh", "-c", "echo it broke; exit 3"], name="broken")
    with pytest.raises(AssertionError, match="ended with 3.*\n.*it broke"):
        process.wait_for("ready", timeout=30)


def test_a_second_start_has_a_log_of_its_own(lab):
    node = lab.node("a")
    node.start(["echo", "first"], name="words").wait()
    second = node.start(["echo", "second"], name="words")
    second.wait()
    assert second.text() == "second\n" and second.log.read_text() == "first\nsecond\n"


def test_environment_reaches_the_program_alone(lab):
    assert lab.node("a").run("printenv COLOUR", env={"COLOUR": "blue"}).stdout == "blue\n"


def test_settings_are_completed(lab):
    text = lab.settings("prefix fd64:9929::/96\nuser root").read_text()
    assert "user root\n" in text and "user nobody" not in text
    assert f"runtime-dir {lab.folder}/relay.run\n" in text
    assert (lab.folder / "relay.data").is_dir()


def test_down_ends_what_a_child_left_and_removes_everything():
    need("ip")
    lab = Lab()
    node = lab.node("a")
    node.resolv_conf("nameserver 192.0.2.53\n")
    assert "192.0.2.53" in node.run("cat /etc/resolv.conf").stdout
    node.sh("sleep 100 >/dev/null 2>&1 & echo left")
    assert len(node.pids()) == 1
    lab.down()
    assert node.netns not in run(["ip", "netns", "list"])
    assert not lab.folder.exists() and not os.path.exists(f"/etc/netns/{node.netns}")


def test_a_sanitizer_report_is_a_failure():
    need("ip")
    lab = Lab()
    lab.node("a").start(["sh", "-c", "echo 'x.c:1:2: runtime error: shift'"], name="bad").wait()
    with pytest.raises(AssertionError, match="a sanitizer complained"):
        lab.down()


def test_a_killed_run_is_swept():
    need("ip")
    gone = subprocess.Popen(["true"])
    gone.wait()
    name = f"n64-{gone.pid}-a"
    run(["ip", "netns", "add", name])
    try:
        sweep()
        assert name not in run(["ip", "netns", "list"]), "the sweep left a namespace whose owner is gone"
    finally:
        if name in run(["ip", "netns", "list"]):
            namespace_remove(name)


def test_wait_for_names_what_did_not_happen():
    with pytest.raises(AssertionError, match="still waiting for the moon"):
        wait_for(lambda: False, "the moon", timeout=0.1)
