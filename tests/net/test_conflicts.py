# SPDX-License-Identifier: GPL-2.0-or-later
"""What other programs do to a relay, found by check and up, and the cure that is printed: each one is given to the program, and has to help.

The firewalls are in firewalls.py. A firewall lets echo requests pass that it drops TCP for; so the proof is a connection and a question.
"""
import configparser
import json
import os
import re

import pytest
from firewalls import Docker, Firewalld, Plain, Ufw
from lab import TOP, need, wait_for
from relay_lab import relay  # noqa: F401  (relay is a fixture)
from conflict_lab import ANSWER, connects, found



# --- firewalls ---

@pytest.mark.parametrize("kind, stops_questions", [(Ufw, True), (Firewalld, True), (Docker, False), (Plain, True)])
def test_a_firewall_in_the_way(relay, kind, stops_questions):  # noqa: F811
    """It drops, check says so and by whom, its own advice is typed, and all is well."""
    firewall = kind(relay.node)
    process = relay.run()
    assert not connects(relay), f"{kind.__name__} drops nothing: this test proves nothing"
    assert (relay.ask("my-vps.9929") != [ANSWER]) == stops_questions
    conflicts = found(relay, "firewall")
    assert conflicts and all(result == "FAIL" for result, _, _ in conflicts), conflicts
    assert all(text.startswith(f"{kind.name} drops ") for _, text, _ in conflicts), conflicts
    assert any("queries to port 53" in text for _, text, _ in conflicts) == stops_questions, conflicts
    if kind is Docker:
        text = relay.expect(1, "check", "my-vps")
        assert f"firewall: {kind.name} drops" in text and '"conflicts"' in relay.expect(1, "check", "--json", "my-vps"), text
    for _, _, advice in conflicts:
        firewall.do(firewall.advice(advice))
    assert found(relay, "firewall") == [], "after the advice was followed"
    assert wait_for(lambda: connects(relay), "a connection after the advice was followed", 20)
    assert relay.ask("my-vps.9929") == [ANSWER]
    assert process.stop() == 0


def test_up_warns_of_a_firewall(relay):  # noqa: F811
    Docker(relay.node)
    assert "warning, firewall: Docker drops" in relay.expect(0, "up")
    relay.expect(0, "down")


OPEN = {
    "established, then the interfaces, then a drop": ["ct state { established, related } accept", 'iifname { "tail*", "nat64" } accept', "drop"],
    "a map of verdicts": ['iifname vmap { "tailscale0" : accept, "nat64" : jump ours, "eth0" : drop }'],
    "an interval of addresses": ["ip6 daddr fd64:9929::/64 accept", "ip saddr { 192.168.224.0/19, 10.0.0.0/8 } accept",
                                 "ip daddr 192.168.240.0-192.168.255.255 accept", "ip6 saddr != { fd00::/16, fd70::/12 } accept",
                                 "ip6 saddr fd64:9929::/96 accept"],
    "a mark": ['iifname "tailscale0" meta mark set 0x40000', "meta mark & 0xff0000 == 0x40000 accept", 'iifname "nat64" goto ours'],
    "a limit that is not used up": ["limit rate 1/hour burst 50 packets accept"],
    "a question to the routes": ["fib saddr type unicast accept"],
}
SHUT = {
    "a drop behind jumps": ["jump twice", "accept"],
    "an address in a named set": ["ip daddr @blocked drop", "ip6 saddr @blocked6 drop", "accept"],
    "not our interfaces": ['iifname != { "eth0", "eth1" } reject', "accept"],
    "only targets' answers": ['ip daddr 192.168.240.0/20 ct state established drop', "accept"],
    "a limit that is used up": ["limit rate 1/hour burst 1 packets accept"],
}
HEAD = """add table inet site
add set inet site blocked { type ipv4_addr; flags interval; elements = { 100.64.0.0/12, 8.8.8.8 }; }
add set inet site blocked6 { type ipv6_addr; elements = { fd7a:115c:a1e0::102 }; }
add chain inet site ours
add rule inet site ours accept
add chain inet site thrice
add rule inet site thrice tcp dport 443 drop
add chain inet site twice
add rule inet site twice tcp dport 1-65535 goto thrice
"""


