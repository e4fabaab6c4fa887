# SPDX-License-Identifier: GPL-2.0-or-later
"""What reads the sources and the documents without running anything of ours: linters, the licence line, the two READMEs side by side.

Needs no root: python3 -m pytest tests/lint
"""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
C_FOLDERS = ("conf", "kernel", "module", "nat64", "nftables", "relay", "tailscale", "unbound")
NO_COMMENTS = {".json", ".txt", ".sum", ".mod"}  # formats, or recordings, without room for a licence line
NO_LICENCE = {"COPYING", ".gitignore", ".gitkeep", "changelog", "copyright", "format"}
# Written apart, so that this file does not find itself.
MACHINE_PATHS = [first + second for first, second in (("/ro", "ot/"), ("/wo", "rk/"), ("/tmp/", "wt"))]
PROMISES = [first + second for first, second in (("TO", "DO"), ("FIX", "ME"))]
GENERATED = re.compile(r"^(build|autom4te\.cache|m4|\.git|\.pytest_cache)(-|/|$)|(^|/)(__pycache__|Makefile\.in)|^(configure|aclocal\.m4|config\.h\.in)")


def source_files():
    """Every file of the project; of git's where there is git, else (a release) all that is not generated."""
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.strip("\0").split("\0")
    else:
        names = [str(path.relative_to(TOP)) for path in TOP.rglob("*") if path.is_file()]
        names = [name for name in names if not GENERATED.search(name)]
    return sorted(TOP / name for name in names if (TOP / name).is_file() and not name.startswith("tests/fuzz/seeds/"))  # octets, no text


FILES = [path for path in source_files() if path.suffix != ".png"]  # a picture has no lines


def name(path):
    return str(path.relative_to(TOP))


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def tool(program):
    """Its path, or the test is skipped."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if not found:
        pytest.skip(f"not installed: {program}")
    return found


def output(*argv):
    """Both streams of a linter, one after the other so that no line of one is cut by the other, whatever it returns."""
    done = subprocess.run([str(word) for word in argv], cwd=TOP, capture_output=True, text=True, timeout=900, check=False)
    return done.stdout + done.stderr


def is_shell(path):
    with open(path, "rb") as stream:
        return bool(re.match(rb"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b", stream.readline()))


# --- linters ---

def test_shell_scripts():
    scripts = [path for path in FILES if is_shell(path)]
    assert {"quickstart", "runtests", "bootstrap"} <= {name(path) for path in scripts}
    complaints = output(tool("shellcheck"), "--color=never", *scripts)
    assert not complaints, complaints


def test_manual_pages():
    """What refers to manuals that are not installed is no fault of the page, and the length of its source lines is nobody's business."""
    pages = [path for path in FILES if re.fullmatch(r"man/.*\.[1-9]", name(path))]
    assert {"nat64-relay.8", "nat64d.8", "relay.conf.5", "splitdns.7"} <= {path.name for path in pages}
    said = output(tool("mandoc"), "-Tlint", *pages).splitlines()
    complaints = [line for line in said if not re.search(r"referenced manual not found|outdated mandoc\.db|input text line longer", line)]
    assert not complaints, "\n".join(complaints)


def test_c_sources():
    """cppcheck without the headers of libraries; cppcheck.cfg has the macros it must know."""
    complaints = output(tool("cppcheck"), "--quiet", "-j2", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr", "-I.",
                        "-D_GNU_SOURCE", "-DUNBOUND_VERSION=1022", "--library=tests/lint/cppcheck.cfg", *C_FOLDERS)
    assert not complaints, complaints


def test_c_is_laid_out_as_clang_format_has_it():
    """clang-format of Debian 12: another release lays out some things in another way. `clang-format -i FILE` puts a file right."""
    program = tool("clang-format")
    version = re.search(r"version (\d+)", output(program, "--version"))[1]
    if version != "14":
        pytest.skip(f"clang-format {version} is here, and .clang-format is held by that of Debian 12, which is 14")
    sources = [path for path in FILES if path.suffix in (".c", ".h")]
    assert len(sources) > 400
    complaints = output(program, "--dry-run", "--Werror", *sources)
    assert not complaints, complaints[:4000]


# --- every file ---

def test_licence_line_comes_first():
    """In line 2 when line 1 is for a program: #!, <?xml, or zsh's #compdef."""
    without = []
    for path in FILES:
        if path.suffix in NO_COMMENTS or path.name in NO_LICENCE:
            continue
        head = lines(path)[:2]
        line = head[1] if len(head) > 1 and head[0].startswith(("#!", "<?xml", "#compdef")) else head[0] if head else ""
        if "SPDX-License-Identifier: GPL-2.0-or-later" not in line:
            without.append(name(path))
    assert not without, f"no licence line first: {' '.join(without)}"


