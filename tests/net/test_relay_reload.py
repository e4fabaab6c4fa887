# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay reload: another relay.conf for a relay that is up, under run and without; and the end by the settings that are in force."""
import contextlib
import os
import queue
import re
import shutil
import signal
import socket
import struct
import threading
import time

import dns.message
import dns.rdataclass
import dns.rdatatype
import pytest
import traffic
from lab import wait_for
from resolver import UNBOUND
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)
from reload_lab import ANSWER, NAME, change, one_descriptor, pong



def answers(relay, expected):
    wait_for(lambda: relay.ask(NAME) == expected, f"{expected} as the address of {NAME}, got {relay.ask(NAME)}", 20)


@contextlib.contextmanager
def at_work(state, *works):
    """A thread for each, until the block ends: state["stop"] tells them."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        state["stop"] = True
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def flow(relay):
    """Numbered datagrams there and back for as long as the block runs; afterwards none may have been lost or overtaken."""
    target = relay.hosts.TARGET4
    with traffic.listen(relay.target, target, socket.SOCK_DGRAM) as far, \
            traffic.connect(relay.client, ANSWER, far.getsockname()[1], socket.SOCK_DGRAM) as near:
        near.send(b"0")  # from its first answer on a flow stays in order (nat64/daemon/flow.c)
        text, peer = far.recvfrom(100)
        far.sendto(text, peer)
        near.recv(100)
        far.settimeout(0.2)
        near.settimeout(0.2)
        state = {"stop": False, "sent": 0, "got": [], "until": None}

        def under_way():
            """May something come yet?"""
            return state["until"] is None or (len(state["got"]) < state["sent"] and time.monotonic() < state["until"])

        def echo():
            while under_way():
                with contextlib.suppress(OSError):
                    text, peer = far.recvfrom(100)
                    far.sendto(text, peer)

        def take():
            while under_way():
                with contextlib.suppress(OSError):
                    state["got"].append(int(near.recv(100)))

        def send():
            try:
                while not state["stop"]:
                    state["sent"] += 1
                    near.send(b"%d" % state["sent"])
                    time.sleep(0.002)
            finally:
                state["until"] = time.monotonic() + traffic.UNDER_WAY
        with at_work(state, echo, take, send):
            yield state
    expected = list(range(1, state["sent"] + 1))
    assert state["got"] == expected, f"{len(expected)} datagrams were sent, {len(state['got'])} came; first lost {sorted(set(expected) - set(state['got']))[:5]}"


def test_reload_under_run(relay):  # noqa: F811
    """More of everything: a second split domain, another prefix, a larger pool around the old one. A flow loses nothing."""
    before = relay.snapshot()
    process = relay.run()
    answers(relay, [ANSWER])
    assert pong(relay, ANSWER)
    translator, resolver = relay.child("nat64d"), relay.child("unbound")
    with flow(relay) as state:
        wait_for(lambda: state["got"], "the flow's begin")
        change(relay, split_domain=["9929 real.test", "fast.test real.test"], prefix=["fd64:9929::/96 9929", "fd64:aaaa::/96"],
               advertise_prefix="none")
        relay.client.route("fd64:aaaa::/96", "via", relay.hosts.RELAY6)
        text = relay.expect(0, "reload")
    assert "The relay has the new settings." in text and "route fd64:aaaa::/96 dev nat64" in text
    wait_for(lambda: relay.ask("my-vps.fast.test") == ["fd64:aaaa::6440:3"], "the new domain's answer", 20)
    assert pong(relay, "fd64:aaaa::6440:3") and pong(relay, ANSWER)
    assert (relay.child("nat64d"), relay.child("unbound")) == (translator, resolver), "a daemon was restarted"
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


def test_reloads_lose_no_datagram(relay):  # noqa: F811
    """The sets of the guard change each time, and the rules with them: no packet meets new rules whose sets are still empty (nftables/exchange.c)."""
    process = relay.run()
    answers(relay, [ANSWER])
    with flow(relay) as state:
        wait_for(lambda: state["got"], "the flow's begin")
        for turn in range(6):
            change(relay, prefix=["fd64:9929::/96", "fd64:aaaa::/96"] if turn % 2 == 0 else "fd64:9929::/96", advertise_prefix="none",
                   deny_destination=[f"100.64.9.{turn}/32", "10.66.0.0/16"], allow_source="fd7a:115c:a1e0::/64" if turn == 3 else None)
            relay.expect(0, "reload")
    assert process.stop() == 0, process.tail()


def test_another_edge_address_starts_the_resolver_once(relay):  # noqa: F811
    """It is judged by the new address at once: nothing is withdrawn, and nobody is told of a failure."""
    process = relay.run()
    answers(relay, [ANSWER])
    relay.node.address("tailscale0", "100.64.0.9/10")
    starts = process.text().count("start of service")
    change(relay, edge_address="100.64.0.9")
    assert "The relay has the new settings." in relay.expect(0, "reload")
    process.wait_for("watching with the new settings", 40)
    looked = time.monotonic() + 8  # every five seconds
    wait_for(lambda: time.monotonic() > looked, "looks by the new settings", 20)
    assert process.text().count("start of service") == starts + 1, process.tail()
    assert "unhealthy" not in process.text() and "killing it" not in process.text(), process.tail()
    relay.expect(0, "status")
    assert process.stop() == 0, process.tail()


def test_hangup_reloads_run(relay):  # noqa: F811
    process = relay.run()
    assert pong(relay, ANSWER)
    change(relay, deny_destination="100.64.0.3/32")
    process.send(signal.SIGHUP)
    process.wait_for("The relay has the new settings.", 30)
    assert not pong(relay, ANSWER, 2) and process.alive
    change(relay, prefixx="fd64::/96")
    process.send(signal.SIGHUP)
    process.wait_for('unknown directive "prefixx"', 30)
    change(relay)
    process.send(signal.SIGHUP)
    wait_for(lambda: process.text().count("The relay has the new settings.") == 2, "the third reload", 30)
    assert pong(relay, ANSWER)
    assert process.stop() == 0, process.tail()


@pytest.mark.parametrize("changes, words", [
    ({"prefixx": "fd64::/96"}, ['unknown directive "prefixx"', "line "]),
    ({"tun_device": "other", "workers": "3"}, ["tun-device cannot change", "workers cannot change"]),
    ({"edge_address": "100.64.7.7"}, ["edge-address 100.64.7.7 is not an address of this node"]),
    ({"dynamic_pool": "100.64.0.0/16"}, ["overlaps 100.64.0.0/10"]),
])
def test_what_is_refused_changes_nothing(relay, changes, words):  # noqa: F811
    process = relay.run()
    before = relay.snapshot()
    change(relay, **changes)
    text = relay.expect(2, "reload")
    for word in words:
        assert word in text, f"expected {word!r}, got\n{text}"
    same(before, relay.snapshot(), "after a refused reload")
    assert relay.ask(NAME) == [ANSWER] and pong(relay, ANSWER)
    change(relay)
    assert process.stop() == 0


def test_a_translator_that_refuses_brings_the_old_settings_back(relay):  # noqa: F811
    """A nat64d that cannot open the file: rules and routes were exchanged by then, and are as before in the end."""
    process = relay.run()
    before = relay.snapshot()
    change(relay, prefix=["fd64:9929::/96", "fd64:aaaa::/96"])
    with one_descriptor(relay.child("nat64d")):
        text = relay.expect(1, "reload")
    assert "cannot be opened: Too many open files" in text and "Restoring" in text, text
    same(before, relay.snapshot(), "after a reload that the translator refused")
    assert "fd64:aaaa" not in (relay.lab.folder / "relay.run" / "relay.conf").read_text(), "the copy of what is in force has the refused settings"
    assert pong(relay, ANSWER) and relay.ask(NAME) == [ANSWER]
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert process.stop() == 0


def test_nothing_to_reload(relay):  # noqa: F811
    assert "no relay is up" in relay.expect(2, "reload")
    assert "this needs root" in relay.expect(2, "reload", before=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"])


def test_without_a_translator(relay):  # noqa: F811
    """After up alone no daemon runs: reload says so, and everything is as before."""
    relay.expect(0, "up")
    before = relay.snapshot()
    change(relay, prefix=["fd64:9929::/96", "fd64:aaaa::/96"])
    text = relay.expect(2, "reload")
    assert "nat64d does not run" in text and "the old settings stay in force" in text, text
    same(before, relay.snapshot(), "after a reload without a translator")
    relay.expect(0, "down")


def test_down_by_what_is_in_force(relay):  # noqa: F811
    """The file was changed, then broken, then removed since up: down takes away what up put there."""
    before = relay.snapshot()
    for spoil in (lambda: change(relay, prefix="fd64:bbbb::/96", tun_device="other"),
                  lambda: relay.config.write_text(relay.config.read_text() + "nonsense here\n"),
                  lambda: relay.config.write_text("runtime-dir " + re.search(r"runtime-dir (\S+)", relay.config.read_text())[1] + "\nprefix")):
        change(relay)
        relay.expect(0, "up")
        spoil()
        relay.expect(0, "down")
        same(before, relay.snapshot(), "after down")
    text = relay.expect(2, "down")
    assert "prefix has 0 arguments" in text, f"without a copy the broken file is told, got\n{text}"


def test_run_ends_by_what_is_in_force(relay):  # noqa: F811
    before = relay.snapshot()
    process = relay.run()
    change(relay, prefix="fd64:bbbb::/96")
    relay.expect(0, "reload")
    relay.config.write_text("nonsense\n")
    assert process.stop() == 0, process.tail()
    same(before, relay.snapshot(), "after run has ended")


@pytest.mark.parametrize("name", ["current", "gen-1", "gen-1/relay.conf", "gen-1/maps"])
def test_settings_that_a_daemon_has_planted_are_not_believed(relay, name):  # noqa: F811
    """Its user cannot plant any; what is that user's, however it came there, is not believed."""
    relay.expect(0, "up")
    runtime = relay.lab.folder / "relay.run"
    plant = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "ln", "-s", "/tmp", runtime / "gen-1" / "x"]
    assert os.readlink(runtime / "current") == "gen-1" and "Permission denied" in relay.node.run(plant, check=False).stderr
    relay.node.run(["chown", "-h", "nobody:nogroup", runtime / name])
    assert "no relay is up" in relay.expect(2, "reload")
    relay.expect(0, "down")
    assert not runtime.exists()


