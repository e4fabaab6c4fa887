# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page says to do where a light is red, on every kind of device, in both languages, and what curl is told there.

The words of Tailscale's menus are those of its own sources: Windows docs/windows/policy/en-US/tailscale.adml ("depends on what is selected in the Preferences submenu"), macOS and iOS
https://tailscale.com/kb/1072 and its issues 2154 and 17620, Android res/values/strings.xml and ui/view/{Settings,SubnetRouting,DNSSettings}View.kt, Linux `tailscale set --help`.
"""
import re

import pytest

from browser import Browser
from http_lab import PORT, RELAY6, put as snapshot_put, serve, served
from lab import ThreeHosts, need, wait_for

LIGHTS = ("reached", "route", "dns", "twin")
WAYS = {"port": PORT, "prefix": ["fd64:9929::6440:1"], "names": ["relay.hk.internal"], "twin": ["10.192.0.1"]}
GECKO = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
# name: (User-Agent, navigator.platform, navigator.maxTouchPoints, the device that it is)
BROWSERS = {
    "windows": (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {GECKO} Chrome/140.0.0.0 Safari/537.36", "Win32", 0, "windows"),
    "windows-tablet": (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {GECKO} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Win32", 10, "windows"),
    "mac": (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "MacIntel", 0, "macos"),
    "iphone": (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", "iPhone", 5, "ios"),
    "ipad": (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "MacIntel", 5, "ios"),
    "android": (f"Mozilla/5.0 (Linux; Android 10; K) {GECKO} Chrome/140.0.0.0 Mobile Safari/537.36", "Linux armv81", 5, "android"),
    "android-desktop-pages": (f"Mozilla/5.0 (X11; Linux x86_64) {GECKO} Chrome/140.0.0.0 Safari/537.36", "Linux armv81", 5, "android"),
    "chromeos": (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {GECKO} Chrome/140.0.0.0 Safari/537.36", "Linux x86_64", 10, "chromeos"),
    "linux": ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux x86_64", 0, "linux"),
    "linux-touch": ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux x86_64", 10, "linux"),
}
# What a light has to name, in any language.
WORDS = {
    "windows": {"reached": ("Tailscale",), "route": ("› Preferences › Use Tailscale subnets",), "twin": ("› Preferences › Use Tailscale subnets",),
                "dns": ("› Preferences › Use Tailscale DNS settings", "Get-DnsClientNrptPolicy -Effective", "NRPT")},
    "macos": {"reached": ("Tailscale",), "route": ("› Settings › Use Tailscale subnets", "sudo tailscale set --accept-routes"),
              "twin": ("› Settings › Use Tailscale subnets",), "dns": ("› Settings › Use Tailscale DNS settings", "scutil --dns")},
    "ios": {"reached": ("Tailscale",), "route": ("› Settings › Use Tailscale Subnets",), "twin": ("› Settings › Use Tailscale Subnets",),
            "dns": ("› Settings › DNS Settings › Use Tailscale DNS Settings",)},
    "android": {"reached": ("Tailscale",), "route": ("› Settings › Subnet routing › Use Tailscale subnets",),
                "twin": ("› Settings › Subnet routing › Use Tailscale subnets",), "dns": ("› Settings › DNS settings › Use Tailscale DNS",)},
    "chromeos": {"reached": ("Tailscale", "Android"), "route": ("Android", "› Settings › Subnet routing › Use Tailscale subnets"),
                 "twin": ("› Settings › Subnet routing › Use Tailscale subnets",), "dns": ("› Settings › DNS settings › Use Tailscale DNS", "ChromeOS")},
    "linux": {"reached": ("tailscale status", "sudo tailscale up"), "route": ("sudo tailscale set --accept-routes",), "twin": ("sudo tailscale set --accept-routes",),
              "dns": ("sudo tailscale set --accept-dns", "tailscale dns status")},
}
# What it names in one language alone, and the words that only these devices may see.
MORE = {"en": {"route": "the policy has to let this device reach the prefix", "twin": "overlap"}, "zh": {"route": "策略要允许这台设备访问该前缀", "twin": "重叠"}}
OWN = {"sudo ": ("linux", "macos"), "Preferences": ("windows",), "NRPT": ("windows",), "menu bar": ("macos",), "菜单栏": ("macos",), "scutil": ("macos",),
       "Subnet routing": ("android", "chromeos"), "ChromeOS": ("chromeos",), "Private Relay": ("ios",), "专用代理": ("ios",), "Private DNS": ("android",), "私人 DNS": ("android",)}


def advice_is_of(device, light, text, language="en"):
    for word in (*WORDS[device][light], *([MORE[language][light]] if light in MORE[language] else [])):
        assert word in text, f"{device}, {light}: expected {word!r} in {text!r}"
    for word, devices in OWN.items():
        assert word not in text or device in devices, f"{device}, {light}: {word!r} is not of this device: {text!r}"


def put(hosts, system="", **more):
    """With the system that the client's tailscaled tells the tailnet."""
    snapshot_put(hosts, **{"ways": WAYS, "devices": [{"name": "client", "login": "", "os": system, "addresses": [ThreeHosts.CLIENT6]}]} | more)