@pytest.mark.parametrize("what, words", [("a path of one machine", MACHINE_PATHS), ("a promise", PROMISES)])
def test_no_file_holds(what, words):
    pattern = re.compile("|".join(rf"(?<![\w/]){re.escape(word)}" for word in words))
    found = [f"{name(path)}:{number}: {line.strip()}" for path in FILES if path.suffix not in (".sum", ".mod")
             for number, line in enumerate(lines(path), 1) if pattern.search(line)]
    assert not found, f"{what}:\n" + "\n".join(found)


# --- the documents ---

def blocks(readme):
    """The commands of a README: its fenced blocks."""
    return re.findall(r"^```sh\n(.*?)^```$", (TOP / readme).read_text(encoding="utf-8"), re.M | re.S)


def tables(readme, column):
    """The code in one column of every table, row by row."""
    rows = [line.split("|") for line in lines(TOP / readme) if line.startswith("| ") and not line.startswith("| ---")]
    return [re.findall(r"`([^`]+)`", row[column + 1]) for row in rows]


def test_both_readmes_have_the_same_commands():
    assert blocks("README.md") == blocks("README.zh-CN.md")


def test_both_readmes_have_the_same_parts():
    """As many headings, pictures and tables, and the same code in the tables' first columns."""
    shape = re.compile(r"^(#+|!\[|\||- |\d\. )", re.M)
    english, chinese = ((TOP / readme).read_text(encoding="utf-8") for readme in ("README.md", "README.zh-CN.md"))
    assert shape.findall(english) == shape.findall(chinese)
    assert tables("README.md", 0) == tables("README.zh-CN.md", 0)


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md", "HACKING.md"])
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)]+)\)", (TOP / document).read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (TOP / target).exists()]
    assert not missing, f"{document} links to what is not there: {missing}"


def test_scripts_of_the_readme_are_here():
    scripts = {word for block in blocks("README.md") for word in re.findall(r"(?:^|\s)\./(\S+)", block)}
    assert {"quickstart", "runtests", "bootstrap"} <= scripts
    for script in scripts:
        assert os.access(TOP / script, os.X_OK), f"README.md has people run ./{script}, which is no program"


def test_files_that_hacking_names_are_here():
    text = (TOP / "HACKING.md").read_text(encoding="utf-8")
    named = {word for word in re.findall(r"`([a-z_]+/[A-Za-z_./-]*)`", text) if "NAME" not in word and not word.startswith("build/")}
    missing = sorted(word for word in named if not (TOP / word).exists())
    assert not missing, f"HACKING.md names {' '.join(missing)}"


def test_functions_that_hacking_names_are_here():
    text = (TOP / "HACKING.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text() for path in FILES if path.suffix in (".c", ".h"))
    named = {word for word in re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+|operate)`", text)}
    assert len(named) > 10
    missing = sorted(word for word in named if not re.search(rf"\b{word}\(", code))
    assert not missing, f"HACKING.md names {' '.join(missing)}"


# --- the examples that are not ours to parse ---

def test_policy_example():
    """Who may ask, who may use the prefix, what the relay reaches, and that the route is approved by itself."""
    policy = json.loads((TOP / "examples/policy.json").read_text())
    [prefix] = policy["autoApprovers"]["routes"]
    assert f"prefix {prefix}\n" in (TOP / "examples/relay.conf").read_text()
    granted = {(tuple(grant["dst"]), tuple(grant["ip"])) for grant in policy["grants"]}
    assert {(("tag:relay",), ("udp:53", "tcp:53")), ((prefix,), ("*",)), (("tag:target",), ("*",))} <= granted
    used = {word for grant in policy["grants"] for word in (*grant["src"], *grant["dst"]) if word.startswith("tag:")}
    assert used <= set(policy["tagOwners"])


def test_headscale_example():
    """The split domain and the prefix's reverse zone lead to the relay of relay.conf; all keys are text."""
    yaml = pytest.importorskip("yaml", reason="not installed: python3-yaml")
    settings = dict(re.findall(r"^(split-domain|edge-address|prefix) (\S+)", "\n".join(reversed(lines(TOP / "examples/relay.conf"))), re.M))
    split = yaml.safe_load((TOP / "examples/headscale.yaml").read_text())["dns"]["nameservers"]["split"]
    nibbles = "".join(f"{int(group or '0', 16):04x}" for group in settings["prefix"].split("::")[0].split(":")).ljust(24, "0")
    assert split == {settings["split-domain"]: [settings["edge-address"]],
                     ".".join(reversed(nibbles)) + ".ip6.arpa": [settings["edge-address"]]}
