# SPDX-License-Identifier: GPL-2.0-or-later
"""The leases of a real nat64d: kept over kills, full disks, closed folders, other versions and wrong clocks; a hundred thousand of them."""
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path as FolderPath

import pytest
from lab import USER, built, need, run, wait_for
from path import Path

LINE = re.compile(r"\d+\.\d+\.\d+\.\d+\t[0-9a-f:]+\t\d+")


@pytest.fixture
def path(lab):
    need("ip", "nft")
    path = Path(lab)
    path.settings()
    yield path
    path.finish()


def ping(path, source=None):
    return path.client.run(["ping", "-q", "-c", "1", "-W", "1", *(["-I", source] if source else []), path.TARGET6], check=False).returncode == 0


def clients(path, count):
    """More addresses for the client."""
    names = [f"fd00:c::1:{number:x}" for number in range(count)]
    path.client.run("ip -batch -", input="".join(f"address add {name}/64 dev eth0 nodad\n" for name in names))
    return names


def on_disk(path):
    """{client: address} of the file, every line of which must be whole."""
    text = path.data("dynamic.map").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert text.endswith("\n") and all(LINE.fullmatch(line) for line in lines), f"the file is broken:\n{text}"
    return {line.split()[1]: line.split()[0] for line in lines}


def sanitized():
    return "asan" in run(["ldd", built("nat64d")])


