# SPDX-License-Identifier: GPL-2.0-or-later
"""A tailnet of two relays whose control plane is played (tailscale_api.py, headscale_api.py), nat64-relay tailnet on them, and what a control plane may do wrong."""
import os
import socket
import subprocess
import time

import pytest
from authority import Authority
from headscale_api import HeadscaleApi
from lab import Lab, built, need, patient, sanitizers
from tailscale_api import Api, LocalApi

PREFIX = "fd64:9929::/96"
ZONE = "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa"
OTHERS = ["0.0.0.0/0", "::/0", "192.0.2.0/24"]
OPEN = '{"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]}'
CORP = {"corp.example.com": ["10.0.0.53", "https://dns.example.com/dns-query"]}


class World:
    """The API, and relays of one tailnet: one (device n1, 100.64.0.1) and two (n2, 100.64.0.2) have the same domain and prefix."""

    nodes = "n1CNTRL", "n2CNTRL"
    env = staticmethod(lambda relay: {"TS_API_KEY": f"tskey-api-{relay}"})

    def __init__(self, lab, node, authority, stem):
        self.lab, self.node, self.authority, self.stem = lab, node, authority, stem
        self.pauses = ":".join([*sanitizers(built("nat64-relay")), str(built("tests/tailscale/short-pauses.so"))])
        with node.inside():
            self.api = self.control()
        self.relays = {}
        for number, name in enumerate(("one", "two"), 1):
            path = lab.folder / f"{stem}-{name}.sock"
            local = LocalApi(path, self.api, self.nodes[number - 1], f"100.64.0.{number}", **self.of_node())
            self.relays[name] = local, lab.settings(f"""
                split-domain 9929 ts.test
                edge-address 100.64.0.{number}
                prefix {PREFIX}
                dynamic-pool 192.168.240.0/20
                tailscale-socket {path}
                """, name=f"{stem}-{name}.conf")
        self.reset()

    def control(self):
        return Api(self.authority)

    def of_node(self):
        """What its tailscaled says of the control plane."""
        return {}

    def zones(self):
        """The tailnet's split DNS before anything is done."""
        return dict(CORP)

    def reset(self):
        api, (one, two) = self.api, self.nodes
        api.zones, api.policy = self.zones(), OPEN
        api.routes = {one: list(OTHERS), two: []}
        api.advertised = {one: [*OTHERS, PREFIX], two: [PREFIX]}
        api.gate = api.fault = api.scopes = None
        for local, _ in self.relays.values():
            local.fault = None
        api.requests.clear(), api.complaints.clear()
        for name in self.relays:
            self.record(name).unlink(missing_ok=True)

    def record(self, relay="one"):
        return self.lab.folder / f"{self.stem}-{relay}.data/tailnet.json"

    def runtime(self, relay="one"):
        return self.lab.folder / f"{self.stem}-{relay}.run"

    def start(self, *arguments, relay="one", ca=None, url=None, timeout=60, env=None, before=(), in_real_time=False):
        """in_real_time: its pauses are as long as they are, for a test of them or of who may not read the build folder."""
        settings = self.relays[relay][1]
        before = [*before, *([] if in_real_time else ["env", f"LD_PRELOAD={self.pauses}"])]
        env = self.env(relay) if env is None else env
        command = [*before, built("nat64-relay"), "tailnet", "-c", settings, "--ca", ca or self.authority.ca, "--timeout", timeout,
                   *(() if url is False else ("--url", url or self.api.url)), *arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TS_", "HEADSCALE_"))}
        return subprocess.Popen(self.node.command(command), env=clean | env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def run(self, *arguments, code=0, **options):
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=patient(60))
        assert code is None or process.returncode == code, f"exit code {process.returncode}, expected {code}\n{output}{errors}"
        return output + errors

    def open_to_others(self):
        """Let another user read the settings and talk to the socket, where the folder lets them."""
        (self.lab.folder / f"{self.stem}-one.sock").chmod(0o666)
        self.lab.folder.chmod(0o755)
        return all(folder.stat().st_mode & 1 for folder in self.lab.folder.parents)

    def assert_entered(self, *addresses):
        assert self.api.zones == CORP | {"9929": list(addresses), ZONE: list(addresses)}

    def assert_untouched(self):
        assert self.api.zones == self.zones() and self.api.routes == dict(zip(self.nodes, (OTHERS, [])))


class HeadscaleWorld(World):
    """The same behind headscale, whose split DNS stands in a file: there nothing is left to do."""
    nodes = "1", "2"
    env = staticmethod(lambda relay: {"HEADSCALE_CLI_API_KEY": f"hskey-api-{relay}"})

    def control(self):
        return HeadscaleApi(self.authority)

    def of_node(self):
        return {"control_url": self.api.url}

    def zones(self):
        return {**CORP, "9929": ["100.64.0.1", "100.64.0.2"], ZONE: ["100.64.0.1", "100.64.0.2"]}


# --- faults: what handles a request in the place of the API, and whether it has ---

PLANES = {"Tailscale": World, "headscale": HeadscaleWorld}


@pytest.fixture(scope="module")
def worlds():
    """A world of each control plane, in one network namespace."""
    need("openssl")
    built("nat64-relay")
    with Lab() as lab:
        node, authority = lab.node("relay"), Authority(lab.folder)
        worlds = {plane: kind(lab, node, authority, plane) for plane, kind in PLANES.items()}
        yield worlds
        for world in worlds.values():
            world.api.close()


def close_in_the_middle(handler, verb, path):
    if verb != "PATCH":
        return False
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def half(handler, verb, path):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"enabledRoutes": [')
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def answering(status, answer, only=None, **headers):
    def fault(handler, verb, path):
        if only and not (verb, path.rsplit("/", 1)[1]) in only:
            return False
        handler.reply(status, answer, {name.replace("_", "-"): value for name, value in headers.items()})
        return True
    return fault


# Of any control plane, while it is read: a fault, and what the command says of it.
FAULTS = {
    "slow": (lambda handler, verb, path: time.sleep(20) or True, "within 1 seconds"),
    "half": (half, "was incomplete"),
    "10 MB": (answering(200, b"x" * 10_000_000), "longer than 4 MiB"),
    "no JSON": (answering(200, b"<html>"), "not a JSON object"),
    "a list": (answering(200, []), "not a JSON object"),
    "a redirect": (answering(307, b"", Location="https://example.com/api"), "redirects to https://example.com/api"),
    "400, as of another version": (answering(400, {"message": "unknown field"}), "a version that nat64-relay does not support"),
    "409": (answering(409, {"message": "busy"}), "run this again"),
    "500": (answering(500, {"message": "\x1b[31mred"}), "an internal error"),
    "429, a day": (answering(429, {"message": "slow down"}, Retry_After="86400"), "wait 86400 seconds"),
    "429": (answering(429, {"message": "slow down"}), "too many requests"),
}


def assert_reading_changes_nothing(world, name, fault, message):
    world.api.fault = fault
    told = world.run("apply", "--yes", code=2, timeout=1 if name == "slow" else 60)
    assert message in told and "\x1b" not in told, told
    world.assert_untouched()
    assert not [verb for _, verb, _ in world.api.requests if verb != "GET"]
