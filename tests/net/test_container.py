# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay run in a container, as pid 1, with the rights, devices and sysctls of examples/compose.yaml and no more.

tests/net/container stands for the engine. The relay's node is the network namespace that the container shares with the overlay's; its sysctls are set
before, as an engine does it, and are read-only inside.
"""
import json
import os
import re
import shutil
import signal
from pathlib import Path

import lab
import pytest
from container_lab import carries, compose
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)


def give(node, wrong=()):
    """The sysctls of the example, as the engine sets them, but for those that are to be wrong: {name: value}."""
    for name, value in {**compose()["tailscale"]["sysctls"], **dict(wrong)}.items():
        node.run(["sysctl", "-qw", f"{name}={value}"])


class Container:
    """A new container. process is the engine's, of the lab. volume: {name: text} of what there is where the leases will be; None for no volume.
    more: capabilities beyond those of the example."""

    def __init__(self, relay, volume=None, more=()):
        lab.need("unshare", "setpriv", "nsenter")
        for name in ("relay.run", "relay.data"):  # a new one has neither
            shutil.rmtree(relay.lab.folder / name, ignore_errors=True)
        if volume is not None:
            (relay.lab.folder / "relay.data").mkdir(mode=0o755)
            for name, text in volume.items():
                (relay.lab.folder / "relay.data" / name).write_text(text)
        rights = compose()["relay"]
        assert rights["cap_drop"] == ["ALL"]
        environment = [f"{key}={value}" for key, value in relay.environment.items()]
        self.relay, relay.runs = relay, relay.runs + 1
        self.process = relay.node.start([Path(__file__).parent / "container", ",".join([*rights["cap_add"], *more]).lower(), ",".join(rights["devices"]),
                                         "env", *environment, relay.program, "-c", relay.config, "run"], f"container{relay.runs}")

    @property
    def pid(self):
        """Of pid 1 inside, as we see it: the only child of unshare."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def inside(self):
        """The processes inside: pid there -> the fields of its status."""
        space, found = os.readlink(f"/proc/{self.pid}/ns/pid"), {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "ns/pid") == space:
                    fields = dict(line.split(":\t", 1) for line in (path / "status").read_text().splitlines())
                    found[int(fields["NSpid"].split()[-1])] = fields
            except (OSError, ValueError):
                pass  # it has just ended
        return found

    def stop(self):
        """As an engine does: SIGTERM to pid 1. The exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait()


def test_a_container_with_the_rights_of_the_example(relay):
    give(relay.node)
    before = relay.snapshot()
    container = Container(relay)
    container.process.wait_for("ready after", 30)
    carries(relay)
    inside = container.inside()
    assert {fields["Name"] for fields in inside.values()} == {"nat64-relay", "nat64d", "unbound"} and inside[1]["Name"] == "nat64-relay", inside
    assert inside[1]["CapBnd"] == inside[1]["CapEff"] != "0" * 16 and inside[1]["CapBnd"].strip("0f") != "", inside[1]["CapBnd"]
    assert container.stop() == 0, f"exit code after SIGTERM:\n{container.process.tail()}"
    same(before, relay.snapshot(), "after the container has ended")


@pytest.mark.parametrize("more", [(), ("BPF", "PERFMON")], ids=["example", "more"])
def test_the_fast_path_wants_two_capabilities_more(relay, more):
    """The rights of the example are not enough, and that is said once; with those that the example names beside them there is a fast path."""
    give(relay.node)
    container = Container(relay, more=more)
    container.process.wait_for("ready after", 30)
    carries(relay)
    state = json.loads(relay.command("status", "--json").stdout)["translator"]["fast_path"]
    if state == "this nat64d is built without it":
        lab.skip(state)
    assert container.process.text().count("no fast path: cannot load its program: Operation not permitted") == (0 if more else 1), container.process.tail()
    assert state == "on" if more else "CAP_BPF" in state, state
    assert container.stop() == 0, container.process.tail()


@pytest.mark.parametrize("content", [(), ("somebody's",)], ids=["new", "used"])
def test_a_volume_for_the_leases(relay, content):
    """An engine makes it root's. It is the daemons' then, unless there is something of root's in it."""
    give(relay.node)
    container = Container(relay, dict.fromkeys(content, ""))
    container.process.wait_for("ready after", 30)
    carries(relay)
    folder = relay.lab.folder / "relay.data"
    if content:
        container.process.wait_for("leases are kept in memory", 30)
    else:
        lab.wait_for((folder / "dynamic.map").exists, "the leases on disk", timeout=30)
    assert (folder.stat().st_uid == 0) == bool(content), f"{folder} belongs to {folder.owner()}"
    assert container.stop() == 0, container.process.tail()


def test_pid_1_takes_note_of_orphans(relay):
    give(relay.node)
    container = Container(relay)
    container.process.wait_for("ready after", 30)
    lab.run(["nsenter", "-t", container.pid, "-p", "-m", "sh", "-c", "sleep 300 >/dev/null 2>&1 &"])
    (orphan, fields), = [(pid, fields) for pid, fields in container.inside().items() if fields["Name"] == "sleep"]
    assert int(fields["PPid"]) == container.pid, fields
    os.kill(int(fields["Pid"]), signal.SIGKILL)
    lab.wait_for(lambda: orphan not in container.inside(), "the end of an orphan, taken note of by pid 1")
    assert [fields for fields in container.inside().values() if fields["State"].startswith("Z")] == []
    assert container.stop() == 0, container.process.tail()


def test_a_new_container_goes_on_where_a_killed_one_was(relay):
    """What is in the shared network outlives the container, what is in its files does not."""
    give(relay.node)
    before, first = relay.snapshot(), Container(relay)
    first.process.wait_for("ready after", 30)
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait()
    assert "nat64" in relay.snapshot()["links"], "the device is persistent"
    second = Container(relay)
    second.process.wait_for("ready after", 30)
    carries(relay)
    assert second.stop() == 0, second.process.tail()
    same(before, relay.snapshot(), "after the second container has ended")


def test_the_engine_is_told_of_sysctls_that_are_wrong(relay):
    """All of them at once, and what is right is not named; nothing has been changed."""
    wrong = {"net.ipv4.ip_forward": 0, "net.ipv6.conf.all.forwarding": 0, "net.ipv4.conf.default.rp_filter": 1, "net.ipv6.conf.default.disable_ipv6": 1}
    give(relay.node, wrong)
    before, container = relay.snapshot(), Container(relay)
    assert container.process.wait() == 2, container.process.tail()
    line, = [line for line in container.process.text().splitlines() if "--sysctl" in line]
    assert "/proc/sys is read-only" in line and "owns this network namespace" in line, line
    assert sorted(re.findall(r"--sysctl (\S+)", line)) == ["net.ipv4.conf.default.rp_filter=2", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                                                           "net.ipv6.conf.default.disable_ipv6=0"], line
    same(before, relay.snapshot(), "after a run that was refused")
    for name, value in re.findall(r"--sysctl (\S+)=(\S+)", line):  # what it asks for is enough
        relay.node.run(["sysctl", "-qw", f"{name}={value}"])
    container = Container(relay)
    container.process.wait_for("ready after", 30)
    assert container.stop() == 0, container.process.tail()
