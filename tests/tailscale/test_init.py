# SPDX-License-Identifier: GPL-2.0-or-later
"""The first command of a newcomer: init asks the real tailscaled, and what it writes runs."""
import ipaddress
import re

import pytest
from lab import BUILD, built, preload, wait_for
from relay import PREFIX


@pytest.fixture
def written(tailnet, tmp_path):
    """The settings that init writes on the relay, with a prefix that the tailnet's policy approves."""
    path = tmp_path / "relay.conf"
    node = tailnet["relay"]
    done = node.run([built("nat64-relay"), "init", "-c", path, "--split-domain", "9929", "--prefix", PREFIX, "--socket", node.socket])
    return path, done.stdout


def test_init_finds_everything(tailnet, written):
    path, output = written
    text = path.read_text()
    assert "\nsplit-domain 9929 ts.test\n" in text
    assert "\noverlay-interface tailscale0\n" in text
    for address in tailnet["relay"].addresses():
        assert f"\nedge-address {address}\n" in text, text
    pool = ipaddress.ip_network(re.search(r"^dynamic-pool (\S+)", text, re.M)[1])
    assert pool.is_private and not pool.overlaps(ipaddress.ip_network("100.64.0.0/10"))
    assert "ts.test" in output, output


def test_init_makes_a_prefix_of_its_own(tailnet, tmp_path):
    node, prefixes = tailnet["relay"], set()
    for name in ("one", "two"):
        node.run([built("nat64-relay"), "init", "-c", tmp_path / name, "--split-domain", "9929", "--socket", node.socket])
        prefix = ipaddress.ip_network(re.search(r"^prefix (\S+)", (tmp_path / name).read_text(), re.M)[1])
        assert prefix.prefixlen == 96 and prefix.subnet_of(ipaddress.ip_network("fd00::/8")), prefix
        prefixes.add(prefix)
    assert len(prefixes) == 2, "two relays got the same random prefix"


def test_what_init_wrote_runs(tailnet, written):
    """Completed only by the folders and programs of the laboratory."""
    relay, client = tailnet["relay"], tailnet["client"]
    settings = tailnet.lab.settings(written[0].read_text(), name="init.conf")
    running = relay.start([built("nat64-relay"), "run", "-c", settings], name="init-run", env=preload(BUILD / "module/splitdns.so"))
    try:
        running.wait_for("ready after", timeout=40)
        tailnet.announce("relay")
        wait_for(lambda: client.run(["ping", "-c", "1", "-W", "1", "my-vps.9929"], check=False).returncode == 0, "a ping by name", timeout=20)
    finally:
        assert running.stop(timeout=20) == 0, running.tail()
