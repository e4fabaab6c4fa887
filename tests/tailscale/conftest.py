# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on the real tailnet: one tailnet for all, one relay a module."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import built  # noqa: E402  (after the path)
from relay import Relay, need_tailnet  # noqa: E402
from tailnet import Plan, Tailnet  # noqa: E402


@pytest.fixture(scope="session")
def tailnet():
    """control, relay, client, client2, target."""
    need_tailnet()
    with Tailnet(Plan(clients=("client", "client2"))) as net:
        yield net


@pytest.fixture(scope="module")
def relay(tailnet):
    """nat64-relay run on the relay, ready."""
    built("nat64-relay"), built("nat64d")
    with Relay(tailnet) as running:
        yield running
