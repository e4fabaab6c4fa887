# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of network namespaces for the tests that need root.

A Lab is a folder and a set of nodes. A Node is one network namespace; programs are run in it and wait for their end (run, sh), or are started
beside the test and keep a log (start). Namespaces are named PREFIX-NODE, where the prefix holds the pid of the test's process and a number: several
test runs share one machine, several labs one run. Lab.down() ends what was started, by pid, and removes the namespaces; whatever still lives inside
one of them came from this lab, and is ended with it. What a killed run left behind is swept away by the next one.

    with Lab() as lab:
        a, b = lab.node("a"), lab.node("b")
        lab.connect(a, "eth0", b, "eth0")
        a.address("eth0", "10.0.0.1/24"); b.address("eth0", "10.0.0.2/24")
        a.run("ping -c 1 10.0.0.2")

Everything needs root; need() skips a test with its reason.
"""
import contextlib
import ctypes
import itertools
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import unpacked

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("NAT64_BUILD", TOP / "build")).resolve()
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nat64-relay"
UNBOUND = os.environ.get("NAT64_UNBOUND", "")  # another release's, as trixie, or the path of a program; else this release's
USER = "nobody"  # whom the daemons become in the tests
SANITIZER_REPORT = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|runtime error: ")
CLONE_NEWNET = 0x40000000
os.environ["PATH"] = f"{unpacked.BIN}:{os.environ.get('PATH', '')}"
ECHO = 20  # seconds for the reply to an echo request that has one
PATIENCE = 10

libc = ctypes.CDLL(None, use_errno=True)


# --- what a test needs ---

def skip(reason):
    """Skip the test that runs, with the reason."""
    import pytest
    pytest.skip(reason)


def need(*programs):
    """Skip unless we are root and every program is in PATH, or unpacked: one whose package brings a service is never installed (unpacked.py)."""
    if os.geteuid() != 0:
        skip("needs root")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [program for program in programs if program not in unpacked.PROGRAMS and not shutil.which(program, path=path)]
    if missing:
        skip("not installed: " + " ".join(missing))
    for program in programs:
        try:
            unpacked.need(program)
        except unpacked.Missing as error:
            skip(f"{program} cannot be unpacked: {error}")


def built(name):
    """The path of a program or module in the build folder; skips when it has not been built."""
    for path in (BUILD / name, BUILD / ".libs" / name):
        if path.exists():
            return path
    skip(f"{BUILD / name} is missing: run make, or set NAT64_BUILD to the build folder")


def unbound_program(unbound=UNBOUND):
    """The path of an Unbound that can load modules, as NAT64_UNBOUND names it."""
    return Path(unbound) if "/" in unbound else CACHE / f"unbound/source{unbound and '-' + unbound}/unbound"


def module_of(unbound=UNBOUND):
    """The path of the module that is built for it; skips when it has not been built. One with a path has the module of the build folder."""
    if unbound and "/" not in unbound:
        module = BUILD / f"unbound-{unbound}/module/splitdns.so"
        if not module.exists():
            skip(f"no module for the Unbound of {unbound}: dist/unbound/build --release {unbound}, then tests/net/build-modules {BUILD}")
        return module
    return built("module/splitdns.so")


def sanitizers(program):
    """The libraries of the sanitizers that a program or module was built with, which LD_PRELOAD must name before others."""
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return sorted(re.findall(r"=> (\S*/lib(?:asan|ubsan)\.so\S*)", libraries))


def preload(module):
    """The environment in which an unsanitized program can load a sanitized module: {} when the module is a plain one."""
    found = sanitizers(module)
    if not found:
        return {}
    return {"LD_PRELOAD": ":".join(found), "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}


def patient(seconds):
    """A limit that is written for a machine that does nothing else, where other tests run beside: ten times as long, up to five minutes, and three times at
    least. Only what fails waits for it."""
    return max(3 * seconds, min(PATIENCE * seconds, 300))


def wait_for(condition, what, timeout=10, interval=0.05):
    """Call condition until it returns something true, and return that. An AssertionError names what did not happen in time; see patient."""
    end = time.monotonic() + patient(timeout)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {patient(timeout)} s still waiting for {what}")
        time.sleep(interval)


def words(command):
    """A command as a list: a string is split as a shell would, anything else is a list already."""
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


# --- a program in the background ---

class Process:
    """A started program. Its output, both streams, goes to the log file."""

    def __init__(self, name, argv, log):
        self.name, self.argv, self.log = name, argv, Path(log)
        with open(self.log, "ab") as stream:
            self.begin = stream.tell()  # an earlier process of the same name has written here too
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                                          start_new_session=True)  # a Ctrl-C is for the test, which then ends this in order

    @property
    def pid(self):
        return self.popen.pid

    @property
    def alive(self):
        return self.popen.poll() is None

    def text(self):
        """What it has written so far."""
        return self.log.read_bytes()[self.begin:].decode(errors="replace")

    def wait_for(self, pattern, timeout=10):
        """Wait until the log matches the regular expression; fails at once when the program ends without that."""
        def look():
            gone = not self.alive
            found = re.search(pattern, self.text())
            assert found or not gone, f"{self.name} ended with {self.popen.returncode} before {pattern!r}:\n{self.tail()}"
            return found
        try:
            return wait_for(look, f"{pattern!r} in the log of {self.name}", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None

    def tail(self, lines=30):
        return "\n".join(self.text().splitlines()[-lines:])

    def send(self, number):
        """Send a signal."""
        self.popen.send_signal(number)

    def kill(self):
        """SIGKILL, and wait for the end."""
        self.popen.kill()
        return self.popen.wait()

    def wait(self, timeout=30):
        """Wait for the end by itself. Returns the exit code."""
        return self.popen.wait(patient(timeout))

    def stop(self, number=signal.SIGTERM, timeout=10):
        """Ask it to end, insist after the timeout (seconds). Returns the exit code, negative for a signal."""
        if self.alive:
            self.popen.send_signal(number)
            try:
                self.popen.wait(patient(timeout))
            except subprocess.TimeoutExpired:
                self.kill()
        return self.popen.returncode


# --- a host ---

class Node:
    """A host: one network namespace. enter is the command line that goes before a program to run it here."""

    def __init__(self, lab, name, netns):
        self.lab, self.name, self.netns = lab, name, netns
        self.enter = ["ip", "netns", "exec", netns]
        self.ip = ["ip", "-n", netns]

    def command(self, command, env=None):
        """The whole argument vector that runs the command here."""
        settings = ["env", *(f"{key}={value}" for key, value in env.items())] if env else []
        return [*self.enter, *settings, *words(command)]

    def run(self, command, check=True, timeout=60, input=None, env=None, text=True):
        """Run to the end. With check a failure is an AssertionError that shows the output."""
        done = subprocess.run(self.command(command, env), capture_output=True, text=text, timeout=patient(timeout),
                              **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}))
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {shlex.join(words(command))}: exit code {done.returncode}, expected 0\n{done.stdout}{done.stderr}")
        return done

    def sh(self, script, **options):
        """Run a line of shell."""
        return self.run(["bash", "-c", script], **options)

    def start(self, command, name=None, env=None):
        """Start in the background. The log is FOLDER/NODE.NAME.log; a second start of the same name appends to it."""
        argv = words(command)
        name = name or Path(argv[0]).name
        process = Process(f"{self.name}.{name}", self.command(argv, env), self.lab.folder / f"{self.name}.{name}.log")
        self.lab.processes.append(process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in this namespace; sockets made meanwhile stay there."""
        with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{self.netns}") as here:
            enter_namespace(here)
            try:
                yield self
            finally:
                enter_namespace(before)

    def address(self, device, *addresses):
        """Add addresses (with length) without duplicate address detection, and set the device up."""
        for address in addresses:
            run([*self.ip, "address", "add", address, "dev", device, *(["nodad"] if ":" in address else [])])
        run([*self.ip, "link", "set", device, "up"])

    def route(self, *arguments):
        """ip route add ..., of the family the first argument shows."""
        family = ["-6"] if ":" in arguments[0] else []
        run(["ip", "-n", self.netns, *family, "route", "add", *arguments])

    def sysctl(self, **values):
        """Set sysctls; two underscores stand for a dot: sysctl(net__ipv4__ip_forward=1)."""
        for key, value in values.items():
            self.run(["sysctl", "-qw", f"{key.replace('__', '.')}={value}"])

    def resolv_conf(self, text):
        """What programs run here see as /etc/resolv.conf."""
        folder = Path("/etc/netns") / self.netns
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(text)

    def echoes(self, address, count=1, patience=ECHO):
        """Whether each of so many echo requests is answered, in time (seconds). One ping for each: a ping of several gives up the last a moment after it has
        sent it."""
        return all(self.run(["ping", "-n", "-c", "1", "-W", str(patience), address], check=False).returncode == 0 for _ in range(count))

    def pids(self):
        """The processes inside."""
        return [int(pid) for pid in run(["ip", "netns", "pids", self.netns]).split()]

    def pid_of(self, program):
        """The process inside that runs the program of that name; None when there is none."""
        for pid in self.pids():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if Path(f"/proc/{pid}/comm").read_text().strip() == program:
                    return pid
        return None

    def pid_of_file(self, path):
        """The process inside that runs this very file; None when there is none."""
        for pid in self.pids():
            with contextlib.suppress(OSError):  # as above
                if os.readlink(f"/proc/{pid}/exe") == str(path):
                    return pid
        return None


