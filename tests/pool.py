# SPDX-License-Identifier: GPL-2.0-or-later
"""Passes all tests that need root, several files at a time: most of them wait for a daemon, a timer or an emulated machine most of their time.

usage: pool.py REPORTS [WORKERS]        WORKERS: how many at once, by default two for each processor

A job is one pytest of its own, exactly what a developer starts for that file, with its own namespaces (lab.py) and its own report in the folder
REPORTS: NAME.xml, NAME.log. Files that share something belong to one job, so that they never meet: those of tests/tailscale share one tailnet, but for
those that do without it and take minutes (ALONE). The name service is passed with every version of Unbound there is (unbounds). The longest begin
first, lest one of them is alone at the end. Those that hardly use a processor (WAITING) are passed beside the others, BESIDE at once.

What a job says is shown when it ends, one line of a job that passed, everything of one that failed; a line that begins with ">> " at once. After a
silence a line tells what is still at work. SIGINT and SIGTERM end every job in order; so does our own end, however it comes. A job that takes longer
than LIMIT is ended as well, and has failed. The file REPORTS/exits gets a line `XML EXIT-CODE` a job, which summary.py reads. Exit code: 0, or 130 when it
was interrupted.
"""
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TOGETHER = ("dist", "tailscale")  # folders that are one job
ALONE = tuple(f"tailscale/test_{name}.py" for name in ("faults_found", "faults_found_client", "faults_found_relay", "faults_none", "tailnet_api", "tailnet_api_faults"))
LONGEST = ("vm/test_machine_tailnet.py", "vm/test_machine.py", "demo/test_quickstart.py", *ALONE, "dist", "tailscale", "load/test_dns_flood.py",
           "load/test_memory_of_dns.py", "load/test_leak_mutants.py", "net/test_translator.py", "net/test_systemd.py", "net/test_reload_killed.py",
           "packages/test_packages.py")
WAITING = (*ALONE, "tailscale", "net/test_planted.py", "net/test_watch.py", "net/test_watch_trouble.py", "net/test_automatic.py")  # for nine tenths to three quarters
BESIDE = 2
UNBOUNDS = ("trixie", "sid")
LIMIT = 3600  # seconds: it ends what hangs, on a slow machine with much to do as well
SILENCE = 30  # seconds


class Job:
    """One pytest: its files, the release of its Unbound ("" for this one's), and what came of it."""

    def __init__(self, path, unbound=""):
        self.path, self.unbound = path, unbound
        self.title = f"tests/{path}" + (f" with the Unbound of {unbound}" if unbound else "")
        self.output, self.shown, self.code, self.asked, self.took, self.used = b"", 0, None, False, 0.0, 0.0

    def start(self, reports):
        name = self.path.replace("/", "-").removesuffix(".py") + (f"-{self.unbound}" if self.unbound else "")
        self.xml, self.log = reports / f"{name}.xml", reports / f"{name}.log"
        self.xml.unlink(missing_ok=True)
        argv = ["setpriv", "--pdeathsig", "TERM", "/usr/bin/python3", "-u", "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider",
                f"--junit-xml={self.xml}", TESTS / self.path, *(f"--ignore={TESTS / path}" for path in self.ignored)]
        self.began = time.monotonic()
        self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                      env={**os.environ, "NAT64_UNBOUND": self.unbound})

    @property
    def waits(self):
        return self.path in WAITING

    @property
    def ignored(self):
        """Files of a folder that are jobs of their own."""
        return [path for path in ALONE if path.startswith(self.path + "/")]

    @property
    def seconds(self):
        return time.monotonic() - self.began

    def terminate(self):
        """Ask it, once, to end in order: the tests take down what they have set up."""
        if not self.asked:
            self.popen.terminate()
        self.asked = True

    def news(self):
        """What has come since the last call: the lines that are to be shown at once."""
        self.output += os.read(self.popen.stdout.fileno(), 65536)
        whole = self.output.rfind(b"\n") + 1
        lines = self.output[self.shown:whole].decode(errors="replace").splitlines()
        self.shown = whole
        return [line[3:] for line in lines if line.startswith(">> ")]

    def end(self):
        """Wait for it, and keep what it said and what it took: seconds, and those of a processor."""
        before = processor_seconds()
        self.code = self.popen.wait()
        self.took, self.used = self.seconds, processor_seconds() - before
        self.popen.stdout.close()
        self.log.write_bytes(self.output)

    def result(self):
        """The last line of pytest's."""
        lines = self.output.decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if re.search(r"\d+ \w+.* in [\d.]+s", line)), f"ended with {self.code}")

    def notes(self):
        """pytest's lines about what did not simply pass."""
        return re.findall(r"^(?:SKIPPED|FAILED|ERROR|XFAIL|XPASS) .*", self.output.decode(errors="replace"), re.M)


