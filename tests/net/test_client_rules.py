# SPDX-License-Identifier: GPL-2.0-or-later
"""nat64-relay client-rules: what mihomo and sing-box are told, read back as the YAML and the JSON that they read.

`mihomo -t` and `sing-box check` judge the lines as well where these programs are installed; Debian has neither.
"""
import json
import shutil
import subprocess

import pytest
from lab import Lab, built

yaml = pytest.importorskip("yaml", reason="not installed: python3-yaml")

SETTINGS = """
prefix fd64:9929::/96
prefix fd64:2::/96 cn2
twin-prefix 10.192.0.0/10
twin6-prefix fd99:9929:1::/48
split-domain 9929 tail1234.ts.net
split-domain cn2 tail1234.ts.net
upstream-dns tail1234.ts.net 100.100.100.100
edge-address 100.64.0.1
dynamic-pool 192.168.240.0/20
"""
DOMAINS = ["9929", "cn2"]
PREFIXES = ["fd64:9929::/96", "fd64:2::/96", "10.192.0.0/10", "fd99:9929:1::/48"]
WORDS = [word for domain in DOMAINS for word in ("--split-domain", domain)] + [word for prefix in PREFIXES for word in ("--prefix", prefix)]


def rules(*words, config=(), check=0):
    done = subprocess.run([built("nat64-relay"), *config, "client-rules", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == check, f"expected exit code {check}, got {done.returncode}\n{done.stdout}{done.stderr}"
    assert check == 0 or not done.stdout, done.stdout
    return done.stdout if check == 0 else done.stderr


def judged(program, words, text, path):
    """The program's own checker, where there is one."""
    if shutil.which(program):
        path.write_text(text)
        done = subprocess.run([program, *words, path], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        print(f"{program} is not installed: its lines are parsed alone")


def test_mihomo(tmp_path):
    text = rules("mihomo", *WORDS)
    said = yaml.safe_load(text)
    assert said["ipv6"] is True and said["dns"]["ipv6"] is True
    assert said["dns"]["fake-ip-filter"] == ["+.9929", "+.cn2"]
    assert said["dns"]["nameserver-policy"] == {"+.9929": "udp://100.100.100.100:53#tailscale0", "+.cn2": "udp://100.100.100.100:53#tailscale0"}
    assert said["tun"] == {"route-exclude-address": [*PREFIXES, "100.100.100.100/32"]}
    assert said["proxies"] == [{"name": "tailnet", "type": "direct", "udp": True, "interface-name": "tailscale0"}]
    assert said["rules"] == ["DOMAIN-SUFFIX,9929,tailnet", "DOMAIN-SUFFIX,cn2,tailnet", "IP-CIDR6,fd64:9929::/96,tailnet,no-resolve",
                             "IP-CIDR6,fd64:2::/96,tailnet,no-resolve", "IP-CIDR,10.192.0.0/10,tailnet,no-resolve",
                             "IP-CIDR6,fd99:9929:1::/48,tailnet,no-resolve"]
    judged("mihomo", ["-t", "-d", tmp_path, "-f"], text, tmp_path / "config.yaml")


def test_sing_box(tmp_path):
    text = rules("sing-box", *WORDS)
    said = json.loads(text)
    assert said["dns"]["servers"] == [{"type": "udp", "tag": "tailnet", "server": "100.100.100.100", "bind_interface": "tailscale0"}]
    assert said["dns"]["rules"] == [{"domain_suffix": DOMAINS, "action": "route", "server": "tailnet"}]
    assert said["inbounds"] == [{"type": "tun", "tag": "tun-in", "route_exclude_address": [*PREFIXES, "100.100.100.100/32"]}]
    assert said["outbounds"] == [{"type": "direct", "tag": "tailnet", "bind_interface": "tailscale0"}]
    assert said["route"]["rules"] == [{"domain_suffix": DOMAINS, "action": "route", "outbound": "tailnet"},
                                      {"ip_cidr": PREFIXES, "action": "route", "outbound": "tailnet"}]
    judged("sing-box", ["check", "-c"], text, tmp_path / "config.json")


@pytest.mark.parametrize("program", ["mihomo", "sing-box"])
def test_the_settings_say_the_same(program):
    with Lab() as lab:
        config = lab.settings(SETTINGS)
        assert rules(program, config=("-c", config)) == rules(program, *WORDS)


def test_another_resolver_and_interface():
    words = ["--split-domain", "9929.", "--prefix", "fd64:9929::/96", "--resolver", "fd7a:115c:a1e0::1", "--interface", "utun4"]
    said = yaml.safe_load(rules("mihomo", *words))
    assert said["dns"]["nameserver-policy"] == {"+.9929": "udp://[fd7a:115c:a1e0::1]:53#utun4"}
    assert said["tun"]["route-exclude-address"] == ["fd64:9929::/96", "fd7a:115c:a1e0::1/128"]
    said = json.loads(rules("sing-box", *words))
    assert said["dns"]["servers"][0]["server"] == "fd7a:115c:a1e0::1" and said["outbounds"][0]["bind_interface"] == "utun4"


def test_another_overlay_has_no_magicdns():
    """Its clients ask the relay itself, by the interface of that name."""
    with Lab() as lab:
        config = lab.settings(SETTINGS.replace("edge-address 100.64.0.1", "edge-address 10.8.0.1\ndns-client 10.8.0.0/24\noverlay-interface wg0"))
        said = yaml.safe_load(rules("mihomo", config=("-c", config)))
        assert set(said["dns"]["nameserver-policy"].values()) == {"udp://10.8.0.1:53#wg0"} and said["proxies"][0]["interface-name"] == "wg0", said
        said = json.loads(rules("sing-box", "--interface", "utun4", "--resolver", "10.8.0.2", config=("-c", config)))
        assert said["dns"]["servers"][0]["server"] == "10.8.0.2" and said["outbounds"][0]["bind_interface"] == "utun4", said


@pytest.mark.parametrize("words, expected", [
    ([], "mihomo or sing-box"), (["clash"], "clash: expected mihomo or sing-box"), (["mihomo", "--split-domain", "9929"], "together"),
    (["mihomo", "--prefix", "fd64::/96"], "together"), (["mihomo", "--split-domain", "a'b", "--prefix", "fd64::/96"], "--split-domain a'b"),
    (["mihomo", "--split-domain", ".", "--prefix", "fd64::/96"], "--split-domain ."),
    (["mihomo", "--split-domain", "a", "--prefix", "fd64::1/96"], "without host bits"), (["mihomo", "--split-domain", "a", "--prefix", "fd64::"], "host bits"),
    (["sing-box", "--resolver", "dns"], "--resolver dns"), (["mihomo", "--interface", "a'\n"], "--interface"),
    (["mihomo", "-c", "/nowhere/relay.conf"], "/nowhere/relay.conf")])
def test_bad_words(words, expected):
    assert expected in rules(*words, check=2)


def test_settings_without_names(tmp_path):
    config = tmp_path / "translator.conf"
    config.write_text("tun-device nat64\nipv4-addr 192.168.255.1\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n")
    assert "no split-domain" in rules("mihomo", config=("-c", config), check=2)
