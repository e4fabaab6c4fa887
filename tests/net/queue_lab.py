# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d with several workers on one device."""
import pytest

from lab import need
from path import Path


@pytest.fixture
def path(lab):
    need("ip", "nft")
    path = Path(lab)
    path.settings("workers 4\n")
    path.start()
    yield path
    assert path.daemon.stop() == 0, "nat64d did not end cleanly:\n" + path.daemon.tail()