def memory(path):
    """MiB that it has in memory."""
    status = FolderPath(f"/proc/{path.ask('info')['pid']}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


# --- ends without a warning ---

def test_killed_at_any_moment(path):
    """New clients keep coming and the file keeps being written: whenever nat64d is killed, it is whole, and what it holds comes back."""
    names, moment = itertools.cycle(clients(path, 200)), random.Random(1)
    known = {}
    for _ in range(12):
        path.start()
        assert known.items() <= path.leases().items(), "a lease of the file did not come back"
        end = time.monotonic() + moment.uniform(0, 1.5)
        while time.monotonic() < end:
            assert ping(path, next(names))
        path.daemon.kill()
        if path.data("dynamic.map").exists():
            known = on_disk(path)
    assert len(known) > 3, f"hardly a lease was written: {known}"


def test_a_file_of_tayga_and_of_several_prefixes(path):
    """Upgrades both ways: TAYGA's comments and order, and the fourth word of a time with several prefixes."""
    now = int(time.time())
    path.data("dynamic.map").write_text("###\n###\n### tayga dynamic map database\n###\n### Last written: Sat Nov 21 10:00:00 2026\n###\n\n"
                                        f"192.168.241.9\tfd00:c::2\t{now - 5}\n192.168.240.77\tfd00:c::77\t{now - 90000}\n"
                                        f"192.168.240.78\tfd00:c::78\t{now}\tfd64:9929::/96\n192.168.240.79\tfd00:c::79\t{now}\tfd64:aaaa::/96\n")
    path.start()
    assert path.leases() == {"fd00:c::2": "192.168.241.9", "fd00:c::77": "192.168.240.77", "fd00:c::78": "192.168.240.78"}
    assert "line 11: the fourth word is not one of the prefixes" in path.daemon.text()
    assert ping(path) and path.leases()[path.CLIENT] == "192.168.241.9"
    path.daemon.stop()
    assert on_disk(path)["fd00:c::2"] == "192.168.241.9"


@pytest.mark.parametrize("stamp", [1, 10**9, 4 * 10**9])
def test_a_clock_that_was_wrong(path, stamp):
    """Last uses in 1970, 2001 and 2096: the lease is there, and it is written with a time of today once it is used."""
    path.data("dynamic.map").write_text(f"192.168.241.9\t{path.CLIENT}\t{stamp}\n")
    path.start()
    assert path.leases() == {path.CLIENT: "192.168.241.9"}
    assert ping(path) and path.leases() == {path.CLIENT: "192.168.241.9"}
    path.daemon.stop()
    written = int(path.data("dynamic.map").read_text().splitlines()[-1].split()[2])
    assert abs(written - time.time()) < 60, f"the last use was written as {written}"


def test_a_map_over_a_lease_at_a_start(path):
    now = int(time.time())
    path.data("dynamic.map").write_text(f"192.168.241.9\tfd00:c::2\t{now}\n192.168.241.10\tfd00:c::77\t{now}\n")
    path.settings("map 192.168.241.9 fd00:c::88\nmap 10.99.0.9 fd00:c::77\n")
    path.start()
    assert path.leases() == {}
    assert "excluded from the dynamic pool" in path.daemon.text() and "has an address through a map or prefix" in path.daemon.text()
    assert ping(path) and path.leases()[path.CLIENT] != "192.168.241.9"


# --- disks that fail ---

def test_a_full_disk(path):
    """Said once; leases are handed out all the same; with room again they are written."""
    folder = path.data("")
    run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", folder])
    try:
        shutil.chown(folder, USER)
        (folder / "filler").write_bytes(b"x" * 65536)
        path.start()
        names = clients(path, 3)
        assert all(ping(path, name) for name in names)
        path.daemon.wait_for("cannot write .*dynamic.map: No space left on device; leases are kept in memory", 20)
        (folder / "filler").unlink()
        wait_for(lambda: path.data("dynamic.map").exists() and set(on_disk(path)) == set(names), "the leases on disk", 30)
        assert path.daemon.text().count("cannot write") == 1
        path.daemon.kill()
    finally:
        path.daemon.kill()
        run(["umount", folder])


def test_a_full_disk_keeps_the_old_file(path):
    """A write that fails half way leaves what was there before."""
    folder = path.data("")
    run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", folder])
    try:
        shutil.chown(folder, USER)
        old = "".join(f"192.168.240.{number}\tfd00:c::{number:x}\t{int(time.time())}\n" for number in range(10, 200))
        path.data("dynamic.map").write_text(old)
        (folder / "filler").write_bytes(b"x" * (65536 - 12288))  # a page is left, and two are needed
        path.start()
        assert ping(path)
        path.daemon.wait_for("cannot write .*dynamic.map", 20)
        path.daemon.kill()
        assert path.data("dynamic.map").read_text() == old
    finally:
        path.daemon.kill()
        run(["umount", folder])


def test_a_folder_that_may_not_be_written(path):
    """Root's folder: said once, and translated all the same; the end is clean."""
    os.chown(path.data(""), 0, 0)
    path.start()
    assert ping(path)
    path.daemon.wait_for("cannot write .*dynamic.map: Permission denied", 20)
    assert ping(path) and path.daemon.stop() == 0
    assert path.daemon.text().count("cannot write") == 1


# --- many ---

def test_a_hundred_thousand_leases(lab):
    """All come back, are told in pages, and fit into 40 MiB, also while a reload holds two pools; without any, 8 MiB are enough."""
    need("ip", "nft")
    count = 20000 if sanitized() else 100000
    path = Path(lab, pool="10.64.0.0/14")
    run([*path.relay.ip, "address", "add", "10.64.0.2/32", "dev", "nat64"])
    path.settings("workers 2\n")
    path.start()
    if not sanitized():
        assert memory(path) < 8, f"{memory(path):.1f} MiB without a lease"
    path.daemon.stop()
    lines = [f"10.{65 + (n >> 16)}.{n >> 8 & 255}.{n & 255}\t2001:db8:{n >> 12:x}:{n & 0xfff:x}::1\t{int(time.time()) - 60}\n" for n in range(count)]
    path.data("dynamic.map").write_text("".join(lines))
    path.start()
    assert path.ask("counters")["leases"] == count
    told = subprocess.run(path.relay.command([built("nat64-relay"), "-c", path.conf, "clients"]), capture_output=True, text=True, check=True).stdout
    assert len(told.splitlines()) == count + 1
    assert ping(path)
    path.settings("workers 2\nclient-quota 7\n")
    path.daemon.send(signal.SIGHUP)
    path.daemon.wait_for("translating with the new settings", 30)
    assert path.ask("counters")["leases"] == count + 1 and ping(path)
    if not sanitized():
        assert memory(path) < 40, f"{memory(path):.1f} MiB with {count} leases"
    assert path.daemon.stop(timeout=30) == 0
    assert len(on_disk(path)) == count + 1
