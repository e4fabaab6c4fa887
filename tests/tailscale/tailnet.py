#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole tailnet on one machine: the real headscale and tailscaleds, each in a network namespace of its own, offline.

    control   10.99.0.1   headscale: control plane, DERP and STUN; no node of the tailnet
    relay     10.99.0.2   tag:relay, forwards; 100.64.0.1 and fd7a:115c:a1e0::1 on the tailnet
    client    10.99.0.3   accepts routes
    target    10.99.0.4   tag:target, called my-vps on the tailnet

More relays, clients and targets can be had: the relays always come first and take the first tailnet addresses, which the split DNS of the split
domain and of the prefix's ip6.arpa zone points to. Every node has an /etc of its own (tailscaled rewrites resolv.conf), by a mount namespace that a
sleeping holder process keeps open; `ip netns exec` shows the node's resolv.conf as well.

All state lies in one folder: state.json says which namespaces there are, so that another process can enter them and take them down.

    tailnet.py up   --state DIR [--prefix NAME] [--split DOMAIN] [--nat64 PREFIX] [--clients N] [--relays N] [--no-approval]
    tailnet.py exec --state DIR NODE COMMAND...
    tailnet.py down --state DIR
"""
import argparse
import contextlib
import ipaddress
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "net"))

from lab import CACHE, Lab, Node, Process, namespace_remove, run, wait_for  # noqa: E402  (after the path)

PROGRAMS = ("tailscale", "tailscaled", "headscale")
BASE_DOMAIN = "ts.test"
CONTROL = "10.99.0.1"
URL = f"http://{CONTROL}:8080"


def find_programs():
    """{name: path} of the three programs: those that build-tools made, else those in PATH. None for what is nowhere."""
    found = {}
    for name in PROGRAMS:
        own = CACHE / "bin" / name
        found[name] = str(own) if own.exists() else shutil.which(name)
    return found


def reverse_zone(prefix):
    """The ip6.arpa zone of an IPv6 prefix whose length is a multiple of 4."""
    network = ipaddress.IPv6Network(prefix)
    nibbles = network.network_address.exploded.replace(":", "")[:network.prefixlen // 4]
    return ".".join(reversed(nibbles)) + ".ip6.arpa"


@dataclass
class Plan:
    """What the tailnet is to look like."""
    split: tuple = ("9929",)  # domains that the clients ask the relays for
    nat64: tuple = ("fd64:9929::/96",)
    relays: tuple = ("relay",)
    clients: tuple = ("client",)
    targets: dict = field(default_factory=lambda: {"target": "my-vps"})  # node: its name on the tailnet
    approval: bool = True  # the policy approves the prefixes of tag:relay by itself
    routes: tuple = ()  # what the relays advertise from the start
    other_routes: tuple = ()  # that the policy allows and approves besides the prefixes
    ipv4: bool = True  # nodes have addresses of both families

    @property
    def nodes(self):
        return [*self.relays, *self.clients, *self.targets]

    def policy(self):
        """What README tells an administrator to write, and the right to reach the target directly, to compare."""
        routes = [*self.nat64, *self.other_routes]
        policy = {
            "tagOwners": {"tag:relay": ["test@"], "tag:target": ["test@"]},
            "grants": [
                {"src": ["test@"], "dst": ["tag:relay"], "ip": ["udp:53", "tcp:53"]},
                {"src": ["test@", "tag:relay"], "dst": routes, "ip": ["*"]},
                {"src": ["tag:relay"], "dst": ["tag:target"], "ip": ["*"]},
                {"src": ["test@"], "dst": ["tag:target"], "ip": ["*"]},
            ],
        }
        if self.approval:
            policy["autoApprovers"] = {"routes": {route: ["tag:relay"] for route in routes}}
        return policy

    def headscale(self, folder):
        """headscale's settings. JSON is YAML."""
        relays = [f"{'100.64.0.' if self.ipv4 else 'fd7a:115c:a1e0::'}{number + 1}" for number in range(len(self.relays))]
        zones = [*self.split, *(reverse_zone(prefix) for prefix in self.nat64)]
        return {
            "server_url": URL, "listen_addr": "0.0.0.0:8080", "metrics_listen_addr": "", "grpc_listen_addr": "127.0.0.1:50443",
            "grpc_allow_insecure": False, "noise": {"private_key_path": f"{folder}/noise.key"},
            "prefixes": {**({"v4": "100.64.0.0/10"} if self.ipv4 else {}), "v6": "fd7a:115c:a1e0::/48", "allocation": "sequential"},
            "derp": {"server": {"enabled": True, "region_id": 999, "region_code": "lab", "region_name": "lab",
                                "stun_listen_addr": "0.0.0.0:3478", "private_key_path": f"{folder}/derp.key",
                                "automatically_add_embedded_derp_region": True, "ipv4": CONTROL, "ipv6": "none"},
                     "urls": [], "paths": [], "auto_update_enabled": False, "update_frequency": "24h"},
            "disable_check_updates": True, "database": {"type": "sqlite", "sqlite": {"path": f"{folder}/db.sqlite"}},
            "policy": {"mode": "file", "path": f"{folder}/policy.json"},
            "dns": {"magic_dns": True, "base_domain": BASE_DOMAIN, "override_local_dns": False,
                    "nameservers": {"global": [], "split": {zone: relays for zone in zones}}},
            "unix_socket": f"{folder}/headscale.sock", "unix_socket_permission": "0770", "cli": {"timeout": "60s"}, "log": {"level": "info"},
        }


