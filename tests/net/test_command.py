# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay as a person types it: run, up, down, status, check, init, and every kind of bad input.

Three hosts on veth, no Tailscale (advertise-prefix none); the real Unbound with the real module, the real nat64d, the real kernel. The upstream of
the real names is ldns-testns on the relay's loopback. What the command changes is compared item by item with what was there before.
"""
import http.server
import json
import os
import re
import signal
import socketserver
import subprocess
import threading
import time

import pytest

import lab
from relay_lab import INIT, marks, relay, same  # noqa: F401  (relay is a fixture)





# --- the whole path ---

def test_run_carries_names_and_packets_and_leaves_nothing(relay):
    before = relay.snapshot()
    process = relay.run()
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"], "AAAA of my-vps.9929"
    assert relay.ask("my-vps.9929", "A") == [], "A of my-vps.9929"
    assert relay.client.echoes("fd64:9929::6440:3", 3), f"ping through the relay: expected no loss\n{process.tail()}"
    assert process.stop() == 0, f"exit code after SIGTERM:\n{process.tail()}"
    same(before, relay.snapshot(), "after run has ended")
    assert not relay.child("nat64d") and not relay.child("unbound"), "a daemon is left after run has ended"


def test_up_where_ipv6_is_off(relay):
    """No line of relay.conf is to blame, and the one to write is named."""
    relay.node.sysctl(net__ipv6__conf__tailscale0__disable_ipv6=1)
    said = relay.expect(2, "up")
    assert "IPv6 is turned off on tailscale0" in said and "net.ipv6.conf.tailscale0.disable_ipv6=0" in said, said
    assert "edge-address" not in said, said


def test_up_twice_and_down_twice(relay):
    before = relay.snapshot()
    first = relay.expect(0, "up")
    up = relay.snapshot()
    assert "added" in first and "What is left to do" in first, f"first up: expected added items and what is left, got\n{first}"
    second = relay.expect(0, "up")
    assert not re.search(r"^ *(added|removed|missing)", second, re.M), f"second up: expected only \"already there\", got\n{second}"
    same(up, relay.snapshot(), "after the second up")
    assert "removed" in relay.expect(0, "down")
    same(before, relay.snapshot(), "after down")
    again = relay.expect(0, "down")
    assert not re.search(r"^ *removed", again, re.M), f"second down: expected nothing to do, got\n{again}"
    same(before, relay.snapshot(), "after the second down")


def test_sysctls_that_were_on_stay_on(relay):
    relay.node.sysctl(net__ipv4__ip_forward=1)
    before = relay.snapshot()
    relay.expect(0, "up")
    relay.expect(0, "down")
    same(before, relay.snapshot(), "after down")


def test_someone_elses_table_stays(relay):
    relay.node.run("nft add table inet mine")
    relay.node.run("nft add chain inet mine input { type filter hook input priority 0; }")
    before = relay.snapshot()
    relay.expect(0, "up")
    relay.expect(0, "down")
    same(before, relay.snapshot(), "after down")


# --- supervision ---

@pytest.mark.parametrize("name", ["nat64d", "unbound"])
def test_a_killed_child_comes_back(relay, name):
    process = relay.run()
    killed = relay.child(name)
    os.kill(killed, signal.SIGKILL)
    process.wait_for(rf"started {name} again \(restart 1", 10)
    assert relay.child(name) != killed
    lab.wait_for(lambda: relay.ask("my-vps.9929"), f"an answer after {name} was killed")
    pong = lab.wait_for(lambda: " 0% packet loss" in relay.client.run("ping -n -c 1 -W 2 fd64:9929::6440:3", check=False).stdout,
                        f"a pong after {name} was killed")
    assert pong and process.alive
    assert process.stop() == 0


def test_ctrl_c_ends_it_too(relay):
    before = relay.snapshot()
    process = relay.run()
    assert process.stop(signal.SIGINT) == 0, process.tail()
    same(before, relay.snapshot(), "after SIGINT")
    assert "histogram" not in process.text(), f"Unbound's statistics bury what run says in the end:\n{process.tail()}"


def test_a_killed_run_is_taken_over(relay):
    before = relay.snapshot()
    first = relay.run()
    translator = relay.child("nat64d")
    first.kill()
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"], "the relay goes on without its supervisor"
    second = relay.run()
    assert "daemons of a killed" in second.text() and relay.child("nat64d") != translator
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    assert second.stop() == 0
    same(before, relay.snapshot(), "after the second run has ended")


def test_down_cleans_up_after_a_killed_run(relay):
    before = relay.snapshot()
    relay.run().kill()
    assert "daemons of a killed" in relay.expect(0, "down")
    assert not relay.child("nat64d") and not relay.child("unbound")
    same(before, relay.snapshot(), "after down")


def test_a_second_one_is_refused(relay):
    process = relay.run()
    holder = re.search(r"\d+", (relay.lab.folder / "relay.run" / "lock").read_text())[0]
    running = relay.snapshot()
    for command in ("run", "up", "down"):
        text = relay.expect(2, command)
        assert "another nat64-relay" in text and holder in text, f"{command}: expected the other's pid {holder}, got\n{text}"
    same(running, relay.snapshot(), "after refused commands")
    assert process.alive and process.stop() == 0


@pytest.mark.parametrize("device", ["nat64", "other64"])
def test_one_of_another_runtime_folder_is_refused(relay, device):
    """A network namespace has one table of that name: two relays would take turns in it, whatever else is different."""
    before = relay.snapshot()
    folder, first = relay.lab.folder / "relay.run", relay.lab.folder / "relay.conf"
    process = relay.run()
    running = relay.snapshot()
    first.rename(relay.lab.folder / "first.conf")
    relay.config = relay.settings(runtime_dir=relay.lab.folder / "second.run", tun_device=device)
    for command in ("run", "up", "down"):
        text = relay.expect(2, command)
        assert f"another relay, with runtime-dir {folder}, is up" in text, f"{command}: {text}"
    waiting = relay.node.start([relay.program, "-c", relay.config, "watch"], "watch", env=relay.environment)
    waiting.wait_for("another relay, with runtime-dir", 30)
    waiting.stop()
    same(running, relay.snapshot(), "after refused commands")
    assert relay.client.echoes("fd64:9929::6440:3", 3), process.tail()
    process.kill()
    assert f"nat64-relay -c {folder}/relay.conf down ends it" in relay.expect(2, "up")
    (folder / "relay.conf").rename(folder / "cleaned")
    text = relay.expect(2, "up")
    assert "Its settings are not there" in text and "nft delete table inet nat64-relay" in text, text
    (folder / "cleaned").rename(folder / "relay.conf")
    relay.config = folder / "relay.conf"
    relay.expect(0, "down")
    same(before, relay.snapshot(), "after down")
    relay.config = first
    relay.expect(0, "up")
    relay.expect(0, "down")


def test_what_a_daemon_has_planted_is_not_believed(relay):
    """The daemons' user may add files to the runtime folder: root follows no link there, and believes no file of a stranger."""
    stranger, folder, victim = 65534, relay.lab.folder / "relay.run", relay.lab.folder / "victim"
    victim.write_text("untouched")
    for name in ("sysctl.json.new", "unbound.conf.new", "unbound.conf", "children", "lock"):
        (folder / name).symlink_to(victim)
    memory = folder / "sysctl.json"
    memory.write_text('{"version":1,"sysctls":[{"name":"net/ipv4/conf/all/log_martians","before":"1"}]}')
    os.chown(memory, stranger, stranger)
    before = relay.snapshot()
    relay.expect(0, "up")
    for name in ("current/unbound.conf", "lock", "sysctl.json"):
        found = (folder / name).lstat()
        assert not (folder / name).is_symlink() and found.st_uid == 0, f"{name}: expected a file of root's, got {found}"
    relay.expect(0, "down")
    same(before, relay.snapshot(), "after down")
    assert victim.read_text() == "untouched", f"the file behind the links: got {victim.read_text()!r}"
    martians = relay.node.sh("sysctl -n net.ipv4.conf.all.log_martians").stdout.strip()
    assert martians == "0", f"a stranger's memory of sysctls: expected it ignored, but log_martians is {martians}"
    folder.mkdir(exist_ok=True)
    os.chown(folder, stranger, stranger)
    assert "not a folder of root" in relay.expect(2, "up")


