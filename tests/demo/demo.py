# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of ./quickstart that needs data structures: brings a client, a relay, a target and their control plane up, and proves the path.

    demo.py up --overlay tailscale|veth --log FILE [--keep] [--first-step N]
    demo.py down

Two overlays, one demonstration: Tailnet is the real tailscaled and headscale (tests/tailscale/tailnet.py), Wires is plain veth with ldns-testns for
MagicDNS. Each gives nodes client, relay, target and control, the programs' socket, and the names.
"""
import argparse
import json
import os
import re
import shutil
import signal
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "net"), str(HERE.parent / "tailscale")]

import tailnet  # noqa: E402  (after the path)
import unpacked  # noqa: E402
from lab import BUILD, Lab, ThreeHosts, namespace_remove, run, wait_for  # noqa: E402

PREFIX, TAYGA_PREFIX = "fd64:9929::/96", "fd64:6464::/96"
POOL, TAYGA_POOL = "192.168.240.0/20", "192.168.208.0/20"
STATE = Path("/run/nat64-relay-demo")
BLOB = 10_000_000  # octets of the page that is fetched


class Log:
    """The log of the whole run, and the steps that a person sees."""

    def __init__(self, path, first):
        self.stream, self.number = open(path, "a"), first
        self.what, self.shown = None, []

    def step(self, what, action):
        """Run one step and show its time; its result."""
        self.what = what
        print(f"[{self.number}] {what} ... ", end="", flush=True)
        self.number += 1
        self.write(f"\n== {what}")
        began = time.monotonic()
        result = action()
        print(f"{time.monotonic() - began:.1f} s", *self.shown, sep="\n", flush=True)
        self.shown = []
        return result

    def write(self, text):
        print(text, file=self.stream, flush=True)

    def say(self, text):
        """What stands under the step once its time is known."""
        self.shown += [f"      {line}" for line in text.splitlines()]
        self.write(text)

    def show(self, command, text):
        """A command as a user would type it, and what it printed."""
        self.say("\n".join([command, *(f"    {line}" for line in text.strip("\n").splitlines())]))


class Wires:
    """The overlay of a quick look: three hosts on a switch and a name server in place of MagicDNS."""
    suffix, edge = "ts.test", ThreeHosts.RELAY4

    def __init__(self):
        self.lab = Lab(prefix="demo", folder=STATE)

    def up(self):
        hosts = ThreeHosts(self.lab, prefix=PREFIX)
        self.client, self.relay, self.target = hosts.client, hosts.relay, hosts.target
        self.control = self.lab.node("control")
        self.lab.connect(self.control, "eth0", hosts.switch, "port9")
        run([*hosts.switch.ip, "link", "set", "port9", "master", "bridge"])
        self.control.address("eth0", "100.64.0.9/10")
        self.client.address("eth0", "100.64.0.2/10")
        self.client.route(TAYGA_PREFIX, "via", hosts.RELAY6)
        self.client.resolv_conf(f"nameserver {self.edge}\nsearch {self.suffix}\n")
        answers = STATE / "magicdns.conf"
        answers.write_text(f"$ORIGIN {self.suffix}.\n$TTL 5\n" + testns_entry("my-vps", hosts.TARGET4))
        self.control.start(["ldns-testns", "-p", "53", answers], name="magicdns")
        (STATE / "state.json").write_text(json.dumps({"namespaces": [node.netns for node in self.lab.nodes.values()]}))

    def init_options(self):
        return ["--real-suffix", self.suffix, "--edge-address", self.edge, "--overlay-interface", "tailscale0", "--upstream-dns", "100.64.0.9"]

    def settings(self):
        return "advertise-prefix none\n"

    def offer(self, prefix):
        """The wires have a route to every prefix already."""

    def announce(self):
        """As above."""

    def down(self):
        self.lab.down()


def testns_entry(name, address):
    """What ldns-testns answers for one name: its A record; every other type is empty."""
    return f"""
