# SPDX-License-Identifier: GPL-2.0-or-later
"""check names each fault of the tailnet that is really made (DNS, policy, routes, relay.conf) on the relay and on a client, and names nothing else."""
import pytest
from fault_lab import DOMAIN, NAME, WILD
from fault_row import Row, dns, policy, policy_as_it_was, rows, run, running_lab, settings, settings_as_they_were, several, tailscale
from lab import wait_for
from relay import PREFIX, Relay
from tailnet import reverse_zone


@pytest.fixture(scope="module")
def lab():
    yield from running_lab(split=(DOMAIN, "8888"))


def dns_as_it_was(lab):
    lab.change_dns()


def split_to(*addresses):
    return lambda lab: lab.change_dns(split={**lab.without_zone(), DOMAIN: list(addresses)})


def split_without(zone):
    return lambda lab: lab.change_dns(split=lab.without_zone(zone))


def unapprove(lab):
    lab.put_policy({key: value for key, value in lab.policy.items() if key != "autoApprovers"})
    lab.tailnet.approve("relay")


def another_primary(lab):
    """The target takes the prefix: it advertises it, and is approved before the relay is."""
    unapprove(lab)
    lab.target.tailscale("set", f"--advertise-routes={PREFIX}")
    wait_for(lambda: PREFIX in lab.tailnet.headscale("nodes", "list-routes"), "the target's route")
    lab.tailnet.approve("target", PREFIX)


def primary_again(lab):
    lab.target.tailscale("set", "--advertise-routes=")
    lab.put_policy(lab.policy)
    lab.tailnet.approve("relay", PREFIX)


def a_name_of_another_zone(lab):
    """A domain whose real names MagicDNS has from split DNS, which a relay that does not take the tailnet's DNS is not told."""
    lab.configure(f"split-domain 8888 {WILD}", f"upstream-dns {WILD} 100.100.100.100", "allow-destination 100.64.0.0/10", "allow-destination 10.99.0.0/24")
    lab.node("relay").tailscale("set", "--accept-dns=false")


def a_domain_of_the_tailnet(lab):
    """The tailnet's own domain as split domain, of names of another zone."""
    text = lab.settings.replace("split-domain 9929 ts.test", f"split-domain ts.test {WILD}")
    lab.relay.settings.write_text(f"{text}\nupstream-dns {WILD} 10.99.0.1\nallow-destination 10.99.0.0/24\n")
    lab.relay.command("reload")
    lab.change_dns(split={**lab.without_zone(DOMAIN, "8888"), "ts.test": ["100.64.0.1"]})


def tailnet_as_it_was(lab):
    lab.restore_settings()
    lab.change_dns()


def another_relay(lab):
    """A second relay with the same prefix, whose name servers the tailnet was told of in the place of the first's."""
    lab.second = Relay(lab.tailnet, node="relay2", name="relay2.conf").start()
    lab.change_dns(split={**lab.without_zone(), DOMAIN: ["100.64.0.2"]})


def one_relay(lab):
    lab.change_dns()
    assert lab.second.stop() == 0, lab.second.process.tail()


def two_relays_with_a_page(lab):
    """Clients may open the page, and the second relay, with the same routes, may not ask for /healthz."""
    lab.configure("http-listen auto")
    lab.grant({"src": ["test@"], "dst": ["tag:relay"], "ip": ["tcp:8064"]})
    lab.second = Relay(lab.tailnet, node="relay2", name="relay2.conf").start()
    lab.change_dns(split={**lab.without_zone(), DOMAIN: ["100.64.0.1", "100.64.0.2"], reverse_zone(PREFIX): ["100.64.0.1", "100.64.0.2"]})


def no_page(lab):
    lab.restore_settings()
    lab.put_policy(lab.policy)


def one_relay_without_a_page(lab):
    one_relay(lab)
    no_page(lab)