# --- status and check ---

def test_status(relay):
    down = json.loads(relay.expect(1, "status", "--json"))
    assert not down["works"] and down["verdict"].startswith("The relay is not running: start it with "), down["verdict"]
    assert relay.expect(1, "status") == down["verdict"] + "\n", "one cause, one line"
    assert "FAIL" not in relay.expect(1, "status", "--verbose")
    assert not down["kernel"]["complete"] and not down["rules"]["complete"] and not down["translator"]["running"]
    process = relay.run()
    relay.client.run("ping -n -c 2 -i 1 fd64:9929::6440:3")
    up = json.loads(relay.expect(0, "status", "--json"))
    assert up["kernel"] == {**up["kernel"], "complete": True, "missing": []}, up["kernel"]
    assert up["rules"]["complete"] and up["rules"]["counters"]["masqueraded"]["packets"] == 1, up["rules"]
    assert up["translator"]["running"] and up["translator"]["counters"]["translated_6to4"]["packets"] == 2, up["translator"]
    assert [one["answers"] for one in up["resolver"]] == [True, True], up["resolver"]
    assert up["works"] and up["traffic"]["clients"] == 1 and up["traffic"]["out_bits_per_second"] >= 0, (up["verdict"], up["traffic"])
    brief = relay.expect(0, "status").split("\n\n")[0].splitlines()
    assert brief[0] == "The relay works." and len(brief) == 2, brief
    assert re.fullmatch(r"now +\S+ \S+ out, \S+ \S+ back; 1 client in the last minute, 1 of \d+ pool addresses in use", brief[1]), brief
    text = relay.expect(0, "status", "--verbose")
    for words in ("fd64:9929::/96", "HOST.9929 for HOST.real.test", "rules: table", "translator: running", "100.64.0.1 port 53 answers"):
        assert words in text, f"status: expected {words!r}, got\n{text}"
    assert "\033" not in text, "colour without a terminal"
    assert process.stop() == 0


