# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of http-listen that send or take an octet at a time, so that libmicrohttpd's own time-out begins anew with each: they are cut off, and others do not wait.

The real nat64-relay-http, and a snapshot whose metrics are larger than what the kernel keeps of a connection.
"""
import socket
import threading

import pytest

from http_lab import PORT, RELAY4, RELAY6, served
from lab import ThreeHosts, links_of, wait_for

LARGE = 12 << 20


@pytest.fixture(scope="module")
def hosts():
    with served(metrics="# " + "x" * LARGE + "\n") as hosts:
        yield hosts


def peer_of(hosts):
    with hosts.client.inside():
        peer = socket.socket(socket.AF_INET6)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(120)
        peer.connect((ThreeHosts.RELAY6, PORT))
    return peer


def drip(peer, step, ended):
    """step(peer) again and again, slowly, until the server has ended the connection."""
    try:
        while not ended.wait(0.5) and step(peer):
            pass
    except OSError:
        pass


def cut_off(hosts, begin, step):
    """Eight such clients: another is answered meanwhile, and all of them are cut off. What each has still to read."""
    ended = threading.Event()
    peers = [peer_of(hosts) for _ in range(8)]
    for peer in peers:
        peer.sendall(begin)
    threads = [threading.Thread(target=drip, args=(peer, step, ended)) for peer in peers]
    try:
        for thread in threads:
            thread.start()
        for node, url in ((hosts.target, RELAY4), (hosts.client, RELAY6)):
            assert node.run(["curl", "-gsS", "--max-time", "60", f"{url}/healthz"]).stdout == "The relay works.\n"
        pid = hosts.relay.pid_of("nat64-relay-htt")
        wait_for(lambda: not sockets_of(pid), "the end of the slow connections", 120)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    return peers


def sockets_of(pid):
    """What the server has accepted: all but the two that it listens on."""
    return [link for link in links_of(pid) if link.startswith("socket:")][2:]


def test_a_header_that_never_ends_is_cut_off(hosts):
    for peer in cut_off(hosts, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", lambda peer: peer.send(b"x")):
        peer.close()


def test_an_answer_that_is_taken_an_octet_at_a_time_is_cut_off(hosts):
    for peer in cut_off(hosts, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", lambda peer: peer.recv(1)):
        taken = 0
        try:
            while octets := peer.recv(1 << 16):
                taken += len(octets)
        except ConnectionError:
            pass
        peer.close()
        assert taken < LARGE, "the whole answer has come"