@pytest.fixture(scope="module")
def hosts():
    with served(ways=WAYS) as hosts:
        yield hosts



@pytest.fixture(scope="module")
def browser(hosts, tmp_path_factory):
    need("chromedriver")
    with Browser(hosts.client, tmp_path_factory.mktemp("browser")) as browser:
        browser.of_session("POST", "/goog/cdp/execute", {"cmd": "Network.enable", "params": {}})
        yield browser


def cdp(browser, command, **parameters):
    return browser.of_session("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})


def become(browser, kind, language="en-US"):
    agent, platform, touch, device = BROWSERS[kind]
    cdp(browser, "Emulation.setUserAgentOverride", userAgent=agent, platform=platform, acceptLanguage=language)
    cdp(browser, "Emulation.setTouchEmulationEnabled", enabled=touch > 0, **({"maxTouchPoints": touch} if touch else {}))
    return device


def lights(browser):
    """{light: (state, text)} after the page's first turn."""
    browser.open(f"{RELAY6}/")
    wait_for(lambda: browser.run("return Number(document.body.dataset.turn) > 0"), "the page's first turn", 60)
    return {light: tuple(browser.run(f"const one = document.getElementById('light-{light}'); return [one.dataset.state, one.innerText]")) for light in LIGHTS}


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("kind", BROWSERS)
def test_each_red_light_says_what_to_do_on_this_device(hosts, browser, kind, language):
    """No way answers, the relay's own address neither: four red lights."""
    put(hosts)
    device = become(browser, kind, language)
    cdp(browser, "Network.setBlockedURLs", urls=[f"*:{PORT}/here"])
    shown = lights(browser)
    assert {state for state, _ in shown.values()} == {"bad"}, shown
    for light, (_, text) in shown.items():
        advice_is_of(device, light, text, language[:2])


@pytest.mark.parametrize("kind, system, device", [("mac", "iOS", "ios"), ("linux", "windows", "windows"), ("chromeos", "android", "chromeos"), ("windows", "macOS", "macos"),
                                                  ("linux", "freebsd", "linux"), ("android", "plan9", "android")])
def test_what_the_tailnet_says_of_the_device_counts_first(hosts, browser, kind, system, device):
    """An iPad whose touch is not told, a browser of WSL, a Chromebook: there it is the Android app."""
    put(hosts, system)
    become(browser, kind)
    cdp(browser, "Network.setBlockedURLs", urls=[f"*:{PORT}/here"])
    wait_for(lambda: all(word in lights(browser)["route"][1] for word in WORDS[device]["route"]), f"the advice for {device}", 60)
    for light, (_, text) in lights(browser).items():
        advice_is_of(device, light, text)


@pytest.mark.parametrize("kind, words", [("linux", "In a terminal: curl -g http://relay.9929:8064/here"), ("windows", "In a terminal: curl.exe -g http://relay.9929:8064/here"),
                                         ("iphone", "a split domain that ends in letters"), ("android", "a split domain that ends in letters")])
def test_a_name_that_browsers_refuse(hosts, browser, kind, words):
    """A phone has no terminal to type in."""
    put(hosts, ways=WAYS | {"names": ["relay.9929"]})
    become(browser, kind)
    cdp(browser, "Network.setBlockedURLs", urls=[])
    wait_for(lambda: words in lights(browser)["dns"][1], words, 60)


def test_a_relay_that_is_gone_is_a_red_light_and_the_others_are_not_known(hosts, browser):
    """Then it comes back, and the page asks again by itself."""
    put(hosts)
    become(browser, "android")
    cdp(browser, "Network.setBlockedURLs", urls=[])
    assert lights(browser)["reached"][0] == "ok"
    hosts.server.kill()

    def states():
        return [browser.run(f"return document.getElementById('light-{light}').dataset.state") for light in LIGHTS]

    wait_for(lambda: states() == ["bad", "wait", "wait", "wait"], "the red light", 60)
    assert "Tailscale app" in browser.run("return document.getElementById('light-reached').innerText")
    assert "does not answer" in browser.run("return document.getElementById('verdict').innerText")
    serve(hosts)
    wait_for(lambda: states() == ["ok", "bad", "bad", "bad"], "the lights again", 60)


# --- curl ---

def text_of(hosts, query="", agent=None):
    return hosts.client.run(["curl", "-gsS", *(["-A", agent] if agent else []), f"{RELAY6}/{query}"]).stdout


def advice_in(text):
    """{light: what stands below its line}"""
    return dict(zip(("route", "dns", "twin"), re.findall(r"^ +\? .*\n +no answer\? (.*)$", text, re.M)))


@pytest.mark.parametrize("system, query, agent, device", [
    ("windows", "", None, "windows"), ("macOS", "", None, "macos"), ("linux", "", None, "linux"), ("android", "", None, "android"), ("iOS", "", None, "ios"),
    ("", "?device=windows", None, "windows"), ("", "?device=macos", None, "macos"), ("", "?device=ios", None, "ios"), ("", "?device=android", None, "android"),
    ("", "?device=chromeos", None, "chromeos"), ("", "?device=Linux", None, "linux"), ("linux", "?device=windows", None, "windows"), ("android", "?device=macos", None, "macos"),
    ("", "", "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.4391", "windows"), ("", "", "Wget/1.20 (darwin; Mac OS X)", "macos"),
])
def test_curl_is_told_the_same(hosts, system, query, agent, device):
    """Windows' own curl says no more of its system than any other: the tailnet does, or a parameter."""
    put(hosts, system)
    said = wait_for(lambda: (text := text_of(hosts, query, agent)) and all(word in text for word in WORDS[device]["dns"]) and text, f"the advice for {device}", 60)
    advice = advice_in(said)
    assert set(advice) == {"route", "dns", "twin"}, said
    for light, text in advice.items():
        advice_is_of(device, light, text)
    call = 'curl.exe -g "http://[fd64:9929::6440:1]:8064/"' if device == "windows" else "curl -g 'http://[fd64:9929::6440:1]:8064/'"
    assert call in said, f"cmd.exe knows double quotes alone\n{said}"


@pytest.mark.parametrize("query", ["", "?device=", "?device=beos", "?device=%1b%5b2J", "?device=" + "x" * 5000, "?device", "?guess=beos"])
def test_a_system_that_nobody_knows(hosts, query):
    put(hosts)
    wait_for(lambda: "/?device=" in text_of(hosts), "that the system is not known", 60)
    said = text_of(hosts, query)
    assert "ask for /?device=, with linux, windows, macos, ios, android or chromeos" in said and advice_in(said) == {} and "\x1b" not in said, said
    assert "beos" not in said and "xxx" not in said, "what was asked for is not repeated"
