# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole path over a real tailnet: what a user on the client does with my-vps.9929."""
import ipaddress
import json
import os
import signal
import socket

import pytest
from capture import Capture, wire_name
from lab import ECHO, wait_for
from traffic import IP_MTU_DISCOVER, IP_PMTUDISC_DO, Pinger, Transfer, connect, listen, tcp_pair, tcp_sizes, udp_sizes

NAME = "my-vps.9929"
SIZES = (1, 56, 1000, 1232, 1233, 1260, 1280, 1452, 1500, 4000, 20000, 65000)
MEGABYTE = 1 << 20
IP_MTU = 14  # <linux/in.h>


@pytest.fixture(scope="module")
def client(tailnet):
    return tailnet["client"]


@pytest.fixture(scope="module")
def target(tailnet):
    return tailnet["target"]


@pytest.fixture(scope="module")
def address(relay, client):
    """Where my-vps.9929 is for the client."""
    found = relay.resolve(client)
    # The route comes to the client when the control plane has approved it.
    wait_for(lambda: relay.prefix in client.run("ip -6 route show table 52").stdout, "the route to the prefix at the client", timeout=20)
    wait_for(lambda: client.run(["ping", "-n", "-c", "1", "-W", "1", found], check=False).returncode == 0, f"an echo of {found}", timeout=20)
    return found


# --- names ---

def test_the_name_lies_in_the_prefix(relay, address, target):
    real = target.addresses()[0]
    assert ipaddress.ip_address(address) == ipaddress.IPv6Network(relay.prefix)[int(ipaddress.ip_address(real))]


def test_only_ipv6_is_offered(client, address):
    assert client.run(["getent", "ahostsv4", NAME], check=False).stdout == ""


def test_the_plain_name_stays_direct(client, address, target):
    real = target.addresses()[0]
    assert client.run("getent ahostsv4 my-vps").stdout.split()[0] == real
    near, far = tcp_pair(target, real, client, real)
    with near, far:
        assert far.getpeername()[0] == client.addresses()[0], "the target should see the client itself"


def test_no_byte_of_the_real_suffix_reaches_the_client(relay, client, address):
    """Every kind of question, over UDP and TCP, and names that are not there: the wire is searched for ts.test in either spelling."""
    names = (NAME, "nobody.9929", "9929", "deep.er.9929", "my-vps.ts.test.9929")
    kinds = ("A", "AAAA", "HTTPS", "SVCB", "TXT", "MX", "NS", "SOA", "CNAME", "ANY", "PTR", "SRV", "DS", "DNSKEY")
    questions = [[name, kind] for name in names for kind in kinds] + [["-x", address], ["version.bind", "TXT", "CH"]]
    with Capture(client, "tailscale0") as capture:
        for question in questions:
            for way in ("+notcp", "+tcp"):
                client.run(["dig", f"@{relay.address4}", "+tries=1", "+time=20", way, *question], check=False)
        for way in ("+notcp", "+tcp"):
            client.run(["dig", "@100.100.100.100", way, NAME, "AAAA"])
    answers = capture.from_source(relay.address4) + capture.from_source("100.100.100.100")
    assert len(answers) >= len(questions) * 2, f"expected {len(questions) * 2} answers on the wire, got {len(answers)}"
    assert any(wire_name(NAME) in packet.lower() for packet in answers), "the capture should hold the answers"
    asked = wire_name("my-vps.ts.test.9929")  # our own words come back to us
    for packet in answers:
        text = packet.lower().replace(asked, b"")
        assert wire_name("ts.test") not in text and b"ts.test" not in text, packet


def test_ping_by_name_does_not_wait_for_the_reverse_name(client, address):
    """It has it at once, and shows it: getnameinfo of a name that does not come shows the address."""
    assert f"from {NAME} ({address})" in client.run(["ping", "-c", "1", "-W", str(ECHO), NAME]).stdout


# --- the path ---

def test_ping_of_every_size(client, address):
    with Pinger(client, address) as pinger:
        for size in SIZES:
            pinger.ping(size)


def test_curl_by_name(client, target, address, tmp_path):
    (tmp_path / "index.html").write_text("the target's page\n")
    server = target.start(["/usr/bin/python3", "-m", "http.server", "--directory", tmp_path, "8000"], name="http")
    try:
        page = wait_for(lambda: client.run(["curl", "-sS", "-m", "10", f"http://{NAME}:8000/"], check=False).stdout, "the page")
    finally:
        server.stop()
    assert page == "the target's page\n"


@pytest.mark.parametrize("way", ("out", "back"))
def test_10_megabytes(relay, client, target, address, way):
    near, far = tcp_pair(target, "0.0.0.0", client, address)
    with near, far:
        assert far.getpeername()[0] == relay.address4, "the target should see the relay"
        Transfer(*((near, far) if way == "out" else (far, near)), 10 * MEGABYTE).finish()


