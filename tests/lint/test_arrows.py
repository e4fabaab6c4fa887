# SPDX-License-Identifier: GPL-2.0-or-later
"""The rooms of the house: who may include whom, no circles, and a README in each that names files which are there."""
import re
from pathlib import Path

import pytest

from arrows import ARROWS, complaints, sentence

TOP = Path(__file__).resolve().parents[2]


def tree(folder, files):
    for name, includes in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'#include "{header}"\n' for header in includes))
    return folder


def test_every_include_follows_an_arrow_and_none_leads_back():
    assert complaints(TOP) == []


@pytest.mark.parametrize("files, complaint", [
    ({"conf/a.c": ["nat64/core/b.h"], "nat64/core/b.h": []}, "conf/a.c:1: conf may not include nat64/core/b.h"),
    ({"module/a.c": ["nat64/core/b.h"], "nat64/core/b.h": []}, "module/a.c:1: module may not include nat64/core/b.h"),
    ({"relay/ask/a.c": ["conf/x.h", "relay/watch/b.h"], "relay/watch/b.h": [], "conf/x.h": []}, "relay/ask/a.c:2: relay/ask may not include relay/watch/b.h"),
    ({"conf/a.h": ["conf/b.h"], "conf/b.c": ["conf/b.h", "conf/a.h"], "conf/b.h": []}, "include each other in a circle: conf/a, conf/b"),
], ids=["up", "across", "a later room", "circle"])
def test_what_breaks_the_house_is_named(tmp_path, files, complaint):
    assert complaints(tree(tmp_path, files)) == [complaint]


@pytest.mark.parametrize("room", ARROWS)
def test_the_readme_of_each_room_has_its_arrows(room):
    found = re.search(r"^May include: .*$", (TOP / room / "README.md").read_text(encoding="utf-8"), re.M)
    assert found and found[0] == sentence(room), f"{room}/README.md: expected {sentence(room)!r}, got {found and found[0]!r}"


@pytest.mark.parametrize("room", ARROWS)
def test_each_room_has_a_readme_that_names_files_of_its_own(room):
    text = (TOP / room / "README.md").read_text(encoding="utf-8")
    assert text.startswith("<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n# ")
    for word in re.findall(r"`([a-z0-9_/]+\.[ch])`", text):
        assert (TOP / room / word).exists() or (TOP / word).exists() or list(TOP.glob(f"{room}/**/{word}")), f"{room}/README.md names {word}, which is not there"


def test_no_folder_of_sources_is_without_arrows():
    folders = {str(path.parent.relative_to(TOP)) for top in ("conf", "http", "kernel", "module", "nat64", "nftables", "relay", "tailscale", "unbound")
               for path in (TOP / top).rglob("*.[ch]")}
    assert folders == set(ARROWS)
