# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay tailnet when one of those that it asks does not do as it should: Tailscale's API, headscale's, and tailscaled (LocalAPI).

Each time a clear line, nothing changed by halves, and a second apply completes. Faults of Tailscale's API while it is read are in test_tailnet_api.py.
"""
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import api_world
import pytest
from api_world import CORP, OTHERS, PREFIX, ZONE, answering, assert_reading_changes_nothing, half, worlds  # noqa: F401  (worlds is a fixture)
from authority import Authority


def fresh(worlds, plane):  # noqa: F811
    worlds[plane].reset()
    return worlds[plane]


def assert_complete(world):
    """A second apply does what was left, and forget takes back what both have done."""
    world.api.fault = None
    for local, _ in world.relays.values():
        local.fault = None
    world.run("apply", "--yes")
    one = world.nodes[0]
    assert sorted(world.api.routes[one]) == sorted([*OTHERS, PREFIX]), world.api.routes
    assert "100.64.0.1" in world.api.zones["9929"] and "100.64.0.1" in world.api.zones[ZONE] and CORP.items() <= world.api.zones.items(), world.api.zones
    world.run("forget", "--yes")
    world.assert_untouched()
    assert not world.api.complaints, world.api.complaints


# --- while it is read ---

NODE = {"node": {"id": "1", "approvedRoutes": [], "availableRoutes": []}}
HEADSCALE = {
    **api_world.FAULTS,
    "10 MB of JSON": (answering(200, json.dumps({"node": {"id": "1", "approvedRoutes": ["10.0.0.0/8"] * 800_000}}).encode()), "longer than 4 MiB"),
    "the same member twice": (answering(200, b'{"node": {}, "node": {}}'), "not a JSON object"),
    "other types": (answering(200, {"node": {"id": 1, "approvedRoutes": {}, "availableRoutes": 7}}), "not supported"),
    "routes that are numbers": (answering(200, {"node": {**NODE["node"], "approvedRoutes": [1, 2]}}), "not supported"),
    "control characters": (answering(200, {"node": {**NODE["node"], "approvedRoutes": ["\x1b]0;x\x07"]}}), "not supported"),
    "another node": (answering(200, {"node": {**NODE["node"], "id": "2"}}), "not supported"),
    "an earlier version": (answering(200, {"routes": [{"id": "1", "prefix": PREFIX, "enabled": False}]}), "not supported"),
    "404": (answering(404, {"code": 5, "message": "Not Found"}), "not headscale's REST API"),
    "403": (answering(403, {"code": 7, "message": "no"}), "headscale apikeys create"),
}


@pytest.mark.parametrize("name", HEADSCALE)
def test_headscale_while_it_is_read(worlds, name):  # noqa: F811
    assert_reading_changes_nothing(fresh(worlds, "headscale"), name, *HEADSCALE[name])


def test_a_wrong_certificate_of_headscale(worlds):  # noqa: F811
    world = fresh(worlds, "headscale")
    other = Authority(world.lab.folder, "other")
    assert "is not trusted" in world.run("apply", "--yes", code=2, ca=other.ca)
    assert "is not trusted" in world.run("apply", "--yes", code=2, url=world.api.url.replace("127.0.0.1", "localhost"))
    assert "PEM" in world.run("plan", code=2, ca="/dev/null")
    assert not world.api.requests
    assert_complete(world)


# --- while it is written ---

def close(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def done(handler, verb, path):
    """What was asked for is done, whatever is answered."""
    api = handler.server.api
    with api.lock:
        api.answer(api.who(handler.headers.get("Authorization", ""), path), verb, path, handler.headers, handler.body)


# Whether the write is done before the fault; the fault; the exit code of apply, and what it says. Of a write that is done apply finds out itself: it reads again.
WRITES = {
    "closed before": (False, lambda handler, verb, path: close(handler), 1, "was incomplete"),
    "closed after": (True, lambda handler, verb, path: close(handler), 0, ""),
    "half an answer before": (False, half, 1, "was incomplete"),
    "half an answer after": (True, half, 0, ""),
    "10 MB after": (True, answering(200, b"x" * 10_000_000), 0, ""),
    "no JSON after": (True, answering(200, b"<html>"), 0, ""),
    "500 before": (False, answering(500, {"message": "\x1b[31mred"}), 1, "an internal error"),
    "500 after": (True, answering(500, {"message": "oh"}), 0, ""),
    "400": (False, answering(400, {"message": "unknown field"}), 1, "a version that nat64-relay does not support"),
    "403": (False, answering(403, {"message": "no"}), 1, "HTTP status 403"),
    "a redirect": (False, answering(307, b"", Location="https://example.com/"), 1, "redirects to https://example.com/"),
}
STEPS = {"Tailscale": ("POST", "PATCH"), "headscale": ("POST",)}


def break_write(world, step, name):
    is_done, wrong, code, message = WRITES[name]

    def fault(handler, verb, path):
        if verb != step:
            return False
        if is_done:
            done(handler, verb, path)
        wrong(handler, verb, path)
        return True

    world.api.fault = fault
    told = world.run("apply", "--yes", code=code)
    assert message in told and "\x1b" not in told, told
    routes, zones = sorted(world.api.routes[world.nodes[0]]), world.api.zones
    assert routes in (sorted(OTHERS), sorted([*OTHERS, PREFIX])), routes
    assert zones in (world.zones(), world.zones() | {"9929": ["100.64.0.1"], ZONE: ["100.64.0.1"]}), zones
    assert_complete(world)


@pytest.mark.parametrize("plane, step", [(plane, step) for plane, steps in STEPS.items() for step in steps])
def test_while_it_is_written(worlds, plane, step):  # noqa: F811
    """Routes are one POST, split DNS is one PATCH: each is there wholly or not at all. All rows at once, each in a tailnet of its own: they wait most of the time."""
    first = worlds[plane]
    made = {name: type(first)(first.lab, first.node, first.authority, f"{plane}-{step}-{number}") for number, name in enumerate(WRITES)}
    with ThreadPoolExecutor(len(made)) as pool:
        rows = {name: pool.submit(break_write, world, step, name) for name, world in made.items()}
    for world in made.values():
        world.api.close()
    failed = {name: str(row.exception()) for name, row in rows.items() if row.exception()}
    assert not failed, "\n\n".join(f"{name}: {text}" for name, text in failed.items())


# --- tailscaled ---

def raw(octets):
    """These octets in the place of an answer."""
    def fault(handler, verb, path):
        handler.wfile.write(octets)
        handler.request.shutdown(socket.SHUT_RDWR)
        return True
    return fault


def local_answer(value, status="200 OK"):
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return raw(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status.encode(), len(octets)) + octets)


def only(start, fault):
    return lambda handler, verb, path: path.startswith(start) and fault(handler, verb, path)


LOCAL = {
    "slow": (lambda handler, verb, path: time.sleep(30) or True, "did not answer within 10 seconds"),
    "closed": (raw(b""), "no tailscaled answers there"),
    "half": (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"BackendState": "Run'), "no tailscaled answers there"),
    "10 MB": (local_answer(b"x" * 10_000_000), "longer than 4194304 bytes"),
    "no JSON": (local_answer(b"<html>"), "not a JSON object"),
    "a list": (local_answer([]), "not a JSON object"),
    "another version": (local_answer({"State": "up", "Node": {}}), "does not contain the status of a tailscaled"),
    "other types": (local_answer({"BackendState": "Running", "Self": {"ID": 7, "TailscaleIPs": "100.64.0.1"}}), "does not contain the status of a tailscaled"),
    "no id": (only("status", local_answer({"BackendState": "Running", "Self": {"Online": True, "TailscaleIPs": ["100.64.0.1"]}})), "gives no id of this node"),
    "an id that leads elsewhere": (only("status", local_answer({"BackendState": "Running", "Self": {"ID": "../../x", "TailscaleIPs": ["100.64.0.1"]}})),
                                   "gives no id of this node"),
    "other preferences": (only("prefs", local_answer({"ControlURL": 7})), "does not contain the preferences of a tailscaled"),
    "403": (local_answer(b"access denied\x1b[2J", "403 Forbidden"), "run this command as root"),
    "500": (local_answer(b"broken", "500 No"), "HTTP status 500: broken"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "no tailscaled answers there"),
}


@pytest.mark.parametrize("name", LOCAL)
def test_tailscaled_while_it_is_read(worlds, name):  # noqa: F811
    """The control plane is not even asked."""
    world = fresh(worlds, "headscale")
    world.relays["one"][0].fault, message = LOCAL[name]
    told = world.run("apply", "--yes", code=2)
    assert message in told and "\x1b" not in told, told
    assert not world.api.requests
    assert_complete(world)


@pytest.mark.parametrize("name", ["half", "no JSON"])
def test_a_network_map_that_is_none(worlds, name):  # noqa: F811
    """Status and preferences are as they should be: the rest is done, and the policy is said not to be known."""
    world = fresh(worlds, "Tailscale")
    world.relays["one"][0].fault = only("watch-ipn-bus", LOCAL[name][0])
    plan = world.run("plan", code=1)
    assert "not known whether the policy" in plan and f"+ {PREFIX}" in plan.replace("  ", " "), plan
    world.assert_untouched()
    assert_complete(world)
