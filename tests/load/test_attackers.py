# SPDX-License-Identifier: GPL-2.0-or-later
"""The attacks of tests/load/attackers, a hundredth of each: nothing forbidden is reached, what is to stop them does, and who is honest is served.

What shares the honest keep is measured by tests/load/attackers, and is no test: it depends on what else the machine does.
"""
import pytest
from attacks import ATTACKS
from client_load import HONEST, METADATA, RELAY6, TRAPPED, LoadTestbed, Trap
from lab import Lab, need, wait_for
from script import program

# Small enough that a hundredth of an attack is beyond them.
LIMITS = """
    client-limit packets 500
    client-limit fragments 100
    client-limit connections 60
    client-limit new-connections 50
    dns-rate-limit 100
"""


attackers = program("attackers")


@pytest.fixture(scope="module")
def testbed():
    need("ip", "dnsperf", "ping")
    with Lab() as lab:
        testbed = LoadTestbed(lab, LIMITS).up()
        yield testbed
        testbed.down()


@pytest.fixture
def traps(testbed):
    made = attackers.traps(testbed)
    yield made
    for trap in made:
        trap.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.start.__name__)
def test_an_attack_is_stopped_and_others_go_on(testbed, traps, attack):
    before = testbed.counters()
    running = attack.start(testbed, 0.01)
    for one in running:
        one.wait(120)
    stopped = attackers.moved(before, testbed.counters())
    assert set(stopped) & set(attack.stops), f"expected one of {attack.stops} to stop it, got {stopped}"
    reached = [found for one in running for found in getattr(one, "reached", [])] + [f"{trap.what}: {came}" for trap in traps for came in trap.sprung()]
    assert not reached, f"reached: {reached}"
    for name in HONEST:
        node = getattr(testbed, name)
        wait_for(lambda node=node: testbed.pings(node), f"an echo of the target at {name}, after the attack", 20)
        wait_for(lambda node=node: "fd64:9929::" in node.run(["dig", "+short", "+time=2", "+tries=1", f"@{RELAY6}", "AAAA", "my-vps.9929"], check=False).stdout,
                 f"an answer to a question of {name}", 20)
        with testbed.sink.meet(node) as (near, far):
            near.sendall(b"hello")
            assert far.recv(5) == b"hello"


def test_a_trap_catches_who_comes(testbed):
    """The traps are where the packets would go: the relay itself reaches the metadata service behind it."""
    trap = Trap("metadata", testbed.lan, METADATA)
    testbed.relay.sh(f"exec 3<>/dev/tcp/{METADATA}/{TRAPPED}; echo probe > /dev/udp/{METADATA}/{TRAPPED}")
    assert [came.split()[0] for came in wait_for(trap.sprung, "somebody in the trap")] == ["TCP", "UDP"]
    trap.close()


def test_no_service_but_dns_listens(testbed):
    """The control sockets are files that only root and the daemons' group open: nothing of the relay listens at an address but port 53."""
    ports = {line.split()[3].rsplit(":", 1)[1] for line in testbed.relay.run("ss -Hltn").stdout.splitlines()}
    assert ports == {"53"}, f"expected port 53 alone, got {ports}"
    ask = ["/usr/bin/python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"]
    for name in ("nat64d.sock", "unbound.ctl"):
        path = testbed.lab.folder / "relay.run" / "sockets" / name
        assert testbed.relay.run([*ask, path], check=False).returncode == 0, f"root cannot connect to {path}: the test would prove nothing"
        refused = testbed.relay.run(["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", *ask, path], check=False)
        assert "PermissionError" in refused.stderr, f"anybody may connect to {path}: {refused.stderr}"
