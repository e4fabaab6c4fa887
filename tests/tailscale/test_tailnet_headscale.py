# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay tailnet against the real headscale: the REST API behind TLS, with an API key of its own."""
import json
import sys
from pathlib import Path

import authority
import pytest
from authority import Authority
from lab import built, need, wait_for
from relay import PREFIX, Relay, need_tailnet
from tailnet import CONTROL, Plan, Tailnet

OTHERS = ["0.0.0.0/0", "192.0.2.0/24", "::/0"]
URL = f"https://{CONTROL}:8443"


class Headscale:
    """A tailnet whose policy approves nothing by itself, with a TLS front for headscale's REST API."""

    def __init__(self, net):
        self.net = net
        self.authority = Authority(net.folder)
        certificate, key = self.authority.certificate(f"IP:{CONTROL}")
        front = net.control.start([sys.executable, Path(authority.__file__), CONTROL, "8443", certificate, key, "8080"], name="tls-front")
        front.wait_for("listening")
        self.key = net.headscale("apikeys", "create").split()[-1]
        self.relay = Relay(net)
        self.relay.node.tailscale("set", "--advertise-exit-node", f"--advertise-routes=192.0.2.0/24,{PREFIX}")
        net.approve("relay", "192.0.2.0/24", "0.0.0.0/0", "::/0")

    def routes(self):
        """The approved routes of the relay, as headscale has them."""
        nodes = json.loads(self.net.headscale("nodes", "list-routes", "-o", "json"))
        identity = self.relay.node.status()["Self"]["ID"]
        return sorted(next(node.get("approved_routes", []) for node in nodes if str(node["id"]) == identity))

    def tailnet(self, *arguments, check=True, key=None, **environment):
        env = {"HEADSCALE_CLI_ADDRESS": URL, "HEADSCALE_CLI_API_KEY": key or self.key, **environment}
        command = [built("nat64-relay"), "tailnet", "-c", self.relay.settings, "--ca", self.authority.ca, *arguments]
        return self.relay.node.run(command, check=check, env={name: value for name, value in env.items() if value})


@pytest.fixture(scope="module")
def headscale():
    need_tailnet()
    need("openssl")
    built("nat64-relay")
    with Tailnet(Plan(approval=False)) as net:
        yield Headscale(net)


def test_apply_approves_our_route_and_forget_takes_it_back(headscale):
    """The routes of others, the exit node among them, stay approved through both."""
    client = headscale.net["client"]
    assert headscale.routes() == OTHERS
    plan = headscale.tailnet("plan", check=False)
    assert plan.returncode == 1 and f"+ {PREFIX}" in plan.stdout.replace("  ", " "), plan.stdout + plan.stderr
    assert headscale.routes() == OTHERS, "plan changes nothing"

    refused = headscale.tailnet("apply", check=False)
    assert refused.returncode == 2 and "--yes" in refused.stderr and headscale.routes() == OTHERS, refused.stdout + refused.stderr

    applied = headscale.tailnet("apply", "--yes")
    assert headscale.routes() == sorted([*OTHERS, PREFIX]), applied.stdout
    wait_for(lambda: PREFIX in client.run("ip -6 route show table 52").stdout, "the route at the client", timeout=20)
    again = headscale.tailnet("apply", "--yes")
    assert "Nothing to change" in again.stdout, again.stdout
    assert headscale.tailnet("plan").returncode == 0

    forgotten = headscale.tailnet("forget", "--yes")
    assert headscale.routes() == OTHERS, forgotten.stdout
    assert "Nothing to take back" in headscale.tailnet("forget", "--yes").stdout


def test_forget_leaves_what_somebody_else_approved(headscale):
    headscale.net.approve("relay", *OTHERS, PREFIX)
    headscale.tailnet("apply", "--yes")
    headscale.tailnet("forget", "--yes")
    assert headscale.routes() == sorted([*OTHERS, PREFIX]), "apply approved nothing, so forget takes nothing back"
    headscale.net.approve("relay", *OTHERS)


def test_a_domain_that_is_missing_in_the_file_is_shown_as_a_snippet(headscale):
    """headscale takes what plan prints: with it in config.yaml nothing is left to do."""
    text = headscale.relay.settings.read_text()
    headscale.net.approve("relay", *OTHERS, PREFIX)
    headscale.relay.settings.write_text(text.replace("split-domain 9929 ts.test", "split-domain 9929 ts.test\nsplit-domain cn2 ts.test"))
    try:
        plan = headscale.tailnet("plan", "--json", check=False)
        steps = json.loads(plan.stdout)["steps"]
        assert plan.returncode == 1 and [step["topic"] for step in steps] == ["dns"], plan.stdout
        assert [line.strip() for line in steps[0]["lines"]] == ["dns:", "nameservers:", "split:", '"cn2": ["100.64.0.1"]'], steps
        dns = json.loads((headscale.net.folder / "headscale.yaml").read_text())["dns"]
        dns["nameservers"]["split"]["cn2"] = ["100.64.0.1"]
        headscale.net.change_headscale(**dns)
        wait_for(lambda: headscale.tailnet("plan", check=False).returncode == 0, "the domain at the relay's tailscaled", timeout=30)
    finally:
        headscale.relay.settings.write_text(text)
        headscale.net.approve("relay", *OTHERS)


@pytest.mark.parametrize("change, message", [
    ({"key": "hskey-api-AAAAAAAAAAAA-wrong"}, "headscale apikeys create"),
    ({"key": "hskey-auth-AAAAAAAAAAAA-wrong"}, "pre-auth key"),
    ({"key": "tskey-api-wrong"}, "key of Tailscale"),
    ({"HEADSCALE_CLI_API_KEY": "", "TS_API_KEY": "tskey-api-wrong"}, "no key for headscale"),
    ({"HEADSCALE_CLI_ADDRESS": "headscale.example.com:50443"}, "gRPC"),
    ({"HEADSCALE_CLI_ADDRESS": f"http://{CONTROL}:8080"}, "in plain text"),
    ({"HEADSCALE_CLI_ADDRESS": f"https://{CONTROL}:8444"}, "no server answers"),
])
def test_what_is_wrong_with_key_and_address_is_said(headscale, change, message):
    before = headscale.routes()
    done = headscale.tailnet("apply", "--yes", check=False, **change)
    assert done.returncode == 2 and message in done.stderr, done.stdout + done.stderr
    assert headscale.key not in done.stdout + done.stderr
    assert headscale.routes() == before


def test_an_expired_key_is_said(headscale):
    key = headscale.net.headscale("apikeys", "create").split()[-1]
    headscale.net.headscale("apikeys", "expire", "--prefix", key.removeprefix("hskey-api-")[:12])  # hyphens may stand in it
    done = headscale.tailnet("plan", check=False, key=key)
    assert done.returncode == 2 and "401" in done.stderr and "expired" in done.stderr, done.stderr


def test_a_certificate_of_another_authority_is_refused(headscale):
    """Without --ca the system's authorities count."""
    command = [built("nat64-relay"), "tailnet", "-c", headscale.relay.settings, "plan"]
    done = headscale.relay.node.run(command, check=False, env={"HEADSCALE_CLI_ADDRESS": URL, "HEADSCALE_CLI_API_KEY": headscale.key})
    assert done.returncode == 2 and "is not trusted" in done.stderr, done.stderr