ENTRY_BEGIN
MATCH opcode qtype qname
REPLY QR AA NOERROR
ADJUST copy_id
SECTION QUESTION
{name} IN A
SECTION ANSWER
{name} IN A {address}
ENTRY_END
ENTRY_BEGIN
MATCH opcode subdomain
REPLY QR AA NXDOMAIN
ADJUST copy_id copy_query
SECTION QUESTION
@ IN A
SECTION AUTHORITY
@ 5 IN SOA ns.{name} root.{name} 1 5 5 5 5
ENTRY_END
"""


class Tailscale:
    """The real thing."""
    suffix = tailnet.BASE_DOMAIN

    def up(self):
        plan = tailnet.Plan(nat64=(PREFIX, TAYGA_PREFIX))
        self.net = tailnet.Tailnet(plan, prefix="demo", folder=STATE)
        self.lab = self.net.lab
        self.net.up()
        self.client, self.relay, self.target = (self.net[name] for name in ("client", "relay", "target"))
        self.control = self.net.control

    def init_options(self):
        return ["--socket", str(self.relay.socket)]

    def settings(self):
        return ""

    def offer(self, prefix):
        """Advertise one more route; the policy approves it."""
        have = json.loads(self.relay.tailscale("debug", "prefs"))["AdvertiseRoutes"] or []
        self.relay.tailscale("set", "--advertise-routes=" + ",".join([*have, prefix]))
        wait_for(lambda: prefix in run([*self.client.ip[:1], "-6", *self.client.ip[1:], "route", "show", "table", "all"]), f"the route to {prefix}", 20)

    def announce(self):
        """Wait until the control plane knows the relay's routes."""
        self.net.announce("relay")

    def down(self):
        self.net.down()


# --- what is shown ---