def links_of(pid):
    """What the descriptors of a process lead to, in their order; one that is closed meanwhile is left out."""
    links = []
    for number in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return links


def run(argv):
    """Run a command of the laboratory itself; its output. Fails with what it said."""
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(done.args)}: {done.stderr.strip()}")
    return done.stdout


def enter_namespace(handle):
    if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


# --- the laboratory ---

class Lab:
    """Nodes, their wires, and what was started in them. Use as a context manager, or call down()."""
    numbers = itertools.count(1)  # several labs of one process live side by side

    def __init__(self, prefix=None, folder=None):
        sweep()
        self.prefix = prefix or f"n64-{os.getpid()}-{next(Lab.numbers)}"
        self.own_folder = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="nat64-lab-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # the daemons give up root, and come back here
        self.nodes, self.processes = {}, []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.show_logs()
        self.down()

    def node(self, name):
        """The node of that name, made on the first call: loopback up, IPv6 on, no address detection."""
        if name not in self.nodes:
            netns = f"{self.prefix}-{name}"
            run(["ip", "netns", "add", netns])
            node = self.nodes[name] = Node(self, name, netns)
            node.sysctl(net__ipv6__conf__all__disable_ipv6=0, net__ipv6__conf__default__disable_ipv6=0,
                        net__ipv6__conf__default__accept_dad=0)
            run([*node.ip, "link", "set", "lo", "up"])
        return self.nodes[name]

    def connect(self, left, left_device, right, right_device, mtu=None):
        """A wire: a veth pair between two nodes, both ends up."""
        size = ["mtu", str(mtu)] if mtu else []
        run(["ip", "link", "add", left_device, "netns", left.netns, *size, "type", "veth", "peer", "name", right_device, "netns", right.netns, *size])
        for node, device in ((left, left_device), (right, right_device)):
            run([*node.ip, "link", "set", device, "up"])

    def switch(self, name, ports, mtu=None):
        """A switch, a bridge in a node of its own. ports: {node: the name of its device}. Returns the switch's node."""
        switch = self.node(name)
        run([*switch.ip, "link", "add", "bridge", "type", "bridge"])
        run([*switch.ip, "link", "set", "bridge", "up"])
        for number, (node, device) in enumerate(ports.items()):
            self.connect(switch, f"port{number}", node, device, mtu)
            run([*switch.ip, "link", "set", f"port{number}", "master", "bridge"])
        return switch

    def settings(self, text, name="relay.conf"):
        """Write a settings file into the lab's folder, completed by the folders, user and programs of the lab where it names none. Its path."""
        keywords = {line.split()[0] for line in text.splitlines() if line.split()}
        lines = [f"{key} {value}" for key, value in self.defaults(Path(name).stem).items() if key not in keywords]
        path = self.folder / name
        path.write_text("\n".join([*(line.strip() for line in text.strip().splitlines()), *lines, ""]))
        return path

    def make_sockets(self):
        """Make the folder of the daemons' sockets, their own, in the runtime folder of relay.conf: for an Unbound that no nat64-relay starts."""
        folder = self.folder / "relay.run" / "sockets"
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, USER)

    def defaults(self, stem):
        """The directives that keep an instance inside the lab."""
        user = pwd.getpwnam(USER)
        values = {"user": USER}
        for keyword, suffix in (("runtime-dir", "run"), ("data-dir", "data")):
            folder = self.folder / f"{stem}.{suffix}"
            folder.mkdir(exist_ok=True)
            if keyword == "data-dir":
                os.chown(folder, user.pw_uid, user.pw_gid)
            else:  # as nat64-relay makes it: root's alone; the daemons have a folder of their own in it
                folder.chmod(0o755)
            values[keyword] = folder
        programs = {"translator-program": BUILD / "nat64d", "http-program": BUILD / "nat64-relay-http", "unbound-program": unbound_program()}
        values.update({keyword: path for keyword, path in programs.items() if path.exists()})
        if UNBOUND or (BUILD / "module/splitdns.so").exists():
            values["unbound-module"] = self.module(module_of())
        return values

    def module(self, path):
        """A copy of the module in the lab's folder: the build folder may be closed to the user that Unbound becomes."""
        copy = shutil.copy(path, self.folder / "splitdns.so.new")
        return Path(copy).rename(self.folder / "splitdns.so")  # an Unbound that runs keeps the old one

    def show_logs(self):
        """Print the end of every log, for pytest's report of a failure."""
        for process in self.processes:
            if process.log.exists() and process.text().strip():
                print(f"--- {process.log.name}\n{process.tail()}")

    def down(self):
        """End what was started, the last first, and remove the namespaces and the folder. Then fail if a sanitizer had something to say."""
        for process in reversed(self.processes):
            process.stop()
        reports = [f"{process.name}:\n{process.tail(60)}" for process in self.processes
                   if process.log.exists() and SANITIZER_REPORT.search(process.text())]
        for node in self.nodes.values():
            namespace_remove(node.netns)
        self.nodes, self.processes = {}, []
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        assert not reports, "a sanitizer complained:\n" + "\n".join(reports)


