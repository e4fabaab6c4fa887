# SPDX-License-Identifier: GPL-2.0-or-later
"""The real nat64-relay-http on the relay of three hosts, and a snapshot as nat64-relay writes it."""
import contextlib
import json
import os

from lab import Lab, ThreeHosts, built, need, wait_for

PORT = 8064
RELAY6, RELAY4 = f"http://[{ThreeHosts.RELAY6}]:{PORT}", f"http://{ThreeHosts.RELAY4}:{PORT}"
SNAPSHOT = {
    "version": 1, "written_ms": 1 << 60, "names": ["relay"], "listen": [{"address": ThreeHosts.RELAY6, "port": PORT}, {"address": ThreeHosts.RELAY4, "port": PORT}],
    "ways": {"port": PORT, "prefix": [], "names": [], "twin": []}, "status": {"works": True, "verdict": "The relay works."},
    "metrics": "", "lines": [], "clients": [], "devices": [], "admins": [],
}


def put(hosts, **more):
    new = hosts.snapshot.with_suffix(".new")
    new.write_text(json.dumps(SNAPSHOT | more))
    new.rename(hosts.snapshot)


def serve(hosts):
    hosts.server = hosts.relay.start([built("nat64-relay-http"), hosts.snapshot, "nobody"], name="http")
    wait_for(lambda: hosts.client.run(["curl", "-gsf", f"{RELAY6}/healthz"], check=False).returncode == 0, "the listener", 60)


@contextlib.contextmanager
def served(**more):
    """Three hosts, and the server on the relay, with what the snapshot has otherwise."""
    need("curl")
    with Lab() as lab:
        hosts = ThreeHosts(lab)
        hosts.snapshot = lab.folder / "http/snapshot.json"
        hosts.snapshot.parent.mkdir()
        os.chmod(lab.folder, 0o755)
        put(hosts, **more)
        serve(hosts)
        yield hosts
        assert hosts.server.stop() == 0
