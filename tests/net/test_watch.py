# SPDX-License-Identifier: GPL-2.0-or-later
"""Self-repair: what watch (and run, which is the same loop) does when somebody takes away what a relay stands on.

Three hosts on veth, as in relay_lab.py. For watch the two daemons are services: a systemctl of the test's own, first in PATH, starts and
stops them, and keeps a log of what it was asked.
"""
import json
import os
import signal
import socket
import threading
import time

import lab
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)
from watch_lab import ANSWER, POOL, PREFIX, PUT_BACK, is_whole, pong, said, state_of, tailscaled_of, take, watched  # noqa: F401  (watched is a fixture)



def test_each_thing_that_is_taken_away_is_put_back(relay):  # noqa: F811
    before = relay.snapshot()
    process = relay.run()
    take(relay, process, f"ip -6 route del {PREFIX} dev nat64", f"route {PREFIX} dev nat64 ")
    take(relay, process, f"ip route del {POOL} dev nat64", f"route {POOL} dev nat64 ")
    take(relay, process, "ip -6 rule del pref 5200", f"rule 5200: to {PREFIX} lookup main ")
    take(relay, process, "ip rule del pref 5200", f"rule 5200: to {POOL} lookup main ")
    take(relay, process, "nft flush ruleset", r"nftables table inet nat64-relay \(it was ")
    take(relay, process, "nft flush chain inet nat64-relay forward", r"nftables table inet nat64-relay \(it was changed")
    assert said(process, PUT_BACK + r"nftables table .*, by nft \(pid") >= 1, process.tail()  # a look that has just begun may not know whom to blame
    take(relay, process, "ip address del 192.168.240.2/32 dev nat64", "address 192.168.240.2/32 dev nat64 ")
    take(relay, process, "sysctl -qw net.ipv4.ip_forward=0", "net.ipv4.ip_forward = 1 ")
    take(relay, process, "sysctl -qw net.ipv6.conf.all.forwarding=0", "net.ipv6.conf.all.forwarding = 1 ")
    take(relay, process, "sysctl -qw net.ipv6.conf.nat64.addr_gen_mode=0", "net.ipv6.conf.nat64.addr_gen_mode = 1 ")  # sends no notice
    take(relay, process, "ip link set nat64 down", r"nat64 up, MTU 65535 \(it was gone, with \d+ more on it")
    take(relay, process, f"rm {relay.lab.folder}/relay.run/unbound.conf", "the generated unbound.conf ")
    assert pong(relay), process.tail()
    repairs = state_of(relay)["repairs"]
    assert repairs["table"] == 2 and repairs["rule"] == 2 and repairs["file"] == 1 and repairs["route"] >= 2, repairs
    assert f'nat64_relay_repairs_total{{kind="table"}} {repairs["table"]}' in relay.expect(0, "metrics")
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


def test_a_deleted_device_comes_back_with_its_translator(relay):  # noqa: F811
    before = relay.snapshot()
    process = relay.run()
    assert pong(relay)
    for _ in range(2):
        take(relay, process, "ip link del nat64", r"device nat64 \(it was gone, with \d+ more on it")
        lab.wait_for(lambda: pong(relay, 1), "a pong over the new device", 20)
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_conflict_is_repaired_ever_more_rarely(relay):  # noqa: F811
    """A loop that removes a route each 50 ms: five times it comes back at once, then ever more rarely, and two lines tell of it all."""
    process = relay.run()
    holder = state_of(relay)["pid"]
    spent = cpu_seconds(holder)
    foe = relay.node.start(["bash", "-c", f"while :; do ip -6 route del {PREFIX} dev nat64 2>/dev/null; sleep 0.05; done"], "foe")
    process.wait_for("another program keeps removing: route", 30)
    time.sleep(4)
    assert state_of(relay)["conflicts"] == 1
    foe.stop()
    spent = cpu_seconds(holder) - spent
    assert said(process, PUT_BACK + "route") == 5 and said(process, "another program keeps removing") == 1, process.tail()
    assert spent < 4, f"the conflict took {spent} s of the processor"
    lab.wait_for(lambda: is_whole(relay), "the route after the conflict", 60)
    take(relay, process, "ip -6 rule del pref 5200", f"rule 5200: to {PREFIX} ")  # others are put back at once all the while
    assert process.stop() == 0, process.tail()


