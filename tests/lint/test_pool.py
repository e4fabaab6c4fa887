# SPDX-License-Identifier: GPL-2.0-or-later
"""The pool that passes the other tests: its reports, what it tells, and its end when it is terminated."""
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from lab import TOP, wait_for

sys.path.insert(0, str(TOP / "tests"))

import pool  # noqa: E402  (after the path)

PASSES = """
import pytest
def test_one(): pass
@pytest.mark.skip(reason="no reason")
def test_two(): pass
"""
FAILS = "def test_three(): assert 6 * 7 == 43\ndef test_four(): print('\\n>> nobody sees this')\n"
SPEAKS = """
import pytest
def test_five(request):
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\\n>> half of it", flush=True)
"""
NEVER_ENDS = """
import pathlib, signal, time
import pytest
signal.signal(signal.SIGTERM, signal.default_int_handler)
here = pathlib.Path(__file__).parent
@pytest.fixture
def world():
    yield
    (here / "down").touch()
def test_six(world):
    (here / "up").touch()
    time.sleep(600)
"""


@pytest.fixture
def start(tmp_path):
    """start(NAME=TEXT): the pool, passing these files; its reports are in tmp_path/reports."""
    script = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import pool; pool.TESTS = pathlib.Path(sys.argv[2]); sys.exit(pool.main(sys.argv[3], 2))"
    started = []

    def run(**files):
        folder = tmp_path / "tests/kind"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / f"test_{name}.py").write_text(text)
        started.append(subprocess.Popen(["/usr/bin/python3", "-c", script, TOP / "tests", folder.parent, tmp_path / "reports"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]
    yield run
    for process in started:
        process.kill()
        process.wait()


def test_every_result_is_counted(start, tmp_path):
    running = start(passes=PASSES, fails=FAILS, speaks=SPEAKS)
    said = running.communicate(timeout=120)[0]
    assert running.returncode == 0, said
    exits = (tmp_path / "reports/exits").read_text().split()
    assert sorted(exits[1::2]) == ["0", "0", "1"], exits
    done = subprocess.run(["/usr/bin/python3", TOP / "tests/summary.py", tmp_path / "nothing", "0", *exits], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "3 passed, 1 failed, 1 skipped\n"), done.stdout + done.stderr


def test_what_is_told(start):
    said = start(passes=PASSES, fails=FAILS, speaks=SPEAKS).communicate(timeout=120)[0]
    assert re.search(r"^\[ +\d/3 +\d+ s\] tests/kind/test_passes.py: 1 passed, 1 skipped in ", said, re.M), said
    assert re.search(r"^\[ +\d/3 +\d+ s\] tests/kind/test_speaks.py: half of it$", said, re.M) and "nobody" not in said, said
    assert "assert (6 * 7) == 43" in said, f"expected the whole report of the failure in:\n{said}"
    notes = said[said.rindex("] tests/kind"):]
    assert re.search(r"test_passes.py: SKIPPED .*no reason", notes) and re.search(r"test_fails.py: FAILED .*test_three", notes), notes


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_an_end_takes_everything_down(start, tmp_path, how):
    running = start(never=NEVER_ENDS)
    wait_for((tmp_path / "tests/kind/up").exists, "the test to begin", timeout=60)
    running.send_signal(getattr(signal, how))
    wait_for((tmp_path / "tests/kind/down").exists, f"the test to take its world down after {how}", timeout=60)
    assert running.wait(60) == (-signal.SIGKILL if how == "SIGKILL" else 130)


def test_a_job_that_takes_too_long_fails(tmp_path, monkeypatch, capfd):
    (tmp_path / "test_never.py").write_text(NEVER_ENDS)
    monkeypatch.setattr(pool, "LIMIT", 15)  # a busy machine needs some of them to begin
    job, began = pool.Job(str(tmp_path / "test_never.py")), time.monotonic()
    pool.Pool([job], tmp_path, 1).run()
    assert job.code != 0 and (tmp_path / "down").exists() and time.monotonic() - began < 120


def test_jobs_that_wait_run_beside_the_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "WAITING", ("wait0", "wait1", "wait2"))
    made = pool.Pool([pool.Job(name) for name in ("wait0", "a", "b", "wait1", "wait2", "c")], tmp_path, 2)

    def begun(*ended):
        """What begins once these have ended."""
        made.running = [job for job in made.running if job.path not in ended]
        names = []
        while job := made.next_job():
            made.todo.remove(job)
            made.running.append(job)
            names.append(job.path)
        return names
    assert begun() == ["wait0", "wait1", "a", "b"]
    assert begun("a") == ["c"]
    assert begun("b") == ["wait2"], "nothing else is left for a worker"


def test_every_file_belongs_to_one_job():
    jobs = [job for job in pool.jobs() if not job.unbound]
    for file in pool.TESTS.glob("*/test_*.py"):
        name = str(file.relative_to(pool.TESTS))
        held = [name == job.path or (name.startswith(job.path + "/") and name not in job.ignored) for job in jobs]
        assert sum(held) == 1, f"{file} is not in one job"
    named = {*pool.LONGEST, *pool.WAITING} - {job.path for job in pool.jobs()}
    assert not named, f"pool.py names jobs that do not exist: {named}"


@pytest.mark.parametrize("sources, expected", [
    ({"": "1.17.1-2+deb12u4", "-trixie": "1.26.1-0+deb13u1", "-sid": "1.26.1-1"}, ["trixie"]),
    ({"": "1.17.1-2+deb12u4", "-trixie": "1.22.0-2", "-sid": "1.26.1-1"}, ["trixie", "sid"]),
    ({"": "1.26.1-1", "-trixie": "1.26.1-1", "-sid": "1:1.26.2-1~exp1"}, ["sid"]),
    ({"": "1.17.1-2", "-sid": "1.26.1-1"}, ["trixie", "sid"]),  # what is missing is skipped, and counted
])
def test_each_version_of_unbound_is_tested_once(tmp_path, sources, expected):
    for release, version in sources.items():
        (tmp_path / f"unbound-{version}").mkdir(exist_ok=True)
        (tmp_path / f"source{release}").symlink_to(f"unbound-{version}")
    assert pool.unbounds(tmp_path) == expected, sources


def test_help_of_runtests_runs_nothing(tmp_path):
    """A copy beside which there is nothing to run."""
    done = subprocess.run([shutil.copy(TOP / "runtests", tmp_path), "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "usage: sudo ./runtests" in done.stdout and not done.stderr, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["runtests"]