def site(node, rules):
    """A chain at the hook with the policy drop, and these rules."""
    lines = [f"add rule inet site passing {rule}" for rule in rules]
    node.run("nft -f -", input=HEAD + "add chain inet site passing { type filter hook forward priority 0; policy drop; }\n" + "\n".join(lines) + "\n")


def test_rules_that_let_ours_pass_are_no_conflict(relay):  # noqa: F811
    process = relay.run()
    for name, rules in OPEN.items():
        site(relay.node, rules)
        assert found(relay, "firewall") == [], name
        relay.node.run("nft delete table inet site")
    assert process.stop() == 0


def test_rules_that_drop_ours(relay):  # noqa: F811
    process = relay.run()
    for name, rules in SHUT.items():
        site(relay.node, rules)
        conflicts = found(relay, "firewall")
        assert [one[0] for one in conflicts] == ["FAIL"], (name, conflicts)
        assert re.search("a firewall drops .*table inet site, chain passing", conflicts[0][1]), (name, conflicts)
        relay.node.run("nft delete table inet site")
    assert process.stop() == 0


def test_the_rule_that_drops_is_named(relay):  # noqa: F811
    """By the handle that nft -a prints, also at hooks before routing."""
    process = relay.run()
    relay.node.run("nft -f -", input=HEAD + "add chain inet site early { type filter hook prerouting priority -250; }\n"
                   'add rule inet site early iifname "tailscale0" tcp dport 443 jump twice\n')
    listed = relay.node.run("nft -a list chain inet site thrice").stdout
    handle = re.search(r"drop # handle (\d+)", listed)[1]
    conflicts = found(relay, "firewall")
    assert len(conflicts) == 1 and f"(table inet site, chain early, by handle {handle} of chain thrice)" in conflicts[0][1], (listed, conflicts)
    assert process.stop() == 0


def test_a_trace_leaves_nothing_behind(legacy_relay):
    """No packet of the trace leaves the relay; table and device go with the process, also when it is killed."""
    relay = legacy_relay  # noqa: F811
    process = relay.run()
    relay.node.run("nft -f -", input="""table inet seen {
        counter left { }
        chain out { type filter hook postrouting priority 2147483647; tcp dport 443 counter name left; }
    }""")
    target = "nft add table inet seen; nft 'add chain inet seen in { type filter hook input priority 0; }'; nft add rule inet seen in tcp dport 443 counter"
    relay.target.sh(target)
    relay.client.sh(target)
    assert found(relay, "firewall") == []
    for node in (relay.target, relay.client):
        assert "packets 0 " in node.run("nft list table inet seen").stdout
    assert "packets 0 " in relay.node.run("nft list counter inet seen left").stdout
    legacy(relay.node, "-P FORWARD DROP")  # check waits for each packet
    check = relay.node.start([relay.program, "-c", relay.config, "check", "--conflicts"], "killed", env=relay.environment)
    wait_for(lambda: "relay-probe" in relay.node.run("ip -o link").stdout and "nat64-relay-trace" in relay.node.run("nft list tables").stdout, "the trace", 20)
    check.kill()
    wait_for(lambda: "relay-probe" not in relay.node.run("ip -o link").stdout and "nat64-relay-trace" not in relay.node.run("nft list tables").stdout,
             "nothing to be left", 20)
    assert process.stop() == 0


def test_what_cannot_be_traced_is_said_to_be_unseen(relay):  # noqa: F811
    """Without the right to trace there is no "no firewall"."""
    process = relay.run()
    Docker(relay.node)
    blind = relay.node.run(["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin", relay.program, "-c", relay.config, "check", "--conflicts"],
                           check=False, env=relay.environment)
    assert "Docker drops" not in blind.stdout + blind.stderr, "the test does not take the right away"
    assert "whether a firewall drops packets of the relay:" in blind.stdout + blind.stderr, blind.stdout + blind.stderr
    assert process.stop() == 0


def test_a_table_that_drops_at_two_hooks_is_one_line(relay):  # noqa: F811
    """It is one program, and one line to type."""
    process = relay.run()
    site(relay.node, ["drop"])
    relay.node.run("nft add chain inet site asking { type filter hook input priority 0; policy drop; }")
    conflicts = found(relay, "firewall")
    assert [one[0] for one in conflicts] == ["FAIL"], conflicts
    assert re.search(r"queries to port 53 \(table inet site, chain passing, handle \d+; chain asking, its policy\)", conflicts[0][1]), conflicts
    for command in conflicts[0][2].split("; "):
        if command.startswith("nft "):
            relay.node.run(command)
    assert found(relay, "firewall") == []
    assert process.stop() == 0


