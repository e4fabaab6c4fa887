# SPDX-License-Identifier: GPL-2.0-or-later
"""Unbound's own, as relay.conf sets it: upstreams over TLS, a limit of questions for each client, who may ask.

The server that is asked over TLS is another Unbound with a certificate of a CA made here.
"""
import select
import socket
import subprocess
import time

import dns.message
import dns.reversename
import pytest
from lab import need, run, wait_for
from resolver import CLIENT4, CLIENT6, RELAY4, RELAY6, STRANGER, UNBOUND, Resolver
from upstream import PythonNs, add

SETTINGS = """
    split-domain 9929 lab.example
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""
TLS_SERVER = """
server:
    interface: 127.0.0.1@{port}
    tls-port: {port}
    tls-service-key: "{key}"
    tls-service-pem: "{certificate}"
    username: ""
    chroot: ""
    directory: ""
    pidfile: ""
    use-syslog: no
    verbosity: 2
    log-queries: yes
    num-threads: 1
    local-zone: "lab.example." static
    local-data: "my-vps.lab.example. A 100.64.1.2"
    local-data: "2.1.64.100.in-addr.arpa. PTR my-vps.lab.example."
remote-control:
    control-enable: no
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class TlsServer:
    """Names of lab.example over TLS at 127.0.0.1, behind a certificate for a name."""

    def __init__(self, lab, name="dns.test", port=853):
        need("openssl")
        self.lab, self.port = lab, port
        self.authority = self.authority_make("ca")
        self.key, self.certificate = lab.folder / "server.key", lab.folder / "server.pem"
        request = lab.folder / "server.csr"
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-subj", f"/CN={name}", "-out", request)
        extensions = lab.folder / "server.ext"
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", lab.folder / "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", extensions, "-out", self.certificate)

    def authority_make(self, name):
        """A certificate authority of its own; its certificate's path."""
        path = self.lab.folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.lab.folder / f"{name}.key", "-subj", f"/CN={name}",
                "-days", "2", "-out", path)
        return path

    def start(self, node):
        conf = self.lab.folder / "tls-server.conf"
        conf.write_text(TLS_SERVER.format(port=self.port, key=self.key, certificate=self.certificate))
        self.process = node.start([UNBOUND, "-d", "-c", conf], name="tls-server")
        self.process.wait_for("start of service")


def over_tls(lab, settings, **options):
    """The server, and the relay's resolver with these settings."""
    server = TlsServer(lab, **options)
    resolver = Resolver(lab, SETTINGS + settings.format(authority=server.authority, other=server.authority_make("other")))
    server.start(resolver.relay)
    return server, resolver.start()


@pytest.mark.parametrize("port, written", [(853, ""), (8853, "@8853")])
def test_an_upstream_over_tls(lab, port, written):
    """Names, and names of addresses; nothing of it in the clear."""
    server, resolver = over_tls(lab, f"upstream-dns lab.example 127.0.0.1{written}#dns.test\ntls-cert-bundle {{authority}}", port=port)
    assert resolver.ask("my-vps.9929").addresses == {"fd64:9929::6440:102"}
    assert resolver.ask("gone.9929").rcode == "NXDOMAIN"
    reverse = resolver.ask(dns.reversename.from_address("fd64:9929::6440:102"), "PTR")
    assert [record.to_text() for record in reverse.message.answer[0]] == ["my-vps.9929."]
    assert "my-vps.lab.example. A IN" in server.process.text()


@pytest.mark.parametrize("settings", [
    "upstream-dns lab.example 127.0.0.1#other.test\ntls-cert-bundle {authority}",
    "upstream-dns lab.example 127.0.0.1#dns.test\ntls-cert-bundle {other}",
], ids=["another name", "another authority"])
def test_a_certificate_that_does_not_fit(lab, settings):
    """The question is not even sent, and the log says why there is no answer."""
    server, resolver = over_tls(lab, settings)
    answer = resolver.ask("my-vps.9929")
    assert answer.rcode == "SERVFAIL"
    assert "ssl handshake failed" in resolver.unbound.text() and "certificate verify failed" in resolver.unbound.text()
    assert "my-vps.lab.example. A IN" not in server.process.text()