def namespace_remove(netns):
    """End what lives in a namespace of ours, and remove it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(20):
            pids = run(["ip", "netns", "pids", netns]).split()
            if not pids:
                break
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), number)
            time.sleep(0.1)
    run(["ip", "netns", "del", netns])
    shutil.rmtree(Path("/etc/netns") / netns, ignore_errors=True)


def sweep():
    """Remove the namespaces of test runs that were killed: their names hold the pid of a process that is gone."""
    for line in run(["ip", "netns", "list"]).splitlines():
        found = re.match(r"n64-(\d+)-\S+", line)
        if found and not Path("/proc", found[1]).exists():
            with contextlib.suppress(RuntimeError):
                namespace_remove(found[0])


# --- the classic three hosts ---

class ThreeHosts:
    """client (IPv6 only) - relay - target (IPv4 only) on one switch, with addresses as a tailnet gives them.

    The relay's device on the switch is named overlay, as tailscale0 on the real thing: both sides come and go through it. The client has a route
    to the prefix by the relay. The relay forwards both families. Nothing translates yet.
    """
    CLIENT6, RELAY6 = "fd7a:115c:a1e0::2", "fd7a:115c:a1e0::1"
    RELAY4, TARGET4 = "100.64.0.1", "100.64.0.3"

    def __init__(self, lab, overlay="tailscale0", prefix="fd64:9929::/96", mtu=None):
        self.lab, self.overlay, self.prefix = lab, overlay, prefix
        self.client, self.relay, self.target = (lab.node(name) for name in ("client", "relay", "target"))
        self.switch = lab.switch("switch", {self.client: "eth0", self.relay: overlay, self.target: "eth0"}, mtu)
        self.client.address("eth0", self.CLIENT6 + "/64")
        self.relay.address(overlay, self.RELAY6 + "/64", self.RELAY4 + "/10")
        self.target.address("eth0", self.TARGET4 + "/10")
        self.relay.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self.client.route(prefix, "via", self.RELAY6)

    def in_prefix(self, address):
        """An IPv4 address inside the /96 prefix, as text."""
        import ipaddress
        return str(ipaddress.IPv6Network(self.prefix)[int(ipaddress.IPv4Address(address))])
