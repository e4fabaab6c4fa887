# SPDX-License-Identifier: GPL-2.0-or-later
"""The listener of http-listen on a running relay: what it serves, whom it refuses, what it withstands, and with which rights it runs."""
import json
import re
import socket
import threading

import pytest
from exposition import parse
from lab import ThreeHosts, need, wait_for
from running_relay import Relay

PORT = 8064
RELAY = f"http://[{ThreeHosts.RELAY6}]:{PORT}"  # the client has no IPv4
RELAY4 = f"http://{ThreeHosts.RELAY4}:{PORT}"


class Answer:
    """What curl got: status, headers in lower case, body."""

    def __init__(self, text):
        head, _, self.body = text.replace("\r\n", "\n").partition("\n\n")
        lines = head.splitlines()
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}


@pytest.fixture(scope="module")
def relay():
    from lab import Lab
    need("curl", "ldns-testns")
    with Lab() as lab:
        yield Relay(lab, "http-listen auto").run()


def get(relay, path, *more, base=RELAY, check=True):
    done = relay.client.run(["curl", "-sS", "-g", "-i", "--max-time", "60", *more, f"{base}{path}"], check=check)
    return Answer(done.stdout)


@pytest.fixture(scope="module")
def ready(relay):
    """The relay, when its server has answered."""
    def look():
        done = relay.client.run(["curl", "-gs", "-o", "/dev/null", "-w", "%{http_code}", f"{RELAY}/healthz"], check=False)
        return done.stdout == "200"
    wait_for(look, "a healthy answer of the listener", 60)
    return relay


def test_healthz_says_that_the_relay_works(ready):
    answer = get(ready, "/healthz")
    assert (answer.status, answer.body) == (200, "The relay works.\n")


def test_both_edge_addresses_are_listened_on(ready):
    assert ready.target.run(["curl", "-gs", f"{RELAY4}/healthz"]).stdout == "The relay works.\n"


def test_metrics_are_those_of_the_command(ready):
    served, printed = get(ready, "/metrics"), ready.command("metrics")
    assert served.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {line.split()[2] for line in printed.splitlines() if line.startswith("# TYPE")}
    assert {line.split()[2] for line in served.body.splitlines() if line.startswith("# TYPE")} == names and len(names) > 20
    assert 'nat64_relay_healthy{part="translator"} 1' in served.body
    parse(served.body)


def test_openmetrics_when_asked_for(ready):
    answer = get(ready, "/metrics", "-H", "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.body.endswith("# EOF\n")
    families = re.findall(r"^# TYPE (\S+) counter$", answer.body, re.M)
    assert families and not any(name.endswith("_total") for name in families)
    assert all(re.search(rf"^{name}_total[ {{]", answer.body, re.M) for name in families if re.search(rf"^{name}", answer.body, re.M))


def test_status_json_is_that_of_the_command(ready):
    served, printed = json.loads(get(ready, "/status.json").body), json.loads(ready.command("status", "--json"))
    assert served["works"] is True and served["settings"]["prefixes"] == printed["settings"]["prefixes"]
    assert set(printed) - set(served) <= {"traffic", "unbound", "page"}  # the last has programs of the node, for its operator alone
    assert served["age_ms"] < 60000


@pytest.mark.parametrize("host, status", [
    ("evil.example", 421), ("evil.example:8064", 421), ("", 400), ("[fd7a::1", 421), ("[evil.example]", 421), ("100.64.0.1.evil.example", 421),
    ("localhost", 200), ("100.64.0.1:8064", 200), ("[fd64:9929::1]:8064", 200), ("a" * 300, 421), ("100.64.0.1:80x", 421),
])
def test_hosts_of_strangers_are_refused(ready, host, status):
    answer = get(ready, "/healthz", "-H", f"Host: {host}" if host else "Host;")
    assert answer.status in ((status, 421) if host == "" else (status,))


@pytest.mark.parametrize("origin, status", [("http://evil.example", 403), ("null", 403), ("http://6.6.6.6", 403), (RELAY, 200), (RELAY4, 200),
                                            ("http://localhost:8064", 200), ("file://", 403)])
def test_other_origins_are_refused(ready, origin, status):
    assert get(ready, "/status.json", "-H", f"Origin: {origin}").status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_nothing_can_be_changed(ready, method):
    answer = get(ready, "/healthz", "-X", method, "-d", "x" * 100)
    assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD"


def test_headers_keep_others_out(ready):
    headers = get(ready, "/").headers
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY" and headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"] and "access-control-allow-origin" not in headers


