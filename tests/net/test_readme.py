# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of README.md and README.zh-CN.md, typed as they stand there, as far as namespaces can go.

The relay of three hosts on veth is installed by `make install` into a folder, gets its settings by the README's `init`, runs, and is looked at with
every command of "When it does not work". Then it is installed in place, with this machine's folders covered. What needs apt, systemd or a real tailnet
is checked for being there: quickstart's own test goes that way.
"""
import os
import re
import subprocess

import pytest
from lab import BUILD, TOP, Lab, ThreeHosts, built, need, preload, skip, wait_for
from upstream import TestNs, entry

READMES = ("README.md", "README.zh-CN.md")
EDGE, PREFIX, TARGET = "100.101.102.103", "fd64:9929::/96", "fd64:9929::6440:3"
INSTALLED = ("sbin/nat64-relay", "sbin/nat64d", "lib/nat64-relay/splitdns.so", "libexec/nat64-relay/unbound",
             "share/man/man5/relay.conf.5", "share/man/man7/splitdns.7", "share/man/man8/nat64-relay.8", "share/man/man8/nat64d.8",
             "lib/systemd/system/nat64-relay.service", "lib/systemd/system/nat64d.service", "lib/systemd/system/nat64-relay-unbound.service",
             "lib/systemd/system/nat64-relay-http.service", "lib/systemd/system/nat64-relay-clat.service")


def blocks(readme="README.md"):
    """The four blocks of commands, a list of lines each: the two scripts, on your relay, to look on the relay, to look on a client."""
    found = re.findall(r"^```sh\n(.*?)^```$", (TOP / readme).read_text(), re.M | re.S)
    assert len(found) == 4, f"{readme}: expected 4 blocks of commands, got {len(found)}"
    return [block.splitlines() for block in found]


def make_value(name):
    """A variable of the build folder's Makefile, with what it refers to."""
    text = (BUILD / "Makefile").read_text()

    def value(word):
        found = re.search(rf"^{word} = (.*)$", text, re.M)
        assert found, f"the Makefile has no {word}"
        return re.sub(r"\$[({](\w+)[)}]", lambda inner: value(inner[1]), found[1])
    return value(name)


