# SPDX-License-Identifier: GPL-2.0-or-later
"""Two lines to choose from by name, by examples/relay.conf and examples/second-line.conf, each on its relay."""
from lab import wait_for
from relay import need_tailnet
from several import ExampleRelay, TwoLines
from tailnet import Tailnet
from traffic import tcp_pair


def echo(client, address):
    return client.run(["ping", "-n", "-c", "1", "-W", "1", address], check=False).returncode == 0


def test_two_lines_are_chosen_by_name():
    """The target sees the relay of the line that the name stands for, and my-vps alone takes neither."""
    need_tailnet()
    with Tailnet(TwoLines()) as net:
        client, target = net["client"], net["target"]
        with ExampleRelay(net, "relay.conf", "relay") as first, ExampleRelay(net, "second-line.conf", "relay2") as second:
            for relay in (first, second):
                address = relay.resolve(client, f"my-vps.{relay.domain}")
                assert address.startswith(relay.prefix.split("/")[0]), f"my-vps.{relay.domain} is {address}, expected in {relay.prefix}"
                wait_for(lambda: echo(client, address), f"an echo by {relay.node.name}", 30)
                near, far = tcp_pair(target, "0.0.0.0", client, address)
                with near, far:
                    assert far.getpeername()[0] == relay.address4, f"my-vps.{relay.domain} should come by {relay.node.name}"
            near, far = tcp_pair(target, "0.0.0.0", client, target.addresses()[0])
            with near, far:
                assert far.getpeername()[0] == client.addresses()[0], "the direct way should take neither relay"
