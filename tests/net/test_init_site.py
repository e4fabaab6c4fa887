# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay init --site: what it writes, and what it refuses or says. test_sites.py (tests/tailscale) puts such files to work."""
import pytest
from lab import Lab, built, need

LAST = "192.168.240.0/20"  # the pool where nothing is in the way


@pytest.fixture(scope="module")
def relay():
    need("ip")
    with Lab() as lab:
        node = lab.node("relay")
        lab.connect(node, "eth1", lab.node("lan"), "eth0")
        lab.connect(node, "tailscale0", lab.node("tailnet"), "eth0")
        lab.connect(node, "eth2", lab.node("lan2"), "eth0")
        node.address("eth1", "10.0.0.254/24")
        node.address("eth2", "10.9.0.254/24")
        node.address("tailscale0", "100.64.0.1/32")
        yield node


def init(node, *words, upstream="10.0.0.1"):
    """The exit code, all that was said, and the lines of the file that are in force."""
    path = node.lab.folder / "site.conf"
    path.unlink(missing_ok=True)
    done = node.run([built("nat64-relay"), "init", "-c", path, "--real-suffix", "office.example", "--upstream-dns", upstream, "--edge-address", "100.64.0.1",
                     "--no-tailscale", *words], check=False)
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"] if path.exists() else None
    return done.returncode, done.stdout + done.stderr, lines


def test_a_site(relay):
    code, said, lines = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24")
    assert code == 0, said
    assert {f"dynamic-pool {LAST}", "split-domain berlin office.example", "upstream-dns 0.0.10.in-addr.arpa 10.0.0.1", "allow-destination 10.0.0.0/24",
            "lan-interface eth1"} <= set(lines), lines


def test_one_interface_leads_to_several_networks(relay):
    code, said, lines = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", "--reach", "10.9.0.0/24", "--lan-interface", "eth1")
    assert code == 0 and "lan-interface eth1" in lines, said


def test_the_pool_is_none_of_the_sites_addresses(relay):
    """A network of the site that no route of this machine names: its hosts in the pool would be out of reach."""
    code, said, lines = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", "--reach", "192.168.0.0/16")
    assert code == 0 and "dynamic-pool 172.31.240.0/20" in lines, said
    code, said, lines = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", "--reach", "192.168.0.0/16", "--pool", LAST)
    assert (code, lines) == (2, None) and f"--pool {LAST} overlaps --reach 192.168.0.0/16" in said, said
    code, said, lines = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", "--reach", "10.192.0.0/16", "--twin-prefix", "10.192.0.0/10")
    assert (code, lines) == (2, None) and "--twin-prefix 10.192.0.0/10 overlaps --reach 10.192.0.0/16" in said, said


@pytest.mark.parametrize("words, expected", [
    (["--reach", "10.0.0.0"], "--reach 10.0.0.0: an IPv4 prefix"), (["--reach", "10.0.0.1/24"], "without host bits"), (["--reach", "fd00::/64"], "an IPv4 prefix"),
    (["--reach", "10.1.0.0/24"], "no interface of this machine has an address in 10.1.0.0/24"), ([], "give the network"),
    (["--reach", "10.0.0.0/24", "--reach", "10.9.0.0/24"], "--reach 10.9.0.0/24 is the network of eth2, and --reach 10.0.0.0/24 that of eth1"),
    (["--reach", "10.0.0.0/24", "--prefix", "64:ff9b::/96"], "64:ff9b::/96 may not hold 10.0.0.0/24, which is not global"),
    (["--reach", "0.0.0.0/0", "--lan-interface", "eth1"], "would cut off the tailnet"),
    (["--reach", "100.64.0.0/10", "--lan-interface", "eth1"], "no destination beyond the overlay"),
    (["--reach", "10.0.0.0/24", "--lan-interface", "tailscale0"], "is the overlay-interface"),
    (["--reach", "10.0.0.0/24", "--lan-interface", "lo"], "lo is the loopback interface"),
    (["--reach", "127.0.0.0/8", "--lan-interface", "eth1"], "--reach 127.0.0.0/8: no host has such an address"),
    (["--reach", "224.0.0.0/4", "--lan-interface", "eth1"], "--reach 224.0.0.0/4: no host has such an address"),
    (["--reach", "10.0.0.0/24", "--split-domain", "9929"], "--site berlin and --split-domain 9929: the name of a site is its split domain")])
def test_what_is_refused(relay, words, expected):
    code, said, lines = init(relay, "--site", "berlin", *words)
    assert (code, lines) == (2, None) and expected in said, said


def test_what_is_odd_is_said(relay):
    code, said, _ = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", "--lan-interface", "eht1")
    assert code == 0 and "there is no such interface now" in said, said
    code, said, _ = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", upstream="10.9.9.9@5353")
    assert code == 0 and "outside --reach, so queries leave as the routes lead" in said, said
    code, said, _ = init(relay, "--site", "berlin", "--reach", "10.0.0.0/24", upstream="10.0.0.1@5353")
    assert code == 0 and "outside" not in said and "no such" not in said, said
