# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole machine under qemu, on a switch of the laboratory.

It is emulated, never virtualized: the same everywhere, with or without hardware support. Its disk is an overlay of the base image, its one network device
a tap device on the switch, and the test speaks to it by the guest agent, a line of its own that needs no network. Its journal and its kernel's
messages go to the serial port, which is the log of the process.
"""
import base64
import contextlib
import datetime
import json
import re
import shlex
import socket
import subprocess
import time

from lab import run, wait_for, words

MAC = "52:54:00:64:99:29"
SLOW = 120  # seconds; an emulated machine beside other work boots in 15 to 60
CLEAN, POWER_CUT = ("systemctl", "reboot"), "power cut"


class Machine:
    """The machine. run() and sh() are those of a Node."""

    def __init__(self, lab, base, switch, goods, name="vm"):
        self.lab, self.name, self.switch = lab, name, switch
        self.agent_path = lab.folder / f"{name}.agent"
        disk = lab.folder / f"{name}.qcow2"
        run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base / "disk.img", disk])
        tap = f"tap-{name}"
        run([*switch.ip, "tuntap", "add", "dev", tap, "mode", "tap"])
        run([*switch.ip, "link", "set", tap, "master", "bridge", "up"])
        # Without cx16: Linux 6.12 compares and exchanges 16 octets in every allocation, and QEMU 7.2 now and then garbles the flags of that.
        self.argv = ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max,cx16=off", "-smp", "2", "-m", "768", "-display", "none",
                     "-nodefaults", "-kernel", base / "vmlinuz", "-initrd", base / "initrd.img",
                     "-append", "root=/dev/vda rw console=ttyS0 quiet panic=-1 net.ifnames=0 systemd.journald.forward_to_console=1 systemd.show_status=0",
                     "-drive", f"file={disk},if=virtio,format=qcow2", "-drive", f"file={goods},if=virtio,format=raw,readonly=on",
                     "-netdev", f"tap,id=net,ifname={tap},script=no,downscript=no", "-device", f"virtio-net-pci,netdev=net,mac={MAC}",
                     "-chardev", f"socket,id=agent,path={self.agent_path},server=on,wait=off", "-device", "virtio-serial",
                     "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0", "-device", "virtio-rng-pci",
                     "-serial", "stdio", "-no-reboot"]
        self.process = None

    # --- commands inside ---

    def run(self, command, check=True, timeout=SLOW, input=None):
        """Run to the end. With check a failure is an AssertionError that shows the output."""
        argv = words(command)
        options = {"input-data": base64.b64encode(input.encode()).decode()} if input is not None else {}
        pid = self.agent("guest-exec", path=argv[0], arg=argv[1:], **{"capture-output": True}, **options)["pid"]
        state = wait_for(lambda: self.ended(pid), f"the end of {shlex.join(argv)} in the machine", timeout, interval=0.2)
        done = subprocess.CompletedProcess(argv, state.get("exitcode", -state.get("signal", 0)),
                                           *(base64.b64decode(state.get(name, "")).decode(errors="replace") for name in ("out-data", "err-data")))
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {shlex.join(argv)}: exit code {done.returncode}, expected 0\n{done.stdout}{done.stderr}")
        return done

    def sh(self, script, **options):
        """Run a line of shell."""
        return self.run(["bash", "-c", script], **options)

    def write(self, path, text):
        """Write a file."""
        self.run(["sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path}"], input=text)

    def ended(self, pid):
        state = self.agent("guest-exec-status", pid=pid)
        return state if state["exited"] else None

    def agent(self, command, timeout=60, **arguments):
        """One command of the guest agent. A connection each: the agent begins anew with the machine."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout)
            line.connect(str(self.agent_path))
            token = time.monotonic_ns() & 0x7fffffff
            line.sendall(b"\xff" + request("guest-sync-delimited", id=token))
            stream = line.makefile("rb")
            while answer(stream).get("return") != token:  # of an earlier connection
                pass
            line.sendall(request(command, **arguments))
            reply = answer(stream)
            if "error" in reply:
                raise AssertionError(f"{self.name}: {command}: {reply['error']}")
            return reply["return"]

    # --- the machine itself ---

    def answers(self):
        """Does the agent run?"""
        assert self.process.alive, f"qemu ended\n{self.process.tail()}"
        with contextlib.suppress(OSError, AssertionError):
            self.agent("guest-ping", timeout=2)
            return True
        return False

    def is_booted(self):
        """Has systemd done all that belongs to the boot?"""
        return self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def start(self):
        """Switch it on, and wait until the agent answers; it does so well before the boot is over."""
        self.agent_path.unlink(missing_ok=True)
        self.process = self.switch.start(self.argv, name=self.name)
        wait_for(self.agent_path.exists, "qemu", timeout=20)
        wait_for(self.answers, f"{self.name} to boot", timeout=2 * SLOW, interval=0.5)

    def go_down(self, how):
        """CLEAN: as a person does it, everything is stopped in order. POWER_CUT: nothing that was not on the disk gets
        there. The emulation begins anew each time, as a second boot of the same one is much slower."""
        if how is POWER_CUT:
            self.process.kill()
            return
        with contextlib.suppress(OSError):  # the machine may be gone before it answers
            self.agent("guest-exec", path=how[0], arg=how[1:])
        self.wait_off()

    def wait_off(self):
        """Wait until it is off by its own doing."""
        assert self.process.wait(SLOW) == 0, self.process.tail()

    def reboot(self, how):
        self.go_down(how)
        self.start()

    def console(self):
        """What its journal and its kernel said at the serial port, in all its boots."""
        return self.process.log.read_text(errors="replace")

    # --- its clock ---

    def ahead(self):
        """By how many seconds its clock is ahead of this machine's."""
        before = time.time()
        there = self.agent("guest-get-time") / 1e9
        return there - (before + time.time()) / 2

    def moment(self, unit, name):
        """A time that systemd noted, as this machine's clock shows it; None before. unit: empty for systemd itself."""
        text = self.run(["systemctl", "show", "--timestamp=us+utc", "-P", name, *([unit] if unit else [])]).stdout
        found = re.search(r"(\S+ \S+) UTC", text)
        return found and datetime.datetime.fromisoformat(found[1] + "+00:00").timestamp() - self.ahead()


def request(command, **arguments):
    return json.dumps({"execute": command, **({"arguments": arguments} if arguments else {})}).encode() + b"\n"


def answer(stream):
    """The next line that is an answer: {} for what is left of an earlier one."""
    text = stream.readline()
    if not text:
        raise OSError("the agent's line was closed")
    with contextlib.suppress(ValueError):
        reply = json.loads(text.split(b"\xff")[-1])
        if isinstance(reply, dict):
            return reply
    return {}