class Demo:
    def __init__(self, overlay, log):
        self.overlay, self.log = overlay, log

    def run(self):
        step = self.log.step
        step("client, relay, target and control plane, each in a namespace of its own", self.overlay.up)
        self.client, self.relay, self.target = self.overlay.client, self.overlay.relay, self.overlay.target
        step("nat64-relay init --split-domain 9929", self.init)
        step("nat64-relay run", self.start)
        step("a web server and iperf3 on my-vps", self.serve)
        address = step("my-vps.9929 resolves into the prefix", self.resolve)
        step("ping, both names", self.ping)
        step("a page and 10 MB over TCP, compared by checksum", self.fetch)
        step("UDP, 1,200 octets a packet", self.udp)
        step("nat64-relay check", self.check)
        step(f"throughput: nat64d and Debian's tayga in turns, over {address}", lambda: self.measure(address))

    def init(self):
        self.settings = STATE / "relay.conf"
        said = self.relay.run([BUILD / "nat64-relay", "init", "--split-domain", "9929", "--prefix", PREFIX, "--pool", POOL, "-c", self.settings,
                               *self.overlay.init_options()]).stdout
        lines = [f"{key} {value}" for key, value in self.overlay.lab.defaults("relay").items()]
        with open(self.settings, "a") as stream:
            stream.write("\n# Where this demonstration keeps its files.\n" + "\n".join(lines) + "\n" + self.overlay.settings())
        self.log.show("on the relay: nat64-relay init --split-domain 9929", said)

    def start(self):
        self.process = self.relay.start([BUILD / "nat64-relay", "run", "-c", self.settings], name="nat64-relay")
        self.process.wait_for("ready after", 60)
        self.overlay.announce()

    def serve(self):
        blob = os.urandom(BLOB)
        (STATE / "blob").write_bytes(blob)
        self.target.start(["/usr/bin/python3", HERE / "page.py", STATE / "blob"], name="web")
        self.target.start("iperf3 -s", name="iperf3")
        wait_for(lambda: self.target.run("ss -Hltn").stdout.count(":80 ") >= 1 and ":5201 " in self.target.run("ss -Hltn").stdout, "the servers on my-vps")

    def resolve(self):
        def answer():
            return self.client.run("dig +short +time=2 +tries=1 AAAA my-vps.9929", check=False).stdout.strip()
        address = wait_for(lambda: ":" in answer() and answer(), "an AAAA of my-vps.9929", 20)
        self.log.show("on the client: dig +noall +question +answer AAAA my-vps.9929",
                      self.client.run("dig +noall +question +answer AAAA my-vps.9929").stdout)
        full = self.client.run("dig +noall +comments +answer +authority +additional AAAA my-vps.9929").stdout
        assert self.overlay.suffix not in full, f"the real suffix leaked:\n{full}"
        assert address.startswith("fd64:9929::"), address
        return address

    def ping(self):
        for name, expected in (("my-vps.9929", "fd64:9929::"), ("my-vps", "100.64.0.")):
            once = ["ping", "-c", "1", "-W", "1", name]
            wait_for(lambda once=once: self.client.run(once, check=False).returncode == 0, f"an answer to ping {name}", 20)
            text = self.client.run(["ping", "-c", "3", "-i", "0.2", name]).stdout
            assert expected in text and " 0% packet loss" in text, text
            self.log.show(f"on the client: ping {name}", "\n".join(line for line in text.splitlines() if "from" in line or "rtt" in line))

    def fetch(self):
        seen = {}
        for name in ("my-vps.9929", "my-vps"):
            page = json.loads(self.client.run(["curl", "-sS", "--max-time", "10", f"http://{name}/"]).stdout)
            seen[name] = page["you"]
            self.log.show(f"on the client: curl http://{name}/", json.dumps(page))
            total = self.client.sh(f"curl -sS --max-time 60 http://{name}/blob | sha256sum").stdout.split()[0]
            assert total == page["sha256"], f"{name}: 10 MB arrived changed: {total}, expected {page['sha256']}"
            sent = json.loads(self.client.sh(f"curl -sS --max-time 60 --data-binary @{STATE}/blob http://{name}/").stdout)
            assert sent["sha256"] == page["sha256"], f"{name}: 10 MB reached the target changed"
        assert seen["my-vps.9929"] != seen["my-vps"], f"the target saw the same source address by both names: {seen}"
        self.log.say(f"my-vps saw {seen['my-vps.9929']} (the relay) for my-vps.9929, and {seen['my-vps']} (the client itself) for my-vps;"
                     " 10 MB each way by both names, checksums equal")

    def udp(self):
        """Both ways, one after the other: iperf3 itself loses at the target's socket on a busy machine, and that is nobody's."""
        for name, way in (("my-vps.9929", "through the relay"), ("my-vps", "direct")):
            report = self.iperf(name, "-u", "-b", "50M", "-l", "1200", "-w", "4M", seconds=2)["end"]["sum"]
            assert report["lost_percent"] < 50, report
            self.log.say(f"iperf3 -u -b 50M -c {name:12}{report['bits_per_second'] / 1e6:4.0f} Mb/s, {report['lost_percent']:4.1f} % lost  ({way})")

    def check(self):
        """`check` itself sends the traffic it wants to see."""
        done = self.relay.run([BUILD / "nat64-relay", "check", "my-vps", "-c", self.settings], check=False)
        self.log.show("on the relay: nat64-relay check my-vps", done.stdout + done.stderr)
        assert "FAIL" not in done.stdout, done.stdout

    def iperf(self, host, *options, seconds=3):
        """One run's report. The server may still be busy with the run before: then once more."""
        for _ in range(5):
            report = json.loads(self.client.run(["iperf3", "-J", "-c", host, "-t", str(seconds), *options], timeout=60, check=False).stdout)
            if "error" not in report:
                return report
            self.log.write(f"iperf3 -c {host}: {report['error']}")
            time.sleep(1)
        raise RuntimeError(f"iperf3 -c {host}: {report['error']}")

    def measure(self, address):
        try:
            unpacked.need("tayga")
        except unpacked.Missing as error:
            self.log.say(f"left out, for there is no tayga to compare with: {error}")
            return
        tayga = self.start_tayga()
        target = address.rsplit(":", 2)
        hosts = {"nat64d": address, "tayga": "fd64:6464::" + ":".join(target[1:])}
        rates = {name: {"out": [], "back": []} for name in hosts}
        for _ in range(3):
            for name, host in hosts.items():
                for direction, option in (("out", []), ("back", ["-R"])):
                    rates[name][direction].append(self.iperf(host, *option)["end"]["sum_received"]["bits_per_second"] / 1e6)
        tayga.stop()
        median = {name: {way: statistics.median(values) for way, values in ways.items()} for name, ways in rates.items()}
        self.log.say("TCP, one stream, median of three turns       out          back")
        for name, label in (("nat64d", "nat64d"), ("tayga", "tayga (Debian)")):
            self.log.say(f"  {label:35}{median[name]['out']:7.0f} Mb/s {median[name]['back']:7.0f} Mb/s")
        ratio = {way: median["nat64d"][way] / median["tayga"][way] for way in ("out", "back")}
        self.log.say(f"  {'nat64d / tayga':35}{ratio['out']:7.1f}      {ratio['back']:7.1f}")

    def start_tayga(self):
        """Debian's tayga on the same relay, with a prefix, a pool and a masquerade of its own."""
        folder = STATE / "tayga"
        folder.mkdir()
        (folder / "tayga.conf").write_text(f"tun-device tayga\nipv4-addr {TAYGA_POOL.split('/')[0][:-1]}1\nprefix {TAYGA_PREFIX}\n"
                                           f"dynamic-pool {TAYGA_POOL}\ndata-dir {folder}\n")
        self.relay.run(["tayga", "-c", folder / "tayga.conf", "--mktun"])
        self.relay.sh(f"ip link set tayga up && ip route add {TAYGA_POOL} dev tayga && ip route add {TAYGA_PREFIX} dev tayga &&"
                      f" ip -6 rule add pref 5190 to {TAYGA_PREFIX} lookup main")
        self.relay.run("nft -f -", input="table ip tayga {\nchain post {\ntype nat hook postrouting priority srcnat;\n"
                                         f" ip saddr {TAYGA_POOL} masquerade\n}}\n}}\n")
        process = self.relay.start(["tayga", "-c", folder / "tayga.conf", "-d"], name="tayga")
        self.overlay.offer(TAYGA_PREFIX)
        return process