class TailNode(Node):
    """A host with an /etc of its own, and a tailscaled."""

    def __init__(self, lab, name, netns, programs, holder=None):
        super().__init__(lab, name, netns)
        self.programs = programs
        self.folder = lab.folder / name
        self.socket = self.folder / "tailscaled.sock"
        if holder:
            self.hold(holder)

    def hold(self, pid):
        """Enter by the holder's namespaces from now on. Another process may have its number by now."""
        if os.readlink(f"/proc/{pid}/ns/net") != self.namespace():
            raise RuntimeError(f"{self.name}: process {pid} does not hold {self.netns}: take the tailnet down")
        self.holder = pid
        self.enter = ["nsenter", "-t", str(pid), "-m", "-n", "--"]

    def namespace(self):
        """The network namespace as /proc/PID/ns shows it."""
        return f"net:[{os.stat(f'/run/netns/{self.netns}').st_ino}]"

    def furnish(self):
        """Make the private /etc, and the process that holds it."""
        etc = self.folder / "etc"
        self.folder.mkdir(parents=True)
        run(["cp", "-a", "/etc/.", etc])
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").write_text(f"nameserver {CONTROL}\n")
        (etc / "hostname").write_text(self.name + "\n")
        shared = Path("/etc/netns") / self.netns
        shared.mkdir(parents=True, exist_ok=True)
        (shared / "resolv.conf").symlink_to(etc / "resolv.conf")
        script = f"mount --bind '{etc}' /etc && echo held && exec sleep infinity"
        holder = self.start(["unshare", "-m", "--propagation", "private", "sh", "-c", script], name="holder")
        holder.wait_for("held")
        self.hold(holder.pid)

    def start_tailscaled(self, **more):
        """Start it, or start it again, with more variables of its environment. Returns the process."""
        with contextlib.suppress(FileNotFoundError):
            self.socket.unlink()
        environment = {"TS_DEBUG_FIREWALL_MODE": "nftables", "TS_NO_LOGS_NO_SUPPORT": "true", "TS_DEBUG_USE_DERP_HTTP": "1", **more}
        self.tailscaled = self.start([self.programs["tailscaled"], "--tun=tailscale0", f"--statedir={self.folder}", f"--socket={self.socket}",
                                      "--port=41641"], name="tailscaled", env=environment)
        wait_for(lambda: json.loads(self.tailscale("status", "--json", check=False) or "{}"), f"the status of {self.name}'s tailscaled", 30)
        return self.tailscaled

    def restart_tailscaled(self, **more):
        """End it, and start it again as it was, but for variables of its environment; done when it is up."""
        self.tailscaled.stop()
        self.start_tailscaled(**more)
        wait_for(lambda: self.status()["BackendState"] == "Running", f"{self.name}'s tailscaled again", 30)

    def tailscale(self, *arguments, check=True, timeout=60):
        """Run the tailscale command here; what it printed."""
        return self.run([self.programs["tailscale"], f"--socket={self.socket}", *arguments], check=check, timeout=timeout).stdout

    def status(self):
        return json.loads(self.tailscale("status", "--json"))

    def addresses(self):
        """The node's own tailnet addresses, IPv4 first. A tailscaled that has just begun anew knows them when it has logged in."""
        return wait_for(lambda: self.status()["Self"]["TailscaleIPs"], f"the addresses of {self.name}", 30)