# --- iptables-legacy, whose rules are not in nf_tables ---

def legacy(node, line, check=True):
    return node.run(f"iptables-legacy {line}", check=check)


@pytest.fixture
def legacy_relay(relay):  # noqa: F811
    need("iptables-legacy", "ip6tables-legacy")
    if relay.node.run("iptables-legacy -L FORWARD", check=False).returncode != 0:
        pytest.skip("this kernel has no ip_tables")
    return relay


def typed(relay, conflicts):  # noqa: F811
    """Type what is advised."""
    for _, _, advice in conflicts:
        for command in advice.split("; "):
            if " -j ACCEPT" in command:
                relay.node.run(command.split(" (")[0])


def test_a_policy_of_iptables_legacy(legacy_relay):
    """Empty tables are no conflict; a policy DROP is, and the advice helps."""
    relay = legacy_relay  # noqa: F811
    process = relay.run()
    relay.node.run("ip6tables-legacy -t nat -L")
    assert found(relay, "firewall") == []
    legacy(relay.node, "-P FORWARD DROP")
    relay.node.run("ip6tables-legacy -P FORWARD DROP")
    assert not connects(relay)
    conflicts = found(relay, "firewall")
    assert [(result, text.split(" drops ")[0]) for result, text, _ in conflicts] == [("FAIL", "ip6tables-legacy"), ("FAIL", "iptables-legacy")], conflicts
    typed(relay, conflicts)
    assert found(relay, "firewall") == [], "after the advice was followed"
    wait_for(lambda: connects(relay), "a connection after the advice was followed", 20)
    assert process.stop() == 0


def test_rules_of_iptables_legacy(legacy_relay):
    """Rules that let ours pass are no conflict; one that drops ours is, whatever else is there."""
    relay = legacy_relay  # noqa: F811
    process = relay.run()
    for line in ("-A FORWARD -o eth7 -j DROP", "-N mine", "-A FORWARD -j mine", "-t nat -A PREROUTING -p tcp --dport 5300 -j REDIRECT --to-ports 5353"):
        legacy(relay.node, line)
    assert found(relay, "firewall") == []
    legacy(relay.node, "-A mine -s 192.168.240.0/20 -j DROP")
    conflicts = found(relay, "firewall")
    assert [one[0] for one in conflicts] == ["FAIL"], conflicts
    assert re.search("iptables-legacy drops packets of the translator to targets .*its tables: .*filter", conflicts[0][1]), conflicts
    typed(relay, conflicts)
    assert found(relay, "firewall") == [], "after the advice was followed"
    legacy(relay.node, "-I INPUT -p udp --dport 53 -j DROP")
    conflicts = found(relay, "firewall")
    assert [(one[0], "over UDP" in one[1]) for one in conflicts] == [("FAIL", True)], conflicts
    typed(relay, conflicts)
    assert found(relay, "firewall") == [], "after the advice was followed"
    assert process.stop() == 0


# --- what somebody changes while the relay is up ---

def test_forwarding_turned_off_by_somebody(relay):  # noqa: F811
    relay.expect(0, "up")  # and no watch, which would put it back
    relay.node.sysctl(net__ipv4__ip_forward=0)
    relay.node.run("ip rule del priority 5200 to 192.168.240.0/20")
    conflicts = found(relay, "state")
    assert len(conflicts) == 1 and conflicts[0][0] == "FAIL", conflicts
    assert "net.ipv4.ip_forward = 1" in conflicts[0][1] and "rule 5200: to 192.168.240.0/20" in conflicts[0][1], conflicts
    relay.expect(0, "up")
    assert found(relay, "state") == []
    relay.expect(0, "down")


def test_strict_reverse_path_turned_on_later(relay):  # noqa: F811
    relay.expect(0, "up")
    assert found(relay, "state") == []
    relay.node.sysctl(net__ipv4__conf__all__rp_filter=1)
    assert "net.ipv4.conf.nat64.rp_filter = 2" in found(relay, "state")[0][1]
    relay.expect(0, "up")
    assert found(relay, "state") == []
    relay.expect(0, "down")


