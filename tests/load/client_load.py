# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay among several clients: the real `nat64-relay run` in namespaces, honest clients that say how they are served, and traps where nobody may come.

    honest1 fd7a:115c:a1e0:1::2 --+
    honest2 fd7a:115c:a1e0:2::2 --+-- net -- tailscale0 relay eth1 -- lan 10.5.0.9, 169.254.169.254
    attacker fd7a:115c:a1e0:a::2 -+    |
    target 100.64.0.5 -----------------+ 100.100.100.100 and, on its loopback, MagicDNS's place is taken by dns-responder

net is a router, as the overlay is: an address that nobody has is nowhere, and needs no neighbour.
"""
import contextlib
import socket
import threading
import time

from exposition import parse
from lab import BUILD, built, module_of, preload, wait_for

PREFIX, TWIN6, POOL = "fd64:9929::/96", "fd99:9929:1::/48", "192.168.240.0/20"
RELAY4, RELAY6, TARGET, LAN, EXIT = "100.64.0.1", "fd7a:115c:a1e0::1", "100.64.0.5", "10.5.0.9", "10.5.0.1"
METADATA, MAGIC = "169.254.169.254", "100.100.100.100"
CLIENTS = {"honest1": "fd7a:115c:a1e0:1::2", "honest2": "fd7a:115c:a1e0:2::2", "attacker": "fd7a:115c:a1e0:a::2"}
HONEST = ("honest1", "honest2")
SETTINGS = f"""
    split-domain 9929 ts.test
    upstream-dns ts.test 127.0.0.1@5300
    upstream-dns . 127.0.0.1@5300
    edge-address {RELAY4}
    edge-address {RELAY6}
    prefix {PREFIX}
    twin6-prefix {TWIN6}
    dynamic-pool {POOL}
    advertise-prefix none
