# SPDX-License-Identifier: GPL-2.0-or-later
"""The firewalls that people run beside a relay, each on one node with files of its own; nothing of the machine is touched.

A firewall puts itself into the node when it is made. do(TEXT) runs a line of shell as an administrator of that machine would: what `nat64-relay check`
advises is given to it as it stands.
"""

from lab import need, wait_for
from unpacked import folder, inside, laid_over


class Plain:
    """Rules by hand: everything but established connections is dropped, as in many an /etc/nftables.conf."""
    name, programs = "a firewall", ["nft"]
    RULES = "\n".join(f"""add chain inet site {chain} {{ type filter hook {hook} priority filter; policy drop; }}
        add rule inet site {chain} ct state vmap {{ established : accept, related : accept, invalid : drop }}
        add rule inet site {chain} iif lo accept
        add rule inet site {chain} icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, echo-request }} accept
        add rule inet site {chain} ip protocol icmp accept
        add rule inet site {chain} tcp dport {{ 22, 1000-2000 }} limit rate 5/second accept""" for chain, hook in (("coming", "input"), ("passing", "forward")))

    def __init__(self, node):
        need(*self.programs)
        self.node, self.folder = node, node.lab.folder / "firewall"
        self.folder.mkdir()
        self.begin()

    def begin(self):
        self.node.run("nft -f -", input="add table inet site\n" + self.RULES)

    def private(self):
        """Shell that goes before a command: mounts, environment."""
        return ":"

    def do(self, text, check=True):
        return self.node.run(["unshare", "-m", "bash", "-ec", f"{self.private()}\n{text}"], check=check)

    def advice(self, text):
        """What a person would type of an advice."""
        return text.split("; and the same")[0]


class Ufw(Plain):
    """The real ufw, with its defaults as they are installed: incoming and routed packets are denied."""
    name, programs = "ufw", ["ufw", "iptables"]

    def private(self):
        """ufw's files are copies, its lock is not the machine's."""
        return f"""{laid_over("ufw")}; mount --bind {self.folder}/ufw /etc/ufw; mount --bind {self.folder}/default /etc/default/ufw; mount -t tmpfs none /run"""

    def begin(self):
        self.node.run(["cp", "-r", folder("ufw") / "etc/ufw", self.folder / "ufw"])
        self.node.run(["cp", folder("ufw") / "etc/default/ufw", self.folder / "default"])
        self.do("ufw --force enable")


class Docker(Plain):
    """What dockerd 20.10 does to the FORWARD chain, by the real iptables: the daemon itself needs more of a machine than a namespace has.

    A newer one, from 27 on, does the same for IPv6.
    """
    name, programs = "Docker", ["iptables", "ip6tables"]
    COMMANDS = ["-N DOCKER", "-N DOCKER-ISOLATION-STAGE-1", "-N DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-1 -j RETURN",
                "-A DOCKER-ISOLATION-STAGE-2 -j RETURN", "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "-A FORWARD -o docker0 -j DOCKER", "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT", "-A FORWARD -i docker0 -o docker0 -j ACCEPT",
                "-I FORWARD -j DOCKER-ISOLATION-STAGE-1", "-N DOCKER-USER", "-A DOCKER-USER -j RETURN", "-I FORWARD -j DOCKER-USER", "-P FORWARD DROP"]

    def begin(self):
        for program in self.programs:
            for command in self.COMMANDS:
                self.node.run(f"{program} {command}")

    def advice(self, text):
        return text.replace("(at each boot: Docker keeps these rules until then)", "")


class Firewalld(Plain):
    """The real firewalld on a bus of its own, with its settings as they are installed: every interface is in the zone public."""
    name, programs = "firewalld", ["firewalld", "firewall-cmd"]
    BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""

    def private(self):
        return f"{laid_over('firewalld')}; export DBUS_SYSTEM_BUS_ADDRESS=unix:path={self.folder}/bus; mount --bind {self.folder}/etc /etc/firewalld"

    def begin(self):
        bus = self.folder / "bus"
        (self.folder / "bus.conf").write_text(self.BUS.format(bus=bus))
        self.node.run(["cp", "-r", folder("firewalld") / "etc/firewalld", self.folder / "etc"])
        self.node.start(inside("firewalld", ["dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork", "--nopidfile"]), "bus")
        wait_for(bus.exists, "the bus")
        script = f"{self.private()}\nexec firewalld --nofork --nopid --log-file {self.folder}/log --log-target file"
        self.node.start(["unshare", "-m", "bash", "-ec", script], "firewalld")
        wait_for(lambda: "running" in self.do("timeout 10 firewall-cmd --state", check=False).stdout, "firewalld", 60)

    def advice(self, text):
        return text.replace("firewall-cmd", "timeout 30 firewall-cmd")