def test_an_obstacle_is_said_once_and_waited_for(relay):  # noqa: F811
    process = relay.run()
    relay.node.sh(f"ip -6 route del {PREFIX} dev nat64; ip -6 route add {PREFIX} dev tailscale0")
    process.wait_for(r"cannot restore a missing item: .*the route fd64:9929::/96 leads to tailscale0", 20)
    time.sleep(1)
    assert said(process, "cannot restore") == 1, process.tail()
    assert "leads to tailscale0" in state_of(relay)["obstacle"]
    relay.node.run(f"ip -6 route del {PREFIX} dev tailscale0")
    process.wait_for("the obstacle is gone", 30)
    assert is_whole(relay) and process.stop() == 0, process.tail()


def state_file(relay):
    return json.loads((relay.lab.folder / "relay.run" / "watch.json").read_text())


def test_a_silent_resolver_is_sickness(relay):  # noqa: F811
    process = relay.run()
    assert state_of(relay)["health"] == "healthy"
    resolver = relay.child("unbound")
    os.kill(resolver, signal.SIGSTOP)
    try:
        process.wait_for(r"unhealthy: the resolver does not answer on 100\.64\.0\.1", 40)
        # status would ask the resolver as well, and wait for it: run ends one by force that is silent for 30 s
        lab.wait_for(lambda: state_file(relay)["health"] == "unhealthy", "the file that follows the line")
        assert "resolver" in state_file(relay)["why"], state_file(relay)
        assert 'nat64_relay_healthy{part="watch"} 0' in relay.expect(0, "metrics")
        take(relay, process, f"ip -6 route del {PREFIX} dev nat64", f"route {PREFIX} ")  # even while tailscaled hangs
    finally:
        os.kill(resolver, signal.SIGCONT)
    process.wait_for("healthy again", 40)
    assert relay.child("unbound") == resolver and pong(relay)
    assert process.stop() == 0, process.tail()


def test_a_stopped_translator_is_noticed_by_its_pulse(relay):  # noqa: F811
    with tailscaled_of(relay) as tailscaled:
        process = relay.run()
        lab.wait_for(lambda: PREFIX in tailscaled.routes, f"the advertised route\n{process.tail()}")
        translator = relay.child("nat64d")
        os.kill(translator, signal.SIGSTOP)
        try:
            process.wait_for("unhealthy: the translator has stopped: it answers neither echo requests nor its control socket", 40)
            lab.wait_for(lambda: PREFIX not in tailscaled.routes, f"the withdrawn route\n{process.tail()}")
        finally:
            os.kill(translator, signal.SIGCONT)
        process.wait_for("healthy again", 40)
        lab.wait_for(lambda: PREFIX in tailscaled.routes, f"the route again\n{process.tail()}")
        assert relay.child("nat64d") == translator and said(process, "unhealthy: ") == 1, process.tail()
        assert process.stop() == 0, process.tail()


def test_lost_echo_requests_alone_do_not_mean_that_the_translator_has_stopped(relay):  # noqa: F811
    with tailscaled_of(relay) as tailscaled:
        process = relay.run()
        lab.wait_for(lambda: PREFIX in tailscaled.routes, f"the advertised route\n{process.tail()}")
        relay.node.sh("nft 'add table ip6 block; add chain ip6 block input { type filter hook input priority -300; }; "
                      "add rule ip6 block input icmpv6 type echo-reply drop'")
        process.wait_for("unhealthy: the translator does not answer an echo request", 60)  # by three looks, as ever
        assert said(process, "has stopped") == 0, process.tail()
        relay.node.sh("nft delete table ip6 block")
        process.wait_for("healthy again", 40)
        assert process.stop() == 0, process.tail()