"""
CONNECTIONS = 7000  # the first of the eight ports of `connections serve`
HELD = 7100         # the first of eight ports whose connections are never taken from the kernel
TRAPPED = 7777


def embed(address):
    """An IPv4 address inside the prefix."""
    parts = [int(part) for part in address.split(".")]
    return f"fd64:9929::{parts[0] << 8 | parts[1]:x}:{parts[2] << 8 | parts[3]:x}"


class LoadTestbed:
    """The nodes, the relay that runs among them, and the servers on the target. Call up() once, down() at the end."""

    def __init__(self, lab, extra=""):
        self.lab = lab
        for name in ("net", "relay", "target", "lan", *CLIENTS):
            setattr(self, name, lab.node(name))
        self.wire()
        self.settings = lab.settings(SETTINGS + extra)
        self.process = None

    def wire(self):
        """Addresses and routes; the net knows who is where and forwards all else to nowhere."""
        net, relay = self.net, self.relay
        net.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__all__rp_filter=0)
        self.lab.connect(net, "relay0", relay, "tailscale0")
        net.address("relay0", "100.64.0.2/30", "fd7a:115c:a1e0::2/126")
        relay.address("tailscale0", f"{RELAY4}/30", f"{RELAY6}/126")
        relay.route("100.64.0.0/10", "via", "100.64.0.2")
        relay.route("fd7a:115c:a1e0::/48", "via", "fd7a:115c:a1e0::2")
        self.lab.connect(net, "target0", self.target, "eth0")
        net.address("target0", "100.64.0.6/30")
        self.target.address("eth0", f"{TARGET}/30")
        self.target.route("0.0.0.0/0", "via", "100.64.0.6")
        for name, address in CLIENTS.items():
            node, network = getattr(self, name), address.removesuffix("2")
            self.lab.connect(net, name, node, "eth0")
            net.address(name, network + "1/64")
            node.address("eth0", address + "/64")
            node.route("::/0", "via", network + "1")
        net.route(PREFIX, "via", RELAY6)
        net.route(TWIN6, "via", RELAY6)
        net.run(f"ip address add {MAGIC}/32 dev lo")
        net.run("ip route add blackhole 100.64.0.0/10")
        net.run("ip -6 route add blackhole fd7a:115c:a1e0::/48")
        self.lab.connect(relay, "eth1", self.lan, "eth0")
        relay.address("eth1", f"{EXIT}/24")
        self.lan.address("eth0", f"{LAN}/24")
        self.lan.run(f"ip address add {METADATA}/32 dev lo")
        relay.route("0.0.0.0/0", "via", LAN)
        self.lan.route("0.0.0.0/0", "via", EXIT)
        self.lan.sysctl(net__ipv4__conf__all__rp_filter=0)

    def up(self):
        self.upstream_start()
        self.environment = preload(module_of())
        self.start()
        self.target.start([built("tests/bench/connections"), "serve", "0.0.0.0", str(CONNECTIONS), "100000"], name="connections")
        self.target.sysctl(net__core__somaxconn=20000)
        with self.target.inside():
            self.held = [socket.create_server(("0.0.0.0", HELD + number), backlog=20000) for number in range(8)]
        self.sink = Sink(self.target, 5001)
        for name in HONEST:
            wait_for(lambda name=name: self.pings(getattr(self, name)), f"an echo of the target at {name}", 20)
        return self

    def upstream_start(self):
        self.upstream = self.relay.start([built("tests/bench/dns-responder"), "127.0.0.1", "5300", "0"], name="upstream")

    def start(self, wait=True):
        self.process = self.relay.start(["nice", "-n", "-10", built("nat64-relay"), "run", "-c", self.settings], name="nat64-relay", env=self.environment)
        if wait:
            self.process.wait_for("ready after", 60)

    def pings(self, node):
        return node.run(["ping", "-n", "-c", "1", "-W", "1", embed(TARGET)], check=False).returncode == 0

    def command(self, *arguments, check=True):
        return self.relay.run([BUILD / "nat64-relay", arguments[0], "-c", self.settings, *arguments[1:]], check=check)

    def counters(self):
        """Every counter of the relay: (name, labels) -> number."""
        samples, kinds = parse(self.command("metrics").stdout)
        return {key: value for key, value in samples.items() if kinds.get(key[0]) == "counter"}

    def carried(self):
        """How many packets were translated since nat64d began, and what part of them did not leave the kernel, in words."""
        counters = self.counters()
        fast, all_of = (sum(value for (name, _), value in counters.items() if name == f"nat64_relay_{what}_packets_total") for what in ("fast_path", "translated"))
        return f"The fast path carried {fast / max(all_of, 1):.1%} of {all_of:,.0f} translated packets"

    def down(self):
        for sock in [*self.held, self.sink.listener]:
            sock.close()
        assert self.process.stop(timeout=30) == 0, "nat64-relay run did not end cleanly:\n" + self.process.tail()


class Sink:
    """A listener on the target for one connection after the other."""

    def __init__(self, node, port):
        self.lock, self.port = threading.Lock(), port
        with node.inside():
            self.listener = socket.create_server((TARGET, port))
        self.listener.settimeout(5)

    @contextlib.contextmanager
    def meet(self, node):
        """A connection from the node: its own end, and the target's."""
        with node.inside():
            near = socket.socket(socket.AF_INET6)
        with self.lock:
            near.settimeout(5)
            near.connect((embed(TARGET), self.port))
            far, _ = self.listener.accept()
        with near, far:
            yield near, far


# --- who behaves ---

