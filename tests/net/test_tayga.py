# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d in the place of TAYGA: its settings, command line, signals, files, device and log, and the programs that start it.

The program is called through a link named tayga. Where the real one is installed (Debian's package tayga) both are held side by side.
"""
import grp
import os
import pwd
import shutil
import signal
import socket
import time
from pathlib import Path as FolderPath

import packets
import pytest
import traffic
from lab import TOP, USER, built, need, run, wait_for
from path import Path
from tayga_settings import BASE, NEWER, ROWS
from unpacked import laid_over

REAL = "tayga"  # Debian's, unpacked
TAYGA_CONF = """
tun-device nat64
ipv4-addr 192.168.240.1
prefix fd64:9929::/96
dynamic-pool 192.168.240.0/20
map 10.99.0.5 fd00:c::5
"""


class TaygaPath(Path):
    """The path, with nat64d called as tayga by a file that has no word of ours."""

    def __init__(self, lab):
        super().__init__(lab)
        self.program = lab.folder / "tayga"
        self.program.symlink_to(built("nat64d"))
        self.folder = lab.folder / "spool"
        self.folder.mkdir()
        self.folder.chmod(0o755)

    def write(self, lines="", text=TAYGA_CONF, data=True, name="tayga.conf"):
        self.conf = self.lab.folder / name
        self.conf.write_text(text + (f"data-dir {self.folder}\n" if data else "") + lines)
        return self.conf

    def begin(self, *options, program=None, pattern="translating on nat64", env=None):
        """Start it in the foreground, with its log on the standard output."""
        self.daemon = self.relay.start([*(program or [self.program]), "-c", self.conf, "-d", *options], name=f"tayga{len(self.lab.processes)}", env=env)
        self.daemon.wait_for(pattern)
        return self.daemon

    def begin_real(self):
        return self.begin(program=["stdbuf", "-oL", REAL], pattern="Using tun device")

    def call(self, *options, check=True, env=None):
        return self.relay.run([self.program, "-c", self.conf, *options], check=check, **({"env": env} if env else {}))

    def ping(self, node=None, address=None):
        (node or self.client).run(["ping", "-n", "-c", "1", "-W", "5", address or self.TARGET6])

    def map_lines(self):
        """The records of dynamic.map."""
        return [line.split("\t") for line in (self.folder / "dynamic.map").read_text().splitlines() if line and not line.startswith("#")]

    def holder(self):
        """The process that translates: the link's own, and neither a wrapper nor a sanitizer's helper."""
        return self.relay.pid_of_file(built("nat64d"))


@pytest.fixture
def path(lab):
    need("ip", "nft")
    return TaygaPath(lab)


def status(pid, key):
    for line in FolderPath(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return line.split()[1:]
    raise AssertionError(f"/proc/{pid}/status has no {key}")


# --- as a test harness starts it: tayga -c FILE -d on a device ---

@pytest.mark.parametrize("flags", ["", "pi", "multi_queue pi", "multi_queue vnet_hdr"])
def test_a_harness_starts_it_on_its_own_device(path, flags):
    run([*path.relay.ip, "link", "del", "nat64"])
    path.device(flags=flags, user="root")
    path.write()
    path.begin()
    path.ping()
    path.ping(path.target, path.MAPPED4)
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        traffic.Transfer(near, far, 300_000).finish()
    assert path.daemon.stop() == 0


def test_it_leaves_no_trace_but_the_leases(path):
    """No runtime folder, so that several run side by side, and the user who started it, without capabilities."""
    path.write()
    path.begin()
    path.ping()
    pid = path.holder()
    assert status(pid, "Uid") == ["0"] * 4
    for key in ("CapEff", "CapPrm", "CapBnd"):
        assert int(status(pid, key)[0], 16) == 0, key
    assert status(pid, "NoNewPrivs") == ["1"]
    assert path.daemon.stop() == 0
    assert [file.name for file in path.folder.iterdir()] == ["dynamic.map"]


def test_without_a_data_dir_leases_are_not_kept(path):
    path.write(data=False)
    assert "leases do not survive a restart" in path.begin().text()
    path.ping()
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for("translating with the new settings")
    assert path.daemon.stop() == 0


def test_the_state_directory_is_the_data_dir(path):
    """As systemd sets it; of several folders the first."""
    path.write(data=False)
    path.begin(env={"STATE_DIRECTORY": f"{path.folder}:/nonexistent"})
    assert "several folders" in path.daemon.text()
    path.ping()
    assert path.daemon.stop() == 0
    assert path.map_lines()[0][1] == path.CLIENT
    done = path.relay.run(["env", "STATE_DIRECTORY=relative", path.program, "-d", "-c", path.conf], check=False)
    assert done.returncode == 1 and "not an absolute path" in done.stdout + done.stderr


LINK_LOCAL = """
tun-device nat64
tun-up yes
tun-route 169.254.0.0/24
tun-route 169.254.99.1
tun-route 169.254.7.5
tun-route fd64:9929::/96
tun-route 2001:db8:fe::/64
ipv4-addr 169.254.99.1
prefix fd64:9929::/96
dynamic-pool 169.254.0.0/24
map 169.254.7.5 fd00:c::5
map 169.254.169.254 2001:db8:fe::254
"""


def test_link_local_addresses_go_both_ways(path):
    """A pool of them, the translator's own, a client's map, and the metadata of a cloud behind one; what nobody was given stays out."""
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write(text=LINK_LOCAL)
    path.target.address("eth0", "169.254.169.254/32")
    for address in ("169.254.0.0/24", "169.254.99.1", "169.254.7.5"):
        path.target.route(address, "via", path.GATEWAY4)
    path.relay.route("169.254.169.254", "via", path.TARGET)
    path.begin()
    path.ping()
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        traffic.Transfer(near, far, 300_000).finish()
    path.ping(address="2001:db8:fe::254")
    path.ping(path.target, "169.254.7.5")
    path.ping(path.target, "169.254.99.1")
    through_prefix = path.client.run(["ping", "-n", "-c", "1", "-W", "1", "fd64:9929::a9fe:a906"], check=False)
    assert through_prefix.returncode != 0
    assert path.daemon.stop() == 0
    assert path.map_lines()[0][0].startswith("169.254.0.")


def test_it_makes_device_addresses_and_routes(path):
    """tun-up, tun-ip, tun-route: the path needs nothing else on the relay."""
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write("tun-up yes\ntun-ip 192.168.240.2\ntun-ip fd00:77::1/64\ntun-route 192.168.240.0/20\ntun-route fd64:9929::/96\n"
               "tun-route 10.99.0.0/24\n")
    path.begin()
    path.ping()
    path.ping(path.target, path.MAPPED4)
    shown = path.relay.run("ip address show nat64").stdout
    assert "192.168.240.2/32" in shown and "fd00:77::1/64" in shown, shown
    assert path.daemon.stop() == 0
    path.begin()  # what is there already is no failure
    path.ping()


def test_the_example(path):
    """examples/tayga.conf as it is, on a relay with nothing but forwarding and the masquerade that it names."""
    example = TOP / "examples/tayga.conf"
    run([*path.relay.ip, "link", "del", "nat64"])
    path.relay.run("nft flush ruleset")
    path.relay.run(["bash", "-ec", next(line for line in example.read_text().splitlines() if "nft " in line).lstrip("# ")])
    run([*path.client.ip, "address", "add", "2001:db8:1:4444::25/128", "dev", "eth0"])
    path.relay.route("2001:db8:1:4444::25", "via", path.CLIENT)
    path.target.route("192.168.7.25", "via", path.GATEWAY4)
    daemon = path.relay.start(["unshare", "--mount", "bash", "-ec", f'mkdir -p "{path.lab.folder}/cover"; mount --bind "{path.lab.folder}/cover" /var/spool; exec "{path.program}" -c "{example}" -d'], name="example")
    daemon.wait_for("translating on nat64: 2 queues")
    path.ping(address="2001:db8:1:ffff::6440:3")
    path.ping(path.target, "192.168.7.25")
    daemon.wait_for(r"DYN: \[assigned\]")
    assert daemon.stop() == 0
    assert path.CLIENT in (path.lab.folder / "cover/tayga/dynamic.map").read_text()


# --- the command line ---

def test_it_goes_to_the_background(path):
    """0 once it translates, with the process id in its file; then the terminal is let go."""
    pid_file = path.lab.folder / "tayga.pid"
    path.write()
    path.call("--pidfile", pid_file)
    pid = int(pid_file.read_text())
    assert pid == path.holder()
    path.ping()  # at once: the start is over
    assert {os.readlink(f"/proc/{pid}/fd/{stream}") for stream in (0, 1, 2)} == {"/dev/null"}
    assert os.getsid(pid) == pid
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: pid not in path.relay.pids(), "the daemon to end")
    assert pid_file.exists(), "TAYGA leaves its file behind, and so do we"
    assert path.map_lines()[0][1] == path.CLIENT


@pytest.mark.parametrize("lines, message", [
    ("tun-route 10.0.0.5/24\n", 'line 8: "10.0.0.5/24" has bits set beyond its length'),
    ("tun-up up\n", 'line 8: "up" is neither on nor off'), ("tun-ip 2001:db8::9\ntun-route default\n", 'line 9: "default" is not a prefix')])
def test_a_failed_start_is_status_1(path, lines, message):
    pid_file = path.lab.folder / "tayga.pid"
    pid_file.write_text("4711\n")
    path.write(lines)
    done = path.call("-p", pid_file, check=False)
    assert done.returncode == 1 and message in done.stderr, done
    assert pid_file.read_text() == "4711\n", "the file of the one that runs was touched"


def test_a_start_that_fails_in_the_background_is_told(path):
    """The device is held by another: known after the fork, told before it."""
    path.write()
    path.begin()
    done = path.call(check=False)
    assert done.returncode == 1 and "another translator uses device nat64" in done.stderr, done
    assert path.daemon.stop() == 0
    path.conf = path.lab.folder / "nowhere.conf"
    done = path.call(check=False)
    assert done.returncode == 1 and "nowhere.conf: cannot be opened" in done.stderr


@pytest.mark.parametrize("options, code, word", [
    (["-x"], 1, "-x is not an option"), (["--mktun", "--rmtun"], 1, "exclude each other"), (["--chroot"], 1, "needs --user"),
    (["-u", "no-such-user", "-n"], 1, "no user no-such-user"), (["-u", USER, "-g", "no-such-group", "-n"], 1, "no group no-such-group"),
    (["-h"], 0, "--mktun")])
def test_options_and_statuses(path, options, code, word):
    path.write()
    done = path.call(*options, check=False)
    assert done.returncode == code and word in done.stdout + done.stderr, done


def test_user_group_and_root(path):
    """As TAYGA is told to be: another user, another group, and data-dir as the root directory."""
    user = pwd.getpwnam(USER)
    os.chown(path.folder, user.pw_uid, user.pw_gid)
    path.write()
    path.begin("-u", USER, "-g", "daemon", "--chroot", "--no-offloads")
    path.ping()
    pid = path.holder()
    assert os.readlink(f"/proc/{pid}/root") == str(path.folder)
    assert status(pid, "Uid") == [str(user.pw_uid)] * 4
    assert status(pid, "Gid") == [str(grp.getgrnam("daemon").gr_gid)] * 4
    path.daemon.send(signal.SIGHUP)  # the settings are outside of the root directory: the old ones stay
    path.daemon.wait_for("translating with the old ones")
    wait_for(lambda: (path.folder / "dynamic.map").exists(), "the leases on disk")
    path.ping()
    path.daemon.stop()
    assert path.map_lines()[0][1] == path.CLIENT


def test_the_journal(path):
    """Not on the standard output, and READY is told."""
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.bind(str(path.lab.folder / "notify"))
    notices.settimeout(20)
    path.write()
    daemon = path.relay.start(["env", f"NOTIFY_SOCKET={path.lab.folder}/notify", path.program, "-c", path.conf, "-n", "--journal"], name="journal")
    assert b"READY=1" in notices.recv(200)
    path.ping()
    assert daemon.stop() == 0
    assert "Exiting" not in daemon.text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2])
def test_signals_end_it_in_order(path, number):
    path.write()
    path.begin()
    path.ping()
    assert path.daemon.stop(number) == 0
    assert f"Exiting on signal {int(number)}" in path.daemon.text()
    assert path.map_lines()[0][1] == path.CLIENT


def test_a_map_file_is_read_again(path):
    """By SIGHUP: a new map, one that moves, one that goes; a wrong line costs itself; a file that is gone changes nothing."""
    maps = path.lab.folder / "maps"
    for address in ("fd00:c::6", "fd00:c::7"):
        path.client.address("eth0", address + "/64")
    maps.write_text("map 10.99.0.6 fd00:c::6\n")
    path.write(f"map-file {maps}\n")
    path.begin()
    path.ping(path.target, "10.99.0.6")

    def reload(text, expected):
        begin = len(path.daemon.text())
        maps.write_text(text)
        path.daemon.send(signal.SIGHUP)
        wait_for(lambda: expected in path.daemon.text()[begin:], expected)
        return path.daemon.text()[begin:]

    said = reload("map 10.99.0.7 fd00:c::6\nmap 10.99.0.5 fd00:c::9\nnonsense\nmap 10.99.0.8 fd00:c::7\n", "translating with the new settings")
    assert "maps: line 2: map 10.99.0.5/32 contradicts a map of the settings" in said and 'maps: line 3: "nonsense" is ignored' in said
    path.ping(path.target, "10.99.0.7")
    path.ping(path.target, "10.99.0.8")
    path.ping(path.target, path.MAPPED4)
    gone = path.target.run(["ping", "-n", "-c", "1", "-W", "1", "10.99.0.6"], check=False)
    assert gone.returncode != 0, "a map that is no longer in the file still works"
    maps.rename(path.lab.folder / "maps.gone")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for("translating with the old ones")
    path.ping(path.target, "10.99.0.7")
    assert path.daemon.stop() == 0


# --- the log ---

def test_the_log_has_the_lines_of_tayga(path):
    path.write("log drop reject icmp self dyn\n")
    path.begin()
    path.ping()
    path.daemon.wait_for(rf"tayga: DYN: \[assigned\] \[192\.168\.\d+\.\d+\]->\[{path.CLIENT}\]\n")
    path.ping(address=path.TRANSLATOR6)
    path.daemon.wait_for(rf"tayga: SELF: \[v6\] \[{path.CLIENT}\]->\[{path.TRANSLATOR6}\] \(64 bytes\) \(proto 58\) own-echo\n")
    packets.send_raw(path.client, packets.udp(path.CLIENT, path.TARGET6, 5, 6, hops=2))
    path.daemon.wait_for(rf"tayga: ICMP: \[v6\] \[{path.CLIENT}\]->\[{path.TARGET6}\] \(13 bytes\) \(proto 17\) hop-limit\n")
    path.target.run(["ping", "-c", "1", "-W", "1", "10.99.0.77"], check=False)
    path.daemon.wait_for(r"tayga: \w+: \[v4\] \[100\.64\.0\.3\]->\[10\.99\.0\.77\] \(84 bytes\) \(proto 1\) [a-z-]+\n")
    assert path.daemon.stop() == 0


def test_a_flood_is_no_flood_of_lines(path):
    path.write("log icmp\n")
    path.begin()
    with traffic.connect(path.client, path.TARGET6, 33434, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 2)
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            try:
                sock.send(b"flood")
            except OSError:
                pass  # an error that came back
    path.daemon.wait_for("lines were suppressed: more than 100 per second")
    lines = path.daemon.text().count(" ICMP: ")
    assert 100 <= lines <= 500, f"{lines} lines in 2.5 s"


# --- the device ---

def link(path):
    return path.relay.run(["ip", "-d", "link", "show", "nat64"], check=False).stdout


def test_the_sequence_of_clatd(path):
    """As clatd drives TAYGA, word for word: mktun, the device's addresses by itself, nodetach, rmtun; ipv6-addr is derived in 64:ff9b::/96."""
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write(text="tun-device clat\nprefix 64:ff9b::/96\nipv4-addr 192.0.0.2\nmap 192.0.0.1 fd00:c::1464\n", data=False)
    done = path.relay.run([path.program, "--config", path.conf, "--mktun"])
    assert done.stdout == "tayga: Created persistent tun device clat\n", done
    path.relay.run("ip link set up dev clat")
    path.relay.run("ip -4 address add 192.0.0.1 dev clat")
    path.relay.run("ip -6 route add fd00:c::1464 dev clat")
    path.relay.run("ip -4 route add 9.0.0.0/8 dev clat")
    daemon = path.relay.start([path.program, "--config", path.conf, "--nodetach", "-d"], name="clat")
    daemon.wait_for("the translator's IPv6 address: 64:ff9b::c000:2\n")
    daemon.wait_for("translating on clat")
    # The gateway's answer: the client stands for it, and is 9.9.9.9 inside the prefix.
    run([*path.client.ip, "address", "add", "64:ff9b::909:909/128", "dev", "eth0"])
    path.relay.run("ip -6 route add 64:ff9b::/96 via fd00:c::2")
    path.client.route("fd00:c::1464", "via", path.GATEWAY6)
    path.relay.run("ping -n -c 2 -W 5 9.9.9.9")
    assert daemon.stop(signal.SIGINT) == 0
    done = path.relay.run([path.program, "--config", path.conf, "--rmtun"])
    assert done.stdout == "tayga: Removed persistent tun device clat\n", done
    assert "clat" not in path.relay.run("ip link").stdout


def test_the_device_is_made_and_removed(path):
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write()
    path.call("--mktun")
    assert "multi_queue" in link(path) and "vnet_hdr" in link(path) and "persist on" in link(path), link(path)
    path.call("--mktun")  # is there already
    run([*path.relay.ip, "link", "set", "nat64", "up"])
    path.begin()
    refused = path.call("--rmtun", check=False)
    assert refused.returncode == 1 and "another translator uses device nat64" in refused.stdout, refused
    assert path.daemon.stop() == 0
    assert link(path), "the device outlives its reader"
    path.call("--rmtun")
    assert not link(path)
    path.call("--rmtun")  # is gone already
    run([*path.relay.ip, "link", "add", "nat64", "type", "veth", "peer", "name", "other"])
    refused = path.call("--rmtun", check=False)
    assert refused.returncode == 1 and "not a TUN device" in refused.stdout and link(path)


# --- beside the real one ---

def test_files_and_device_go_both_ways(path):
    """Leases of ours read by Debian's tayga, its own read by us, on the device that it made."""
    need(REAL)
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write()
    path.relay.run([REAL, "-c", path.conf, "--mktun"])
    run([*path.relay.ip, "link", "set", "nat64", "up"])
    for route in ("192.168.240.0/20", "10.99.0.0/24", "fd64:9929::/96"):
        path.relay.route(route, "dev", "nat64")
    path.begin()
    path.ping()
    assert path.daemon.stop() == 0
    ours = path.map_lines()
    assert len(ours) == 1 and ours[0][1] == path.CLIENT

    assert path.begin_real().wait_for("Loaded 1 dynamic map from")
    path.ping()
    run([*path.client.ip, "address", "add", "fd00:c::8/64", "dev", "eth0", "nodad"])
    path.client.run(["ping", "-n", "-c", "1", "-W", "5", "-I", "fd00:c::8", path.TARGET6])
    assert path.daemon.stop() == 0
    theirs = {line[1]: line[0] for line in path.map_lines()}
    assert theirs[path.CLIENT] == ours[0][0], "the real one gave the client another address"

    assert path.begin().wait_for("2 leases read")
    path.ping()
    assert path.daemon.stop() == 0
    assert {line[1]: line[0] for line in path.map_lines()} == theirs
    path.relay.run([REAL, "-c", path.conf, "--rmtun"])


def taken(path, program, text):
    """Does the program take the settings? --mktun reads and checks all of them."""
    conf = path.lab.folder / "row.conf"
    conf.write_text(text)
    done = path.relay.run([program, "-c", conf, "--mktun"], check=False)
    path.relay.run("ip link del nat64", check=False)
    assert done.returncode in (0, 1), done
    return done.returncode == 0, done.stdout + done.stderr


def test_settings_are_taken_as_by_tayga(path):
    """Row by row with the real one; each difference has its reason, and every refusal names the file."""
    need(REAL)
    wrong = []
    path.relay.run("ip link del nat64", check=False)
    for lines, theirs, ours, reason in ROWS:
        text = lines[1:] if lines.startswith("=") else BASE + lines
        got, said = taken(path, path.program, text)
        if got != ours:
            wrong.append(f"{text!r}: nat64d {'takes' if got else 'refuses'} it: {said}")
        elif not got and "row.conf" not in said and "/nonexistent/maps" not in said:
            wrong.append(f"{text!r}: the refusal does not say where: {said}")
        if theirs is not None and taken(path, REAL, text)[0] != theirs:
            wrong.append(f"{text!r}: tayga {'refuses' if theirs else 'takes'} it")
        if theirs is not None and (theirs != ours) != (reason is not None):
            wrong.append(f"{text!r}: a difference has a reason, and nothing else has one")
    assert not wrong, "\n".join(wrong)
    assert sum(1 for row in ROWS if row[3] != NEWER) >= 60


def test_debians_init_script(path):
    """/etc/init.d/tayga start, traffic, stop, with nat64d mounted over the program; what it does to the machine is done in a covered place.

    It is a copy of nat64d: start-stop-daemon starts nothing when a process of the same file runs anywhere, as those of other tests do.
    """
    need(REAL, "start-stop-daemon")
    run([*path.relay.ip, "link", "del", "nat64"])
    path.write()
    covers = path.lab.folder / "run"
    defaults = path.lab.folder / "default"
    defaults.write_text('CONFIGURE_IFACE="yes"\nCONFIGURE_NAT44="no"\nSTARTTIME=6\nDAEMON_OPTS=""\nIPV4_TUN_ADDR="192.168.240.2"\nIPV6_TUN_ADDR=""\n')
    covers.mkdir()
    program = shutil.copy2(built("nat64d"), path.lab.folder / "program")

    def script(action):
        return path.relay.run(["unshare", "--mount", "bash", "-ec", f"""
            {laid_over("tayga")}
            mount --bind {covers} /run
            mount --bind {program} /usr/sbin/tayga
            mount --bind {path.conf} /etc/tayga.conf
            mount --bind {defaults} /etc/default/tayga
            /etc/init.d/tayga {action}"""])
    script("start")
    assert "running" in script("status").stdout
    pid = int((covers / "tayga.pid").read_text())
    assert os.stat(f"/proc/{pid}/exe").st_ino == program.stat().st_ino
    path.relay.route("10.99.0.0/24", "dev", "nat64")
    path.ping()
    path.ping(path.target, path.MAPPED4)
    near, far = traffic.tcp_pair(path.target, path.TARGET, path.client, path.TARGET6)
    with near, far:
        traffic.Transfer(near, far, 300_000).finish()
    script("stop")
    wait_for(lambda: pid not in path.relay.pids(), "the daemon to end")
    assert not (covers / "tayga.pid").exists() and "nat64" not in path.relay.run("ip link").stdout
    assert path.map_lines()[0][1] == path.CLIENT
