# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Prometheus on a running relay: it takes what the listener serves, loads the alert rules, and each panel of the dashboard has data."""
import json
import urllib.parse

import pytest
import yaml
from lab import TOP, Lab, ThreeHosts, need, wait_for
from running_relay import Relay

EXAMPLES, PROMETHEUS = TOP / "examples", "http://127.0.0.1:9090"
QUERIES = [(panel["title"], target["expr"]) for panel in json.loads((EXAMPLES / "grafana/nat64-relay.json").read_text())["panels"] for target in panel["targets"]]


class Prometheus:
    def __init__(self, relay, folder):
        self.node = relay.node
        config = yaml.safe_load((EXAMPLES / "prometheus/prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"{ThreeHosts.RELAY4}:8064"]
        (folder / "prometheus.yml").write_text(yaml.dump(config))
        (folder / "alerts.yml").write_text((EXAMPLES / "prometheus/alerts.yml").read_text())
        self.node.start(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:9090"], name="prometheus")

    def ask(self, path, **query):
        done = self.node.run(["curl", "-sS", f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(query)}"], check=False)
        return json.loads(done.stdout)["data"] if done.returncode == 0 and done.stdout.startswith("{") else None

    def values(self, expression):
        found = self.ask("query", query=expression.replace("$__rate_interval", "1m"))
        return [float(row["value"][1]) for row in found["result"]] if found else []


@pytest.fixture(scope="module")
def relay():
    need("curl", "ldns-testns", "prometheus", "promtool")
    with Lab() as lab:
        yield Relay(lab, "http-listen auto").run()


@pytest.fixture(scope="module")
def prometheus(relay, tmp_path_factory):
    prometheus = Prometheus(relay, tmp_path_factory.mktemp("prometheus"))
    wait_for(lambda: prometheus.values("up") == [1.0], "a scrape", 60)
    return prometheus


def test_what_is_served_is_clean(relay, prometheus):
    for accept in ("text/plain", "application/openmetrics-text"):
        served = relay.target.run(["curl", "-sS", "-H", f"Accept: {accept}", f"http://{ThreeHosts.RELAY4}:8064/metrics"]).stdout
        if accept == "text/plain":
            done = relay.node.run(["promtool", "check", "metrics"], input=served)
            assert done.stdout + done.stderr == ""
    assert prometheus.ask("targets")["activeTargets"][0]["lastError"] == ""


def test_the_examples_are_valid(relay, tmp_path):
    for name in ("prometheus.yml", "alerts.yml"):
        (tmp_path / name).write_text((EXAMPLES / "prometheus" / name).read_text())
    said = relay.node.run(["promtool", "check", "config", tmp_path / "prometheus.yml"]).stdout
    assert "SUCCESS: 6 rules found" in said, said


def test_every_rule_is_evaluated(prometheus):
    def look():
        rules = [rule for group in (prometheus.ask("rules") or {"groups": []})["groups"] for rule in group["rules"]]
        return rules if len(rules) == 6 and all(rule["health"] == "ok" for rule in rules) else None
    rules = wait_for(look, "six healthy rules", 60)
    assert {rule["state"] for rule in rules} == {"inactive"}, rules


@pytest.mark.parametrize("title, expression", QUERIES, ids=[f"{title}-{number}" for number, (title, _) in enumerate(QUERIES)])
def test_each_panel_has_data(relay, prometheus, title, expression):
    relay.client.run("ping -c 1 fd64:9929::6440:3")
    relay.ask("my-vps.9929")
    wait_for(lambda: prometheus.values(expression), f"data of {title}", 60)


def test_a_dead_translator_raises_the_alert(relay, prometheus):
    """Last: it kills the translator as often as it is started."""
    def look():
        pid = relay.node.pid_of("nat64d")
        if pid:
            relay.node.sh(f"kill -9 {pid}", check=False)
        rules = [rule for group in (prometheus.ask("rules") or {"groups": []})["groups"] for rule in group["rules"]]
        return any(rule["name"] == "RelayUnhealthy" and rule["state"] in ("pending", "firing") for rule in rules)
    wait_for(look, "the alert", 60)
