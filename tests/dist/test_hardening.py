# SPDX-License-Identifier: GPL-2.0-or-later
"""Every program is built with the flags that make an error harder to use, has no right of its own, and links what it needs alone.

What Debian's hardening-check looks for is read from the ELF files by readelf: position-independent, relocations read-only from the start, a stack that
is guarded and cannot be run, guarded calls of the C library; and, where it leaves no other trace, what the compiler noted for the debugger.
"""
import os
import platform
import re
import stat
import subprocess

import pytest
from handed_out import elf_files

LIBRARIES = {
    "nat64d": {"libbpf", "libc", "libcap-ng", "libjansson", "libmnl", "libseccomp", "libsystemd", "liburcu-memb"},
    "nat64-relay": {"libc", "libcurl", "libjansson", "libldns", "libmnl", "libnftnl", "libsystemd"},
    "nat64-relay-http": {"libc", "libcap-ng", "libjansson", "libmicrohttpd", "libseccomp", "libsystemd"},
    "splitdns.so": {"libc"},
    "unbound": {"libc", "libcrypto", "libevent-2.1", "libssl", "libsystemd"},
    "unbound-checkconf": {"libc", "libcrypto", "libevent-2.1", "libssl", "libsystemd"},
    "unbound-control": {"libc", "libcrypto", "libevent-2.1", "libssl", "libsystemd"},
}
OPTIONAL = {"libnghttp2"}  # Unbound's, where the package is installed


@pytest.fixture(params=LIBRARIES)
def program(request, installed):
    """Each program: (path, what readelf says of its header, segments, dynamic section and dynamic symbols)."""
    path = next(path for path in elf_files(installed) if path.name == request.param)
    return path, subprocess.run(["readelf", "-hldW", "--dyn-syms", path], capture_output=True, text=True, check=True).stdout


def test_there_are_no_other_programs(installed):
    assert sorted(path.name for path in elf_files(installed)) == sorted(LIBRARIES)


def test_position_independent(program):
    path, said = program
    assert re.search(r"Type:\s+DYN", said) and "TEXTREL" not in said, path.name
    assert path.suffix == ".so" or re.search(r"\(FLAGS_1\).*PIE", said), f"{path.name} is no position-independent program"


def test_relocations_are_read_only_from_the_start(program):
    path, said = program
    assert "GNU_RELRO" in said and re.search(r"\(FLAGS_1\).*NOW", said), f"{path.name}: no full RELRO"


def test_stack(program):
    path, said = program
    assert re.search(r"GNU_STACK.* RW +0x", said), f"{path.name}: the stack can be run"
    assert "__stack_chk_fail" in said, f"{path.name}: no stack protector"


def noted(path, flag):
    """Has the compiler noted the flag?"""
    return re.search(rb"%s(?!=none)" % flag, path.read_bytes())


def test_stack_cannot_jump_over_its_guard_page(program):
    path, _ = program
    assert noted(path, b"-fstack-clash-protection"), f"{path.name}: built without -fstack-clash-protection"


def test_calls_of_the_c_library_are_guarded(program):
    path, said = program
    assert re.search(r" __\w+_chk@GLIBC", said.replace("__stack_chk_fail", "")), f"{path.name}: built without _FORTIFY_SOURCE"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="an x86 matter")
def test_targets_of_indirect_calls_are_marked(program):
    path, _ = program
    assert noted(path, b"-fcf-protection"), f"{path.name}: built without -fcf-protection"


def test_where_libraries_are_looked_for(program):
    path, said = program
    assert "RPATH" not in said and "RUNPATH" not in said, path.name


def test_libraries_are_those_it_needs(program):
    path, said = program
    needed = set(re.findall(r"\(NEEDED\).*\[(\S+?)\.so\S*\]", said))
    optional = OPTIONAL if path.name.startswith("unbound") else set()
    assert needed - optional == LIBRARIES[path.name], f"{path.name} is linked with {sorted(needed)}"


def test_no_program_has_rights_of_its_own(installed):
    for path in installed.rglob("*"):
        assert not path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID), f"{path} is setuid or setgid"
        assert not path.is_file() or "security.capability" not in os.listxattr(path), f"{path} has capabilities"
        assert path.is_symlink() or not path.stat().st_mode & stat.S_IWOTH, f"{path} can be written by all"
