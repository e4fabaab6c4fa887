# SPDX-License-Identifier: GPL-2.0-or-later
"""A look into the running translator: nat64-relay clients, maps, counters and flush, and who may change what."""
import json
import re
import subprocess

import pytest
import traffic
from lab import USER, built, need, run, wait_for
from path import Path


@pytest.fixture
def path(lab):
    need("ip", "nft")
    path = Path(lab)
    path.start()
    yield path
    assert path.daemon.stop() == 0, "nat64d did not end cleanly:\n" + path.daemon.tail()


def relay(path, *words, code=0, before=()):
    """One subcommand; its output, both streams."""
    done = path.relay.run([*before, built("nat64-relay"), "-c", path.conf, *words], check=False)
    assert done.returncode == code, f"{words}: expected exit code {code}, got {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def ping(path, count=1):
    assert path.client.echoes(path.TARGET6, count)


def test_clients_and_what_went_through_them(path):
    assert "No client holds an address." in relay(path, "clients")
    ping(path, count=3)
    client, = json.loads(relay(path, "clients", "--json"))["clients"]
    assert (client["ipv6"], client["prefix"]) == (path.CLIENT, "fd64:9929::/96")
    assert client["out"] == client["in"] | {"bytes": 3 * 104} == {"packets": 3, "bytes": 3 * 104}
    assert client["in"]["bytes"] == 3 * 84, "an IPv4 header is 20 octets shorter"
    assert 0 <= client["idle"] <= client["held"] < 60
    row = next(line for line in relay(path, "clients").splitlines() if path.CLIENT in line)
    assert re.match(rf"{client['ipv4']} +{path.CLIENT} +\d+ s +\d+ s +3 +312 B +3 +252 B +fd64:9929::/96$", row), row


def test_many_clients_come_in_pages(path):
    """1,200 leases from the file: every one is told once, in the order of the pool."""
    path.daemon.stop()
    lines = [f"192.168.{242 + number // 250}.{number % 250 + 1}\t2001:db8::{number:x}\t1800000000\n" for number in range(1200)]
    path.data("dynamic.map").write_text("".join(lines))
    path.start()
    clients = json.loads(relay(path, "clients", "--json"))["clients"]
    assert [client["ipv6"] for client in clients] == [line.split()[1].replace("::0", "::") for line in lines]
    assert len(path.ask("clients")["clients"]) == 500
    assert "error" in path.ask("clients", **{"from": "10.0.0.1"})


def test_without_an_answer_nobody_is_told_that_there_are_no_clients(path):
    assert json.loads(relay(path, "clients", "--json")) == {"version": 1, "clients": []}
    path.daemon.stop()
    for words in (["clients", "--json"], ["counters", "--json"]):
        assert re.fullmatch(r"nat64-relay: nat64d does not run: .*\n", relay(path, *words, code=1)), words
    path.start()


def test_drops_have_an_example(path):
    run([*path.client.ip, "address", "add", "fd00:c::9/64", "dev", "eth0", "nodad"])
    with traffic.connect(path.client, path.TARGET6, 33434, traffic.socket.SOCK_DGRAM, "fd00:c::9") as sock:
        sock.setsockopt(traffic.socket.IPPROTO_IPV6, traffic.socket.IPV6_UNICAST_HOPS, 2)
        sock.send(b"x" * 100)
    wait_for(lambda: path.drops().get("hop-limit"), "the drop")
    example = json.loads(relay(path, "counters", "--json"))["examples"]["hop-limit"]
    assert {key: example[key] for key in ("source", "destination", "protocol", "octets")} == \
        {"source": "fd00:c::9", "destination": path.TARGET6, "protocol": 17, "octets": 148}
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", example["time"])
    assert re.search(rf"hop-limit +1  last 20\S+Z: udp fd00:c::9 -> {path.TARGET6}, 148 octets", relay(path, "counters"))


def test_maps(path):
    text = relay(path, "maps")
    assert re.search(rf"map +{path.MAPPED4}/32 +{path.CLIENT_MAPPED}/128\n", text)
    assert re.search(r"prefix +0.0.0.0/0 +fd64:9929::/96\n", text)
    assert re.search(r"pool +192.168.240.0/20 +clients\n", text), "a file of TAYGA's has no quota"
    path.daemon.stop()
    path.settings("allow-source fd00::/16\n")
    path.start()
    assert re.search(r"pool +192.168.240.0/20 +clients, 2048 at most for each /64\n", relay(path, "maps")), "a gateway has one"


def test_flush(path):
    """By client, by address, all; who comes back gets an address."""
    ping(path)
    address = path.leases()[path.CLIENT]
    assert "leases ended: 1" in relay(path, "flush", path.CLIENT)
    assert path.leases() == {}
    assert f"{path.CLIENT}: no lease" in relay(path, "flush", path.CLIENT)
    ping(path)
    assert path.leases()[path.CLIENT] == address
    assert "leases ended: 0" in relay(path, "flush", "--idle")
    assert "leases ended: 1" in relay(path, "flush", address)
    ping(path)
    assert "leases ended: 1" in relay(path, "flush", "--all")
    wait_for(lambda: path.CLIENT not in path.data("dynamic.map").read_text(), "the flush on disk")
    assert '"nobody" is not an address' in relay(path, "flush", "nobody", code=2)


def test_who_may_look_may_not_change(path):
    """The daemons' user has the socket, and is refused what changes anything; others have not even that."""
    ping(path)
    asked = 'import json,socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ns.sendall(sys.argv[2].encode()+b"\\n")\nprint(s.makefile().readline())'
    socket_path = path.lab.folder / "relay.run" / "sockets" / "nat64d.sock"

    def ask_as(user, question):
        return subprocess.run(["setpriv", f"--reuid={user}", f"--regid={'nogroup' if user == USER else 'daemon'}", "--clear-groups", "/usr/bin/python3", "-c", asked,
                               socket_path, json.dumps(question)], capture_output=True, text=True)
    for question in ({"command": "flush", "all": True}, {"command": "reload"}):
        answer = json.loads(ask_as(USER, question).stdout)
        assert "only root" in answer["error"], answer
    assert len(json.loads(ask_as(USER, {"command": "clients"}).stdout)["clients"]) == 1
    assert "PermissionError" in ask_as("daemon", {"command": "clients"}).stderr
    assert len(path.leases()) == 1


def test_without_a_translator(path):
    path.daemon.stop()
    for words in (["clients"], ["maps"], ["counters"], ["flush", "--all"]):
        assert "nat64d does not run" in relay(path, *words, code=1)
    path.start()
