# SPDX-License-Identifier: GPL-2.0-or-later
"""A page that comes by a reload: its server is started again long after the settings that brought it are gone."""
import os

from lab import Lab, ThreeHosts, need, wait_for
from running_relay import Relay


def answers(relay, port):
    done = relay.client.run(["curl", "-gs", "--max-time", "5", f"http://[{ThreeHosts.RELAY6}]:{port}/healthz"], check=False)
    return done.stdout == "The relay works.\n"


def test_a_server_of_earlier_settings_is_started_again():
    need("curl", "ldns-testns")
    with Lab() as lab:
        relay = Relay(lab).run()
        text = relay.settings.read_text()
        for port in (8064, 8065, 8066):  # another port is another server, started as the first was
            relay.settings.write_text(f"{text}\nhttp-listen auto:{port}\n")
            relay.command("reload")
            wait_for(lambda: answers(relay, port), f"the page on port {port}", 60)
        pid = relay.node.pid_of("nat64-relay-htt")
        os.kill(pid, 9)
        wait_for(lambda: relay.node.pid_of("nat64-relay-htt") not in (None, pid) and answers(relay, 8066), "the page of another server", 60)
        assert relay.process.stop() == 0
