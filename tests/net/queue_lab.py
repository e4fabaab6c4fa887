# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64d with several workers on one device."""
import pytest

from lab import need
from path import Path


@pytest.fixture(params=("off", "auto"))
def path(lab, request):
    """All packets pass the workers, or those that are not plain."""
    need("ip", "nft")
    path = Path(lab)
    path.more = f"workers 4\nfast-path {request.param}\n"
    path.settings(path.more)
    path.start()
    yield path
    assert path.daemon.stop() == 0, "nat64d did not end cleanly:\n" + path.daemon.tail()
