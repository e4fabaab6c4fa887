# SPDX-License-Identifier: GPL-2.0-or-later
"""Advertised routes: what the relay adds, what it leaves alone, and what the control plane makes of it."""
import pytest
from lab import built, wait_for
from relay import Relay, need_tailnet
from tailnet import Plan, Tailnet

OTHERS = ["0.0.0.0/0", "192.0.2.0/24", "::/0"]


@pytest.fixture(scope="module")
def careful():
    """A tailnet whose policy approves nothing by itself; the relay is an exit node and offers a foreign route already."""
    need_tailnet()
    built("nat64-relay"), built("nat64d")
    with Tailnet(Plan(approval=False)) as net:
        net["relay"].tailscale("set", "--advertise-exit-node", "--advertise-routes=192.0.2.0/24")
        yield net


def finding(done, number):
    """The line of check's output with that number."""
    return [line for line in done.stdout.splitlines() if f" {number}. " in line][0]


def test_a_route_has_to_be_approved_and_down_takes_only_ours(careful):
    client = careful["client"]
    with Relay(careful) as relay:
        assert sorted(relay.prefs()["AdvertiseRoutes"]) == sorted([*OTHERS, relay.prefix])
        assert relay.prefix not in client.run("ip -6 route show table 52").stdout
        waiting = relay.command("check", "my-vps.9929", check=False)
        reach = finding(waiting, 3)
        assert waiting.returncode != 0 and not reach.startswith("ok") and "approv" in reach, waiting.stdout
        advice = relay.process.wait_for(r"headscale nodes approve-routes.*").string
        assert relay.prefix in advice, f"run should show the command to copy:\n{advice}"
        foreign = relay.process.wait_for(r"This replaces the list.*").string
        assert "192.0.2.0/24" in foreign, f"the command must not take another route's approval away unsaid:\n{foreign}"

        careful.approve("relay", relay.prefix)
        wait_for(lambda: relay.prefix in client.run("ip -6 route show table 52").stdout, "the route at the client", timeout=20)
        client.run(["ping", "-n", "-c", "2", "-W", "5", relay.resolve(client)])  # headscale may not tell the relay: that a client came is enough
        content = relay.command("check", "my-vps.9929", check=False)
        assert "FAIL" not in content.stdout and finding(content, 3).startswith("ok"), content.stdout
    assert sorted(relay.prefs()["AdvertiseRoutes"]) == OTHERS
    wait_for(lambda: relay.prefix not in client.run("ip -6 route show table 52").stdout, "the route to leave the client", timeout=20)


def test_up_twice_then_down(careful):
    with Relay(careful) as relay:
        again = relay.command("up", check=False)
        assert sorted(relay.prefs()["AdvertiseRoutes"]) == sorted([*OTHERS, relay.prefix]), again.stdout + again.stderr
    assert sorted(relay.prefs()["AdvertiseRoutes"]) == OTHERS


def test_a_route_of_earlier_settings_is_withdrawn(careful):
    """relay.conf is changed, then the relay is restarted: down and up see the new prefix only."""
    relay = Relay(careful)
    text = relay.settings.read_text()
    relay.command("up")
    assert relay.prefix in relay.prefs()["AdvertiseRoutes"]
    relay.settings.write_text(text.replace(relay.prefix, "fd64:7777::/96"))
    again = relay.command("up")
    assert sorted(relay.prefs()["AdvertiseRoutes"]) == sorted([*OTHERS, "fd64:7777::/96"]), again.stdout
    relay.settings.write_text(text + "advertise-prefix none\n")
    down = relay.command("down")
    assert sorted(relay.prefs()["AdvertiseRoutes"]) == OTHERS, down.stdout
    relay.settings.write_text(text)


def test_logged_out_is_said(careful):
    """Last of this tailnet: the relay forgets it."""
    node = careful["relay"]
    node.tailscaled.stop()
    for state in node.folder.glob("tailscaled.state*"):
        state.unlink()
    node.start_tailscaled()
    wait_for(lambda: node.status()["BackendState"] == "NeedsLogin", "the relay to be logged out")
    done = node.run([built("nat64-relay"), "up", "-c", careful.folder / "relay.conf"], check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "logged out" in done.stderr, done.stderr