@contextlib.contextmanager
def slow_upstream(node, port, seconds=0.02):
    """A name server in the namespace of a node that knows an A record of each name, and says so after a while."""
    with node.inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", port))
    sock.settimeout(0.5)
    state, due = {"stop": False, "asked": 0}, queue.SimpleQueue()

    def take():
        while not state["stop"]:
            with contextlib.suppress(TimeoutError):
                due.put((time.monotonic() + seconds, *sock.recvfrom(1000)))
        due.put(None)

    def answer():
        while one := due.get():
            time.sleep(max(0, one[0] - time.monotonic()))
            question = one[1][12:one[1].index(b"\0", 12) + 5]
            state["asked"] += 1
            sock.sendto(one[1][:2] + struct.pack("!HHHHH", 0x8580, 1, 1, 0, 0) + question +
                        struct.pack("!HHHIH4B", 0xc00c, dns.rdatatype.A, dns.rdataclass.IN, 60, 4, 100, 64, 0, 3), one[2])
    with sock, at_work(state, take, answer):
        yield state


@contextlib.contextmanager
def asking(relay, rate=500, name=lambda number: NAME):
    """Ask so often a second, each question once. The dict that is yielded has, afterwards, how many were sent, and who was not answered."""
    state = {"sent": 0, "unanswered": set(), "stop": False}
    with relay.client.inside():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.connect((relay.hosts.RELAY6, 53))
    sock.settimeout(2)  # that is when a client asks again

    def ask():
        while not state["stop"]:
            state["sent"] += 1
            state["unanswered"].add(state["sent"])
            sock.send(dns.message.make_query(name(state["sent"]), "AAAA", id=state["sent"] % 65536).to_wire())
            time.sleep(1 / rate)

    def take():
        while not state["stop"] or state["unanswered"]:
            try:
                state["unanswered"].discard(dns.message.from_wire(sock.recv(65535)).id)
            except TimeoutError:
                if state["stop"]:
                    return
    with sock, at_work(state, ask, take):
        yield state


