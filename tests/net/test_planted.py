# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemons' user, taken over by a stranger, and any local user can do to root: plant, hold, and answer. root goes on, and touches nothing else."""
import contextlib
import os
import pwd
import re
import socket
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab import USER
from relay_lab import relay  # noqa: F401  (a fixture)

SOCKETS = ("nat64d.sock", "unbound.ctl")
DRAIN = "unbound.drain"  # there from the first question on
LINKS = ("relay.conf", "maps", "unbound.conf")  # to what is active
FILES = (*LINKS, "current", "previous", "gen-1", "gen-2", "bridge.conf", "splitdns.counters", "children", "advertised", "watch.json", "sysctl.json",
         "lock", "reload.lock", "tailnet.lock", "nat64d.lock", "relay.conf.before", "maps.before", "unbound.conf.before")


def as_user(script, *arguments, user=USER, check=True):
    """Python as that user, with no group but its own."""
    return subprocess.run(["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "/usr/bin/python3", "-c", script,
                           *map(str, arguments)], check=check, capture_output=True, text=True)


def plant_link(path, victim):
    as_user("import os, sys; os.symlink(sys.argv[2], sys.argv[1])", path, victim)


def plant_second_name(path, victim):
    """As on a kernel with fs.protected_hardlinks=0."""
    os.link(victim, path)


def plant_pipe(path, victim):
    del victim
    as_user("import os, sys; os.mkfifo(sys.argv[1])", path)


def plant_file(path, victim):
    del victim
    as_user("import sys; open(sys.argv[1], 'w').write('prefix 64:ff9b::/96\\n')", path)


def plant_folder(path, victim):
    """With something in it, and closed to all."""
    as_user("import os, sys\nos.makedirs(sys.argv[1] + '/a/b')\nopen(sys.argv[1] + '/a/b/c', 'w')\nos.symlink(sys.argv[2], sys.argv[1] + '/a/victim')\n"
            "os.chmod(sys.argv[1] + '/a', 0)\nos.chmod(sys.argv[1], 0)", path, victim)


