# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples for a control plane, read by the real headscale."""
import json
import subprocess

import pytest
from lab import TOP, skip
from tailnet import Plan, find_programs

yaml = pytest.importorskip("yaml", reason="not installed: python3-yaml")


@pytest.fixture
def headscale(tmp_path):
    """Run headscale with examples/headscale.yaml laid over settings that work, and examples/policy.json; what came of it."""
    program = find_programs()["headscale"]
    if not program:
        skip("no headscale: run tests/tailscale/build-tools")
    settings = Plan().headscale(tmp_path)
    example = yaml.safe_load((TOP / "examples/headscale.yaml").read_text())
    settings["dns"].update(example["dns"])
    settings["policy"] = {**example["policy"], "path": str(tmp_path / "policy.json")}
    (tmp_path / "headscale.yaml").write_text(json.dumps(settings))
    (tmp_path / "policy.json").write_text((TOP / "examples/policy.json").read_text())

    def run(*arguments):
        return subprocess.run([program, "-c", tmp_path / "headscale.yaml", "--force", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return run


def test_headscale_accepts_both_examples(headscale):
    done = headscale("configtest")
    assert done.returncode == 0, done.stdout + done.stderr


def test_headscale_refuses_a_policy_that_is_wrong(headscale, tmp_path):
    """So the test above can fail: a tag that nobody owns."""
    policy = json.loads((tmp_path / "policy.json").read_text())
    policy["grants"][0]["dst"] = ["tag:nobody"]
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    done = headscale("configtest")
    assert done.returncode != 0 and "tag:nobody" in done.stdout + done.stderr, done.stdout + done.stderr