class Tailnet:
    """The running thing. nodes[name] are TailNodes; control is a plain Node. Use as a context manager, or call down()."""

    def __init__(self, plan=None, prefix=None, folder=None):
        self.plan = plan or Plan()
        self.programs = find_programs()
        missing = [name for name, path in self.programs.items() if not path]
        if missing:
            raise RuntimeError(f"missing: {' '.join(missing)}: run tests/tailscale/build-tools")
        self.lab = Lab(prefix=prefix, folder=folder)
        self.folder = self.lab.folder
        self.nodes, self.control = {}, None

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.lab.show_logs()
        self.down()

    def __getitem__(self, name):
        return self.nodes[name]

    # --- up and down ---

    def up(self):
        """Bring everything up; down again when that fails. About 8 s."""
        try:
            self.wire()
            self.save()
            self.start_headscale()
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda node: node.start_tailscaled(), self.nodes.values()))
                for name in self.plan.relays:  # one after the other: the first gets the first address
                    self.join(name)
                list(pool.map(self.join, [*self.plan.clients, *self.plan.targets]))
            self.warm()
        except BaseException:
            self.lab.show_logs()
            self.down()
            raise

    def wire(self):
        self.control = self.lab.node("control")
        for name in self.plan.nodes:
            plain = self.lab.node(name)
            self.nodes[name] = self.lab.nodes[name] = TailNode(self.lab, name, plain.netns, self.programs)
        hosts = [self.control, *self.nodes.values()]
        self.lab.switch("switch", {node: "eth0" for node in hosts})
        for number, node in enumerate(hosts):
            node.address("eth0", f"10.99.0.{number + 1}/24")
        for node in self.nodes.values():
            node.furnish()
        for name in self.plan.relays:
            self.nodes[name].sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)

    def start_headscale(self):
        (self.folder / "headscale.yaml").write_text(json.dumps(self.plan.headscale(self.folder), indent=1))
        self.write_policy()
        self.process = self.control.start([self.programs["headscale"], "-c", self.folder / "headscale.yaml", "serve"], name="headscale")
        wait_for(lambda: (self.folder / "headscale.sock").exists() or not self.process.alive, "headscale's socket", timeout=30)
        self.headscale("users", "create", "test")
        self.keys = {"": self.headscale("preauthkeys", "create", "-u", "1", "--reusable", "-e", "24h").split()[-1]}
        for tag in ("tag:relay", "tag:target"):
            self.keys[tag] = self.headscale("preauthkeys", "create", "--tags", tag, "--reusable", "-e", "24h").split()[-1]

    def change_headscale(self, **dns):
        """Other DNS settings: headscale starts anew with them."""
        path = self.folder / "headscale.yaml"
        settings = json.loads(path.read_text())
        settings["dns"] |= dns
        path.write_text(json.dumps(settings, indent=1))
        with self.headscale_stopped():
            pass

    @contextlib.contextmanager
    def headscale_stopped(self):
        """Afterwards it is there again. Meanwhile nodes find it slow, not gone: a tailscaled whose connection was refused waits 10 s for the next."""
        path = self.folder / "headscale.yaml"
        self.control.sh("nft add table inet closed; nft 'add chain inet closed input { type filter hook input priority 0; }'; "
                        "nft 'add rule inet closed input tcp dport 8080 tcp flags syn drop'")
        self.process.stop()
        try:
            yield
        finally:
            self.process = self.control.start([self.programs["headscale"], "-c", path, "serve"], name="headscale-again")
            wait_for(lambda: self.control.run([self.programs["headscale"], "-c", path, "users", "list"], check=False).returncode == 0, "headscale again", 60)
            self.control.run(["nft", "delete", "table", "inet", "closed"])

    def change_node(self, name, column, shift):
        """A date of a node in headscale's database, moved as SQLite says: "+1 hour"."""
        identity = self.nodes[name].status()["Self"]["ID"]
        with self.headscale_stopped(), contextlib.closing(sqlite3.connect(self.folder / "db.sqlite")) as database:
            date, = database.execute(f"select {column} from nodes where id = ?", (identity,)).fetchone()
            database.execute(f"update nodes set {column} = strftime('%Y-%m-%d %H:%M:%f+00:00', ?, ?) where id = ?", (date[:19], shift, identity))
            database.commit()

    def expire(self, name, date=""):
        """End the validity of a node's key now, on another date (RFC 3339), or "never"; done when its tailscaled knows."""
        options = [] if not date else ["--disable"] if date == "never" else ["--expiry", date]
        self.headscale("nodes", "expire", "-i", self.nodes[name].status()["Self"]["ID"], *options)
        wait_for(lambda: (self.nodes[name].status()["BackendState"] == "Running") == bool(date), f"{name}'s key to expire", 20)

    def readdress(self, name):
        """The node leaves the tailnet, and joins it as another one: with the next addresses.

        headscale takes it out, and its tailscaled registers again, as often as that takes. `tailscale logout` asks once: the addresses that it takes
        away first are a change of the link, which closes its own connection to headscale.
        """
        self.headscale("nodes", "delete", "-i", self.nodes[name].status()["Self"]["ID"], "--force")
        self.join(name, "--reset", "--force-reauth")

    def join(self, name, *more):
        """tailscale up, as its kind of node."""
        plan, node = self.plan, self.nodes[name]
        tag = "tag:relay" if name in plan.relays else "tag:target" if name in plan.targets else ""
        options = ["--accept-routes"] if name in plan.clients else []
        if name in plan.relays and plan.routes:
            options.append("--advertise-routes=" + ",".join(plan.routes))
        node.tailscale("up", f"--login-server={URL}", f"--auth-key={self.keys[tag]}", f"--hostname={plan.targets.get(name, name)}",
                       "--timeout=180s", *options, *more, timeout=90)

    def warm(self):
        """Wait until neighbours have a route to each other, and talk directly, not by the DERP."""
        for source, destination in ([(client, relay) for client in self.plan.clients for relay in self.plan.relays] +
                                    [(relay, target) for relay in self.plan.relays for target in self.plan.targets]):
            node, addresses = self.nodes[source], self.nodes[destination].addresses()
            for address in addresses:
                wait_for(lambda: "tailscale0" in node.run(["ip", "route", "get", address], check=False).stdout, f"{source}'s route to {destination}")
            node.tailscale("ping", "--until-direct", "--c=20", "--timeout=2s", addresses[0], check=False)

    def down(self):
        self.lab.down()

    # --- the control plane ---

    def headscale(self, *arguments):
        """Run the headscale command; what it printed."""
        return self.control.run([self.programs["headscale"], "-c", self.folder / "headscale.yaml", *arguments]).stdout

    def write_policy(self, policy=None):
        """Put a policy in place; a headscale that runs reads it anew."""
        (self.folder / "policy.json").write_text(json.dumps(policy or self.plan.policy(), indent=1))

    def reload_policy(self, policy):
        import signal
        self.write_policy(policy)
        self.process.send(signal.SIGHUP)

    def approve(self, name, *routes):
        """Approve exactly these routes of a node; none: take every approval back."""
        self.headscale("nodes", "approve-routes", "-i", self.nodes[name].status()["Self"]["ID"], "-r", ",".join(routes))

    def is_announced(self, name):
        """Whether headscale knows the routes that a node's tailscaled advertises."""
        node = self.nodes[name]
        identity, wanted = node.status()["Self"]["ID"], json.loads(node.tailscale("debug", "prefs"))["AdvertiseRoutes"]
        known = [entry.get("available_routes", []) for entry in json.loads(self.headscale("nodes", "list-routes", "-o", "json")) or [] if str(entry["id"]) == identity]
        return set(wanted or []) <= set(*known)

    def announce(self, name):
        """Until headscale knows a node's routes. A relay's device is a change of the link, after which tailscaled connects again; a slow headscale may handle
        what came by the old connection after what came by the new one, and not know the routes then. With any other change the node tells them once more."""
        for _ in range(20):
            with contextlib.suppress(AssertionError):
                return wait_for(lambda: self.is_announced(name), "the routes at headscale", timeout=0.5)
            for shields in ("--shields-up", "--shields-up=false"):
                self.nodes[name].tailscale("set", shields)
        raise AssertionError(f"headscale does not know the routes of {name}")

    # --- another process's tailnet ---

    def save(self):
        nodes = {name: {"netns": node.netns, "holder": node.holder} for name, node in self.nodes.items()}
        namespaces = [node.netns for node in self.lab.nodes.values()]
        (self.folder / "state.json").write_text(json.dumps({"namespaces": namespaces, "nodes": nodes, "control": self.control.netns}, indent=1))


