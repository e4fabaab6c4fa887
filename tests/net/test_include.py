# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's own lines for Unbound that Unbound does not take: nothing is started with them, and what runs goes on."""
import re

import pytest
from relay_lab import SETTINGS, relay, same  # noqa: F401  (relay is a fixture)


@pytest.fixture
def own(relay):  # noqa: F811
    """The folder of a relay for a user's own files."""
    relay.include = relay.lab.folder / "unbound.conf.d"
    relay.include.mkdir()
    relay.config = relay.lab.settings(f"{SETTINGS}unbound-include-dir {relay.include}\n")
    return relay


BROKEN = [
    ("server:\n    hide-identity: yes\n    hide-everything: yes\n", r"{file}:3: error: unknown keyword 'hide-everything'"),
    ("server:\n    local-zone: \"a.test\" closed\n", r"{file}:2: error: local-zone type"),
    ("server:\n    num-threads: 0\n", r"fatal error: num_threads value weird"),
]


@pytest.mark.parametrize("text, expected", BROKEN, ids=["unknown", "value", "fatal"])
@pytest.mark.parametrize("command", ["up", "run"])
def test_broken_lines_start_nothing(own, command, text, expected):
    """The file is named, with the line where Unbound knows it, and the machine is as it was."""
    file = own.include / "broken.conf"
    file.write_text(text)
    before = own.snapshot()
    said = own.expect(2, command)
    assert re.search(expected.format(file=re.escape(str(file))), said) and str(own.include) in said, said
    assert len(said.splitlines()) == 1, said
    same(before, own.snapshot(), f"after a refused {command}")
    file.unlink()
    own.run()


def test_broken_lines_beside_a_relay_that_runs(own):
    """check names the file, the resolver answers on; and once the file is right, check is content with it."""
    (own.include / "fine.conf").write_text('server:\n    local-data: "fine.test. A 192.0.2.9"\n')
    own.run()
    file = own.include / "broken.conf"
    file.write_text(BROKEN[0][0])
    resolver = own.child("unbound")
    said = own.expect(1, "check", "my-vps")
    line = next(line for line in said.splitlines() if "survives a reboot" in line)
    assert "FAIL" in line and f"{file}:3: error: unknown keyword 'hide-everything'" in line, said
    assert own.ask("my-vps.9929") == ["fd64:9929::6440:3"] and own.ask("fine.test", "A") == ["192.0.2.9"]
    assert own.child("unbound") == resolver
    file.unlink()
    assert "FAIL" not in next(line for line in own.command("check", "my-vps").stdout.splitlines() if "survives a reboot" in line)


def test_broken_lines_stop_a_reload(own):
    """Unbound itself would end, were it told to read such a file."""
    own.run()
    (own.include / "broken.conf").write_text(BROKEN[1][0])
    resolver = own.child("unbound")
    assert f"{own.include}/broken.conf:2: error: local-zone type" in own.expect(2, "reload")
    assert own.ask("my-vps.9929") == ["fd64:9929::6440:3"] and own.child("unbound") == resolver


ORDER = 'server:\n    module-config: "validator iterator"\n'


@pytest.mark.parametrize("command", ["up", "run"])
def test_lines_that_stop_names_start_nothing(own, command):
    file = own.include / "own.conf"
    file.write_text(ORDER)
    before = own.snapshot()
    said = own.expect(2, command)
    assert f"{file}:2: module-config: validator iterator: without dynlib no split name is answered" in said and len(said.splitlines()) == 1, said
    same(before, own.snapshot(), f"after a refused {command}")


def test_lines_that_stop_names_beside_a_relay_that_runs(own):
    """reload leaves the old lines in force, and check does not blame the real name, but the line."""
    own.run()
    file = own.include / "own.conf"
    file.write_text(ORDER)
    resolver = own.child("unbound")
    assert f"{file}:2: module-config" in own.expect(2, "reload")
    assert own.ask("my-vps.9929") == ["fd64:9929::6440:3"] and own.child("unbound") == resolver
    said = own.expect(1, "check", "my-vps")
    assert f"{file}:2: module-config" in said and "my-vps.real.test" not in said, said


def test_an_rpz_of_the_user(own):
    """It comes with a reload, and works: the order of Unbound's modules is made for it."""
    own.config = own.lab.settings(f"{SETTINGS}upstream-dns . 127.0.0.1@5300\nunbound-include-dir {own.include}\n")
    own.run()
    zone = own.include / "rpz.zone"
    zone.write_text("$ORIGIN rpz.test.\n@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS a.\nwww.example.net 60 CNAME .\n")
    (own.include / "rpz.conf").write_text(f'rpz:\n    name: rpz.test\n    zonefile: "{zone}"\n')
    assert own.ask("www.example.net", "A") == ["100.64.0.3"]
    own.expect(0, "reload")
    assert own.ask("www.example.net", "A") == [] and own.ask("my-vps.9929") == ["fd64:9929::6440:3"]


def test_a_bundle_of_certificates_that_is_not_there(own):
    own.config = own.lab.settings(f"{SETTINGS}upstream-dns . 192.0.2.53#dns.test\ntls-cert-bundle /nonexistent/ca.pem\n")
    assert re.search(r"tls-cert-bundle /nonexistent/ca\.pem: No such file", own.expect(2, "run"))
