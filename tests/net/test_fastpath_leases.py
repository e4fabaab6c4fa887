# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path and leases that end, or go from client to client: no packet takes a lease that is another's."""
import os
import socket

import traffic
from fastpath_flood import Flood
from fastpath_lab import Talk, echo_until_fast, fast, path, ping, started, warm_up  # noqa: F401  (path is a fixture)
from lab import need, wait_for
from path import Path

REASSIGNMENTS = int(os.environ.get("FAST_PATH_REASSIGNMENTS", 10))
FLOOD = int(os.environ.get("FAST_PATH_FLOOD", 20000))  # packets


def test_a_flushed_lease_leaves_the_fast_path_first(path):
    started(path)
    warm_up(path)
    (client6, client4), = path.leases().items()
    assert "error" not in path.ask("flush", address=client4)
    assert path.leases() == {}
    before = fast(path)
    assert ping(path)
    assert fast(path)[0] == before[0], "a packet went by a lease that is gone"
    assert client6 in path.leases()
    warm_up(path)


def test_a_lease_that_goes_over_takes_no_packet_along(lab):
    """One address for two clients in turns, both with pairs in the fast path: its holder alone sends from it, and hears what comes to it."""
    need("ip", "nft", "tc")
    path = Path(lab, pool="192.168.240.0/30")
    path.relay.run("nft delete table ip test")
    path.target.route(path.pool, "via", path.GATEWAY4)
    other = "fd00:c::6"
    path.client.address("eth0", other + "/64")
    started(path)
    assert path.ask("counters")["leases_usable"] == 1
    talks, strays = [Talk(path, near, path.TARGET, path.TARGET6) for near in (path.CLIENT, other)], 0
    for number in range(REASSIGNMENTS):
        holder, loser = talks[number % 2], talks[1 - number % 2]
        lent = holder.echo(b"turn %d begins" % number)
        for each in range(10):
            loser.send(b"turn %d, stray %d" % (number, each))
            assert holder.echo(b"turn %d, datagram %d" % (number, each)) == lent
        strays += 10
        echo_until_fast(path, holder, b"turn %d" % number)
        wait_for(lambda: path.ask("counters")["leases_refused_full"] == strays, f"{strays} refused packets of who holds no lease")
        assert loser.waiting() == [] and holder.waiting() == [], "a packet of another client"
        assert path.leases() == {holder.near.getsockname()[0]: lent}
        assert "error" not in path.ask("flush", address=lent)
    for talk in talks:
        assert talk.waiting() == []
        talk.close()
    path.finish()


def test_no_packet_of_one_client_reaches_another(lab):
    """Two clients and the target send as fast as they can while the one address goes from client to client."""
    need("ip", "nft", "tc")
    path = Path(lab, pool="192.168.240.0/30")
    path.relay.run("nft delete table ip test")
    path.target.route(path.pool, "via", path.GATEWAY4)
    clients = [path.CLIENT, "fd00:c::6"]
    path.client.address("eth0", clients[1] + "/64")
    started(path)
    flood = Flood()
    far = traffic.listen(path.target, path.TARGET, socket.SOCK_DGRAM)
    near = [traffic.listen(path.client, address, socket.SOCK_DGRAM, 4711) for address in clients]
    near[0].sendto(b"", (path.TARGET6, far.getsockname()[1]))
    (lent, port), = {far.recvfrom(100)[1]}
    try:
        for number, sock in enumerate(near):
            flood.send_from(sock, number, (path.TARGET6, far.getsockname()[1]))
        flood.send_from(far, 2, (lent, port))
        judged = [flood.judge_at(sock, number) for number, sock in ((0, near[0]), (1, near[1]), (None, far))]
        for number in range(1, REASSIGNMENTS + 1):
            assert "error" not in path.ask("flush", address=lent)
            (holder, address), = wait_for(lambda: path.leases().items(), "a lease of either client")
            assert address == lent
            flood.turn.value = 2 * number + clients.index(holder)
            sent, carried = flood.total(), fast(path)
            wait_for(lambda: flood.total() - sent > FLOOD / REASSIGNMENTS and all(now > then for now, then in zip(fast(path), carried)), f"the packets of turn {number}", 600)
            flood.turn.value = 0
    finally:
        flood.finish()
    own, leaked = (sum(count[index] for count in judged) for index in (0, 1))
    print(f"{flood.total()} packets sent, {own} arrived in the turn in which they were sent, {fast(path)} by the fast path: {leaked} reached another client")
    assert leaked == 0 < own
    path.finish()
