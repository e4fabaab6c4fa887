# SPDX-License-Identifier: GPL-2.0-or-later
"""The units under a real systemd: one that boots in namespaces, on an overlay of this machine's own file system.

`make install` puts the build into the overlay; then everything happens that README tells a user to do: init, systemctl enable --now. The script
inside writes "== STEP" and what its commands say into a log, which is all that comes out. Nothing of it stays: the overlay is a tmpfs, the
processes live in a pid namespace, and their control groups are removed.
"""
import re
import subprocess

import pytest

import lab
from relay_lab import ZONE
from unpacked import inside
from boot_lab import BOOT, ROOT, boot_folder, boot_steps

NET_ADMIN, BPF, PERFMON, NET_BIND_SERVICE = 12, 39, 38, 10  # capabilities(7)

INSTALL = r"""
rm -rf $root/etc/systemd/system $root/etc/nat64-relay
make -C $2 install DESTDIR=$root >$folder/install.log 2>&1
mkdir -p $root/opt/test $root/etc/systemd/system/multi-user.target.wants $root/etc/systemd/system/nat64-relay-unbound.service.d
cp $folder/inside $folder/zone $root/opt/test/
cp $folder/preload.conf $root/etc/systemd/system/nat64-relay-unbound.service.d/
for unit in nat64d nat64-relay; do
	mkdir $root/etc/systemd/system/$unit.service.d && cp $folder/leaks.conf $root/etc/systemd/system/$unit.service.d/
done
touch $root/opt/test/log; mount --bind $folder/log $root/opt/test/log
"""

# What is done inside. The address of the overlay comes late, as when tailscaled is not up yet at boot.
INSIDE = r'''
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
states() { systemctl is-active nat64-relay nat64d nat64-relay-unbound | paste -sd' '; }
ask() { dig +short +tries=1 +time=1 @100.64.0.1 AAAA my-vps.9929; }
settle() {
	local i answer=
	for i in $(seq 240); do [ "$(states)" = "active active active" ] && answer=$(ask) && break; sleep 0.5; done
	states; echo "$answer"
}
echo "== boot"
ip link set lo up
ip link add tailscale0 type veth peer name peer0
ip link set peer0 up; ip link set tailscale0 up
ldns-testns -p 5300 /opt/test/zone >/dev/null 2>&1 &
systemd-sysusers
echo "== init"
nat64-relay init --no-tailscale --split-domain 9929 --real-suffix real.test --edge-address 100.64.0.1 \
	--overlay-interface tailscale0 --upstream-dns 127.0.0.1@5300
echo "== early"
systemctl enable --now nat64-relay && echo enabled
sleep 1; states
ip address add 100.64.0.1/10 dev tailscale0
echo "== started"
settle
echo "== walls"
for unit in nat64d nat64-relay-unbound; do
	grep -hE "^(Name|Uid|CapPrm|CapBnd|NoNewPrivs|Seccomp|Seccomp_filters):" /proc/$(systemctl show -P MainPID $unit)/status
done
setpriv --reuid nat64-relay --regid nat64-relay --clear-groups /usr/bin/python3 -c '
import socket
line = socket.socket(socket.AF_UNIX)
line.connect("/run/nat64-relay/sockets/nat64d.sock")
line.sendall(b"""{"command":"reload"}\n""")
print(line.recv(1000).decode())'
echo "== check"
nat64-relay check my-vps
pids() { systemctl show -P MainPID nat64d nat64-relay-unbound | paste -sd' '; }
echo "== unwatched"
before=$(pids)
kill -KILL $(systemctl show -P MainPID nat64-relay)
for i in $(seq 240); do [ "$(systemctl show -P NRestarts nat64-relay)" = 1 ] && break; sleep 0.5; done
ip -6 route del $(ip -6 route | grep nat64)
settle
for i in $(seq 240); do ip -6 route | grep -q nat64 && break; sleep 0.5; done
[ "$before" = "$(pids)" ] && echo "the same daemons"
ip -6 route | grep -c nat64
echo "== fields"
systemctl reload nat64d
for i in $(seq 240); do journalctl -q -u nat64d NAT64_EVENT=RELOAD | grep -q . && break; sleep 0.5; done
journalctl -q -u nat64d NAT64_EVENT=START -o verbose
journalctl -q -u nat64d NAT64_EVENT=RELOAD -o verbose
ip -6 route del $(ip -6 route | grep nat64)
for i in $(seq 240); do journalctl -q -u nat64-relay NAT64_EVENT=REPAIR | grep -q . && break; sleep 0.5; done
for event in START REPAIR; do journalctl -q -u nat64-relay NAT64_EVENT=$event -o verbose; done
echo "== killed"
systemctl kill -s KILL nat64d nat64-relay-unbound
sleep 0.5
settle
echo "== restarted"
systemctl restart nat64-relay
settle
echo "== hung"
systemctl show -P WatchdogUSec nat64d
mkdir -p /run/systemd/system/nat64d.service.d
printf '[Service]\nWatchdogSec=3\n' >/run/systemd/system/nat64d.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart nat64d
systemctl kill -s STOP nat64d
for i in $(seq 240); do [ "$(systemctl show -P NRestarts nat64d)" != 0 ] && break; sleep 0.5; done
settle
echo "== renewed"
# the folder as earlier versions made it, with their sockets in it, and with what the daemons' user has planted for root
echo untouched >/etc/root-only
as_user() { setpriv --reuid nat64-relay --regid nat64-relay --clear-groups "$@"; }
plant() {
	systemctl kill --kill-who=main -s STOP nat64-relay # it would close the folder meanwhile
	cd /run/nat64-relay
	rm nat64d.sock unbound.ctl; mv sockets/* .; rmdir sockets
	chgrp nat64-relay .; chmod 1775 .
	as_user "$@" bridge.conf && as_user mkdir -p relay.conf.new/x lock.new/x reload.lock.new/x && echo planted
	cd /
}
for what in "ln -s /etc/root-only" mkfifo mkdir; do
	plant $what
	timeout 60 /usr/local/libexec/nat64-relay/renew || echo "renew failed"
	settle
	stat -c '%U %a' /run/nat64-relay; ls -A /run/nat64-relay | grep -e new -e bridge; ls /run/nat64-relay/sockets
	nat64-relay reload | tail -1
done
cat /etc/root-only
echo "== refused"
timeout 20 nat64-relay run
echo "== down"
nat64-relay down
echo "== stopped"
systemctl stop nat64-relay
states; ip -o link show nat64; nft list tables; ls /run/nat64-relay
echo "== end"
journalctl --no-pager -q -u nat64-relay -u nat64d -u nat64-relay-unbound
systemctl poweroff --force --force
'''