def load(folder):
    """{name: TailNode} of a tailnet that another process brought up, "control" among them as a plain Node."""
    lab = Lab(prefix="loaded", folder=folder)
    state = json.loads((lab.folder / "state.json").read_text())
    programs = find_programs()
    nodes = {name: TailNode(lab, name, entry["netns"], programs, entry["holder"]) for name, entry in state["nodes"].items()}
    nodes["control"] = Node(lab, "control", state["control"])
    return nodes


def take_down(folder):
    """End everything in the namespaces of a tailnet that another process brought up, and remove them and the folder. Nothing there: nothing to do."""
    state = Path(folder) / "state.json"
    if state.exists():
        there = {line.split()[0] for line in run(["ip", "netns", "list"]).splitlines()}
        for netns in json.loads(state.read_text())["namespaces"]:
            if netns in there:
                namespace_remove(netns)
        shutil.rmtree(folder, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description="A tailnet of the real programs in network namespaces.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="bring one up")
    up.add_argument("--prefix", default="demo", help="namespaces are named PREFIX-NODE [demo]")
    up.add_argument("--split", nargs="*", default=["9929"], help="split domains [9929]")
    up.add_argument("--nat64", nargs="*", default=["fd64:9929::/96"], help="prefixes [fd64:9929::/96]")
    up.add_argument("--relays", type=int, default=1)
    up.add_argument("--clients", type=int, default=1)
    up.add_argument("--no-approval", action="store_true", help="the policy approves no route by itself")
    execute = commands.add_parser("exec", help="run a command in a node")
    execute.add_argument("node")
    execute.add_argument("argv", nargs=argparse.REMAINDER)
    down = commands.add_parser("down", help="take it down")
    for command in (up, execute, down):
        command.add_argument("--state", required=True, type=Path, help="the folder that holds the state")
    return parser.parse_args()


def numbered(name, count):
    """relay, relay2, relay3..."""
    return tuple(name if number == 1 else f"{name}{number}" for number in range(1, count + 1))


def main():
    arguments = parse_arguments()
    if arguments.command == "up":
        plan = Plan(split=tuple(arguments.split), nat64=tuple(arguments.nat64), relays=numbered("relay", arguments.relays),
                    clients=numbered("client", arguments.clients), approval=not arguments.no_approval)
        started = time.monotonic()
        tailnet = Tailnet(plan, prefix=arguments.prefix, folder=arguments.state)
        tailnet.up()
        for name, node in tailnet.nodes.items():
            print(f"{node.netns}: {plan.targets.get(name, name)}.{BASE_DOMAIN} {' '.join(node.addresses())}")
        print(f"up in {time.monotonic() - started:.1f} s")
    elif arguments.command == "exec":
        node = load(arguments.state)[arguments.node]
        argv = node.command(arguments.argv)
        os.execvp(argv[0], argv)
    else:
        take_down(arguments.state)


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        sys.exit(f"tailnet.py: {error}")
