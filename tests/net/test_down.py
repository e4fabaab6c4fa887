# SPDX-License-Identifier: GPL-2.0-or-later
"""down leaves the machine as it was before up, compared object by object: links, addresses, routes, rules, rules of nf_tables, sysctls, files.

What happens between the two is what happens on machines: up twice, settings that change, an up that is killed on its way, somebody else at work.
The assignments of clients, in data-dir, stay: they are meant to (nat64-relay(8)).
"""

from lab import wait_for
from relay_state import differences
from relay_lab import relay  # noqa: F401  (relay is a fixture)
from down_lab import as_before, configure, fresh, machine

CHANGED = {"split_domain": ["9930 real.test"], "prefix": ["fd64:9930::/96", "fd64:9931::/96"], "dynamic_pool": "192.168.224.0/20"}


def test_twice_up_and_other_settings(relay):  # noqa: F811
    before = fresh(relay)
    relay.expect(0, "up")
    relay.expect(0, "up")
    relay.expect(0, "down")
    as_before(relay, before, "up twice, down")
    relay.expect(0, "up")
    configure(relay, **CHANGED)
    relay.expect(0, "up")
    assert "fd64:9931::/96" in relay.node.run("ip -6 route").stdout
    relay.config.write_text("this is no setting\n" + f"runtime-dir {relay.lab.folder}/relay.run\n")
    relay.expect(0, "down")
    as_before(relay, before, "other settings, then a broken file, down")


def test_run_with_a_reload_of_everything(relay):  # noqa: F811
    before = fresh(relay)
    process = relay.run()
    relay.client.run("ping -n -c 1 -W 2 fd64:9929::6440:3", check=False)
    configure(relay, **CHANGED)
    relay.expect(0, "reload")
    assert process.stop() == 0
    as_before(relay, before, "run, reload, the end")


def test_an_up_that_is_killed_on_its_way(relay):  # noqa: F811
    """SIGKILL as soon as a part is there: the table, the remembered sysctls, the device, the resolver's settings; down takes away what is."""
    before = fresh(relay)
    folder = relay.lab.folder / "relay.run"
    points = {
        "the lock": lambda: (folder / "lock").exists(),
        "the table": lambda: "nat64-relay" in relay.node.run("nft list tables").stdout,
        "the device": lambda: relay.node.run("ip link show nat64", check=False).returncode == 0,
        "a sysctl": (folder / "sysctl.json").exists,
        "unbound.conf": (folder / "unbound.conf").exists,
    }
    for name, reached in points.items():
        process = relay.node.start([relay.program, "-c", relay.config, "up"], f"up-{name.split()[-1]}", env=relay.environment)
        wait_for(lambda: reached() or not process.alive, name, 60, 0.002)
        process.kill()
        relay.expect(0, "down")
        as_before(relay, before, f"up killed at {name}, down")
    relay.expect(0, "up")
    relay.expect(0, "down")
    as_before(relay, before, "a whole up after all that")


def test_what_somebody_else_did_meanwhile_stays(relay):  # noqa: F811
    before = fresh(relay)
    relay.expect(0, "up")
    relay.node.run("ip rule add priority 5200 to 10.9.9.0/24 lookup main")
    relay.node.run("ip route add 10.9.9.0/24 dev tailscale0")
    relay.node.run("nft add table inet mine")
    relay.node.sysctl(net__ipv4__conf__tailscale0__rp_filter=2, net__ipv4__conf__all__rp_filter=2)
    relay.expect(0, "down")
    found = differences(before, machine(relay))
    theirs = ("10.9.9.0", "'mine'", "rp_filter")
    assert all(any(word in line for word in theirs) for line in found), "\n".join(found)
    assert sum("new: " in line for line in found) == 5, "\n".join(found)
    relay.node.run("ip rule del priority 5200")
    relay.node.run("ip route del 10.9.9.0/24 dev tailscale0")
    relay.node.run("nft delete table inet mine")
    relay.node.sysctl(net__ipv4__conf__tailscale0__rp_filter=0, net__ipv4__conf__all__rp_filter=0)
    found = [line for line in differences(before, machine(relay)) if "rp_filter" not in line]
    assert found == [], "\n".join(found)