@pytest.fixture(scope="module")
def steps():
    """{step: what was said in it}."""
    lab.need("unshare", "dig", "ldns-testns", "make", "systemd-sysusers", "nft")
    preload = lab.preload(lab.built("module/splitdns.so"))
    with boot_folder() as folder:
        (folder / "boot").write_text(ROOT + INSTALL + BOOT)
        (folder / "inside").write_text(INSIDE)
        (folder / "zone").write_text(ZONE)
        # a sanitizer looks for leaks at the end by calls that the unit allows nobody
        (folder / "leaks.conf").write_text("[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n")
        (folder / "preload.conf").write_text("[Service]\n" + "".join(f'Environment="{key}={value}"\n' for key, value in preload.items()))
        return boot_steps(folder)


ANSWER = r"fd[0-9a-f:]+::6440:3"


def test_a_late_overlay_is_waited_for(steps):
    """The start is no failure, and keeps nobody waiting; the daemons come with the state."""
    assert "enabled" in steps["early"] and "active inactive inactive" in steps["early"], f"the first start: {steps['early']}"
    assert re.findall("waiting: (.{40})", steps["end"]) == ["edge-address 100.64.0.1 is not an addres"], steps["end"]
    assert re.fullmatch(rf"active active active\n{ANSWER}\n", steps["started"]), f"{steps['started']}\n{steps['end']}"


def test_check_sees_that_it_survives_a_reboot(steps):
    assert re.search(r"^ok +6\.", steps["check"], re.M), steps["check"]
    assert re.search(r"^ok +1\.", steps["check"], re.M), steps["check"]


def test_a_killed_watch_comes_back_to_the_same_daemons(steps):
    """systemd starts it again, without the two others; it carries on, and puts back what was taken away."""
    lines = steps["unwatched"].splitlines()
    assert lines[0] == "active active active" and re.fullmatch(ANSWER, lines[1]), f"{steps['unwatched']}\n{steps['end']}"
    assert lines[2:] == ["the same daemons", "1"], f"{steps['unwatched']}\n{steps['end']}"


def test_the_journal_has_fields(steps):
    """A priority and an event, and no line twice: once from us and once from the standard error."""
    said = steps["fields"]
    for field in ("PRIORITY=6", "SYSLOG_IDENTIFIER=nat64d", "NAT64_EVENT=START", "PRIORITY=5", "NAT64_EVENT=RELOAD"):
        assert f"    {field}\n" in said, f"expected {field}, got\n{said}\n{steps['end']}"
    assert said.count("MESSAGE=translating on nat64") == 1, said


def test_the_journal_has_fields_of_the_relay_too(steps):
    """Of the route that was taken away: what it was, and that it is put back. Without the program's name before the words."""
    said = steps["fields"]
    for field in ("PRIORITY=6", "PRIORITY=5", "SYSLOG_IDENTIFIER=nat64-relay", "NAT64_EVENT=START", "NAT64_EVENT=REPAIR", "NAT64_KIND=route",
                  "NAT64_REPAIRED=yes"):
        assert f"    {field}\n" in said, f"expected {field}, got\n{said}\n{steps['end']}"
    assert re.search(r"^    NAT64_ITEM=route fd[0-9a-f:]+/96 dev nat64$", said, re.M), said
    assert re.search(r"^    MESSAGE=put back: route ", said, re.M), said