ROWS = [
    # who may ask, and where
    Row("a dns-client that is not this client", settings("dns-client 100.64.0.77"), ("client-refused",), ("client-refused",), "client", settings_as_they_were),
    Row("edge-address of another interface", settings("edge-address 10.99.0.2"), ("edge-address-foreign",), ("resolver-silent",), "relay",
        settings_as_they_were),
    # split DNS
    Row("split DNS hands the domain to another node", split_to("100.64.0.2"), ("split-dns-elsewhere",), ("split-dns-elsewhere",), "relay",
        says=("100.64.0.2 (relay2",)),
    Row("split DNS hands the domain to no server", split_without(DOMAIN), ("split-dns-missing",), ("split-dns-missing",), "client"),
    Row("split DNS names a second node, which is no relay", split_to("100.64.0.1", "100.64.0.2"), ("split-dns-stray",), ("split-dns-stray",), "relay",
        says=("100.64.0.2 (relay2",)),
    Row("split DNS names the other one of two relays", another_relay, ("split-dns-partial",), (), "relay", one_relay, says=("100.64.0.2 (relay2",)),
    Row("split DNS without the reverse zone", split_without(reverse_zone(PREFIX)), ("split-dns-reverse-missing",), ("split-dns-reverse-missing",), "relay"),
    Row("a record of the name in the tailnet's DNS", dns(extra_records=[{"name": NAME, "type": "A", "value": "203.0.113.4"}]), ("bypass-record",),
        ("bypass-record",), "", dns_as_it_was, says=("203.0.113.4 by MagicDNS itself",)),
    Row("a split domain that the tailnet's own names end in", a_domain_of_the_tailnet, ("bypass-record",), ("bypass-record",), "", tailnet_as_it_was,
        asked="my-vps.ts.test", says=("a node of the tailnet has this name",)),
    # routes
    Row("the route's approval taken back", unapprove, ("prefix-unreachable",), ("prefix-unreachable",), "", primary_again),
    Row("another node has the prefix", another_primary, ("route-other-primary",), ("answer-missing",), "", primary_again, says=("my-vps",)),
    Row("an advertise-prefix that is none of ours", settings("advertise-prefix fd00:1::/96"), ("advertise-prefix-foreign",), ("prefix-unreachable",), "relay",
        settings_as_they_were),
    # the policy
    Row("a policy without the prefix", policy(1), ("prefix-unreachable",), ("prefix-unreachable",), "relay", policy_as_it_was),
    Row("a policy without port 53", policy(0), ("grant-dns-missing",), ("grant-dns-missing",), "client", policy_as_it_was),
    Row("a policy without relay to target", policy(2), ("grant-targets-missing",), ("grant-targets-missing",), "relay", policy_as_it_was),
    Row("a policy without the page's port", settings("http-listen auto"), ("grant-page-missing",), (), "relay", no_page, says=("TCP port 8064",)),
    Row("a policy with another port than the page's", several(settings("http-listen auto:8065"), lambda lab: lab.grant(
        {"src": ["test@"], "dst": ["tag:relay"], "ip": ["tcp:8064"]})), ("grant-page-missing",), (), "relay", no_page, says=("TCP port 8065",)),
    Row("a policy by which the other relay may not ask for /healthz", two_relays_with_a_page, ("grant-page-missing",), (), "relay", one_relay_without_a_page,
        says=("relay2, another relay",)),
    # around the relay
    Row("a-policy real", settings(f"a-policy {DOMAIN} real"), ("bypass-a-policy",), ("bypass-a-policy",), "client", settings_as_they_were),
    Row("native-aaaa, where targets have no IPv6 address of their own yet", settings(f"native-aaaa {DOMAIN} yes"), ("bypass-aaaa",), (), "relay",
        settings_as_they_were),
    # tailscaled on the relay
    Row("shields up on the relay", tailscale("relay", "set", "--shields-up"), ("shields-up",), ("shields-up",), "relay"),
    Row("the relay does not take the tailnet's DNS, and needs it", a_name_of_another_zone, ("accept-dns-off",), ("upstream-silent",), "relay", settings_as_they_were,
        asked="some.8888"),
    Row("the relay's tailscaled is down", tailscale("relay", "down"), ("tailscaled-down",), ("relay-unreached",), "relay"),
    # names
    Row("no such host", lambda lab: None, ("name-absent",), ("name-absent",), asked="nobody.9929"),
    Row("the relay itself is no target", lambda lab: None, ("target-denied",), ("target-denied",), asked="relay.9929"),
    Row("the target is offline", tailscale("target", "down"), ("target-offline",), ("target-offline",), "", tailscale("target", "up")),
]


@rows(ROWS)
def test_a_fault_of_the_tailnet_is_named_and_nothing_else(lab, row):
    run(lab, row)