def test_check_of_a_good_relay(relay):
    process = relay.run()
    text = relay.expect(2, "check", "my-vps")  # reach and reboot cannot be known here
    assert marks(text) == ["ok", "ok", "not known", "ok", "ok", "not known"], text
    result = json.loads(relay.expect(2, "check", "--json", "my-vps.9929"))
    assert result["name"] == "my-vps.9929" and [one["result"] for one in result["checks"]][:6] == marks(text), result
    assert text.splitlines()[0].startswith("my-vps.9929: works as far as can be seen from here: tailscaled is not asked"), text
    assert (result["verdict"], result["findings"]) == (text.splitlines()[0], []), result
    assert [one["id"] for one in result["notes"]] == ["route-unseen", "boot-unseen", "numeric-domain"], result
    assert process.stop() == 0


@pytest.mark.parametrize("name", ["my-vps.9929.", "my-vps.real.test", "my-vps.real.test."])
def test_check_takes_a_name_as_people_write_it(relay, name):
    """The relay is down: that is said, and how it is started, and nothing else."""
    text = relay.expect(1, "check", name)
    assert text.splitlines()[0] == "my-vps.9929: does not work: the relay is not running", text
    assert re.fullmatch(r"FAIL +1\. the relay is up: the relay is not running \[not-running\]\n +what to do: start it with: \S.*", "\n".join(text.splitlines()[1:])), text


@pytest.mark.parametrize("name", ["", ".", "a..b", "..", "a b", "a" * 64, "a." * 130])
def test_check_refuses_what_is_no_name(relay, name):
    text = relay.expect(2, "check", name)
    assert len(text.splitlines()) == 1 and "is not a host name" in text, text


def test_who_is_not_root_may_look(relay):
    stranger = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    if relay.node.run([*stranger, relay.program, "--version"], check=False).returncode != 0:
        pytest.skip("the build folder is not readable for others")
    process = relay.run()
    status = relay.expect(0, "status", before=stranger)
    assert "FAIL" not in status and re.search("^not known +translator: .*run this as root", status, re.M), status
    text = relay.expect(2, "check", "my-vps", before=stranger)
    assert marks(text) == ["ok", "ok", "not known", "not known", "ok", "not known"], text
    assert process.stop() == 0