class Honest:
    """A client with a modest load: echoes, large echoes that are fragments, a paced TCP stream, questions, and new connections, all at once.

    measure() gives the share of each service: what arrived of what was requested, 0 to 1.
    """
    ECHOES, LARGE, QUESTIONS, NEW, STREAM = 50, 10, 200, 40, 20e6  # a second; the stream in bit/s

    def __init__(self, testbed, name):
        self.testbed, self.node, self.name = testbed, getattr(testbed, name), name
        self.names = testbed.lab.folder / f"{name}.names"
        self.names.write_text("".join(f"host{number}.9929 AAAA\n" for number in range(100)))

    def begin(self, seconds):
        """Start the load, for so long."""
        address = embed(TARGET)
        echo = ["ping", "-n", "-q", "-W", "2"]
        commands = {
            "ping": [*echo, "-i", str(1 / self.ECHOES), "-c", str(int(self.ECHOES * seconds)), address],
            "large": [*echo, "-i", str(1 / self.LARGE), "-c", str(int(self.LARGE * seconds)), "-s", "3000", address],
            "DNS": ["dnsperf", "-d", str(self.names), "-s", RELAY6, "-f", "inet6", "-Q", str(self.QUESTIONS), "-l", str(seconds), "-t", "3"],
        }
        self.seconds = seconds
        self.running = {service: self.node.start(command, name=f"{service}-{time.monotonic_ns()}") for service, command in commands.items()}
        self.threads = [threading.Thread(target=work) for work in (self.connect_anew, self.stream)]
        for thread in self.threads:
            thread.start()

    def connect_anew(self):
        """New connections, each asked one octet and answered."""
        self.answered, self.opened = 0, int(self.NEW * self.seconds)
        begun = time.monotonic()
        for number in range(self.opened):
            time.sleep(max(0, begun + number / self.NEW - time.monotonic()))
            if time.monotonic() > begun + self.seconds + 3:
                break
            with contextlib.suppress(OSError), self.node.inside():
                sock = socket.socket(socket.AF_INET6)
                with sock:
                    sock.settimeout(2)
                    sock.connect((embed(TARGET), CONNECTIONS + number % 8))
                    sock.sendall(b"x")
                    self.answered += sock.recv(1) == b"x"

    def stream(self):
        """Octets at an even pace, as many as came to the target in time."""
        self.arrived, self.planned = 0, int(self.STREAM / 8 * self.seconds)
        end, part = time.monotonic() + self.seconds + 2, int(self.STREAM / 8 / 20)
        with contextlib.suppress(OSError), self.testbed.sink.meet(self.node) as (near, far):
            receiver = threading.Thread(target=self.receive, args=(far, end))
            receiver.start()
            begun = time.monotonic()
            for number in range(self.planned // part):
                time.sleep(max(0, begun + number / 20 - time.monotonic()))
                near.settimeout(max(0.1, end - time.monotonic()))
                near.sendall(bytes(part))
            near.shutdown(socket.SHUT_WR)
            receiver.join()

    def receive(self, far, end):
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                far.settimeout(max(0.1, end - time.monotonic()))
                got = len(far.recv(1 << 16))
                self.arrived += got
                if not got:
                    break

    def end(self):
        """{service: share}, once all is done."""
        shares = {}
        for service, process in self.running.items():
            process.wait(self.seconds + 60)
            shares[service] = min(1.0, getattr(self, f"share_of_{'echoes' if service in ('ping', 'large') else service.lower()}")(process.text()))
        for thread in self.threads:
            thread.join()
        return {**shares, "TCP": min(1.0, self.arrived / self.planned), "new": self.answered / self.opened}

    def share_of_echoes(self, text):
        sent, received = (int(words[0]) for words in (part.split() for part in text.split("statistics ---\n")[1].split(", ")[:2]))
        return received / sent

    def share_of_dns(self, text):
        found = dict(line.strip().split(":", 1) for line in text.splitlines() if line.startswith("  Queries ") and ":" in line)
        sent, completed = (int(found[key].split()[0]) for key in ("Queries sent", "Queries completed"))
        return completed / max(sent, self.QUESTIONS * self.seconds * 0.9)


# --- where nobody may come ---

class Trap:
    """A TCP listener and a UDP socket; sprung() says what came to them."""

    def __init__(self, what, node, address):
        self.what, self.address, self.node = what, address, node
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with node.inside():
            self.tcp, self.udp = socket.socket(family), socket.socket(family, socket.SOCK_DGRAM)
        for sock in (self.tcp, self.udp):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, TRAPPED))
            sock.setblocking(False)
        self.tcp.listen()

    def sprung(self):
        came = []
        with contextlib.suppress(BlockingIOError):
            came.append(f"TCP from {self.tcp.accept()[1][0]}")
        with contextlib.suppress(BlockingIOError):
            came.append(f"UDP from {self.udp.recvfrom(100)[1][0]}")
        return came

    def close(self):
        self.tcp.close()
        self.udp.close()


def traps(testbed):
    """A trap at each address that a client of the relay may not reach."""
    return [Trap("the relay's overlay address", testbed.relay, RELAY4),
            Trap("the relay's other address", testbed.relay, EXIT),
            Trap("the device's address", testbed.relay, "192.168.240.2"),
            Trap("127.0.0.1", testbed.relay, "127.0.0.1"),
            Trap("100.100.100.100", testbed.net, MAGIC),
            Trap("169.254.169.254", testbed.lan, METADATA),
            Trap("the LAN behind the relay", testbed.lan, LAN)]
