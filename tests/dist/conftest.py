# SPDX-License-Identifier: GPL-2.0-or-later
"""What is handed out: built and installed twice, in two places and under two circumstances."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from handed_out import UNUSUAL, USUAL, build  # noqa: E402  (after the path)
from lab import CACHE, TOP, skip  # noqa: E402


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The files of `make install`."""
    if not (TOP / "configure").exists() or not (CACHE / "unbound/source/unbound").exists():
        skip("there is no configure, or no private Unbound: run ./bootstrap")
    return build(tmp_path_factory.mktemp("first"), USUAL)


@pytest.fixture(scope="session")
def again(installed, tmp_path_factory):
    """The files of another `make install`: later, elsewhere, in another zone of time, with another language and home."""
    folder = tmp_path_factory.mktemp("second") / "a" / "longer-way"
    folder.mkdir(parents=True)
    return build(folder, UNUSUAL)