def test_check_of_a_public_name(relay):
    """split-domain SPLIT . relays any public name: it has nothing to hide, and its real name is what stands before SPLIT."""
    relay.config = relay.settings(split_domain="9929 .", upstream_dns=". 127.0.0.1@5300", allow_destination="100.64.0.0/10")
    process = relay.run()
    result = json.loads(relay.expect(2, "check", "--json", "WWW.example.net.9929."))
    assert result["name"] == "www.example.net.9929", result
    assert [one["result"] for one in result["checks"]] [:6] == ["ok", "ok", "not known", "ok", "ok", "not known"], result
    assert process.stop() == 0


def test_check_of_a_name_with_the_real_suffix_in_it(relay):
    """Each answer has the name that was asked for: that shows the real suffix to nobody who does not know it."""
    relay.run()
    said = relay.expect(2, "check", "my-vps.real.test.9929")
    assert "the real name stays hidden: no answer shows real.test" in said and "name-leaked" not in said, said


def test_check_finds_what_is_broken(relay):
    process = relay.run()
    assert marks(relay.expect(1, "check", "no-such-host"))[0] == "FAIL"
    relay.node.run("nft add table inet foreign")
    relay.node.run("nft add chain inet foreign drops { type filter hook forward priority -300; policy drop; }")
    text = relay.expect(1, "check", "my-vps")
    assert marks(text)[3] == "FAIL", f"traffic with a drop in the way: expected FAIL, got\n{text}"
    process.stop()
    assert [one["id"] for one in json.loads(relay.expect(1, "check", "--json", "my-vps"))["findings"]] == ["not-running"]


def test_check_without_a_resolver(relay):
    """A relay that lost its resolver has one fault, and what follows from it below it."""
    relay.run().kill()
    relay.node.run(["kill", "-9", str(relay.node.pid_of("unbound"))])
    text = relay.expect(1, "check", "my-vps")
    assert marks(text)[:2] == ["FAIL", "not known"], text
    found = json.loads(relay.expect(1, "check", "--json", "my-vps"))["findings"]
    assert [one["id"] for one in found] == ["resolver-silent"], found
    assert {one["id"] for one in found[0]["consequences"]} == {"not-examined"}, found
    relay.expect(0, "down")


def test_check_takes_no_single_lost_datagram_for_a_firewall(relay):
    """The first question over UDP is lost, as on a machine that has just booted: the resolver answers the next one."""
    relay.run().kill()  # nobody but check asks
    relay.node.sh("nft 'add table inet lossy; add chain inet lossy input { type filter hook input priority -300; }; "
                  "add rule inet lossy input udp dport 53 limit rate 1/hour burst 1 packets counter drop'")
    result = json.loads(relay.expect(2, "check", "--json", "my-vps"))
    lost = relay.node.run("nft list table inet lossy").stdout
    relay.node.run("nft delete table inet lossy")
    assert "packets 1 bytes" in lost, f"the first datagram is lost: expected one packet, got\n{lost}"
    assert [one["id"] for one in result["findings"]] == [], result["findings"]
    relay.expect(0, "down")


def test_check_waits_for_a_client(relay):
    process = relay.run()
    checking = relay.node.start([relay.program, "-c", relay.config, "check", "--wait", "20", "my-vps"], "check", env=relay.environment)
    checking.wait_for("Waiting 20 s")
    assert relay.client.echoes("fd64:9929::6440:3", 2)
    checking.wait(15)
    assert marks(checking.text())[3] == "ok", checking.text()
    assert process.stop() == 0


# --- init ---



def test_init_writes_what_run_can_use(relay):
    relay.config = relay.lab.folder / "made" / "relay.conf"
    text = relay.expect(0, *INIT)
    assert "tailscale0" in text and "192.168.240.0/20" in text, f"init: expected interface and pool, got\n{text}"
    written = relay.config.read_text()
    prefix = re.search(r"^prefix (fd[0-9a-f:]+::/96)$", written, re.M)
    assert prefix, f"init: expected a random /96, got\n{written}"
    assert "is not changed" in relay.expect(2, *INIT)
    assert relay.config.read_text() == written, "a second init changed the file"
    relay.expect(0, *INIT, "--force")
    assert relay.config.with_name("relay.conf.old").read_text() == written, "the old file is kept"
    assert re.search(r"^prefix (\S+)$", relay.config.read_text(), re.M)[1] != prefix[1], "two random prefixes are the same"