def test_without_a_raw_socket_there_is_no_pulse_and_the_loop_sleeps(relay):  # noqa: F811
    """As in a container that may not open one: what cannot beat is not due all the time."""
    with tailscaled_of(relay) as tailscaled:
        command = ["setpriv", "--bounding-set", "-net_raw", relay.program, "-c", relay.config, "run"]
        process = relay.node.start(command, "unprivileged", env=relay.environment)
        lab.wait_for(lambda: PREFIX in tailscaled.routes, f"the advertised route\n{process.tail()}")
        process.wait_for("ready after", 30)
        states = []
        for _ in range(200):
            states += open(f"/proc/{state_file(relay)['pid']}/stat").read().rsplit(")", 1)[1].split()[0]
            time.sleep(0.03)
        assert states[100:].count("S") > 50, "".join(states)
        assert process.stop() == 0, process.tail()


def test_systemd_hears_of_the_loop_all_the_while(relay):  # noqa: F811
    where, heard = relay.lab.folder / "notify.sock", []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(where))
        threading.Thread(target=lambda: heard.extend(iter(lambda: notified.recv(500).decode(), "end")), daemon=True).start()
        process = relay.node.start([relay.program, "-c", relay.config, "run"], "notified",
                                   env={**relay.environment, "NOTIFY_SOCKET": where, "WATCHDOG_USEC": 500000})
        lab.wait_for(lambda: "READY=1\nSTATUS=The relay works." in heard, f"READY\n{process.tail()}", 30)
        ready = heard.index("READY=1\nSTATUS=The relay works.")
        lab.wait_for(lambda: heard[ready:].count("WATCHDOG=1") > 3, "signs of life of a loop that has nothing to do", 30)
        assert process.stop() == 0 and "STOPPING=1" in heard, heard
        notified.sendto(b"end", str(where))


