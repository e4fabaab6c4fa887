# SPDX-License-Identifier: GPL-2.0-or-later
"""The resolvers that tests/bench/dns compares, on the loopback of one namespace, and how they are asked.

    module    127.0.0.1   the private Unbound with the module
    plain     127.0.0.2   the same without it
    python    127.0.0.4   Debian's Unbound with python_module.py: it is the one that is built with Python
    upstream  127.0.0.3   dns-responder, at once; 127.0.0.5 the same, 20 ms away

Each Unbound is on the first processor; who asks and who answers are on the second. The three have the same settings, but for the row of modules.
"""
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "net"))

from lab import BUILD, built, module_of, preload, unbound_program  # noqa: E402  (after the path)

NEAR, FAR = ("9929", "real.example"), ("far.9929", "far.example")  # a split domain and what it stands for
BYSTANDER = "bystander.example"
UPSTREAMS = {"127.0.0.3": 0, "127.0.0.5": 20}  # how far away, in milliseconds
NEAR_UPSTREAM, FAR_UPSTREAM = UPSTREAMS
SETTINGS = f"""
    edge-address 127.0.0.1
    split-domain {NEAR[0]} {NEAR[1]}
    dns-rate-limit 0
    split-domain {FAR[0]} {FAR[1]}
    upstream-dns {NEAR[1]} {NEAR_UPSTREAM}@53
    upstream-dns {FAR[1]} {FAR_UPSTREAM}@53
    prefix fd64:9929::/96
    dynamic-pool 192.168.240.0/20
    advertise-prefix none
"""
MORE = f"""server:
  num-threads: %d
  domain-insecure: "{BYSTANDER}"
forward-zone:
  name: "{BYSTANDER}."
  forward-addr: {NEAR_UPSTREAM}@53
"""
LOST = 1000  # one question of so many may be lost


class Resolver:
    """One Unbound. side is which of a split domain and the real one it is asked for: 0 or 1."""

    def __init__(self, node, name, address, side, conf, program, env=None):
        self.node, self.name, self.address, self.side = node, name, address, side
        path = node.lab.folder / f"{name}.conf"
        path.write_text(conf)
        self.process = node.start(["taskset", "-c", "0", program, "-d", "-c", path], name=name, env=env)
        self.process.wait_for("start of service")

    def cpu(self):
        """Seconds of processor time so far, of all its threads."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{self.process.pid}/task").iterdir()) / 1e9

    def under(self, zone, hosts):
        """The names of the hosts, as this one knows them."""
        return [f"{host}.{zone[self.side]}" for host in hosts]

    def dnsperf(self, names, *options):
        """The command that asks AAAA of the names."""
        data = self.node.lab.folder / f"questions-{self.name}-{'-'.join(options)}"
        data.write_text("".join(f"{name} AAAA\n" for name in names))
        return ["taskset", "-c", "1", "dnsperf", "-d", data, "-s", self.address, *options]

    def load(self, names, *options):
        """Ask for every name. (questions a second as the clients see them, microseconds of processor time for each)"""
        before = self.cpu()
        text = self.node.run(self.dnsperf(names, *options), timeout=120).stdout
        used = self.cpu() - before
        done = int(re.search(r"Queries completed:\s+(\d+)", text)[1])
        lost = int(re.search(r"Queries lost:\s+(\d+)", text)[1])
        noerror = int((re.search(r"NOERROR (\d+)", text) or [0, 0])[1])
        if lost > done // LOST or noerror < done:
            sys.exit(f"{self.name}: {lost} of {done} questions lost, {done - noerror} without an answer:\n{text}")
        return float(re.search(r"Queries per second:\s+([\d.]+)", text)[1]), used / done * 1e6

    def bystander(self, seconds, rate, names, *options):
        """How long those who ask for a cached name wait, in microseconds, so many a second, while others ask for the names with these options."""
        load = self.node.start(self.dnsperf(names, *options), name="load")
        probe = self.dnsperf([BYSTANDER], "-v", "-c", "1", "-Q", str(rate), "-l", str(seconds))
        text = self.node.run(probe, timeout=60).stdout
        load.stop()
        return [float(waited) * 1e6 for waited in re.findall(r"^> NOERROR \S+ \S+ ([\d.]+)", text, re.M)]


def python_program():
    """Debian's Unbound and its Python module in the build folder: (program, folder of the modules). None with a message when there are none."""
    folder = BUILD / "tests/bench/debian"
    program = folder / "usr/sbin/unbound"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for command in (["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "unbound", "python3-unbound"],
                        ["sh", "-c", 'for package in *.deb; do dpkg-deb --extract "$package" . || exit; done']):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"no Python module to compare with: {done.stderr.strip()}")
                return None
    done = subprocess.run([program, "-V"], capture_output=True, text=True)
    if not re.search(r"^Linked modules:.* python", done.stdout, re.M):
        print(f"no Python module to compare with: {done.stderr.strip() or 'this Unbound has none'}: apt-get install its libraries")
        return None
    return program, folder / "usr/lib/python3/dist-packages"


def start(lab, threads):
    """All of them. {name: Resolver}"""
    node = lab.node("bench")
    for address, distance in UPSTREAMS.items():
        upstream = node.start(["taskset", "-c", "1", built("tests/bench/dns-responder"), address, "53", str(distance)], name=f"upstream-{distance}")
        upstream.wait_for("ready")
    module_of()
    settings, module, program = lab.settings(SETTINGS), lab.folder / "splitdns.so", unbound_program()
    lab.make_sockets()
    if preload(module):
        print("note: this module was built with sanitizers; its figures say nothing about speed")
    conf = subprocess.run([built("tests/net/print-unbound-conf"), settings], capture_output=True, text=True, check=True).stdout + MORE % threads
    resolvers = [Resolver(node, "module", "127.0.0.1", 0, conf, program, {"NAT64_RELAY_CONF": str(settings), **preload(module)}),
                 Resolver(node, "plain", "127.0.0.2", 1, without(conf, "127.0.0.2", "plain", ""), program)]
    python = python_program()
    if python:
        script = f'python:\n  python-script: "{TESTS / "bench/python_module.py"}"\n'
        resolvers.append(Resolver(node, "python", "127.0.0.4", 0, without(conf, "127.0.0.4", "python", "python ") + script, python[0],
                                  {"PYTHONPATH": python[1], "PYTHONDONTWRITEBYTECODE": "1"}))
    for resolver in resolvers:  # upstreams and the bystander are known
        resolver.load([BYSTANDER, *resolver.under(NEAR, ["first"]), *resolver.under(FAR, ["first"])], "-n", "1")
    return {resolver.name: resolver for resolver in resolvers}


def without(conf, address, name, module):
    """The same settings for an Unbound with another module, or none, at another address."""
    conf = re.sub(r"(?m)^dynlib:\n.*\n", "", conf)
    return conf.replace("interface: 127.0.0.1", f"interface: {address}").replace("dynlib validator", f"{module}validator").replace(
        "unbound.ctl", f"{name}.ctl")