class Installed:
    """The relay of three hosts, from the installed files alone."""

    def __init__(self, lab):
        self.lab, self.root = lab, lab.folder / "root"
        make = ["make", "-s", "-C", BUILD, "install", f"DESTDIR={self.root}"]
        done = subprocess.run(make, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        self.prefix = self.root / make_value("prefix").lstrip("/")
        self.hosts = ThreeHosts(lab)
        self.relay, self.client = self.hosts.relay, self.hosts.client
        self.client.address("eth0", "100.64.0.2/10")
        self.client.resolv_conf(f"nameserver {EDGE}\n")
        self.relay.address(self.hosts.overlay, EDGE + "/10")
        self.environment = preload(self.prefix / "lib/nat64-relay/splitdns.so")
        self.magic_dns()

    def magic_dns(self):
        name = "my-vps.tail1234.ts.net."
        soa = ["tail1234.ts.net. 5 IN SOA ns.invalid. nobody.invalid. 1 5 5 5 5"]
        others = entry("tail1234.ts.net. A", authority=soa, rcode="NXDOMAIN", match="opcode").replace("copy_id", "copy_id copy_query")
        TestNs(self.relay, 5300, [entry(f"{name} A", [f"{name} 5 IN A {self.hosts.TARGET4}"]), entry(f"{name} AAAA", authority=soa), others])

    def type(self, node, line, **options):
        """A line of a README, without sudo, with the installed programs."""
        line = re.sub(r"^sudo ", "", line)
        return node.sh(f"PATH={self.prefix}/sbin:$PATH; {line}", **options)

    def init(self):
        """The README's own line, and what the laboratory has in the place of tailscaled."""
        [line] = [line for line in blocks()[1] if "nat64-relay init" in line]
        self.conf = self.lab.folder / "relay.conf"
        said = self.type(self.relay, f"{line} -c {self.conf} --no-tailscale --real-suffix tail1234.ts.net --upstream-dns 127.0.0.1@5300"
                         f" --edge-address {EDGE} --overlay-interface {self.hosts.overlay} --prefix {PREFIX}").stdout
        places = self.lab.defaults("relay")
        places.update({"unbound-program": self.prefix / "libexec/nat64-relay/unbound", "translator-program": self.prefix / "sbin/nat64d",
                       "unbound-module": self.prefix / "lib/nat64-relay/splitdns.so"})
        with open(self.conf, "a") as stream:
            stream.writelines(f"{keyword} {value}\n" for keyword, value in places.items())
        return said


@pytest.fixture(scope="module")
def installed():
    need("ip", "ldns-testns", "dig", "make", "nft", "ping")
    for name in ("Makefile", "nat64-relay", "nat64d", "module/splitdns.so"):
        built(name)
    with Lab() as lab:
        yield Installed(lab)


@pytest.mark.parametrize("readme, two, three, four", [(READMES[0], "last two commands above", "Three things are not", "until four lines say so"),
                                                      (READMES[1], "上面的最后两条命令", "有三件事中继自己改不了", "四行")])
def test_what_is_counted_in_words_is_so_many(readme, two, three, four):
    text = (TOP / readme).read_text()
    assert two in text and [re.search(r"nat64-relay (\w+)|systemctl (\w+)", line)[0] for line in blocks(readme)[1][-2:]] == \
        ["nat64-relay init", "systemctl enable"], blocks(readme)[1]
    things = text[text.index(three):].split("\n###")[0]
    assert re.findall(r"^(\d)\. \*\*", things, re.M) == ["1", "2", "3"], things
    paragraph = text[text.index(four):][:300]
    assert sum(word in paragraph for word in ("`dns64 P/L`", "`allow-destination 0.0.0.0/0`", "`allow-source`", "`dns-client`")) == 4, paragraph
    assert len(blocks(readme)[0]) == 2, "the README's two commands"


@pytest.mark.parametrize("readme", READMES)
def test_six_commands_lead_to_a_relay(readme):
    """At most six, each of which exists, and none that names a host to fetch from."""
    commands = blocks(readme)[1]
    assert len(commands) <= 6, commands
    starts = ("sudo apt install git && git clone ", "./bootstrap", "mkdir build && cd build && ../configure && make", "sudo make install",
              "sudo nat64-relay init --split-domain ", "sudo systemctl enable --now nat64-relay")
    for command, start in zip(commands, starts):
        assert command.startswith(start), f"{readme}: expected {start!r}, got {command!r}"
    assert "://" not in commands[0]


@pytest.mark.parametrize("readme", READMES)
def test_settings_of_the_readme_are_a_settings_file(readme, tmp_path):
    """All rows of the table together; the first column is code."""
    rows = re.findall(r"^\| `([a-z0-9-]+ [^`]+)` \|", (TOP / readme).read_text(), re.M)
    assert len(rows) > 8, rows
    path = tmp_path / "relay.conf"
    path.write_text("\n".join(rows) + "\n")
    done = subprocess.run([built("tests/net/print-unbound-conf"), path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_install_puts_everything_in_place(installed):
    missing = [name for name in INSTALLED if not (installed.prefix / name).exists()]
    assert not missing, f"make install did not install {missing}"
    own_lines = installed.root / make_value("sysconfdir").lstrip("/") / "nat64-relay/unbound.conf.d"
    assert own_lines.is_dir(), f"make install did not make {own_lines}"


def test_programs_look_where_make_install_has_put_things(installed):
    """The defaults of the directives, as the installed program prints them."""
    said = installed.relay.run([installed.prefix / "sbin/nat64d", "--help"]).stdout
    for keyword in ("unbound-program", "unbound-module", "translator-program", "unbound-include-dir"):
        found = re.search(rf"^  {keyword} PATH\n.*\(default: (\S+)\)$", said, re.M)
        assert found, f"nat64d --help has no default of {keyword}:\n{said}"
        assert (installed.root / found[1].lstrip("/")).exists(), f"{keyword} is {found[1]} by default, which make install does not make"


def test_units_start_what_is_installed(installed):
    units = installed.prefix / "lib/systemd/system"
    for unit in units.iterdir():
        text = unit.read_text()
        assert not re.search(r"@\w+@", text), f"{unit.name} has a place that was not filled in"
        programs = re.findall(r"^Exec\w+=(\S+)", text, re.M)
        for program in [program for program in programs if program not in ("systemctl", "kill")]:  # the system's own
            assert (installed.root / program.lstrip("/")).exists(), f"{unit.name} starts {program}, which make install does not install"
    [last] = [line for line in blocks()[1] if "systemctl" in line]
    assert "[Install]" in (units / f"{last.split()[-1]}.service").read_text()


def test_readme_from_init_to_ping(installed):
    """init, run, then every command that looks, on the relay and on the client."""
    said = installed.init()
    assert PREFIX in said and EDGE in said, said
    process = installed.relay.start([installed.prefix / "sbin/nat64-relay", "run", "-c", installed.conf], env=installed.environment)
    process.wait_for("ready after", 40)
    look_on_the_client(installed)
    look_on_the_relay(installed)
    assert process.stop() == 0, process.tail()


def look_on_the_client(installed):
    dig, dig_at, route, ping = blocks()[3]
    for line in (dig, dig_at):
        said = wait_for(lambda line=line: installed.type(installed.client, line, check=False).stdout, line)
        assert TARGET in said and "tail1234" not in said, f"{line}: expected {TARGET} alone, got\n{said}"
    said = installed.type(installed.client, route).stdout
    assert f"via {installed.hosts.RELAY6}" in said, f"{route}: expected the way by the relay, got {said}"
    said = installed.type(installed.client, f"{ping} -c 2 -i 0.2").stdout
    assert "2 received" in said, said


def look_on_the_relay(installed):
    check, status, journal, rules = blocks()[2]
    done = installed.type(installed.relay, f"{check} -c {installed.conf}", check=False)
    assert "FAIL" not in done.stdout and done.stdout.count("\nok ") >= 4, f"{check}:\n{done.stdout}{done.stderr}"
    said = installed.type(installed.relay, f"{status} -c {installed.conf}").stdout
    assert "FAIL" not in said, f"{status}:\n{said}"
    units = re.findall(r"-u (\S+)", journal)
    assert len(units) == 3
    for unit in units:
        assert (installed.prefix / f"lib/systemd/system/{unit}.service").exists(), f"{journal}: there is no {unit}.service"
    assert 'masquerade comment "targets see the relay"' in installed.type(installed.relay, rules).stdout


def test_readme_on_this_machine(installed):
    """make install without a folder of its own, init and run without options for places: under covered folders."""
    [line] = [line for line in blocks()[1] if "nat64-relay init" in line]
    words = [*re.sub(r"^sudo ", "", line).split(), "--no-tailscale", "--real-suffix", "tail1234.ts.net", "--upstream-dns", "127.0.0.1@5300",
             "--edge-address", "100.64.0.1", "--edge-address", "fd7a:115c:a1e0::1"]
    environment = {**os.environ, "NAT64_PRELOAD": installed.environment.get("LD_PRELOAD", "")}
    environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(["unshare", "-m", "-n", TOP / "tests/net/install-in-place", BUILD, *words], capture_output=True, text=True,
                          env=environment, timeout=120, check=False)
    if done.returncode == 77:
        skip("this machine has no overlayfs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all of it is gone" in done.stdout and "FAIL" not in done.stdout, done.stdout + done.stderr
    assert "nat64-relay:" in done.stdout, f"make install made no user nat64-relay:\n{done.stdout}"