def test_tcp_of_every_size(client, target, address):
    near, far = tcp_pair(target, "0.0.0.0", client, address)
    with near, far:
        tcp_sizes(near, far, SIZES)


def test_udp_of_every_size(client, target, address):
    udp_sizes(target, "0.0.0.0", client, address, SIZES)


def test_a_port_nobody_serves_is_refused(client, address):
    """The target's answer, and its ICMP error for UDP, come through."""
    with pytest.raises(ConnectionRefusedError):
        connect(client, address, 9).close()
    with connect(client, address, 9, socket.SOCK_DGRAM) as sock, pytest.raises(ConnectionRefusedError):
        sock.send(b"x")
        sock.recv(10)


def test_path_mtu_is_learnt_by_the_target(relay, client, target, address):
    """1280 bytes of IPv4 become 1300 of IPv6, which tailscale0 does not take: with DF set the target is told 1260 (RFC 7915 section 4.2)."""
    with listen(target, "0.0.0.0", socket.SOCK_DGRAM, 7002) as server, connect(client, address, 7002, socket.SOCK_DGRAM) as asker:
        asker.send(b"hello")
        server.connect(server.recvfrom(100)[1])
        server.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        server.send(bytes(1252))
        mtu = wait_for(lambda: server.getsockopt(socket.IPPROTO_IP, IP_MTU) < 1280 and server.getsockopt(socket.IPPROTO_IP, IP_MTU),
                       "fragmentation needed at the target")
        assert mtu == 1260
        server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # the ICMP error waits there too
        server.send(bytes(1232))
        assert len(asker.recv(2000)) == 1232


# --- who is seen ---

def test_two_clients_have_a_lease_each(relay, tailnet, address):
    for name in ("client", "client2"):
        relay.resolve(tailnet[name])
        tailnet[name].run(["ping", "-n", "-c", "2", "-W", "5", address])
    leases = str(relay.ask("clients"))
    for name in ("client", "client2"):
        own = tailnet[name].addresses()[1]
        assert own in leases, f"{name} ({own}) has no lease of its own: {leases}"


# --- accidents ---

def test_translator_killed_in_the_middle_of_a_transfer(relay, client, target, address):
    near, far = tcp_pair(target, "0.0.0.0", client, address)
    with near, far:
        near.settimeout(60)
        far.settimeout(60)
        transfer = Transfer(far, near, 30 * MEGABYTE, pace=8 * MEGABYTE)
        wait_for(lambda: transfer.sent > 8 * MEGABYTE, "the transfer to get going")
        killed = relay.pid("nat64d")
        os.kill(killed, signal.SIGKILL)
        transfer.finish()
    assert relay.pid("nat64d") != killed


def test_resolver_killed_answers_again(relay, client, address):
    killed = relay.pid("unbound")
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: address.encode() in client.run(["dig", f"@{relay.address4}", "+short", "+tries=1", "+time=1", "AAAA", NAME], check=False,
                                                    text=False).stdout, "an answer after unbound was killed", timeout=20)
    assert relay.pid("unbound") != killed


# --- the command ---

def test_check_is_content(relay, client, address):
    done = relay.command("check", NAME, check=False)
    assert "FAIL" not in done.stdout and done.returncode in (0, 2), done.stdout + done.stderr
    assert "1. the name is answered inside the prefix" in done.stdout


def test_trace_follows_a_packet_of_the_client(relay, client, address):
    """By the client's name: its policy, its lease, and the whole way as the kernel tells of it; the answer is not sent on to the client."""
    done = relay.command("trace", "--json", "--from", "client", NAME, check=False)
    whole = json.loads(done.stdout)
    hops = {hop["id"]: hop for hop in whole["hops"]}
    assert whole["failed_at"] is None and hops["back"]["result"] == "ok", f"{done.stdout}{done.stderr}"
    assert (whole["client"]["address"], whole["client"]["name"]) == (client.addresses()[1], "client.ts.test"), whole["client"]
    assert {hop for hop in hops if hops[hop]["result"] not in ("ok", "warning")} <= {"route"}, done.stdout  # headscale does not tell of approval
    assert hops["magic-dns"]["text"].startswith("hands 9929 to ") and address in hops["address"]["text"], done.stdout
    assert "in by tailscale0, out by nat64" in hops["guard"]["text"] and "answered by tailscale0" in hops["target"]["text"], done.stdout
    assert "no node of the tailnet has this name" in relay.command("trace", "--from", "nobody", NAME, check=False).stderr


def test_status_names_the_prefix(relay, client, address):
    """headscale does not tell of the approval; the packet filter does, so that all is well and nothing is left to do."""
    text = relay.command("status", "--verbose", check=False).stdout
    assert f"route {relay.prefix}: advertised, approved" in text and "What is left to do" not in text, text
