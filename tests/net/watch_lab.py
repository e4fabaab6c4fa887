# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay under `nat64-relay watch`, beside a tailscaled of the test, and what it says of itself."""
import contextlib
import http.server
import json
import os
import re
import socketserver
import threading

import pytest

import lab
from relay_lab import Relay

ANSWER, PREFIX, POOL = "fd64:9929::6440:3", "fd64:9929::/96", "192.168.240.0/20"


PUT_BACK = r"put back: "


SYSTEMCTL = """#!/bin/bash
echo "$@" >>{folder}/systemctl.log
case "$*" in
*start*) {translator} --nodetach -c {runtime}/relay.conf >>{folder}/nat64d.log 2>&1 & echo $! >>{folder}/pids
	{preload} NAT64_RELAY_CONF={runtime}/relay.conf {unbound} -d -c {runtime}/unbound.conf >>{folder}/unbound.log 2>&1 & echo $! >>{folder}/pids;;
*stop*) for pid in $(cat {folder}/pids); do kill $pid; tail --pid=$pid -f /dev/null; done; rm {folder}/pids;;
esac
"""


class Watched(Relay):
    """The relay with its daemons as services."""

    def __init__(self, laboratory):
        super().__init__(laboratory)
        folder = laboratory.folder
        values = dict(line.split(None, 1) for line in self.config.read_text().splitlines())
        script = folder / "systemctl"
        script.write_text(SYSTEMCTL.format(folder=folder, translator=values["translator-program"],
                                           unbound=values["unbound-program"], runtime=values["runtime-dir"],
                                           preload=" ".join(f"{key}={value}" for key, value in self.environment.items())))
        script.chmod(0o755)
        self.log = folder / "systemctl.log"
        self.environment = {"PATH": f"{folder}:{os.environ['PATH']}"}

    def watch(self):
        self.runs += 1
        command = [self.program, "-c", self.config, "watch", "--unit", "nat64d.service", "--unit", "resolver.service"]
        return self.node.start(command, f"watch{self.runs}", env=self.environment)


class Tailscaled(socketserver.ThreadingUnixStreamServer):
    """A tailscaled as far as LocalAPI goes, with an address and a suffix that can be changed."""
    daemon_threads = True

    def __init__(self, path):
        self.addresses, self.suffix, self.routes = ["100.64.0.1", "fd7a:115c:a1e0::1"], "real.test", []
        self.goes = threading.Event()  # while it is not set, it hangs
        self.goes.set()
        super().__init__(str(path), LocalApi)

    def status(self):
        return {"BackendState": "Running", "Version": "1.0", "CurrentTailnet": {"MagicDNSSuffix": self.suffix, "MagicDNSEnabled": True},
                "Self": {"ID": "1", "DNSName": f"relay.{self.suffix}.", "TailscaleIPs": self.addresses, "Online": True}}

    def prefs(self):
        return {"WantRunning": True, "AdvertiseRoutes": self.routes}


class LocalApi(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "local"

    def log_message(self, *arguments):
        pass

    def answer(self, value):
        self.server.goes.wait()
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer(self.server.status() if "/status" in self.path else self.server.prefs())

    def do_PATCH(self):
        edit = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if edit.get("AdvertiseRoutesSet"):
            self.server.routes = edit["AdvertiseRoutes"]
        self.answer(self.server.prefs())


@contextlib.contextmanager
def tailscaled_of(relay):  # noqa: F811
    path = relay.lab.folder / "tailscaled.sock"
    with Tailscaled(path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        relay.config = relay.settings(advertise_prefix=None, tailscale_socket=path)
        try:
            yield server
        finally:
            server.goes.set()
            server.shutdown()


@pytest.fixture
def watched():
    lab.need("ldns-testns", "dig", "nft", "ip")
    with lab.Lab() as laboratory:
        yield Watched(laboratory)


def said(process, pattern):
    return len(re.findall(pattern, process.text()))


def is_whole(relay):  # noqa: F811
    status = json.loads(relay.command("status", "--json").stdout)
    return status["kernel"].get("complete") and status["rules"].get("complete")


def state_of(relay):  # noqa: F811
    return json.loads(relay.command("status", "--json").stdout)["watch"]


def pong(relay, patience=lab.ECHO):  # noqa: F811
    return relay.client.echoes(ANSWER, patience=patience)


def take(relay, process, command, what, timeout=20):  # noqa: F811
    """Take something away; it must be put back, which is said, and all must be whole again."""
    before = said(process, PUT_BACK + what)
    relay.node.sh(command)
    lab.wait_for(lambda: said(process, PUT_BACK + what) > before, f"{what!r} after {command!r}\n{process.tail()}", timeout)
    lab.wait_for(lambda: is_whole(relay), f"the whole state after {command!r}\n{process.tail()}")
