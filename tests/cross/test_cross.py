# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d on other machines: built by Debian's cross compilers without a warning, and what its packet core makes of packets under qemu is what it makes of them here.

One big endian machine and one of 32 bit are tried each time. NAT64_CROSS=all tries every one of KINDS whose compiler is installed, and runs the unit tests and the
fuzz targets there as well.
"""
import random
import re
import struct

import pytest
from bench_side import our_side
from lab import need, skip
from machines import EVERYTHING, KINDS, Machine, here
from variety import CLIENT4, CLIENT6, OTHER4, OTHER6, OWN4, OWN6, PREFIX, Maker

ALWAYS = ("s390x", "i386")
CASES, LISTS, INPUTS, CASES_OF_DAEMON = 3000, 20000, 2000, 400
FUZZED = {"leasefile", "mapfile", "merge", "names", "translate"}  # and control, where there is jansson
SEEDLESS = ("merge-random",)
AUTOMAKE = re.compile(r"\S+(\.mk|\.am|\.ac):\d+: ")  # it is called where a fragment is newer than ./configure
# What MIPS's assembler says of GCC's own first lines of a function that has -fstack-clash-protection: .cpload is three instructions.
PROLOGUE = "Warning: macro instruction expanded into multiple instructions"
# What these hold is the kernel's, or qemu's, and no emulator has it.
KERNEL = {
    "tests/unit/nat64/daemon/privileges-test": "qemu-user 7.2 answers seccomp(2) and landlock_create_ruleset(2) with ENOSYS, prctl(PR_SET_SECCOMP) with EINVAL, as s390x and as i386",
}
SWAPPED = {"s390x": "qemu-user 7.2 hands IFLA_MTU on in the byte order of the machine that it emulates: no device can be set up"}
SETTINGS = f"""\
tun-device nat64
ipv4-addr {OWN4}
ipv6-addr {OWN6}
prefix {PREFIX}/96
map {CLIENT4} {CLIENT6}
map {OTHER4} {OTHER6}
"""


@pytest.fixture(scope="module", params=KINDS)
def machine(request, tmp_path_factory):
    """A machine with nat64d and its tests built for it; .said is what the compiler said."""
    if request.param not in ALWAYS and not EVERYTHING:
        pytest.skip(f"{', '.join(ALWAYS)} are tried each time: NAT64_CROSS=all tries {request.param} too")
    made = Machine(request.param, tmp_path_factory.mktemp(request.param))
    made.said = made.build(*(("check", "TESTS=") if EVERYTHING else ("nat64d", "tests/cross/vectors")))
    return made


def everything():
    """Skip what takes minutes."""
    if not EVERYTHING:
        pytest.skip("NAT64_CROSS=all runs it")


def test_no_warning(machine):
    lines = [line for line in machine.said.splitlines() if "warning:" in line.lower() and not line.endswith(PROLOGUE) and not AUTOMAKE.match(line)]
    assert not lines, machine.said


def test_unit_tests(machine):
    everything()
    programs = [path for path in machine.programs("tests/unit/**/*-test") if not machine.emulator or str(path.relative_to(machine.folder)) not in KERNEL]
    assert len(programs) > 30, programs
    failed, skipped = [], []
    for path in programs:
        done = machine.run(path.relative_to(machine.folder))
        text = done.stdout.decode(errors="replace")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        skipped += [f"{path.name}: {line}" for line in lines if "# SKIP" in line]
        if done.returncode != 0 or not lines or not lines[0].startswith("1..") or any(line.startswith("not ok") and "# SKIP" not in line for line in lines):
            failed.append(f"{path.name}: {done.returncode}\n{text}{done.stderr.decode(errors='replace')[-3000:]}")
    print(f"{len(programs)} programs", *skipped, sep="\n")
    assert not failed, "\n".join(failed)


def test_fuzz_inputs(machine):
    """Each target's seeds, and inputs made of them, as `make check` does it: the targets themselves say what is wrong."""
    everything()
    programs = machine.programs("tests/fuzz/*-random")
    assert FUZZED <= {path.name.removesuffix("-random") for path in programs}, programs
    for path in programs:
        done = machine.run(path.relative_to(machine.folder), str(LISTS if path.name == "translate-random" else INPUTS))
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0 and "\nok 1 - " in said, f"{path.name}: {done.returncode}\n{said}{done.stderr.decode(errors='replace')[-3000:]}"
        assert "ok 1 - 0 seeds" not in said or path.name in SEEDLESS, f"{path.name} has found no seeds"


