# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program has from its caller: standard input, output and error, which may be full or closed, and the umask."""
import os
import shlex
import shutil
import socket

import pytest
from lab import built, wait_for
from relay_lab import relay, same  # noqa: F401  (relay is a fixture)

SAID = "nat64-relay: the output is not complete, because it cannot be written: is the disk full?\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["init", "--help"], ["unbound-lines"], ["client-rules", "mihomo"], ["status", "--json"], ["metrics"]])
def test_a_full_disk_is_no_success(relay, words):  # noqa: F811
    command = shlex.join([str(relay.program), *([] if words[0] == "--help" else ["-c", str(relay.config)]), *words])
    done = relay.node.run(["sh", "-c", f"{command} > /dev/full"], check=False, env=relay.environment)
    assert (done.returncode, done.stderr) == (1, SAID), words


def streams(process):
    """What descriptors 0, 1 and 2 of a process are."""
    return [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)]


def closed(relay, words, name):  # noqa: F811
    """Start a program without any of the three."""
    return relay.node.start(["sh", "-c", f"exec {shlex.join(map(str, words))} <&- >&- 2>&-"], name, env=relay.environment)


def test_a_closed_stream_is_no_file_of_the_relay(relay):  # noqa: F811
    """The lock, the leases and the generated settings had its number, and got what was printed."""
    process = closed(relay, [relay.program, "-c", relay.config, "run"], "closed")
    folder = relay.lab.folder / "relay.run"
    wait_for(lambda: relay.ask("my-vps.9929") == ["fd64:9929::6440:3"], "an answer", 60)
    assert streams(process) == ["/dev/null"] * 3
    assert (folder / "lock").read_text() == f"{process.pid}\n"
    assert process.stop() == 0 and not folder.exists()


def test_a_closed_stream_is_no_device_of_the_translator(relay):  # noqa: F811
    relay.expect(0, "up")
    process = closed(relay, [built("nat64d"), "-c", relay.lab.folder / "relay.run/relay.conf"], "translator")
    wait_for(lambda: (relay.lab.folder / "relay.run/sockets/nat64d.sock").exists(), "the translator", 60)
    assert streams(process) == ["/dev/null"] * 3
    process.stop()
    relay.expect(0, "down")


def test_a_narrow_umask_closes_nothing_to_the_daemons(relay):  # noqa: F811
    """As that of a hardened host. The resolver could not read its settings, nor the server of the page its data."""
    relay.config = relay.settings(http_listen="auto")
    for name in ("relay.run", "relay.data"):
        shutil.rmtree(relay.lab.folder / name)
    process = relay.node.start(["sh", "-c", f"umask 077; exec {shlex.join(map(str, [relay.program, '-c', relay.config, 'run']))}"], "narrow", env=relay.environment)
    process.wait_for("ready after", 40)
    assert relay.ask("my-vps.9929") == ["fd64:9929::6440:3"]
    page = ["curl", "-gsS", "--max-time", "20", f"http://[{relay.hosts.RELAY6}]:8064/healthz"]
    wait_for(lambda: relay.client.run(page, check=False).stdout == "The relay works.\n", "the page", 60)
    assert process.stop() == 0, process.tail()


@pytest.mark.parametrize("kind, why", [("pipe", "nobody writes to this pipe"), ("folder", "it is a folder"), ("socket", "it is a socket"),
                                       ("/dev/zero", "it is a device")])
def test_what_is_no_file_is_not_waited_for(relay, tmp_path, kind, why):  # noqa: F811
    """As settings, as map-file, among the user's own Unbound lines."""
    named, own = tmp_path / kind.strip("/"), tmp_path / "own"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo(named)
        elif kind == "folder":
            named.mkdir()
        elif kind == "socket":
            listener.bind(str(named))
        else:
            named = kind
    good, relay.config = relay.config, named
    for words in (["check"], ["up"], ["down"], ["unbound-lines"]):
        assert f"{named}: cannot be opened: {why}" in relay.expect(2, *words)
    relay.config = relay.settings(map_file=named)
    assert f"{named}: cannot be opened: {why}" in relay.expect(2, "up")
    own.mkdir()
    (own / "lines.conf").symlink_to(named)
    relay.config = relay.settings(unbound_include_dir=own)
    assert f"{own}/lines.conf: cannot be opened: {why}" in relay.expect(2, "up")
    relay.config = good


def piped(relay, *words):  # noqa: F811
    """The command with `-c <(cat FILE)`."""
    command = shlex.join(["cat", str(relay.config)])
    return relay.node.sh(f"{shlex.quote(str(relay.program))} -c <({command}) {shlex.join(words)}", check=False, env=relay.environment)


def test_a_pipe_is_read_once(relay):  # noqa: F811
    assert piped(relay, "client-rules", "mihomo").stdout == relay.command("client-rules", "mihomo").stdout != ""
    before = relay.snapshot()
    done = piped(relay, "up")
    assert done.returncode == 2 and "is a pipe, which can be read only once: write the settings into a file" in done.stderr, done.stderr
    same(before, relay.snapshot(), "after an up that was refused")
    process = relay.run()
    for words in (["diff"], ["reload"]):
        done = piped(relay, *words)
        assert done.returncode == 2 and "is a pipe, which can be read only once" in done.stderr, done.stderr
    assert process.stop() == 0, process.tail()


@pytest.mark.parametrize("words", [["check", "my-vps"], ["status"]])
def test_what_is_wrong_in_a_pipe_is_said(relay, words):  # noqa: F811
    """Not that it cannot be read a second time."""
    relay.config = relay.settings(lan_interface="lo")
    said = piped(relay, *words).stderr
    assert "lo is the loopback interface" in said and said.replace("/dev/fd/63", str(relay.config)) == relay.command(*words).stderr
