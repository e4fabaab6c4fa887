# SPDX-License-Identifier: GPL-2.0-or-later
"""A reload ends what the fast path was told before."""
import itertools
import os
import re
import signal
import threading

from fastpath_lab import Talk, echo_until_fast, fast, path, ping, started, warm_up  # noqa: F401  (path is a fixture)
from lab import need, wait_for
from path import Path

RELOADS = int(os.environ.get("FAST_PATH_RELOADS", 100))


def reload(path, extra):
    path.settings(extra)
    before = path.daemon.text().count("translating with the new settings")
    path.daemon.send(signal.SIGHUP)
    wait_for(lambda: path.daemon.text().count("translating with the new settings") > before, "the reload", 20)


def test_a_reload_ends_what_was_decided_before(path):
    started(path)
    warm_up(path)
    reload(path, "deny-destination 100.64.0.3/32\n")
    before = fast(path)
    assert not ping(path, "-W", "2", count=3)
    assert fast(path) == before, "a packet went by the settings of before"
    assert path.drops()["destination-denied"] >= 3
    reload(path, "")
    warm_up(path)
    reload(path, "fast-path off\n")
    before = fast(path)
    assert ping(path, count=5) and fast(path) == before
    assert path.ask("info")["fast_path"] == "fast-path off"


def test_a_kernel_without_the_barrier_is_given_time(path):
    """A kernel with nohz_full refuses membarrier(2), which waits for packets that the program is at: they have some time instead."""
    need("strace")
    started(path)
    warm_up(path)
    calls = path.lab.folder / "calls"
    tracer = path.relay.start(["strace", "-f", "-p", path.daemon.pid, "-o", calls, "-e", "trace=membarrier,poll,ppoll", "-e", "inject=membarrier:error=EINVAL:when=1"], "strace")
    tracer.wait_for("attached", 20)
    reload(path, "")
    tracer.stop(signal.SIGINT)
    assert re.search(r"^(\d+) +membarrier\(MEMBARRIER_CMD_GLOBAL, 0\) += -1 EINVAL .*\n\1 +p?poll\(NULL, 0, .* = 0 \(Timeout\)", calls.read_text(), re.M), calls.read_text()
    warm_up(path)


def test_auto_after_a_start_with_off_says_what_opens_the_fast_path(path):
    assert started(path, "fast-path off\n") == "fast-path off"
    reload(path, "")
    assert path.ask("info")["fast_path"] == "fast-path off at the start; restart nat64d"
    assert ping(path, count=3) and fast(path) == (0, 0)


def test_a_pool_that_grows_says_that_a_restart_serves_all_of_it(lab):
    """The client's lease lies beyond the addresses that the pool had at the start: served, but by the device."""
    need("ip", "nft", "tc")
    path = Path(lab, pool="192.168.240.0/29")
    started(path)
    warm_up(path)
    path.relay.route("192.168.240.0/20", "dev", "nat64")
    path.pool = "192.168.240.0/20"
    path.masquerade()
    reload(path, "")
    path.daemon.wait_for("the fast path serves its first 8 addresses")
    path.ask("flush", all=True)
    before = fast(path)
    assert ping(path, count=5) and fast(path) == before
    path.finish()
    path.start()
    warm_up(path)
    assert "the fast path serves" not in path.daemon.text()
    path.finish()


def test_reloads_under_traffic_lose_nothing_and_leave_nothing_stale(path):
    """A flow that all settings allow goes on through each reload; one that every second reload denies goes by the latest."""
    path.target.address("eth0", "100.64.0.5/10")
    started(path)
    denied = "deny-destination 100.64.0.5/32\n"
    steady, marker = (Talk(path, path.CLIENT, path.TARGET, path.TARGET6) for _ in range(2))
    judged = Talk(path, path.CLIENT, "100.64.0.5", "fd64:9929::6440:5")
    lost, end, alone = [], threading.Event(), threading.Lock()

    def flow():
        for number in itertools.count():
            if lost or end.wait(0.002):
                return
            try:
                with alone:
                    steady.echo(b"datagram %d" % number)
            except (OSError, AssertionError) as error:
                lost.append(f"datagram {number}: {error!r}")

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        for number in range(RELOADS):
            path.settings(denied if number % 2 else "")
            assert "error" not in path.ask("reload")
            text = b"after reload %d" % number
            for _ in range(3):
                if number % 2:
                    judged.send(text)
                else:
                    judged.echo(text)
            if number % 2:  # not one may still wait for a worker, and go by the next settings
                denials = 3 * (number // 2 + 1)
                wait_for(lambda expected=denials: path.drops().get("destination-denied") == expected, f"{denials} denied datagrams", 20)
            if number % 10 == 0:
                with alone:
                    echo_until_fast(path, judged, text)
                    echo_until_fast(path, marker, text)
            marker.echo(text)
            assert judged.waiting() == [], f"after reload {number}: by the settings of before"
            assert not lost, f"around reload {number}: {lost[0]}"
    finally:
        end.set()
        thread.join()
    assert judged.waiting() == [] and not lost
    for talk in (steady, marker, judged):
        talk.close()