def questions(relay):
    """How many Unbound has been asked since it began, and since it was last reloaded."""
    control = [f"{UNBOUND}-control", "-c", str(relay.lab.folder / "relay.run" / "unbound.conf")]
    return int(re.search(r"^total.num.queries=(\d+)", relay.node.run([*control, "stats_noreset"]).stdout, re.M)[1])


def test_the_resolver_is_left_alone_when_nothing_of_dns_changes(relay):  # noqa: F811
    """No question is lost, and the cache stays; a change of DNS, and own lines, are read."""
    process = relay.run()
    answers(relay, [ANSWER])
    with asking(relay) as state:
        for limit in (1000, 900, 900):
            change(relay, icmp_rate=limit)
            text = relay.expect(0, "reload")
            assert "The relay has the new settings." in text and "resolver" not in text
    assert (state["sent"] > 100, state["unanswered"]) == (True, set())
    assert questions(relay) >= state["sent"], "Unbound has begun anew"
    change(relay, split_domain=["9929 real.test", "fast.test real.test"])
    assert "resolver: has the new settings" in relay.expect(0, "reload")
    wait_for(lambda: relay.ask("my-vps.fast.test") == ["fd64:9929::6440:3"], "the new domain's answer", 20)
    assert questions(relay) < state["sent"]
    assert process.stop() == 0, process.tail()


