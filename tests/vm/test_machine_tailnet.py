# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay beside a real tailscaled under systemd. tailscaled says that it is ready before it has an address: the relay waits for it by itself."""
from boots import reboot
from lab import wait_for
from machine import CLEAN, POWER_CUT


def test_enabled_once_it_serves(tailnet_relay):
    tailnet_relay.assert_serves()
    tailnet_relay.assert_whole("ok")


def test_reboot(tailnet_relay, progress):
    settings, leases = tailnet_relay.settings(), tailnet_relay.leases()
    assert leases, "no client has a lease"
    progress(" ".join(CLEAN))
    reboot(tailnet_relay, CLEAN, progress)
    tailnet_relay.assert_whole("ok")
    tailnet_relay.assert_serves()
    assert (tailnet_relay.settings(), tailnet_relay.leases()) == (settings, leases)


def test_power_cut_while_the_control_plane_is_away(tailnet_relay, progress):
    """tailscaled gets no address then: the relay keeps trying, and serves once there is one."""
    progress("power cut, without the control plane")
    tailnet_relay.control_reachable(False)
    tailnet_relay.machine.reboot(POWER_CUT)
    wait_for(tailnet_relay.machine.is_booted, "the boot to end without the relay", timeout=180, interval=1)
    first, *daemons = tailnet_relay.states()
    assert first in ("activating", "active"), f"the relay does not wait for an address: {first}\n{tailnet_relay.journal()}"
    assert daemons == ["inactive", "inactive"], "a daemon runs without the relay's device and rules"
    progress("the control plane comes back")
    tailnet_relay.control_reachable(True)
    tailnet_relay.wait_active(120)
    tailnet_relay.assert_serves()
    tailnet_relay.assert_whole("ok")
    tailnet_relay.assert_no_denial()
