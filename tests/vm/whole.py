# SPDX-License-Identifier: GPL-2.0-or-later
"""All that a machine has on its disk, to compare before an installation and after its end. What relay_state.snapshot is for the network."""
import re

# What any installation of any package changes; the folder is one that debhelper's part for AppArmor removes when it is empty.
SELDOM_THE_SAME = re.compile(r"/var/lib/dpkg/([^/]*-old|available|lock.*|status|updates/.*|triggers/.*)|/etc/.*-|/etc/\.pwd\.lock|/etc/ld\.so\.cache"
                             r"|/var/lib/systemd/(random-seed|timers/.*|catalog/.*)|/usr/share/info/dir|/etc/apparmor\.d/disable")
FIND = r"""
find / -xdev \( -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/tmp -o -path /tmp -o -path /mnt -o -path /root \) -prune -o -printf '%p\n'
echo
find /etc -type f -print0 | xargs -0 sha256sum
"""


def disk(machine):
    """{path: sum of the octets below /etc, nothing elsewhere}"""
    names, sums = machine.sh(FIND).stdout.split("\n\n")
    found = dict.fromkeys(names.splitlines())
    found.update((line.split(None, 1)[::-1]) for line in sums.splitlines())
    return {path: value for path, value in found.items() if not SELDOM_THE_SAME.fullmatch(path)}


def disk_differences(before, after):
    """What is not the same, for a failure's message."""
    return [f"gone: {path}" for path in sorted(before.keys() - after.keys())] + [f"new: {path}" for path in sorted(after.keys() - before.keys())] + \
        [f"changed: {path}" for path in sorted(before.keys() & after.keys()) if before[path] != after[path]]
