# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory does not grow with the number of questions.

The module without sanitizers, in an Unbound whose caches are so small that they are full after a moment, and that is asked for names it mostly has
never seen. What it needs of physical memory is read after each tenth of the questions: from the fourth on it must stay what it is. An
amount is compared, never a time. MEMORY_QUESTIONS=10000000 asks for more than the test does of itself.
"""
import os
import re
import time
from pathlib import Path

from flood import Flood, plain_module
from mutants import mutant

QUESTIONS = int(os.environ.get("MEMORY_QUESTIONS", "150000"))
SMALL = """server:
    num-threads: 1
    msg-cache-size: 512k
    rrset-cache-size: 512k
    key-cache-size: 64k
    neg-cache-size: 64k
    infra-cache-numhosts: 100
"""
HOSTS = os.environ.get("MEMORY_HOSTS", "2000000")  # how many, and how often others than the usual ones: see dns-load
ROOM = 3000  # kB from the fourth tenth to the last


def resident(process):
    """Physical memory of a process, in kB."""
    return int(re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(), re.M)[1])


def memory(flood, count):
    """Unbound's memory after each tenth of so many questions, in kB."""
    unbound, sizes, began = flood.resolver.unbound, [], time.monotonic()
    with flood.load(count, hosts=HOSTS) as load:
        for line in load.stdout:
            key, number = line.split()
            if key == "asked" and len(sizes) < 10:
                sizes.append(resident(unbound))
                print(f"{number} questions, {time.monotonic() - began:.0f} s: {sizes[-1]} kB", flush=True)
        said = load.stderr.read()
    assert load.returncode == 0, said
    return sizes


def growth(sizes):
    return max(sizes[6:]) - max(sizes[2:5])


def test_memory_does_not_grow(lab, record_property):
    flood = Flood(lab, more=SMALL, module=plain_module())
    sizes = memory(flood, QUESTIONS)
    record_property("memory", f"{QUESTIONS} questions: {sizes} kB")
    assert growth(sizes) < ROOM, f"kB after each tenth of {QUESTIONS} questions: {sizes}"


def test_memory_that_is_not_given_back_is_found_out(lab, tmp_path):
    """One allocation for each question that the module sees: of 512 octets, because small ones hide in the holes of the heap for a while."""
    taken = "	question = regional_alloc_init(qstate->region, &first, sizeof(first));"
    module = mutant(tmp_path, "question_run.c", taken, "	static void *volatile lost;\n	lost = malloc(512);\n" + taken)
    sizes = memory(Flood(lab, more=SMALL, module=module), 100000)
    assert growth(sizes) >= ROOM, f"kB after each tenth of 100000 questions: {sizes}"