def server_pid(relay):
    return relay.node.pid_of("nat64-relay-htt")  # the kernel keeps 15 octets of a name


def status_of(pid):
    return dict(re.findall(r"^(\w+):\s*(.*)$", open(f"/proc/{pid}/status").read(), re.M))


def test_the_server_has_no_privilege(ready):
    status = status_of(server_pid(ready))
    assert status["Uid"].split()[0] != "0" and {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2" and int(status["Seccomp_filters"]) == 2
    assert ready.file("http/snapshot.json").stat().st_mode & 0o777 == 0o640 and ready.file("http/snapshot.json").stat().st_uid == 0


GARBAGE = [b"\0" * 5000, b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
           b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
           b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n" * 10000, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"]


def test_garbage_is_survived(ready):
    pid = server_pid(ready)
    with ready.client.inside():
        for text in GARBAGE:
            with socket.create_connection((ThreeHosts.RELAY6, PORT), 60) as peer:
                peer.settimeout(60)
                try:
                    peer.sendall(text)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass
                except (ConnectionError, BrokenPipeError, OSError) as error:
                    assert not isinstance(error, TimeoutError), text[:40]
    assert get(ready, "/healthz").status == 200 and server_pid(ready) == pid


def test_a_thousand_connections_and_slow_readers_are_bounded(ready):
    """They come from one client: another is answered meanwhile, and they are closed in the end without having sent anything whole."""
    pid, peers = server_pid(ready), []
    with ready.client.inside():
        for number in range(1000):
            peer = socket.socket(socket.AF_INET6)
            peer.settimeout(60)
            try:
                peer.connect((ThreeHosts.RELAY6, PORT))
                peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if number % 2 else b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            except OSError:
                pass
            peers.append(peer)
    done = ready.target.run(["curl", "-sS", "--max-time", "100", f"{RELAY4}/healthz"])
    assert done.stdout == "The relay works.\n"
    rss = int(status_of(pid)["VmRSS"].split()[0])
    open_sockets = int(ready.node.sh(f"ls /proc/{pid}/fd | wc -l").stdout)
    assert open_sockets < 200 and rss < 400 << 10, (open_sockets, rss)
    for peer in peers:
        peer.settimeout(120)
        try:
            while peer.recv(65536):
                pass
        except ConnectionError:
            pass
        peer.close()
    assert server_pid(ready) == pid


def test_a_server_that_is_killed_comes_back_and_the_relay_does_not_notice(ready):
    import os
    pid = server_pid(ready)
    os.kill(pid, 9)
    wait_for(lambda: server_pid(ready) not in (None, pid), "another server", 60)
    wait_for(lambda: ready.client.run(["curl", "-gs", f"{RELAY}/healthz"], check=False).stdout == "The relay works.\n", "its answer", 60)


def test_a_reload_takes_the_listener_away_and_brings_another(ready):
    text = ready.settings.read_text()
    ready.settings.write_text(text.replace("http-listen auto", ""))
    ready.command("reload")
    wait_for(lambda: ready.client.run(["curl", "-gs", f"{RELAY}/healthz"], check=False).returncode == 7, "a closed port", 60)
    ready.settings.write_text(text.replace("http-listen auto", f"http-listen [{ThreeHosts.RELAY6}]:8080"))
    ready.command("reload")
    other = f"http://[{ThreeHosts.RELAY6}]:8080/healthz"
    wait_for(lambda: ready.client.run(["curl", "-gs", other], check=False).stdout == "The relay works.\n", "an answer on the other port", 60)
    ready.settings.write_text(text)
    ready.command("reload")
    wait_for(lambda: ready.client.run(["curl", "-gs", f"{RELAY}/healthz"], check=False).stdout == "The relay works.\n", "the first again", 60)


def test_status_watch_prints_again_and_again(ready):
    watching = ready.node.start([ready.program, "-c", ready.settings, "status", "--watch"], name="status", env=ready.environment)
    wait_for(lambda: watching.text().count("The relay works.") >= 3, "the third status", 60)
    assert watching.alive and "\033" not in watching.text()
    assert watching.stop() == -15


def test_the_folder_goes_with_the_relay(ready):
    """Last: it ends the relay."""
    ready.process.stop()
    assert not ready.file("http").exists()
