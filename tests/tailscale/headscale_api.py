# SPDX-License-Identifier: GPL-2.0-or-later
"""headscale's REST API as its gRPC gateway serves it (0.29), as far as a relay needs it, and as strict as tailscale_api.py.

test_tailnet_headscale.py asks the real one: this is for answers that it does not give.
"""
import re

from tailscale_api import Api, is_texts


class HeadscaleApi(Api):
    """Nodes by number; what is approved is one list, which approve_routes replaces. The policy can be read."""

    def __init__(self, authority):
        super().__init__(authority)
        self.keys = {"hskey-api-one": "one", "hskey-api-two": "two"}

    def answer(self, who, verb, path, headers, body):
        if not who:
            return 401, {"code": 16, "message": "Unauthorized", "details": []}, {}
        if path == "/api/v1/policy" and verb == "GET":
            return 200, {"policy": self.policy, "updatedAt": None}, {}
        match = re.fullmatch(r"/api/v1/node/(\d+)(/approve_routes)?", path)
        if not match or verb != ("POST" if match[2] else "GET"):
            self.complain(f"{verb} {path} is not in the description")
            return 404, {"code": 5, "message": "Not Found", "details": []}, {}
        return self.node(match[1], self.object(headers, body) if match[2] else None, bool(match[2]))

    def node(self, identity, value, writes):
        if identity not in self.routes:
            return 404, {"code": 5, "message": "node not found", "details": []}, {}
        if writes:
            if value is None or set(value) != {"routes"} or not is_texts(value["routes"]):
                return self.complain(f"approve_routes {value}")
            self.routes[identity] = value["routes"]
        approved, available = self.routes[identity], self.advertised[identity]
        return 200, {"node": {"id": identity, "name": f"node{identity}", "approvedRoutes": approved, "availableRoutes": available,
                              "subnetRoutes": [route for route in approved if route in available]}}, {}