def test_the_watchdog_does_not_limit_the_start(watched):
    """systemd counts from the first sign of life, and a machine that boots may take longer than that for all that has to be put in place."""
    where = watched.lab.folder / "notify.sock"
    watched.environment |= {"NOTIFY_SOCKET": str(where), "WATCHDOG_USEC": "500000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(where))
        notified.settimeout(60)
        process = watched.watch()
        assert notified.recv(500).decode() == "READY=1\nSTATUS=Everything is in place; the daemons start."
        while notified.recv(500) != b"WATCHDOG=1":
            pass
        assert process.stop() == 0, process.tail()


def test_a_resolver_is_judged_by_the_way_that_is_open(relay):  # noqa: F811
    """A firewall that drops UDP port 53 does not make a healthy resolver unhealthy: its routes stay, and nobody ends it."""
    relay.node.sh("nft 'add table inet block; add chain inet block input { type filter hook input priority -300; }; "
                  "add rule inet block input udp dport 53 drop'")
    process = relay.run()
    process.wait_for("the resolver answers over TCP, but not over UDP: a firewall drops UDP port 53", 40)
    assert state_of(relay)["health"] == "healthy" and said(process, "unhealthy") == 0, process.tail()
    assert "port 53 answers over TCP, but not over UDP" in relay.expect(1, "status")
    relay.node.sh("nft delete table inet block")
    process.wait_for("the resolver answers over UDP again", 40)
    assert said(process, "over TCP, but not over UDP") == 1 and said(process, "killing it") == 0, process.tail()
    assert process.stop() == 0, process.tail()


def test_watch_and_its_services(watched):
    """All is put in place, then the services are started; one that is killed is carried on with; in the end nothing is left."""
    before = watched.snapshot()
    first = watched.watch()
    first.wait_for("ready after", 60)
    lab.wait_for(lambda: pong(watched, 1), "a pong", 20)
    assert watched.ask("my-vps.9929") == [ANSWER]
    daemons = watched.child("nat64d"), watched.child("unbound")
    first.kill()
    assert pong(watched) and watched.ask("my-vps.9929") == [ANSWER], "the relay goes on without its watch"
    watched.node.run("nft flush ruleset")
    second = watched.watch()
    second.wait_for("ready after", 60)
    assert " added          nftables table" in second.text() and " added          device" not in second.text(), second.text()
    assert (watched.child("nat64d"), watched.child("unbound")) == daemons or watched.log.read_text().count("start") == 2
    take(watched, second, f"ip -6 route del {PREFIX} dev nat64", f"route {PREFIX} ")
    assert "watch: healthy" in watched.expect(0, "status", "--verbose")
    assert second.stop(timeout=40) == 0, second.tail()
    assert watched.log.read_text().splitlines()[-1] == "--quiet stop nat64d.service resolver.service"
    same(before, watched.snapshot(), "after watch has ended")


def test_watch_waits_for_what_it_stands_on(watched):
    """An overlay that has no address yet, and a file with the wrong one: said once each, and no failure."""
    watched.node.run(f"ip address del {watched.hosts.RELAY4}/10 dev tailscale0")
    before = watched.snapshot()
    process = watched.watch()
    process.wait_for(r"waiting: edge-address 100\.64\.0\.1 is not an address of this node", 30)
    same(before, watched.snapshot(), "while watch waits")
    text = watched.config.read_text()
    watched.config.write_text(text + "nonsense here\n")
    process.wait_for('waiting: .*unknown directive "nonsense"', 30)
    watched.config.write_text(text)
    watched.node.address("tailscale0", f"{watched.hosts.RELAY4}/10")
    process.wait_for("ready after", 60)
    assert said(process, "waiting: edge-address") <= 2, process.text()
    assert process.stop(timeout=40) == 0, process.tail()


def test_watch_that_waits_can_be_ended(watched):
    watched.node.run(f"ip address del {watched.hosts.RELAY4}/10 dev tailscale0")
    before = watched.snapshot()
    process = watched.watch()
    process.wait_for("waiting: ", 30)
    assert process.stop() == 0, process.tail()
    same(before, watched.snapshot(), "after a watch that only waited")
    assert not watched.log.exists(), "services were started or stopped for nothing"


def test_reload_is_followed(watched):
    process = watched.watch()
    process.wait_for("ready after", 60)
    watched.config = watched.settings(prefix=[PREFIX, "fd64:aaaa::/96"])
    assert "The relay has the new settings." in watched.expect(0, "reload")
    process.wait_for("watching with the new settings", 30)
    take(watched, process, "ip -6 route del fd64:aaaa::/96 dev nat64", "route fd64:aaaa::/96 dev nat64 ")
    text = watched.expect(2, "down")
    assert "is running" in text, text
    assert process.stop(timeout=40) == 0, process.tail()


def test_another_address_and_another_suffix_are_told(relay):  # noqa: F811
    """After a new login tailscaled may have both: the lines that are no longer true are named, and reload mends it all."""
    with tailscaled_of(relay) as tailscaled:
        process = relay.run()
        assert tailscaled.routes == [PREFIX]
        tailscaled.addresses, tailscaled.suffix = ["100.64.0.9", "fd7a:115c:a1e0::1"], "other.test"
        relay.node.run("ip address del 100.64.0.1/10 dev tailscale0")
        relay.node.address("tailscale0", "100.64.0.9/10")
        process.wait_for(r"relay\.conf is no longer true: .*edge-address 100\.64\.0\.1 is 100\.64\.0\.9 now", 60)
        process.wait_for(r"line \d+: split-domain 9929 real\.test: the tailnet's suffix is other\.test now", 60)
        process.wait_for(f"withdrawn: {PREFIX}", 60)
        assert tailscaled.routes == [] and "edge-address" in state_of(relay)["mismatch"]
        relay.config = relay.settings(advertise_prefix=None, tailscale_socket=relay.lab.folder / "tailscaled.sock", split_domain="9929 other.test",
                                      upstream_dns="other.test 127.0.0.1@5300", edge_address=["100.64.0.9", "fd7a:115c:a1e0::1"])
        relay.command("reload")  # the resolver of run has no right to the new address any more: watch starts it anew
        process.wait_for("healthy again", 90)
        lab.wait_for(lambda: tailscaled.routes == [PREFIX], "the route in tailscaled", 30)
        lab.wait_for(lambda: state_of(relay)["mismatch"] == "", "nothing that is no longer true", 30)
        assert process.stop(timeout=40) == 0, process.tail()
    assert tailscaled.routes == []
