# SPDX-License-Identifier: GPL-2.0-or-later
"""The container image, built from dist/Containerfile by a real engine as its head says, and run as examples/compose.yaml does.

What stands for tailscale there is a container that does nothing: it owns the network that both share, with the sysctls of the example, and the lab's
overlay is in it. The relay gets what the example gives it, and not a capability or device more. tests/net/test_container.py has the finer points, without an
engine. NAT64_DEBS=build/deb puts the packages that lie there into the image.
"""
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "vm"))

import lab  # noqa: E402  (after the path)
from container_lab import carries, compose  # noqa: E402
from engine import Engine  # noqa: E402
from relay_lab import relay, same  # noqa: E402, F401  (relay is a fixture)

IMAGE = "nat64-relay"
INIT = ("init", "--no-tailscale", "--split-domain", "9929", "--real-suffix", "real.test", "--prefix", "fd64:9929::/96", "--edge-address", "100.64.0.1",
        "--edge-address", "fd7a:115c:a1e0::1", "--upstream-dns", "127.0.0.1@5300")


def progress(text):
    print(f">> {text}", flush=True)


@pytest.fixture(scope="module")
def engine():
    """The engine with the image, which is compiled in its first stage from the bare sources."""
    if not os.environ.get("VM_FULL"):
        lab.skip("VM_FULL=1 builds the image with podman, which compiles all of it, Unbound too")
    lab.need("debootstrap", "unshare", "nsenter", "pivot_root")
    with tempfile.TemporaryDirectory(prefix="nat64-engine-") as folder, Engine(Path(folder), progress) as podman:
        ready = os.environ.get("NAT64_DEBS")
        podman.build(IMAGE, *([f"--build-arg=PACKAGES={Path(ready).resolve().relative_to(lab.TOP)}"] if ready else []))
        yield podman


@pytest.fixture
def shared(engine, relay):  # noqa: F811
    """The container that owns the network, as the engine made it."""
    service = compose()["tailscale"]
    sysctls = [f"--sysctl={name}={value}" for name, value in service["sysctls"].items()]
    relay.overlay = "overlay"
    engine.run("--name", relay.overlay, "--network", f"ns:/run/netns/{relay.node.netns}", *sysctls, "--entrypoint", "sleep", IMAGE, "infinity", detached=True)
    yield relay
    engine.podman("rm", "--force", "--depend", "--volumes", "--time=0", relay.overlay)


def rights(service):
    """What the example gives the relay, as options of the engine; its volumes but the one of tailscale's socket."""
    volumes = [one for one in service["volumes"] if not one.startswith("tailscale")]
    return [*(f"--cap-drop={name}" for name in service["cap_drop"]), *(f"--cap-add={name}" for name in service["cap_add"]),
            *(f"--device={path}" for path in service["devices"]), *(f"--volume={one}" for one in volumes)]


def test_what_the_image_says_of_itself(engine):
    said = json.loads(engine.podman("image", "inspect", IMAGE))[0]["Config"]
    assert (said["Entrypoint"], said["Cmd"]) == (["nat64-relay"], ["run"])
    assert set(said["Volumes"]) == {"/etc/nat64-relay", "/var/lib/nat64-relay"}
    text = engine.run("--network=none", "--cap-drop=all", IMAGE, "--version")
    assert text.startswith("nat64-relay "), text


def test_init_and_run_with_the_rights_of_the_example(engine, shared):
    options = [f"--network=container:{shared.overlay}", *rights(compose()["relay"])]
    before = shared.snapshot()
    engine.run(*options, IMAGE, *INIT)
    for name, leases in (("first", False), ("second", True)):  # a new container goes on with the volumes of the first
        engine.run("--name", name, *options, IMAGE, detached=True)
        engine.wait_for(name, "ready after")
        carries(shared)
        assert ("leases read" in engine.logs(name)) == leases, engine.logs(name)
        engine.podman("stop", "--time=30", name)
        code = engine.podman("inspect", "--format={{.State.ExitCode}}", name)
        assert code == "0", f"exit code {code} after the engine's stop:\n{engine.logs(name)}"
        same(before, shared.snapshot(), f"after the {name} container has ended")
