# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay reload that a part refuses: all is as before, in DNS, translator, rules, routes and files, and it says so."""
import os
import pwd
import signal

import lab
import pytest
from relay_lab import relay  # noqa: F401  (relay is a fixture)
from reload_lab import ANSWER, NAME, one_descriptor
from reload_lab import WIDER, Watched

KEY = "example.com. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
BACK, WORSE = "the old settings are in force again", "could not be restored"


@pytest.fixture
def watched(relay):  # noqa: F811
    watched = Watched(relay)
    yield watched
    assert watched.process.alive, watched.process.tail()


def test_the_resolver_ends_over_own_lines(watched):
    """A key that root can read, and so unbound-checkconf; Unbound is root no more, and ends. Its next start is by the lines before."""
    key = watched.folder / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    (watched.own / "key.conf").write_text(f'server:\n    trust-anchor-file: "{key}"\n')
    watched.change(**WIDER)
    watched.reload_refused(1, "the resolver exited during its reload", "Restoring", BACK)
    watched.same()
    os.kill(watched.relay.child("unbound"), signal.SIGKILL)
    lab.wait_for(lambda: watched.relay.ask(NAME) == [ANSWER], "the resolver's next start", 20)
    (watched.own / "key.conf").unlink()
    watched.taken(**WIDER)
    lab.wait_for(lambda: watched.relay.ask("my-vps.fast.test"), "the new domain", 20)


def test_the_translator_refuses_last(watched):
    """It cannot open the settings, and the map-file has changed as well: the old maps stay, and the resolver is led back."""
    watched.maps.write_text("map 192.168.250.2 fd77::2\n")
    watched.change(**WIDER)
    with one_descriptor(watched.relay.child("nat64d")):
        watched.reload_refused(1, "Too many open files", "Restoring", BACK)
    watched.same()
    watched.change()
    watched.taken()
    assert "192.168.250.2" in watched.relay.expect(0, "maps")


def test_files_that_root_alone_may_read(watched):
    """The daemons have copies, which are as closed: for root and their group."""
    for file in (watched.maps, watched.relay.config):
        file.chmod(0o600)
    watched.change(**WIDER)
    watched.relay.config.chmod(0o600)
    assert "The relay has the new settings." in watched.relay.expect(0, "reload")
    group = pwd.getpwnam("nobody").pw_gid
    for name in ("relay.conf", "maps"):
        status = (watched.runtime / name).stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, group, 0o640), f"{name}: {status}"


def test_a_runtime_folder_that_cannot_be_written(watched):
    """A bind mount that is read-only, as a full disk is: refused before anything is changed."""
    watched.change(**WIDER)
    command = f"mount --bind {watched.runtime} {watched.runtime} && mount -o remount,ro,bind {watched.runtime} && exec \"$@\""
    text = watched.relay.expect(2, "reload", before=["unshare", "-m", "sh", "-c", command, "-"])
    assert "the old settings stay in force" in text or "cannot lock" in text, text
    watched.same()
    watched.taken(**WIDER)


@pytest.mark.parametrize("call, number", [("mkdirat", 1), ("fsync", 1), ("fsync", 3), ("fsync", 5), ("symlinkat", 3), ("symlinkat", 4)])
def test_a_generation_that_cannot_be_written(watched, call, number):
    """A disk that is full at its folder, at one of its three files, or at one of the two links: refused before anything is changed."""
    watched.change(**WIDER)
    relay = watched.relay  # noqa: F811
    relay.environment["ASAN_OPTIONS"] = "detect_leaks=0"  # who is traced cannot look for leaks
    text = relay.expect(2, "reload", before=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                             f"inject={call}:error=ENOSPC:when={number}"])
    assert "No space left on device" in text and "the old settings stay in force" in text and "nftables" not in text, text
    watched.same()
    watched.taken(**WIDER)
    assert [path.name for path in watched.runtime.glob("gen-*")] == [os.readlink(watched.runtime / "current")]


def test_tailscaled_is_not_there(watched):
    watched.change(**{**WIDER, "advertise_prefix": None, "tailscale_socket": watched.folder / "nobody.sock"})
    watched.reload_refused(2, "the old settings stay in force")
    watched.same()


@pytest.mark.parametrize("name, word", [("nat64d", "translator"), ("unbound", "resolver")])
def test_a_daemon_that_stands_still(watched, name, word):
    """Both are asked before anything is changed; and what was asked of it in vain, it does not do later."""
    pid = watched.relay.child(name)
    os.kill(pid, signal.SIGSTOP)
    try:
        watched.change(**WIDER)
        watched.reload_refused(2, "the old settings stay in force")
    finally:
        os.kill(pid, signal.SIGCONT)
    lab.wait_for(lambda: watched.relay.ask(NAME) == [ANSWER], f"the {word}", 20)
    watched.same()


def test_rules_that_nobody_can_put_back(watched):
    """The table belongs to another process, and is theirs alone: neither the new rules nor the old ones; it says what is not as before."""
    node = watched.relay.node
    watched.change(**WIDER)
    os.kill(watched.process.pid, signal.SIGSTOP)  # its watch would put the rules back meanwhile
    node.run("nft delete table inet nat64-relay", check=False)
    owner = node.start(["bash", "-c", "exec nft -i < <(echo 'add table inet nat64-relay { flags owner; }'; sleep 60)"], "owner")
    try:
        lab.wait_for(lambda: "flags owner" in node.sh("nft list table inet nat64-relay", check=False).stdout, "a table with an owner")
        watched.reload_refused(1, "not as before: the rules of table", WORSE)
        assert (watched.runtime / "relay.conf").read_text() == watched.before["relay.conf"]
    finally:
        owner.stop()
        os.kill(watched.process.pid, signal.SIGCONT)
    lab.wait_for(lambda: node.run("nft list table inet nat64-relay", check=False).returncode == 0, "the rules again", 30)
    watched.change()
    watched.relay.expect(0, "reload")
    watched.same()
