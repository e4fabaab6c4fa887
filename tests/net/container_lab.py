# SPDX-License-Identifier: GPL-2.0-or-later
"""The services of examples/compose.yaml, and what a relay in a container has to do."""
import lab
import pytest
import traffic


def compose():
    """The services of the example."""
    yaml = pytest.importorskip("yaml", reason="not installed: python3-yaml")
    return yaml.safe_load((lab.TOP / "examples/compose.yaml").read_text())["services"]


def carries(relay):
    """A name, a ping and a TCP connection through the relay."""
    target = "fd64:9929::6440:3"
    assert relay.ask("my-vps.9929") == [target], "AAAA of my-vps.9929"
    assert relay.client.echoes(target, 3)
    near, far = traffic.tcp_pair(relay.target, "100.64.0.3", relay.client, target)
    traffic.tcp_sizes(near, far, (1, 1400, 65000))
    near.close()
    far.close()