def processor_seconds():
    """Of all children that were waited for, and of their own."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def unbounds(cache=Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nat64-relay/unbound"):
    """The releases of UNBOUNDS, but for those whose Unbound has the upstream version of one before it, or of this machine's own. A missing one stays: its
    tests are skipped, and say so."""
    seen, found = [upstream_version(cache / "source")], []
    for release in UNBOUNDS:
        version = upstream_version(cache / f"source-{release}")
        if version is None or version not in seen:
            found.append(release)
            seen.append(version)
    return found


def upstream_version(source):
    """1.26.1 of .../unbound-1.26.1-0+deb13u1; None where there is none."""
    match = re.fullmatch(r"unbound-(?:\d+:)?(.+?)(?:-[^-]*)?", source.resolve().name) if source.exists() else None
    return match and match[1]


def jobs():
    """All jobs, the longest first."""
    paths = {str(path.relative_to(TESTS)) for path in TESTS.glob("*/test_*.py")}
    paths = {next((folder for folder in TOGETHER if path.startswith(folder + "/") and path not in ALONE), path) for path in paths}
    ranks = {path: rank for rank, path in enumerate(LONGEST)}
    found = [Job(path) for path in sorted(paths)]
    found += [Job(job.path, unbound) for unbound in unbounds() for job in found if "/test_dns" in job.path]
    return sorted(found, key=lambda job: ranks.get(job.path, len(ranks)) if not job.unbound else len(ranks))


class Pool:
    """Runs jobs, so many at once, and tells of it."""

    def __init__(self, todo, reports, workers):
        self.todo, self.reports, self.workers = todo, reports, workers
        self.running, self.done, self.all = [], [], len(todo)
        self.selector = selectors.DefaultSelector()
        self.began = self.spoke = time.monotonic()

    def say(self, text):
        self.spoke = time.monotonic()
        print(f"[{len(self.done):3}/{self.all} {self.spoke - self.began:4.0f} s] {text}", flush=True)

    def run(self):
        try:
            while self.todo or self.running:
                while job := self.next_job():
                    self.start(job)
                for key, _ in self.selector.select(timeout=1):
                    self.listen(key.data)
                self.look_at_the_clock()
        finally:
            self.stop()

    def next_job(self):
        """The next that there is room for; None: no room. Those that wait take the workers' room when nothing else is left."""
        waiting, others = ([job for job in self.todo if job.waits == waits] for waits in (True, False))
        beside = min(BESIDE, sum(job.waits for job in self.running))
        if waiting and beside < BESIDE:
            return waiting[0]
        return next(iter(others or waiting), None) if len(self.running) - beside < self.workers else None

    def start(self, job):
        self.todo.remove(job)
        job.start(self.reports)
        self.running.append(job)
        self.selector.register(job.popen.stdout, selectors.EVENT_READ, job)

    def listen(self, job):
        before = len(job.output)
        for line in job.news():
            self.say(f"{job.title}: {line}")
        if len(job.output) == before:  # the end of the pipe
            self.finish(job)

    def finish(self, job):
        self.selector.unregister(job.popen.stdout)
        job.end()
        self.running.remove(job)
        self.done.append(job)
        if job.code != 0:
            print(job.output.decode(errors="replace"))
        self.say(f"{job.title}: {job.result()}")

    def slowest(self, count=10):
        """Lines that name the jobs that took longest, with the seconds of a processor that they and their children used."""
        jobs = sorted(self.done, key=lambda job: job.took, reverse=True)[:count]
        return [f"{job.took:5.0f} s  {job.used:5.0f} s of a processor  {job.title}" for job in jobs]

    def look_at_the_clock(self):
        for job in self.running:
            if job.seconds > LIMIT + 60:
                job.popen.kill()
            elif job.seconds > LIMIT:
                job.terminate()
        if time.monotonic() - self.spoke > SILENCE:
            self.say("at work: " + ", ".join(f"{job.title} ({job.seconds:.0f} s)" for job in self.running))

    def stop(self):
        """End what still runs."""
        for job in self.running:
            job.terminate()
        for job in self.running:
            job.output += job.popen.communicate()[0]
            job.end()


def main(reports, workers=None):
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts what is in the background deaf to SIGINT
        signal.signal(number, signal.default_int_handler)
    reports = Path(reports).resolve()
    reports.mkdir(parents=True, exist_ok=True)
    pool = Pool(jobs(), reports, int(workers or 2 * len(os.sched_getaffinity(0))))
    try:
        pool.run()
    except KeyboardInterrupt:
        pool.say("interrupted")
        return 130
    (reports / "exits").write_text("".join(f"{job.xml} {job.code}\n" for job in pool.done))
    print("\n".join(["", *(f"{job.title}: {note}" for job in pool.done for note in job.notes())]))
    print("\n".join([f"\nthe slowest of {pool.all} in {time.monotonic() - pool.began:.0f} s:", *pool.slowest()]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
