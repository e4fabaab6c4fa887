# SPDX-License-Identifier: GPL-2.0-or-later
"""check --client, and examples/check-client.sh where there is no nat64-relay: both name the same fault of a client, by the same id, as a user."""
import contextlib
import json
import re
import shutil

import pytest
from lab import TOP, built, need, wait_for

NAME, USER = "my-vps.9929", "65534"


@pytest.fixture(scope="module")
def tools(tailnet, relay):
    """A folder that a user may read: nat64-relay, and tailscale as it finds this client's tailscaled."""
    need("dig", "getent", "setpriv")
    client, folder = tailnet["client"], tailnet.folder / "of-a-user"
    client.sysctl(net__ipv4__ping_group_range="0 2147483647")  # as distributions have it
    for closed in (tailnet.folder, client.folder):
        closed.chmod(0o755)
    folder.mkdir(mode=0o755)
    for program in (built("nat64-relay"), client.programs["tailscale"], TOP / "examples/check-client.sh"):
        shutil.copy(program, folder)
    relay.resolve(client)
    return folder


def as_user(client, *command):
    return client.run(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command], check=False, timeout=90)


def check(client, tools, name=NAME, socket=None):
    """(exit code, ids) of check --client."""
    done = as_user(client, tools / "nat64-relay", "check", "--client", "--json", "--socket", socket or client.socket, name)
    answer = json.loads(done.stdout)
    assert done.returncode == answer["exit_code"]
    return done.returncode, [finding["id"] for finding in answer["findings"]]


def awaited(look, client, tools, expected):
    """A change of the tailnet takes its time to arrive: look until it shows, or show what came last."""
    seen = []
    with contextlib.suppress(AssertionError):
        wait_for(lambda: seen.append(look(client, tools)) or seen[-1] == expected, look.__name__, 30)
    assert seen[-1] == expected, f"{look.__name__} found {seen[-1]}, expected {expected}"


def script(client, tools):
    """The same of the script."""
    done = as_user(client, "env", f"TAILSCALE={tools}/tailscale --socket={client.socket}", "sh", tools / "check-client.sh", NAME)
    assert done.stdout.startswith(f"{NAME}: {'does not work: ' if done.returncode else 'works'}"), done.stdout + done.stderr
    return done.returncode, re.findall(r"^FAIL .*\[([a-z0-9-]+)\]$", done.stdout, re.M)


@contextlib.contextmanager
def accept_routes_off(tailnet):
    tailnet["client"].tailscale("set", "--accept-routes=false")
    yield
    tailnet["client"].tailscale("set", "--accept-routes")


@contextlib.contextmanager
def line_of_hosts(tailnet):
    hosts = tailnet["client"].folder / "etc/hosts"
    before = hosts.read_text()
    hosts.write_text(f"{before}203.0.113.5 {NAME}\n")
    yield
    hosts.write_text(before)


@contextlib.contextmanager
def udp_dropped(tailnet):
    client = tailnet["client"]
    client.sh("nft add table inet other; nft 'add chain inet other input { type filter hook input priority -5; }'; "
              "nft 'add rule inet other input iifname tailscale0 ip saddr 100.64.0.1 udp sport 53 drop'")
    yield
    client.run(["nft", "delete", "table", "inet", "other"])


@contextlib.contextmanager
def client_down(tailnet):
    tailnet["client"].tailscale("down")
    yield
    tailnet["client"].tailscale("up", "--accept-routes", "--hostname=client", "--login-server=http://10.99.0.1:8080")


@contextlib.contextmanager
def nothing(tailnet):
    yield


CASES = [(nothing, []), (accept_routes_off, ["accept-routes-off"]), (line_of_hosts, ["bypass-hosts"]), (udp_dropped, ["udp-53-dropped"]),
         (client_down, ["tailscaled-down"]), (nothing, [])]


@pytest.mark.parametrize(("fault", "ids"), CASES, ids=[fault.__name__ for fault, _ in CASES])
def test_the_script_names_what_check_names(tailnet, tools, fault, ids):
    client = tailnet["client"]
    with fault(tailnet):
        for look in (check, script):
            awaited(look, client, tools, (1 if ids else 0, ids))


def test_a_user_who_may_not_ask_tailscaled_learns_what_dns_and_routes_say(tailnet, tools):
    client = tailnet["client"]
    closed = tailnet.folder / "closed"
    closed.mkdir(mode=0o700)
    done = as_user(client, tools / "nat64-relay", "check", "--client", "--json", "--socket", closed / "tailscaled.sock", NAME)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["findings"]) == (0, []) and [note["id"] for note in answer["notes"]] == ["tailscaled-unseen"], answer
    assert [place["id"] for place in answer["checks"]] == ["client-tailscaled", "client-answer", "client-route", "client-traffic"]
    nameless = as_user(client, tools / "nat64-relay", "check", "--client", "--socket", closed / "tailscaled.sock")
    assert nameless.returncode == 2 and "write the whole name" in nameless.stderr
    with accept_routes_off(tailnet):
        awaited(lambda client, tools: check(client, tools, socket=closed / "tailscaled.sock"), client, tools, (1, ["prefix-unreachable"]))


def test_without_a_name_the_domains_of_split_dns_are_looked_at(tailnet, tools):
    client = tailnet["client"]
    awaited(check, client, tools, (0, []))  # what a test before this one has changed is over
    done = as_user(client, tools / "nat64-relay", "check", "--client", "--json", "--socket", client.socket)
    assert json.loads(done.stdout)["name"] == NAME and done.returncode == 0, done.stdout
