# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Chromium in a network namespace, driven by WebDriver: chromedriver speaks HTTP, so that nothing but the standard library is needed.

    with Browser(node, folder, language="zh-CN", phone=True) as browser:
        browser.open("http://[fd7a:115c:a1e0::1]:8064/")
        browser.run("return document.title")
"""
import base64
import json
import urllib.error
import urllib.request

import unpacked
from lab import wait_for

PORT = 9515
PHONE = {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 1, "mobile": True, "touch": True}}


class Browser:
    def __init__(self, node, folder, language="en", phone=False, dark=False):
        self.node, self.folder = node, folder
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                     f"--user-data-dir={folder}/chromium", "--window-size=1280,1400", f"--lang={language}", f"--accept-lang={language}", *(["--force-dark-mode"] if dark else [])]
        self.options = {"binary": "/usr/lib/chromium/chromium", "args": arguments, "prefs": {"intl.accept_languages": language},
                        **({"mobileEmulation": PHONE} if phone else {})}
        self.driver, self.session = None, None

    def __enter__(self):
        own = f"/etc/netns/{self.node.netns}/resolv.conf"  # what ip netns exec has put in place lies below the files of the package
        command = unpacked.inside("chromium", ["sh", "-c", f"if [ -e {own} ]; then mount --bind {own} /etc/resolv.conf; fi; exec chromedriver --port={PORT}"])
        self.driver = self.node.start(command, name="chromedriver", env={"HOME": self.folder, "LANG": "C.UTF-8"})
        wait_for(lambda: self.ask("GET", "/status", check=False), "chromedriver", 60)
        capabilities = {"browserName": "chrome", "goog:chromeOptions": self.options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
        return self

    def __exit__(self, kind, error, trace):
        if self.session:
            self.ask("DELETE", f"/session/{self.session}", check=False)
        self.driver.stop()

    def ask(self, method, path, body=None, check=True):
        request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with self.node.inside(), urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            assert not check, error.read().decode()
        except OSError:
            assert not check
        return None

    def of_session(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.of_session("POST", "/url", {"url": url})

    def run(self, script):
        return self.of_session("POST", "/execute/sync", {"script": script, "args": []})

    def complaints(self):
        """What the browser's console says of errors."""
        return [line["message"] for line in self.of_session("POST", "/se/log", {"type": "browser"}) if line["level"] == "SEVERE"]

    def picture(self, path):
        """The whole page as it is shown, as PNG."""
        height = self.run("return document.documentElement.scrollHeight")
        self.of_session("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDefaultBackgroundColorOverride", "params": {}})
        shot = self.of_session("POST", "/goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": {"format": "png", "captureBeyondViewport": True, "clip": {
            "x": 0, "y": 0, "width": self.run("return document.documentElement.clientWidth"), "height": height, "scale": 1}}})
        path.write_bytes(base64.b64decode(shot["data"]))
