# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Chromium on a network without IPv6: it asks for no AAAA, and opens http://my-vps.split/ by the twin, as the relay's resolver answers it."""
import pytest
from browser import Browser
from lab import Lab, ThreeHosts, need, wait_for
from running_relay import REAL, Relay

CLIENT4 = "100.64.0.9"
SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"<title>my-vps</title>Host {self.headers['Host']} from {self.client_address[0]}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("100.64.0.3", 80), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def relay():
    need("chromedriver", "curl", "ldns-testns")
    with Lab() as lab:
        relay = Relay(lab, f"split-domain split {REAL}\ntwin-prefix 10.192.0.0/10\nhttp-listen auto\nquery-log yes")
        relay.client.run("ip -6 address flush dev eth0")
        relay.client.sysctl(net__ipv6__conf__all__disable_ipv6=1)
        relay.client.address("eth0", f"{CLIENT4}/10")
        relay.client.route("10.192.0.0/10", "via", ThreeHosts.RELAY4)
        relay.client.resolv_conf(f"nameserver {ThreeHosts.RELAY4}\n")
        relay.run()
        relay.target.start(["python3", "-c", SERVER], name="web")
        wait_for(lambda: relay.target.run(["curl", "-s", "-o", "/dev/null", "http://100.64.0.3/"], check=False).returncode == 0, "the web server", 30)
        yield relay


def moved(relay):
    return int(relay.node.run("nft list counter inet nat64-relay twin-moved").stdout.split("packets ")[1].split()[0])


def test_a_name_is_opened_by_the_twin(relay, tmp_path):
    assert not relay.client.run("ip -6 route").stdout and not relay.client.run("ip -6 address").stdout, "the client has IPv6"
    before = moved(relay)
    with Browser(relay.client, tmp_path) as browser:
        browser.open("http://my-vps.split/")
        assert (browser.run("return document.title"), browser.run("return document.body.textContent")) == ("my-vps", f"Host my-vps.split from {ThreeHosts.RELAY4}")
        assert moved(relay) > before, "the kernel has moved it"
        asked = [line for line in relay.process.text().splitlines() if "my-vps.split" in line]
        assert any(" A " in line for line in asked) and not any(" AAAA " in line for line in asked), f"Chromium asks for A alone\n{asked}"

        # the relay's own page, without IPv6: the twin's light alone is green
        browser.open(f"http://{ThreeHosts.RELAY4}:8064/")
        wait_for(lambda: browser.run("return Number(document.body.dataset.turn) > 0"), "the page's first turn", 60)
        lights = {name: browser.run(f"return document.getElementById('light-{name}').dataset.state") for name in ("reached", "route", "dns", "twin")}
        assert (lights["reached"], lights["route"], lights["twin"]) == ("ok", "bad", "ok"), lights