def plant_socket(path, victim):
    """Nobody listens."""
    del victim
    as_user("import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path)


KINDS = {"link": plant_link, "second name": plant_second_name, "pipe": plant_pipe, "file": plant_file, "folder": plant_folder, "socket": plant_socket}


@pytest.fixture
def victim(relay):  # noqa: F811
    """A file of root's, which is as it was in the end."""
    path = relay.lab.folder / "victim"
    path.write_text("untouched")
    path.chmod(0o600)
    yield path
    found = path.stat()
    assert (path.read_text(), found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == ("untouched", 0, 0, 0o600), f"the victim: {found}"


@pytest.fixture
def folder(relay):  # noqa: F811
    return relay.lab.folder / "relay.run"


def writable(top, user):
    """The folders below top in which that user can make a name."""
    script = "import os, sys\nfor path, _, _ in os.walk(sys.argv[1]):\n    if os.access(path, os.W_OK | os.X_OK): print(os.path.relpath(path, sys.argv[1]))"
    return set(as_user(script, top, user=user).stdout.split())


def test_where_the_daemons_user_can_write(relay, folder):  # noqa: F811
    """Its leases, and the folder of the sockets; nobody else can write anywhere. Root's folder has root's files alone."""
    process = relay.run()
    assert writable(relay.lab.folder, USER) == {"relay.data", "relay.run/sockets"}
    assert writable(relay.lab.folder, "daemon") == set()
    assert sorted(os.listdir(folder / "sockets")) == sorted(SOCKETS)
    for name in os.listdir(folder):
        found = (folder / name).lstat()
        assert found.st_uid == 0, f"{name} is of user {found.st_uid}"
    for name in SOCKETS:
        assert os.readlink(folder / name) == f"sockets/{name}", "the link for scripts of earlier versions"
    assert process.stop() == 0, process.tail()
    assert not folder.exists(), f"expected nothing left, got {os.listdir(folder)}"


@pytest.mark.parametrize("kind", KINDS)
def test_planted_among_the_sockets(relay, folder, victim, kind):  # noqa: F811
    """Under each name that a daemon wants there, and others: both start, settings are exchanged, and all of it is taken away."""
    relay.expect(0, "up")
    for name in (*SOCKETS, DRAIN, "nat64d.lock", "relay.conf", "lock", "removed-0"):
        KINDS[kind](folder / "sockets" / name, victim)
    process = relay.run()
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    own = {"nat64d.lock"} if kind == "file" else set()  # of a translator that root has not started
    assert set(os.listdir(folder / "sockets")) == {*SOCKETS, DRAIN, *own}
    for name in {"nat64d.lock", "lock"} - own:
        KINDS[kind](folder / "sockets" / name, victim)
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert process.stop() == 0, process.tail()
    assert not folder.exists(), f"expected nothing left, got {os.listdir(folder)}"


@pytest.mark.parametrize("kind", KINDS)
def test_planted_in_the_folder_of_an_earlier_version(relay, folder, victim, kind):  # noqa: F811
    """It let the daemons' group write to the runtime folder. The next start closes it, and what bears a name of ours and is not root's goes."""
    os.chown(folder, 0, pwd.getpwnam(USER).pw_gid)
    folder.chmod(0o1775)
    for name in (*FILES, *SOCKETS, "sockets"):
        for end in ("", ".new"):
            KINDS[kind](folder / (name + end), victim)
    process = relay.run()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755 and folder.stat().st_gid == 0
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    for name in LINKS:
        assert (os.readlink(folder / name), (folder / name).lstat().st_uid) == (f"current/{name}", 0), name
    active = folder / os.readlink(folder / "current")
    assert active.name.startswith("gen-") and (active.lstat().st_uid, stat.S_IMODE(active.lstat().st_mode)) == (0, 0o755), active
    for name in (*(f"{active.name}/{name}" for name in LINKS), "lock", "splitdns.counters"):
        found = (folder / name).lstat()
        assert stat.S_ISREG(found.st_mode) and found.st_uid == 0 and found.st_nlink == 1, f"{name}: {found}"
    assert "The relay has the new settings." in relay.expect(0, "reload")
    assert process.stop() == 0, process.tail()


def test_a_folder_that_others_may_write_to_is_refused(relay, folder):  # noqa: F811
    for mode in (0o1777, 0o777, 0o775):
        folder.chmod(mode)
        text = relay.expect(2, "up")
        assert f"users other than root may write to runtime-dir {folder}: chmod go-w" in text, text
    folder.chmod(0o755)
    relay.expect(0, "up")
    relay.expect(0, "down")


@pytest.mark.parametrize("mode, owner, remedy", [(0o644, 0, None), (0o600, 0, None), (0o664, 0, "chmod go-w"), (0o646, 0, "chmod go-w"), (0o644, 65534, "chown root")])
def test_settings_that_others_may_write_to_are_told_of(relay, mode, owner, remedy):  # noqa: F811
    """They name programs that root runs."""
    relay.config.chmod(mode)
    os.chown(relay.config, owner, -1)
    relay.expect(0, "up")
    warning = f"nat64-relay: warning: {relay.config}: users other than root may write to this file, which names programs that root runs: "
    for words in (["up"], ["reload"], ["status"]):
        said = relay.command(*words).stderr
        assert f"{warning}{remedy} {relay.config}\n" in said if remedy else warning not in said, words
    relay.expect(0, "down")


# --- locks ---

def test_nobody_else_can_hold_a_lock(relay, folder):  # noqa: F811
    process = relay.run()
    relay.expect(0, "reload")
    for name in ("lock", "reload.lock", "nat64d.lock"):
        found = (folder / name).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o600), f"{name}: {found}"
        for user in (USER, "daemon"):
            assert "PermissionError" in as_user("import sys; open(sys.argv[1])", folder / name, user=user, check=False).stderr, f"{user} can open {name}"
    assert process.stop() == 0, process.tail()


@contextlib.contextmanager
def holder(*paths, user="daemon"):
    """A process of that user that has locked those files, as far as it can open them."""
    script = ("import fcntl, sys, time\nfiles = [open(path) for path in sys.argv[1:]]\nfor file in files: fcntl.flock(file, fcntl.LOCK_EX)\n"
              "print('held', flush=True)\ntime.sleep(600)")
    process = subprocess.Popen(["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "/usr/bin/python3", "-c", script,
                                *map(str, paths)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def ended_pid():
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lock_that_a_stranger_holds(relay, folder):  # noqa: F811
    """The files of an earlier version can be read, and so held, by everybody: others come in their place, and nobody waits."""
    for name in ("lock", "reload.lock"):
        (folder / name).write_text(f"{ended_pid()}\n")
        (folder / name).chmod(0o644)
    with holder(folder / "lock", folder / "reload.lock"):
        process = relay.run()
        assert "The relay has the new settings." in relay.expect(0, "reload")
        assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
        assert process.stop() == 0, process.tail()


def test_a_held_lock_names_who_holds_it(relay, folder):  # noqa: F811
    """A process that does not say so itself, as the child of one that was killed: its number, and not that of the dead one."""
    dead = ended_pid()
    (folder / "lock").write_text(f"{dead}\n")
    (folder / "lock").chmod(0o600)
    with holder(folder / "lock", user="root") as process:
        for command in ("up", "down"):
            text = relay.expect(2, command)
            assert re.search(rf"another nat64-relay \(pid {process.pid}\)", text) and str(dead) not in text.split(), text
    relay.expect(0, "up")
    relay.expect(0, "down")


# --- answers ---

IMPOSTOR = r'''
import os, socket, sys, threading, time
says = {"drip": None, "steer": b'{"version":1,"error":"\\u001b]0;x\\u0007\\u009b31m","counters":{"drops":{"\\u001b[2J":7}}}\n\x1b[2J\x9b31mtotal.num.queries=1\x1b]0;x\x07\n',
        "nothing": b"", "binary": bytes(range(256)) * 4000, "endless": b"a" * 65536,
        "pages": b'{"version":1,"clients":[],"next":"192.168.240.1"}\n'}[sys.argv[1]]
def serve(listener):
    while True:
        peer = listener.accept()[0]
        threading.Thread(target=answer, args=(peer,), daemon=True).start()
def answer(peer):
    try:
        peer.recv(1000)
        if sys.argv[1] in ("steer", "nothing", "binary", "pages"):
            peer.sendall(says)
        while sys.argv[1] == "drip":
            peer.sendall(b" ")
            time.sleep(0.3)
        while sys.argv[1] == "endless":
            peer.sendall(says)
    except OSError:
        pass
    peer.close()
for path in sys.argv[2:]:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
print("ready", flush=True)
time.sleep(600)
'''


@contextlib.contextmanager
def impostor(kind, *paths):
    process = subprocess.Popen(["setpriv", f"--reuid={USER}", f"--regid={pwd.getpwnam(USER).pw_gid}", "--clear-groups", "/usr/bin/python3", "-c", IMPOSTOR,
                                kind, *map(str, paths)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait()


COMMANDS = (["status"], ["status", "--json"], ["clients"], ["clients", "--json"], ["counters"], ["counters", "--json"], ["maps"], ["metrics"])


@pytest.mark.parametrize("kind", ["drip", "steer", "nothing", "binary", "endless"])
def test_what_answers_in_the_place_of_a_daemon(relay, folder, kind):  # noqa: F811
    """Each command ends, and prints nothing that a terminal would obey. All at once, but for reload: they wait most of the time."""
    def said(words):
        done = relay.node.run([relay.program, "-c", relay.config, *words], check=False, env=relay.environment, text=False)
        return done.stdout + done.stderr

    relay.expect(0, "up")
    with impostor(kind, *(folder / "sockets" / name for name in SOCKETS)), ThreadPoolExecutor(len(COMMANDS)) as pool:
        for words, text in [*zip(COMMANDS, pool.map(said, COMMANDS)), (["reload"], said(["reload"]))]:
            assert not re.findall(rb"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), f"{words}: control characters in {text!r}"
    relay.expect(0, "down")


def test_root_does_not_speak_to_whom_a_link_leads(relay, folder):  # noqa: F811
    """The daemons' user leads root to a socket of somebody else's, who would be told something in root's name."""
    relay.expect(0, "up")
    heard = relay.lab.folder / "heard"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(heard))
        listener.listen()
        listener.settimeout(0)
        for name in SOCKETS:
            plant_link(folder / "sockets" / name, heard)
        for words in (["status"], ["clients"], ["counters"], ["maps"]):
            relay.command(*words)
        with pytest.raises(BlockingIOError):
            listener.accept()
    relay.expect(0, "down")


# --- leases ---

def test_leases_are_read_from_no_link(relay, victim):  # noqa: F811
    """nat64d is root still when it reads them: what a link leads to is not read, and so not told of in its log."""
    leases = relay.lab.folder / "relay.data/dynamic.map"
    victim.write_text("a secret of root's\n")
    leases.unlink(missing_ok=True)
    plant_link(leases, victim)
    process = relay.run()
    assert "secret" not in process.text() and re.search(r"cannot read \S+dynamic.map: ", process.text()), process.tail()
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    assert process.stop() == 0, process.tail()
    victim.write_text("untouched")
