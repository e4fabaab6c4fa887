# SPDX-License-Identifier: GPL-2.0-or-later
"""What check prints under "what to do", typed as it stands there."""
import json
import re
import shlex

COMMAND = r"((?:sudo |tailscale |sysctl |ip |systemctl |mount |nft |nat64-relay |headscale )(?:[^;,]|,(?! ))*)"


class Typist:
    """Does as it is told. lab: a FaultLab."""

    def __init__(self, lab):
        self.lab = lab

    def follow(self, advice, side):
        """Type it on the "relay" or the "client". An AssertionError when it holds nothing that this can type."""
        lab = self.lab
        settings = re.search(r'write ((?:"[^"]+"(?: and )?)+) in relay\.conf', advice)
        grant = re.search(r'(\{"src": .*?"ip": \[[^\]]*\]\})', advice)
        split = re.search(r'("[\w.]+": \["[^"]+"(?:, "[^"]+")*\])', advice)
        if settings:
            assert "nat64-relay reload" in advice, advice
            lab.configure(*re.findall(r'"([^"]+)"', settings[1]))
        elif "remove the line " in advice:
            self.take_setting(re.search(r"remove the line (\S+) from relay\.conf", advice)[1])
        elif grant:
            lab.grant(json.loads(grant[1]))
        elif split:
            assert "headscale" in advice and "restart" in advice, advice
            lab.change_dns(split={**lab.split(), **json.loads("{" + split[1] + "}")})
        elif line := re.search(r"remove this line of /etc/hosts: (.*)", advice):
            self.take_line(lab.client.folder / "etc/hosts", line[1])
        elif command := re.match(COMMAND, advice) or re.search(rf"(?:: |then: ){COMMAND}", advice):
            self.type(command[1], side)
        else:
            raise AssertionError(f"nothing to type in: {advice}")

    def take_setting(self, keyword):
        lines = self.lab.relay.settings.read_text().splitlines(keepends=True)
        self.lab.relay.settings.write_text("".join(line for line in lines if line.split()[:1] != [keyword]))
        self.lab.relay.command("reload")

    def take_line(self, path, line):
        lines = path.read_text().splitlines()
        assert line in lines, f"{line!r} is no line of {path.name}"
        path.write_text("".join(f"{other}\n" for other in lines if other != line))

    def type(self, command, side):
        """In a shell of that node, where sudo and the programs are what the lab has of them."""
        node = self.lab.node(side)
        if command.startswith("headscale "):
            self.lab.tailnet.headscale(*shlex.split(command)[1:])
        else:
            node.run(["bash", "-c", f"export PATH={shlex.quote(str(self.lab.bin(node)))}:$PATH; {command}"], timeout=60)