RELOADS, RATE, DELAY = 5, 50, 0.4  # 20, 500, 0.02 is what the manual tells of


def test_reloads_lose_no_question(relay):  # noqa: F811
    """Half of the questions are about names that are in no cache: some look-ups are under way at any time."""
    with slow_upstream(relay.node, 5301, DELAY) as upstream:
        change(relay, upstream_dns="real.test 127.0.0.1@5301")
        process = relay.run()
        answers(relay, [ANSWER])
        with asking(relay, RATE, name=lambda number: NAME if number % 2 else f"n{number}.9929") as state:
            for number in range(RELOADS):
                change(relay, upstream_dns="real.test 127.0.0.1@5301", split_domain=["9929 real.test", f"fast{number}.test real.test"])
                assert "resolver: has the new settings" in relay.expect(0, "reload")
        print(f"{len(state['unanswered'])} of {state['sent']} questions were not answered, {upstream['asked']} came to the upstream")
        assert upstream["asked"] > state["sent"] / 4, "most look-ups were none"
        assert state["unanswered"] == set()
        assert process.stop() == 0, process.tail()


def test_a_reload_between_an_upgrade_and_the_restart(relay):  # noqa: F811
    """The programs that run are those of the files that were replaced: they are the relay's own still."""
    text = relay.config.read_text()
    for path in re.findall(r"^(?:translator|unbound)-program (\S+)", text, re.M):
        copy = shutil.copy(path, relay.lab.folder)
        text = text.replace(f"-program {path}", f"-program {copy}")
    relay.config.write_text(text)
    process = relay.run()
    for name in ("nat64d", "unbound"):
        shutil.copy(relay.lab.folder / name, relay.lab.folder / "new")
        os.replace(relay.lab.folder / "new", relay.lab.folder / name)
        assert os.readlink(f"/proc/{relay.child(name)}/exe") == f"{relay.lab.folder / name} (deleted)"
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert "in use by" not in relay.expect(0, "check", "--conflicts")
    assert relay.ask(NAME) == [ANSWER] and process.stop() == 0, process.tail()