def test_killed_daemons_come_back(steps):
    assert re.fullmatch(rf"active active active\n{ANSWER}\n", steps["killed"]), f"{steps['killed']}\n{steps['end']}"


def test_restart_takes_all_three_along(steps):
    assert re.fullmatch(rf"active active active\n{ANSWER}\n", steps["restarted"]), f"{steps['restarted']}\n{steps['end']}"


def test_a_translator_that_hangs_is_restarted(steps):
    assert re.fullmatch(rf"30s\nactive active active\n{ANSWER}\n", steps["hung"]), f"{steps['hung']}\n{steps['end']}"
    assert "nat64d.service: Watchdog timeout" in steps["end"], steps["end"]


def test_renew_writes_nothing_that_was_planted(steps):
    """By a link over a file of root's, into a pipe that nobody reads, or not at all for a folder: the new watch has closed the folder before."""
    one = rf"planted\nnat64-relay: the running relay goes on with this version\nactive active active\n{ANSWER}\nroot 755\nnat64d.lock\nnat64d.sock\nunbound.ctl\nunbound.drain\n"
    assert re.fullmatch(rf"(?:{one}The relay has the new settings\.\n){{3}}untouched\n", steps["renewed"]), f"{steps['renewed']}\n{steps['end']}"


def test_run_beside_the_services_is_refused(steps):
    assert steps["refused"].count("systemctl stop nat64-relay") == 2, steps["refused"]


def test_down_beside_the_service_says_what_to_do(steps):
    if "compat systemd cgroup" in steps["end"]:
        pytest.skip("systemd cannot put a service into a control group of its own here")
    assert "stop it (systemctl stop nat64-relay)" in steps["down"], steps["down"]


def test_stop_leaves_nothing(steps):
    lines = steps["stopped"].splitlines()
    assert lines[0] == "inactive inactive inactive", steps["stopped"]
    assert all("does not exist" in line or "No such file" in line for line in lines[1:]) and len(lines) == 3, steps["stopped"]


def walls(steps, program):
    """What /proc says of the program."""
    found = re.search(rf"^Name:\s+{program}\n(?:(?!Name)\w+:.*\n)+", steps["walls"], re.M)
    assert found, steps["walls"]
    return dict(re.findall(r"^(\w+):\s+(\S+)", found[0], re.M))


def test_the_translator_has_walls(steps):
    """No right, and the unit's filter of system calls and its own, one upon the other. The three rights that loaded the fast path cannot come back."""
    status = walls(steps, "nat64d")
    assert status["Uid"] != "0" and status["NoNewPrivs"] == "1" and int(status["CapPrm"], 16) == 0, steps["walls"]
    assert int(status["CapBnd"], 16) == 1 << BPF | 1 << PERFMON | 1 << NET_ADMIN, steps["walls"]
    assert status["Seccomp"] == "2" and int(status["Seccomp_filters"]) >= 2, steps["walls"]


def test_the_resolver_has_walls(steps):
    status = walls(steps, "unbound")
    assert status["Uid"] != "0" and status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", steps["walls"]
    assert int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 1 << NET_BIND_SERVICE, steps["walls"]
    assert "warning" not in steps["end"], steps["end"]


def test_the_resolvers_user_changes_nothing_in_the_translator(steps):
    """nat64d was started by that very user: it obeys root alone."""
    assert re.search(r'"error": ?"[^"]*root', steps["walls"]), steps["walls"]


@pytest.mark.parametrize("profile", sorted(file.stem for file in (lab.TOP / "dist/apparmor").glob("*.in")))
def test_a_profile_of_apparmor_is_one(profile):
    """Its own parser takes it; it is attached to no path, and the unit of the same name goes behind it. tests/vm sees it enforced."""
    lab.need("apparmor_parser")
    file = lab.BUILD / f"dist/apparmor/{profile}"
    done = subprocess.run(inside("apparmor", ["apparmor_parser", "-Q", "-K", "-T", file]), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"^profile {profile} (flags=\(attach_disconnected\) )?{{$", file.read_text(), re.M), file.read_text()
    assert f"\nAppArmorProfile=-{profile}\n" in (lab.BUILD / f"dist/systemd/{profile}.service").read_text()


@pytest.mark.parametrize("unit, most", {"nat64d": 2.0, "nat64-relay-unbound": 3.0, "nat64-relay": 3.0}.items())
def test_what_systemd_thinks_of_the_walls(unit, most):
    """0 is a unit that can do nothing, 10 one without any wall."""
    lab.need("systemd-analyze")
    file = lab.BUILD / f"dist/systemd/{unit}.service"
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most * 10:.0f}", file], capture_output=True, text=True)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    print(f"{unit}.service: {exposure[1]}")
    left = "\n".join(line for line in done.stdout.splitlines() if line.startswith("✗"))
    assert done.returncode == 0 and float(exposure[1]) <= most, f"{unit}.service: {exposure[1]} is more than {most}:\n{left}"