def test_init_avoids_what_is_routed(relay):
    relay.config = relay.lab.folder / "made.conf"
    relay.node.route("192.168.128.0/17", "dev", "lo")
    relay.node.route("192.168.112.0/24", "dev", "lo")
    relay.expect(0, *INIT)
    assert "\ndynamic-pool 192.168.96.0/20\n" in relay.config.read_text(), relay.config.read_text()


@pytest.mark.parametrize("extra, words", [
    (["--pool", "100.64.16.0/20"], "100.64.0.0/10"),
    (["--prefix", "fd64::1/96"], "host bits"),
    (["--prefix", "fd64::/97"], "length 32, 40, 48, 56, 64 or 96"),
    (["--split-domain", "test"], "real suffix real.test lies in it"),
    (["--split-domain", "real.test"], "real suffix real.test lies in it"),
    (["--edge-address", "100.64.0.300"], "100.64.0.300"),
    (["--colour"], "--colour"),
    (["surplus"], "surplus"),
])
def test_init_refuses(relay, extra, words):
    relay.config = relay.lab.folder / "made.conf"
    text = relay.expect(2, *INIT, *extra)
    assert words in text, f"expected {words!r}, got\n{text}"
    assert not relay.config.exists(), "a file was written"


def test_init_without_tailscaled_says_what_to_give(relay):
    relay.config = relay.lab.folder / "made.conf"
    text = relay.expect(2, "init", "--split-domain", "9929", "--socket", str(relay.lab.folder / "none.sock"))
    assert "--real-suffix" in text and "--edge-address" in text, text
    assert "--split-domain" in relay.expect(2, "init")


# --- bad input: exit code 2, one clear line, nothing changed ---

def refused(relay, *expected, command="run", before=()):
    """The command is refused with all these words, and nothing has changed."""
    state = relay.snapshot()
    started = time.monotonic()
    text = relay.expect(2, command, before=before)
    for words in expected:
        assert re.search(words, text), f"expected {words!r}, got\n{text}"
    assert time.monotonic() - started < 25
    same(state, relay.snapshot(), f"after a refused {command}")
    return text


@pytest.mark.parametrize("changes, words", [
    ({"tun_devise": "nat65"}, r"tun-devise"),
    ({"tun_device": ["nat65", "nat66"]}, r"tun-device"),
    ({"prefix": "fd64:9929::1/96"}, r"fd64:9929::1/96"),
    ({"prefix": "fd64:9929::/97"}, r"/97"),
    ({"dynamic_pool": "100.64.16.0/20"}, r"100\.64\.0\.0/10"),
    ({"split_domain": "test real.test"}, r"real\.test"),
    ({"edge_address": "100.64.0.77"}, r"edge-address 100\.64\.0\.77 is not an address of this node; tailscale0 has .*100\.64\.0\.1"),
    ({"overlay_interface": "wg7"}, r"overlay-interface wg7: this machine has no such interface"),
    ({"user": "no-such-user"}, r"no user no-such-user.*useradd"),
    ({"unbound_program": "/nonexistent/unbound"}, r"unbound-program /nonexistent/unbound"),
    ({"unbound_program": "/bin/true"}, r"/bin/true: this is not the Unbound that \S+splitdns\.so is built for \(unbound [\d.]+\): name that Unbound with unbound-program"),
    ({"translator_program": "/nonexistent/nat64d"}, r"translator-program /nonexistent/nat64d"),
    ({"advertise_prefix": None, "tailscale_socket": "/nonexistent/tailscaled.sock"}, r"tailscaled"),
])
def test_bad_settings(relay, changes, words):
    relay.config = relay.settings(**changes)
    text = refused(relay, words)
    assert len(text.splitlines()) == 1, f"expected one line, got\n{text}"


def test_what_does_nothing_is_said(relay):
    """A line that is no error, but not what its writer believes either."""
    relay.config = relay.settings(strict_frag_hdr="on")
    assert "strict-frag-hdr does nothing" in relay.expect(1, "status")


def test_no_settings(relay):
    relay.config = relay.lab.folder / "absent.conf"
    refused(relay, r"absent\.conf")


def test_all_that_is_wrong_is_said_at_once(relay):
    relay.config = relay.settings(edge_address="100.64.0.77", user="no-such-user", translator_program="/nonexistent/nat64d")
    text = refused(relay, "100.64.0.77", "no-such-user", "/nonexistent/nat64d")
    assert len(text.splitlines()) == 3, f"expected three lines, got\n{text}"


