# SPDX-License-Identifier: GPL-2.0-or-later
"""The bill of materials: sound as SPDX 2.3 wants it, and complete against what ldd and dpkg say."""
import hashlib
import json
import os
import re
import subprocess

import pytest
from handed_out import elf_files
from lab import TOP

PACKAGE_FIELDS = {"SPDXID", "name", "downloadLocation"}  # what SPDX 2.3 cannot do without
DOCUMENT_FIELDS = {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"}


def sbom(tree, **environment):
    done = subprocess.run([TOP / "dist/sbom", tree], capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bill(installed):
    return json.loads(sbom(installed))


def related(bill, kind, one):
    return {relation["relatedSpdxElement"] for relation in bill["relationships"] if (relation["spdxElementId"], relation["relationshipType"]) == (one, kind)}


def named(bill, name):
    return next(package for package in bill["packages"] if package["name"] == name)


def test_fields_of_the_document(bill):
    assert DOCUMENT_FIELDS <= set(bill) and bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0"
    assert re.fullmatch(r"[a-z]+:\S+", bill["documentNamespace"]) and "#" not in bill["documentNamespace"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["creationInfo"]["created"])
    assert all(re.match(r"(Tool|Person|Organization): ", creator) for creator in bill["creationInfo"]["creators"])
    assert all(PACKAGE_FIELDS <= set(package) for package in bill["packages"])


def test_every_identifier_is_there_once(bill):
    identifiers = [bill["SPDXID"], *(element["SPDXID"] for kind in ("packages", "files") for element in bill[kind])]
    assert len(identifiers) == len(set(identifiers)) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in identifiers), identifiers
    for relation in bill["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= set(identifiers), relation


def test_every_file_with_its_sums(bill, installed):
    files = {entry["fileName"]: {one["algorithm"]: one["checksumValue"] for one in entry["checksums"]} for entry in bill["files"]}
    for path in installed.rglob("*"):
        if path.is_file():
            sums = files.pop("./" + str(path.relative_to(installed)))
            octets = path.read_bytes()
            assert sums == {"SHA1": hashlib.sha1(octets).hexdigest(), "SHA256": hashlib.sha256(octets).hexdigest()}, path
    assert not files, f"files that are not there: {list(files)}"
    ours = named(bill, "nat64-relay")
    assert related(bill, "CONTAINS", ours["SPDXID"]) == {entry["SPDXID"] for entry in bill["files"]}
    sums = sorted(one["checksumValue"] for entry in bill["files"] for one in entry["checksums"] if one["algorithm"] == "SHA1")
    assert ours["packageVerificationCode"]["packageVerificationCodeValue"] == hashlib.sha1("".join(sums).encode()).hexdigest()


def reached(bill, start):
    """The packages that a file needs, to the last."""
    found, new = set(), related(bill, "DYNAMIC_LINK", start)
    while new:
        found |= new
        new = set().union(*(related(bill, "DEPENDS_ON", one) for one in new)) - found
    return {package["name"]: package["versionInfo"] for package in bill["packages"] if package["SPDXID"] in found}


def output(*argv):
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=True).stdout


def test_every_library_that_the_loader_loads(bill, installed):
    entries = {entry["fileName"]: entry["SPDXID"] for entry in bill["files"]}
    for path in elf_files(installed):
        packages = reached(bill, entries["./" + str(path.relative_to(installed))])
        owned = {os.path.realpath(line) for line in output("dpkg", "-L", *packages).splitlines() if ".so" in line}
        for library in re.findall(r"=> (/\S+)", output("ldd", path)):
            assert os.path.realpath(library) in owned, f"{path.name} loads {library}, which none of {sorted(packages)} has brought"


def test_versions_are_those_that_are_installed(bill):
    versions = {package["name"]: package["versionInfo"] for package in bill["packages"] if "externalRefs" in package}
    assert {"libc6", "libjansson4", "libmnl0"} <= set(versions)
    said = output("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *versions).splitlines()
    assert set(said) >= {f"{name} {version}" for name, version in versions.items()}


def test_the_unbound_is_the_one_that_is_installed(bill, installed):
    unbound = named(bill, "unbound")
    program = next(path for path in elf_files(installed) if path.name == "unbound")
    said = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stdout
    assert f"--with-source-package={unbound['versionInfo']}" in said, said
    makes = [entry["fileName"].split("/")[-1] for entry in bill["files"] if unbound["SPDXID"] in related(bill, "GENERATED_FROM", entry["SPDXID"])]
    assert sorted(makes) == ["unbound", "unbound-checkconf", "unbound-control"]


def test_own_version_is_that_of_the_command(bill, installed):
    command = next(path for path in elf_files(installed) if path.name == "nat64-relay")
    assert subprocess.run([command, "--version"], capture_output=True, text=True).stdout.split() == ["nat64-relay", named(bill, "nat64-relay")["versionInfo"]]


def test_the_same_tree_has_the_same_bill(installed, again):
    assert sbom(installed, SOURCE_DATE_EPOCH="1700000000") == sbom(again, SOURCE_DATE_EPOCH="1700000000")
    assert json.loads(sbom(installed, SOURCE_DATE_EPOCH="1700000000"))["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_wrong_arguments(tmp_path):
    for arguments in ([], [tmp_path / "nothing"]):
        done = subprocess.run([TOP / "dist/sbom", *arguments], capture_output=True, text=True)
        assert done.returncode == 1 and "usage" in done.stderr
