# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay beside a real tailscaled under systemd. tailscaled says that it is ready before it has an address: the relay waits for it by itself."""
from lab import wait_for


def test_enabled_once_it_serves(tailnet_relay):
    tailnet_relay.assert_serves()
    tailnet_relay.assert_whole("ok")


def test_reboot(tailnet_relay, progress):
    progress("rebooting")
    tailnet_relay.machine.reboot()
    tailnet_relay.assert_whole("ok")
    tailnet_relay.assert_serves()


def test_power_cut_while_the_control_plane_is_away(tailnet_relay, progress):
    """tailscaled gets no address then: the relay keeps trying, and serves once there is one."""
    progress("cutting the power, without the control plane")
    tailnet_relay.control_reachable(False)
    tailnet_relay.machine.power_cut()
    wait_for(lambda: tailnet_relay.states()[0] == "activating", "the relay to wait for an address", timeout=30, interval=0.5)
    assert tailnet_relay.states()[1:] == ["inactive", "inactive"], "a daemon runs without the relay's device and rules"
    wait_for(tailnet_relay.machine.is_booted, "the boot to end without the relay", timeout=60, interval=1)
    assert tailnet_relay.states() == ["activating", "inactive", "inactive"]
    progress("the control plane comes back")
    tailnet_relay.control_reachable(True)
    tailnet_relay.wait_active(120)
    tailnet_relay.assert_serves()
    tailnet_relay.assert_whole("ok")
