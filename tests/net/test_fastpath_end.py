# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path when nat64d ends, is killed, has not the right, or goes with its device."""
import json
import re

import pytest
from fastpath_lab import FILTER, fast, filters, path, ping, started, warm_up  # noqa: F401  (path is a fixture)
from lab import built, need, run, skip, wait_for
from relay_lab import Relay


def test_a_killed_nat64d_stops_nobody_and_the_next_takes_over(path):
    started(path)
    warm_up(path)
    path.daemon.kill()
    assert ping(path, count=20), "the killed nat64d took its clients with it"
    assert not ping(path, "-W", "2", address="fd64:9929::6440:1"), "a pair that nobody decided about was translated"
    path.settings("deny-destination 100.64.0.3/32\n")
    path.start()
    assert filters(path).count(FILTER) == 1
    assert not ping(path, "-W", "2", count=3), "the next nat64d went by the settings of the one before"
    path.daemon.kill()
    path.settings("fast-path off\n")
    path.start()
    assert FILTER not in filters(path)
    assert ping(path, count=3)


def test_an_orderly_end_closes_the_fast_path(path):
    started(path)
    warm_up(path)
    assert path.daemon.stop() == 0
    assert not ping(path, "-W", "2", count=2)


def test_an_earlier_fast_path_that_cannot_be_removed_is_no_start(path):
    """Killed with its program in place, and started anew with no right to replace it: by settings of before, nobody is served."""
    run([*path.relay.ip, "link", "del", "nat64"])
    path.device(user="root")
    started(path)
    path.daemon.kill()
    command = ["setpriv", "--bounding-set=-net_admin,-bpf,-sys_admin", "--inh-caps=-net_admin,-bpf,-sys_admin", built("nat64d"), "-c", path.conf]
    done = path.relay.run(command, check=False)
    assert done.returncode != 0
    assert "cannot remove the fast path of an earlier nat64d" in done.stdout + done.stderr
    path.start()


def started_without(path, reason, *starter):
    """nat64d tells the reason in its log, once, and to everybody who asks; packets go by the device."""
    path.starter = starter
    path.settings()
    path.start()
    state = path.ask("info")["fast_path"]
    if state == "this nat64d is built without it":
        skip(f"no fast path here: {state}")
    assert state.startswith(reason), f"expected {reason}, got {state}"
    assert path.daemon.text().count(f"no fast path: {reason}") == 1, path.daemon.tail()
    assert ping(path, count=5)
    assert fast(path) == (0, 0)


def test_without_the_right_it_is_said_once_and_served_by_the_device(path):
    started_without(path, "cannot load its program: Operation not permitted; it wants CAP_BPF", "setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin")


@pytest.mark.parametrize("error, said", [("EACCES", "Permission denied; the verifier also wants CAP_PERFMON"), ("EINVAL", "Invalid argument"),
                                         ("ENOSYS", "Function not implemented")], ids=["verifier", "flags", "no-bpf"])
def test_a_program_that_the_kernel_refuses_is_said_once_and_served_by_the_device(path, error, said):
    started_without(path, f"cannot load its program: {said}", built("tests/net/without"), "bpf", error)


def test_a_device_without_a_place_for_the_program_is_said_once_and_served_by_itself(path):
    """A qdisc of somebody else stands where clsact would, as on a kernel that has none (tests/vm takes the kernel's away)."""
    path.relay.run("tc qdisc add dev nat64 ingress")
    started_without(path, "cannot add the qdisc clsact: Invalid argument")
    assert FILTER not in path.relay.run("tc filter show dev nat64 ingress").stdout


def test_a_program_that_another_takes_away_is_said(lab):
    """status asks the kernel too, and the metrics with it: nat64d may not."""
    need("ip", "nft", "tc", "ldns-testns")
    relay = Relay(lab)
    relay.expect(0, "up")
    daemon = relay.node.start([built("nat64d"), "-c", relay.config])
    daemon.wait_for("translating on nat64")

    def state():
        return json.loads(relay.command("status", "--json").stdout)["translator"]["fast_path"]
    if state() != "on":
        skip(f"no fast path here: {daemon.tail()}")
    relay.node.run("tc qdisc del dev nat64 clsact")
    assert state() == "another program has removed it from the egress of nat64; restart nat64d"
    assert "\nnat64_relay_fast_path 0\n" in relay.command("metrics").stdout
    assert daemon.stop() == 0
    relay.expect(0, "down")


@pytest.mark.parametrize("end, nat64d", [("down", "running"), *((end, nat64d) for end in ("down", "--rmtun") for nat64d in ("stopped", "killed"))])
def test_nothing_is_left_when_the_device_is_removed(lab, end, nat64d):
    """No device, no filter, no qdisc, and the kernel has freed the program."""
    need("ip", "nft", "tc", "bpftool", "ldns-testns")
    relay = Relay(lab)
    relay.expect(0, "up")
    daemon = relay.node.start([built("nat64d"), "-c", relay.config])
    daemon.wait_for("translating on nat64")
    filters = relay.node.run("tc filter show dev nat64 egress").stdout
    found = re.search(rf"{FILTER} .*\bid (\d+)", filters)
    if not found:
        skip(f"no fast path here: {daemon.tail()}")
    program = ["bpftool", "prog", "show", "id", found[1]]
    assert relay.node.run(program, check=False).returncode == 0
    assert "clsact" in relay.node.run("tc qdisc show dev nat64").stdout
    if nat64d == "stopped":
        assert daemon.stop() == 0
    elif nat64d == "killed":
        daemon.kill()
        assert FILTER in relay.node.run("tc filter show dev nat64 egress").stdout, "the fast path did not outlive nat64d"
    if end == "down":
        relay.expect(0, "down")
    else:
        relay.node.run([built("nat64d"), "-c", relay.config, "--rmtun"])
    wait_for(lambda: not daemon.alive, "the end of a nat64d whose device is gone")
    assert "nat64" not in relay.node.run("ip -o link").stdout
    assert "clsact" not in relay.node.run("tc qdisc show").stdout
    wait_for(lambda: relay.node.run(program, check=False).returncode, f"the end of program {found[1]}")
    relay.expect(0, "down")