def test_pool_in_use(relay):
    relay.node.route("192.168.250.0/24", "dev", "lo")
    refused(relay, r"dynamic-pool 192\.168\.240\.0/20 overlaps the route 192\.168\.250\.0/24 dev lo .*for example 192\.168\.224\.0/20")


def test_no_root(relay):
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if relay.node.run([*nobody, relay.program, "--version"], check=False).returncode != 0:
        pytest.skip("the build folder is not readable for others")
    for command in ("up", "down", "run"):
        text = refused(relay, f"needs root: sudo nat64-relay {command}", command=command, before=nobody)
        assert len(text.splitlines()) == 1, f"expected one line, got\n{text}"


def test_runtime_folder_full(relay):
    """The cause is said, and not that another one is at work."""
    full = relay.lab.folder / "full"
    full.mkdir(mode=0o755)
    relay.config = relay.settings(runtime_dir=full / "run")
    script = f"mount -t tmpfs -o size=4k none {full} && mkdir {full}/run && head -c 4096 /dev/zero > {full}/zero; exec {relay.program} -c {relay.config} up"
    done = relay.node.run(["unshare", "-m", "sh", "-c", script], check=False, env=relay.environment)
    assert done.returncode == 2 and "No space left on device" in done.stderr and len(done.stderr.splitlines()) == 1, done.stdout + done.stderr