def explore(overlay):
    """How to enter what --keep leaves."""
    enter = {name: f"ip netns exec {getattr(overlay, name).netns}" for name in ("client", "relay", "target", "control")}
    print("\nIt is all still there. To look around, put one of these before a command:")
    for name, command in enter.items():
        print(f"    {name:8} {command}")
    print(f"as in: {enter['client']} ping my-vps.9929\n       {enter['relay']} {BUILD}/nat64-relay status -c {STATE}/relay.conf\n"
          "and when you are done: sudo ./quickstart --down")


def up(arguments):
    down()
    log = Log(arguments.log, arguments.first_step)
    overlay = Tailscale() if arguments.overlay == "tailscale" else Wires()
    demo = Demo(overlay, log)
    good = False
    try:
        demo.run()
        good = True
        print("\nShown: my-vps.9929 goes through the relay, by DNS, ping, TCP and UDP; my-vps stays direct; nothing of the real suffix in the answer.")
    except (Exception, KeyboardInterrupt) as error:  # whatever it was, nothing is left behind
        print("failed")
        log.write(f"{type(error).__name__}: {error}")
        logs = sorted(STATE.glob("*.log"), key=lambda path: path.stat().st_mtime)[-3:] if STATE.exists() else []
        tails = [f"--- the end of {path.name}\n" + "\n".join(path.read_text(errors='replace').splitlines()[-12:]) for path in logs]
        print("\n".join([*tails, f"quickstart: the step '{log.what}' failed: {error or type(error).__name__}"]), file=sys.stderr)
        log.write("\n".join(tails))
    if good and arguments.keep:
        explore(overlay)
        sys.stdout.flush()
        os._exit(0)  # the programs stay: nothing here is to end them
    down()
    return 0 if good else 1


def down():
    """Remove what an earlier run left, kept or killed."""
    names = re.findall(r"^demo-\S+", run(["ip", "netns", "list"]), re.M)
    for name in names:
        namespace_remove(name)
    shutil.rmtree(STATE, ignore_errors=True)
    return names


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description="The demonstration behind ./quickstart.")
    commands = parser.add_subparsers(dest="command", required=True)
    bring = commands.add_parser("up")
    bring.add_argument("--overlay", choices=("tailscale", "veth"), required=True)
    bring.add_argument("--log", type=Path, required=True)
    bring.add_argument("--first-step", type=int, default=1)
    bring.add_argument("--keep", action="store_true")
    commands.add_parser("down")
    arguments = parser.parse_args()
    if arguments.command == "up":
        return up(arguments)
    names = down()
    print("removed " + " ".join(names) if names else "there was nothing to remove")
    return 0


if __name__ == "__main__":
    sys.exit(main())