def test_ipv6_turned_off(relay):  # noqa: F811
    relay.node.sysctl(net__ipv6__conf__tailscale0__disable_ipv6=1)
    result, text, advice = found(relay, "ipv6")[0]
    assert result == "FAIL" and "tailscale0" in text
    relay.node.sh(advice.split(", the same")[0])
    assert found(relay, "ipv6") == []


# --- files of other programs ---

class Files:
    """A node whose programs see some folders of the machine with other contents."""

    def __init__(self, relay, files, number=0):
        self.relay, self.top = relay, relay.lab.folder / f"files{number}"
        for path, text in files.items():
            (self.top / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            (self.top / path.lstrip("/")).write_text(text)
        self.folders = sorted({str(os.path.dirname(path)) for path in files})

    def found(self, topic):
        """check's conflicts with these folders in their place."""
        mounts = "; ".join(f"mkdir -p {folder}; mount --bind {self.top}{folder} {folder}" for folder in self.folders)
        hidden = "mount -t tmpfs none /run/systemd; mount -t tmpfs none /etc/sysctl.d; " + (
            "mkdir -p /run/NetworkManager/devices; " if any("NetworkManager" in folder for folder in self.folders) else "")
        done = self.relay.command("check", "--conflicts", "--json", before=["unshare", "-m", "bash", "-ec", f"{hidden}{mounts}\nexec \"$@\"", "bash"])
        assert done.stdout, done.stderr
        return [(one["result"], one["text"], one["advice"]) for one in json.loads(done.stdout)["conflicts"] if one["topic"] == topic]


def test_a_file_that_turns_it_off_at_the_next_boot(relay):  # noqa: F811
    """The last line counts, in the order of the files' names; each spelling is known."""
    folder = "/etc/sysctl.d/"
    cases = [({"50-hard.conf": "# no router\nnet/ipv4/ip_forward = 0\n"}, ["50-hard.conf line 2 sets net.ipv4.ip_forward = 0"]),
             ({"50-hard.conf": "net.ipv4.ip_forward=0\n", "99-router.conf": "net.ipv4.ip_forward=1\n"}, []),
             ({"20-v6.conf": "-net.ipv6.conf.all.disable_ipv6=1\nnet.ipv4.ip_forward=1\n"}, ["20-v6.conf line 1 sets net.ipv6.conf.all.disable_ipv6 = 1"])]
    for number, (files, expected) in enumerate(cases):
        conflicts = Files(relay, {folder + name: text for name, text in files.items()}, number).found("sysctl")
        assert [text.split(":")[0] for _, text, _ in conflicts] == [folder + text for text in expected], conflicts
        assert all(result == "warning" for result, _, _ in conflicts)


def test_networkd_that_takes_everything(relay):  # noqa: F811
    """What systemd-networkd keeps in /run: by its state files, since the daemon itself wants udev."""
    relay.expect(0, "up")
    index = json.loads(relay.node.run("ip -j link show nat64").stdout)[0]["ifindex"]
    links = "/run/systemd/netif/links/"
    taken = Files(relay, {links + "1": "ADMIN_STATE=unmanaged\n", links + str(index): "# link\nADMIN_STATE=configured\nOPER_STATE=routable\n"})
    conflicts = taken.found("networkd")
    assert [result for result, _, _ in conflicts] == ["FAIL", "warning"], conflicts
    assert "manages nat64" in conflicts[0][1] and "Name=nat64" in conflicts[0][2] and "Unmanaged=yes" in conflicts[0][2]
    assert "ManageForeignRoutingPolicyRules=no" in conflicts[1][2]
    left = Files(relay, {links + "1": "ADMIN_STATE=unmanaged\n", links + str(index): "ADMIN_STATE=unmanaged\n",
                         "/run/systemd/networkd.conf.d/x.conf": "[Network]\nManageForeignRoutingPolicyRules=no\n"})
    assert left.found("networkd") == []
    relay.expect(0, "down")


def test_what_is_installed_names_our_devices():
    """To systemd-networkd and NetworkManager: the relay's usual device, and that of clat."""
    match = configparser.ConfigParser()
    match.read(TOP / "dist/network/10-nat64-relay.network")
    assert match["Match"]["Name"].split() == ["nat64", "clat"]
    unmanaged = configparser.ConfigParser(delimiters=["+="])
    unmanaged.read(TOP / "dist/NetworkManager/nat64-relay.conf")
    assert unmanaged["keyfile"]["unmanaged-devices"].split(";") == ["interface-name:nat64", "interface-name:clat"]


def test_network_manager_that_takes_the_device(relay):  # noqa: F811
    """What NetworkManager writes of each device that it knows."""
    relay.expect(0, "up")
    index = json.loads(relay.node.run("ip -j link show nat64").stdout)[0]["ifindex"]
    for managed, count in (("true", 1), ("false", 0)):
        conflicts = Files(relay, {f"/run/NetworkManager/devices/{index}": f"[device]\nmanaged={managed}\n"}).found("NetworkManager")
        assert len(conflicts) == count, conflicts
    relay.expect(0, "down")


# --- port 53 ---

def start_named(relay, addresses4="any;", addresses6="any;"):  # noqa: F811
    """Debian's named, on everything or as told."""
    folder = relay.lab.folder / "named"
    folder.mkdir(exist_ok=True)
    (folder / "named.conf").write_text(f"""options {{ directory "{folder}"; pid-file none; session-keyfile none; listen-on {{ {addresses4} }};
        listen-on-v6 {{ {addresses6} }}; recursion no; }}; controls {{ }};""")
    process = relay.node.start(["named", "-g", "-n", "1", "-c", folder / "named.conf"], "named")
    process.wait_for(r"running\b", 30)
    return process


def test_named_on_every_address(relay):  # noqa: F811
    need("named")
    process = start_named(relay)
    text = relay.expect(2, "up")
    lines = re.findall(r"(listen-on(?:-v6)?) \{ (.*?) \};", text)
    assert dict(lines) == {"listen-on": "!100.64.0.1; any;", "listen-on-v6": "!fd7a:115c:a1e0::1; any;"}, text
    process.stop()
    start_named(relay, dict(lines)["listen-on"], dict(lines)["listen-on-v6"])
    running = relay.run()
    assert relay.ask("my-vps.9929") == [ANSWER]
    assert running.stop() == 0


def test_dnsmasq_on_every_address(relay):  # noqa: F811
    need("dnsmasq")
    command = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--pid-file=", "--user=root", "--log-facility=-"]
    process = relay.node.start([*command, "--conf-file=/dev/null"], "dnsmasq")
    process.wait_for("started", 20)
    text = relay.expect(2, "up")
    lines = re.search(r"printf '(.*?)' >", text)[1]
    process.stop()
    settings = relay.lab.folder / "dnsmasq.conf"
    settings.write_text(lines.replace("\\n", "\n"))
    relay.node.start([*command, f"--conf-file={settings}"], "dnsmasq2").wait_for("started", 20)
    running = relay.run()
    assert relay.ask("my-vps.9929") == [ANSWER]
    assert running.stop() == 0


def test_a_stub_on_the_loopback_is_nobodys_conflict(relay):  # noqa: F811
    """systemd-resolved listens on 127.0.0.53 and 127.0.0.54: no word of it."""
    stub = [relay.node.start(["python3", "-c", f"import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('{address}', 53)); "
                              "open('/proc/self/comm', 'w').write('systemd-resolve'); print('bound', flush=True); time.sleep(600)"], f"stub{address[-1]}")
            for address in ("127.0.0.53", "127.0.0.54")]
    for process in stub:
        process.wait_for("bound")
    running = relay.run()
    assert found(relay, "resolver") == [] and relay.ask("my-vps.9929") == [ANSWER]
    assert running.stop() == 0


def test_a_relay_that_asks_itself(relay):  # noqa: F811
    relay.node.resolv_conf("nameserver 100.64.0.1\n")
    result, text, _ = found(relay, "resolver")[0]
    assert result == "warning" and "names its own relay, 100.64.0.1" in text


def test_a_relay_alone_has_no_conflict(relay):  # noqa: F811
    process = relay.run()
    assert [one for one in found(relay) if "sysctl" not in one[1]] == [], "a plain Debian with nothing else on it"
    assert "no other program" in relay.command("check", "--conflicts").stdout or found(relay)
    assert process.stop() == 0