def test_a_server_that_speaks_no_tls(lab):
    """It is not asked in the clear instead."""
    resolver = Resolver(lab, SETTINGS + "upstream-dns lab.example 127.0.0.1@5301#dns.test\n")
    upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A 100.64.1.2") or True)
    try:
        answer = resolver.start().ask("my-vps.9929", timeout=3)
        assert (answer is None or answer.rcode == "SERVFAIL") and not upstream.asked
    finally:
        upstream.close()


# --- a limit for each client ---

BURST = 200


def burst(resolver, source):
    """How many of so many questions at once are answered."""
    query = dns.message.make_query("my-vps.9929", "AAAA").to_wire()
    with resolver.client.inside():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.bind((source, 0))
        sock.connect((RELAY4, 53))
        for _ in range(BURST):
            sock.send(query)
        answers, end = 0, time.monotonic() + 2
        while answers < BURST and time.monotonic() < end:
            if select.select([sock], [], [], 0.2)[0]:
                sock.recv(65535)
                answers += 1
        return answers


@pytest.fixture
def plain(lab, request):
    """A resolver with an upstream in the clear, and more settings."""
    resolver = Resolver(lab, SETTINGS + "upstream-dns lab.example 127.0.0.1@5301\n" + request.param)
    upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A 100.64.1.2") or True)
    yield resolver.start()
    upstream.close()


@pytest.mark.parametrize("plain", ["", f"dns-client {CLIENT4}\ndns-client {STRANGER}\ndns-rate-limit 20"], indirect=True, ids=["no limit", "20"])
def test_a_client_that_asks_too_much(plain, request):
    """Most of its questions are dropped, and those of the others are not."""
    wait_for(lambda: plain.ask("my-vps.9929", source=CLIENT4, timeout=1), "the first answer")
    answers = burst(plain, CLIENT4)
    if "no limit" in request.node.name:
        assert answers == BURST
        return
    assert 1 <= answers < BURST / 2
    assert plain.ask("my-vps.9929", source=STRANGER).addresses == {"fd64:9929::6440:102"}
    assert wait_for(lambda: plain.ask("my-vps.9929", source=CLIENT4, timeout=0.5), "the client gets through again")


# --- where it listens ---

def test_it_starts_before_the_overlay_has_its_address(lab):
    resolver = Resolver(lab, SETTINGS + "upstream-dns lab.example 127.0.0.1@5301\n")
    upstream = PythonNs(resolver.relay, "127.0.0.1", 5301, lambda name, message, transport: add(message, f"{name}. 60 A 100.64.1.2") or True)
    try:
        run([*resolver.relay.ip, "address", "flush", "dev", "tailscale0"])
        resolver.start()
        resolver.relay.address("tailscale0", RELAY4 + "/10", RELAY6 + "/64")
        for server in (RELAY4, RELAY6):
            for transport in ("UDP", "TCP"):
                assert wait_for(lambda: resolver.ask("my-vps.9929", server=server, transport=transport, timeout=1),
                                f"an answer of {server} by {transport}").addresses == {"fd64:9929::6440:102"}
    finally:
        upstream.close()


# --- who may ask ---

@pytest.mark.parametrize("plain", [f"dns-client {STRANGER}\ndns-client fd7a:115c:a1e0::/64"], indirect=True)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_who_may_ask(plain, transport):
    """The lines replace the default; whom they do not name is told so, at once and by either transport."""
    def rcode(source, server=RELAY4):
        answer = plain.ask("my-vps.9929", source=source, server=server, transport=transport)
        assert answer.rcode == "NOERROR" or not answer.message.answer
        return answer.rcode
    assert rcode(STRANGER) == "NOERROR"
    assert rcode(CLIENT6, RELAY6) == "NOERROR"
    assert rcode(CLIENT4) == "REFUSED"