def lines_compare(theirs, ours, what):
    left, right = theirs.splitlines(), ours.splitlines()
    different = [number for number, pair in enumerate(zip(left, right)) if pair[0] != pair[1]]
    assert not different and len(left) == len(right), f"{what}: {len(left)} and {len(right)} lines, of which {len(different)} are different:\n" + \
        "\n".join(f"{number}\n{left[number][:400]}\n{right[number][:400]}" for number in different[:3])
    return left


def in_network_order(data):
    """An input whose virtio headers have this machine's byte order, as vectors reads it."""
    out, at = bytearray(data[:1]), 1
    while at + 2 <= len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        frame = data[at + 2:at + 2 + length]
        header = struct.pack("!4H", *struct.unpack("=4H", frame[2:10])) if len(frame) >= 10 else frame[2:10]
        out += data[at:at + 2] + frame[:2] + header + frame[10:]
        at += 2 + length
    return bytes(out)


def test_packets_of_the_fuzz_corpus_become_the_same(machine, tmp_path):
    here("tests/fuzz/translate-random", "--corpus", tmp_path)
    files = sorted(tmp_path.iterdir())
    for file in files:
        file.write_bytes(in_network_order(file.read_bytes()))
    lines = lines_compare(machine.run("tests/cross/vectors", *files).stdout, here("tests/cross/vectors", *files), "the fuzz corpus")
    assert sum(line[:1] in b"12" for line in lines) > len(lines) / 10 > 50, "too few packets were translated to tell anything"


def test_packets_of_the_differential_test_become_the_same(machine, tmp_path):
    """Those that nat64d and tayga are compared by."""
    settings, file, maker = tmp_path / "relay.conf", tmp_path / "packets", Maker(random.Random(7915))
    settings.write_text(SETTINGS)
    frames = [bytes(10) + packet for _ in range(CASES) for packet in maker.make().packets]
    file.write_bytes(bytes(1) + b"".join(struct.pack("!H", len(frame)) + frame for frame in frames))
    arguments = ("--settings", settings, file)
    lines = lines_compare(machine.run("tests/cross/vectors", *arguments).stdout, here("tests/cross/vectors", *arguments), "the differential test")
    assert len(lines) == len(frames) and sum(line[:1] in b"12" for line in lines) > CASES / 3, "too few packets were translated to tell anything"


def translated(case, packets):
    """The packets of the other family; the identification of an IPv4 header is random, and its checksum with it."""
    others = [packet for packet in packets if packet[0] >> 4 != case.version]
    return [packet if packet[0] >> 4 == 6 else packet[:4] + bytes(2) + packet[6:10] + bytes(2) + packet[12:] for packet in others]


def test_nat64d_itself_translates_the_same(machine, lab):
    """The whole program, with a device: netlink, ioctls and threads too. Its walls are missing, and so is tc's netlink, for no emulator has them."""
    need("ip", "nft")
    if machine.kind.emulator in SWAPPED:
        skip(SWAPPED[machine.kind.emulator])
    there, ours, maker = our_side(lab, name="there", program=machine.command("nat64d")), our_side(lab, name="here"), Maker(random.Random(6052))
    count = 0
    for case in (maker.make() for _ in range(CASES_OF_DAEMON)):
        came, expected = (translated(case, side.take(case)) for side in (there, ours))
        assert came == expected, f"{case}\n{[packet.hex() for packet in came]}\n{[packet.hex() for packet in expected]}"
        count += bool(came)
    assert count > CASES_OF_DAEMON / 4, f"{count} cases were translated"
    assert there.process.stop() == 0, there.process.tail()