def test_no_tun(relay):
    refused(relay, r"/dev/net/tun", before=["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$@"', "sh"])


def test_nftables_refused(relay):
    refused(relay, r"nftables: ", command="up", before=["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"])


@pytest.mark.parametrize("kind", ["DGRAM", "STREAM"])
def test_port_53_taken(relay, kind):
    script = f"import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_{kind}); s.bind(('0.0.0.0', 53))"
    script += "; s.listen()" if kind == "STREAM" else ""
    holder = relay.node.start(["/usr/bin/python3", "-uc", script + "; print('bound'); time.sleep(100)"], "holder")
    holder.wait_for("bound")
    refused(relay, rf"port 53 of 100\.64\.0\.1 is in use by python3\S* \(pid {holder.pid}\)")


def test_prefix_routed_elsewhere(relay):
    relay.node.run("ip link add other type bridge")
    relay.node.run("ip link set other up")
    relay.node.route("fd64:9929::/96", "dev", "other")
    refused(relay, r"prefix fd64:9929::/96 is routed elsewhere already, fd64:9929::/96 dev other")


TRANSLATOR = """
import fcntl, struct, sys, time
tun = open("/dev/net/tun", "rb+", buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001))
print("attached"); time.sleep(100)
"""


@pytest.mark.parametrize("device, words", [
    ("tayga0", r"prefix fd64:9929::/96 has another translator, python3\S* \(pid {pid}\) on tayga0"),
    ("nat64", r"tun-device nat64 is in use by python3\S* \(pid {pid}\)"),
])
def test_another_translator(relay, device, words):
    other = relay.node.start(["/usr/bin/python3", "-uc", TRANSLATOR, device], "other")
    other.wait_for("attached")
    relay.node.run(f"ip link set {device} up")
    relay.node.route("fd64:9929::/96", "dev", device)
    refused(relay, words.format(pid=other.pid))


def test_a_failure_half_way_is_undone(relay):
    socket = relay.lab.folder / "tailscaled.sock"
    server = Tailscaled(socket, "Running", routes=False)
    relay.config = relay.settings(advertise_prefix=None, tailscale_socket=str(socket))
    before = relay.snapshot()
    text = relay.expect(1, "up")
    assert re.search(r"added +device nat64(.|\n)*removed +device nat64", text), f"expected the device added and removed, got\n{text}"
    same(before, relay.snapshot(), "after an up that failed half way")
    assert not (relay.lab.folder / "relay.run" / "unbound.conf").exists(), "unbound.conf is left"
    server.shutdown()
    server.server_close()


class Tailscaled(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers as a tailscaled in a given state does, or forbids everything, or cannot store routes."""
    daemon_threads = True

    def __init__(self, path, state, writable=True, routes=True):
        self.state, self.writable, self.routes = state, writable, routes
        super().__init__(str(path), Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answers(http.server.BaseHTTPRequestHandler):
    def reply(self, code, text):
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        status = {"Version": "1.102.3", "BackendState": self.server.state, "Self": {"ID": "1", "DNSName": "relay.real.test."}}
        prefs = {"ControlURL": "http://headscale", "AdvertiseRoutes": None}
        self.reply(200, json.dumps(prefs if "prefs" in self.path else status))

    def do_PATCH(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if not self.server.writable:
            self.reply(403, "prefs write access denied")
        elif "AdvertiseRoutes" in asked and not self.server.routes:
            self.reply(500, "the disk is full")
        else:
            self.reply(200, "{}")

    def log_message(self, *arguments):
        pass


# Without tailscaled its interface is missing too: only the cause is named.
@pytest.mark.parametrize("state, writable, words", [
    ("NeedsLogin", True, r"logged out"),
    ("NeedsMachineAuth", True, r"approv"),
    ("Stopped", True, r"stopped"),
    ("Running", False, r"(permit|may not|denied)"),
])
def test_tailscaled_in_a_bad_state(relay, state, writable, words):
    socket = relay.lab.folder / "tailscaled.sock"
    server = Tailscaled(socket, state, writable)
    relay.config = relay.settings(advertise_prefix=None, tailscale_socket=str(socket), overlay_interface="tailscale7")
    text = refused(relay, words)
    server.shutdown()
    server.server_close()
    assert len(text.splitlines()) == 1, f"expected one line, got\n{text}"


# --- the words of the command line ---

@pytest.mark.parametrize("words, code, expected", [
    (["--help"], 0, "usage: nat64-relay"),
    (["--version"], 0, "nat64-relay 0"),
    ([], 2, "usage: nat64-relay"),
    (["upp"], 2, 'no command "upp": did you mean up?'),
    (["stauts"], 2, 'no command "stauts": did you mean status?'),
    (["frobnicate"], 2, 'no command "frobnicate"; see nat64-relay --help'),
    (["check", "--jsno"], 2, "--jsno is not an option: did you mean --json? see nat64-relay check --help"),
    (["check", "--conflict=x"], 2, "--conflict=x takes no value; see nat64-relay check --help"),
    (["check", "--wait"], 2, "--wait needs a value; see nat64-relay check --help"),
    (["--confg", "x", "up"], 2, "did you mean --config? see nat64-relay --help"),
    (["check", "-x"], 2, "nat64-relay: -x is not an option; see nat64-relay check --help"),
    (["up", "--frobnicate"], 2, "frobnicate"),
    (["up", "now"], 2, '"now" is one word too many'),
    (["check", "--wait", "soon"], 2, "--wait soon"),
    *((([command, "--help"]), 0, f"usage: nat64-relay {command}") for command in ("init", "up", "reload", "diff", "down", "run", "watch", "status", "metrics", "clients", "maps", "counters", "flush", "check", "trace", "tailnet")),
    (["tailnet"], 2, "expected plan, apply or forget"),
    (["tailnet", "aply"], 2, '"aply": expected plan, apply or forget'),
    (["flush"], 2, "flush needs addresses"),
    (["flush", "--all", "10.0.0.1"], 2, "flush needs addresses"),
    (["flush", "10.0.0.1", "nonsense"], 2, 'flush: "nonsense" is not an address'),
])
def test_words(words, code, expected):
    done = subprocess.run([lab.built("nat64-relay"), *words], capture_output=True, text=True)
    assert (done.returncode, expected in done.stdout + done.stderr) == (code, True), \
        f"{words}: expected {code} and {expected!r}, got {done.returncode} and\n{done.stdout}{done.stderr}"


def test_the_manual_has_every_option():
    manual = (lab.TOP / "man" / "nat64-relay.8").read_text()
    for command in ("init", "up", "reload", "diff", "down", "run", "watch", "status", "metrics", "clients", "maps", "counters", "flush", "check", "trace", "tailnet"):
        text = subprocess.run([lab.built("nat64-relay"), command, "--help"], capture_output=True, text=True, check=True).stdout
        options = re.findall(r"--([a-z0-9-]+)", text)
        assert len(options) >= 2, text
        for option in options:
            assert re.search(rf"^\.It .*Fl -{option}\b", manual, re.M), f"man/nat64-relay.8 says nothing of {command} --{option}"
